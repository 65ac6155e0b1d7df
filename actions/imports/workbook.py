"""Reading an XLSX file that somebody sent: within limits, and nothing in it is executed."""

from __future__ import annotations

import datetime as dt
import io
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from actions.errors import NotAllowed
from actions.imports.cells import FORMULA, Spoiled
from actions.imports.columns import Headings, find_headings

MAX_BYTES = 10 * 2**20
MAX_ROWS = 20_000
_MAX_UNPACKED = 200 * 2**20
"""Bytes of all parts; 20,000 rows of text take a tenth of it."""
_MAX_PARTS = 500
_MAX_COLUMNS = 60
_MAX_SHEETS = 20
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
"""How .xls files begin, and .xlsx files with a password."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet's data."""

    title: str
    headings: Headings
    rows: tuple[tuple[int, dict[str, object]], ...]
    """The number that Excel shows, and the cells by field; empty rows are left out."""
    epoch: dt.date
    """The day from which Excel counts dates."""


def read(path: Path) -> Sheet:
    """The first sheet that has our headings. Raises NotAllowed that says what to do."""
    content = _content(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and extensions that openpyxl leaves out
            return _sheet(content)
    except (InvalidFileException, zipfile.BadZipFile, ParseError) as error:
        raise NotAllowed("bad_file", _NOT_XLSX) from error
    except (KeyError, ValueError, TypeError, IndexError, AttributeError, EOFError) as error:
        raise NotAllowed("bad_file", "文件已损坏，请在 Excel 里打开，另存为 .xlsx 再试") from error


_NOT_XLSX = "这不是 .xlsx 文件（可能是改了扩展名的 CSV）。请在 Excel 里打开，另存为 .xlsx 再试"


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise NotAllowed("bad_file", f"{path} 打不开（{error.strerror}）") from error
    if len(content) > MAX_BYTES:
        raise NotAllowed("too_long", f"文件超过 {MAX_BYTES // 2**20} MB，请分成几个文件导入")
    if content.startswith(_OLE):
        raise NotAllowed(
            "bad_file", "这是旧版 .xls 文件，或者加了密码。请在 Excel 里另存为不带密码的 .xlsx 再试"
        )
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise NotAllowed("bad_file", _NOT_XLSX)
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        # A part is never unpacked beyond the size that it declares here.
        unpacked = sum(part.file_size for part in parts.infolist())
        if unpacked > _MAX_UNPACKED or len(parts.infolist()) > _MAX_PARTS:
            raise NotAllowed("too_long", "文件解压后太大，不像一张投诉台账，没有读取")
    return content


def _sheet(content: bytes) -> Sheet:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    try:
        epoch = book.epoch.date()
        empty = True
        for sheet in book.worksheets[:_MAX_SHEETS]:
            rows = list(_rows(sheet))
            empty = empty and not any(_filled(row) for row in rows)
            if headings := find_headings(rows):
                data = tuple(_data(rows, headings))
                if not data:
                    raise NotAllowed("empty", f"表“{sheet.title}”里只有表头，没有数据")
                return Sheet(sheet.title, headings, data, epoch)
    finally:
        book.close()
    if empty:
        raise NotAllowed("empty", "文件里没有数据")
    raise NotAllowed(
        "no_headings",
        "没有找到表头（收到日期、产品、事情经过……）。"
        "可以用 python -m bot import --template 文件.xlsx 生成一张空表",
    )


def _rows(sheet: Any) -> Iterator[list[object]]:
    sheet.reset_dimensions()  # what the file says of its size may be wrong
    for number, row in enumerate(sheet.iter_rows(max_col=_MAX_COLUMNS)):
        if number > MAX_ROWS + _MAX_HEAD:
            raise NotAllowed("too_long", f"超过 {MAX_ROWS} 行，请分成几个文件导入")
        yield [_value(cell) for cell in row]


_MAX_HEAD = 10
"""Rows of titles and headings beside the data."""


def _value(cell: Any) -> object:
    if cell.data_type == "f":
        return FORMULA
    if cell.data_type == "e":
        return Spoiled(f"是错误值 {cell.value}，请改正")
    return cast("object", cell.value)


def _data(rows: list[list[object]], headings: Headings) -> Iterator[tuple[int, dict[str, object]]]:
    for index, row in enumerate(rows[headings.row + 1 :], headings.row + 2):
        cells = {
            field: row[place] if place < len(row) else None
            for field, place in headings.places.items()
        }
        if _filled(list(cells.values())):
            yield index, cells


def _filled(row: list[object]) -> bool:
    return any(value is not None and str(value).strip() for value in row)
