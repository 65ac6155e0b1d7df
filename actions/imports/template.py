"""An empty sheet to fill in, with a second one that explains it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import openpyxl
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from actions.complaints import LABELS
from actions.imports.columns import COLUMNS, Column
from actions.imports.states import IMPORTED
from actions.imports.workbook import MAX_ROWS

_TEXT, _DATE = "@", "yyyy-mm-dd"
_PREPARED = 1_000
"""Rows whose cells are set to text or date beforehand."""
_NEEDED = PatternFill("solid", start_color="FFF3D6")


def write(path: Path, branches: Sequence[str] = ()) -> None:
    """Write the template. Raises OSError."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "投诉台账"
    for place, column in enumerate(COLUMNS, 1):
        _prepare(sheet, place, column)
        for options in _options(column, branches):
            letter = get_column_letter(place)
            options.add(f"{letter}2:{letter}{MAX_ROWS + 1}")
            sheet.add_data_validation(options)
    sheet.freeze_panes = "A2"
    _explain(book.create_sheet("填写说明"))
    book.save(path)


def _prepare(sheet: Worksheet, place: int, column: Column) -> None:
    heading = sheet.cell(1, place, column.heading)
    heading.font = Font(bold=True)
    if column.needed:
        heading.fill = _NEEDED
    sheet.column_dimensions[get_column_letter(place)].width = 40 if column.most > 500 else 14
    format_ = _DATE if column.field.endswith("_on") else _TEXT
    for row in range(2, _PREPARED + 2):
        sheet.cell(row, place).number_format = format_


def _options(column: Column, branches: Sequence[str]) -> list[DataValidation]:
    """What can be chosen from a list."""
    choices = {
        "state": [LABELS[state] for state in IMPORTED],
        "anonymous": ["是", "否"],
        "elder": ["是", "否"],
        "branch": list(branches),
    }.get(column.field)
    if not choices:
        return []
    return [DataValidation("list", formula1=f'"{",".join(choices)}"', allow_blank=True)]


def _explain(sheet: Worksheet) -> None:
    sheet.append(["列", "要不要填", "怎么填"])
    for column in COLUMNS:
        sheet.append([column.heading, "必填" if column.needed else "选填", column.note])
    sheet.append([])
    sheet.append(["其他列不会导入。列的顺序可以变，表头里多余的空格没有关系。"])
    sheet.append([f"一个文件最多 {MAX_ROWS} 行、10 MB。先试读，不会写入；确认后再加 --commit。"])
    sheet.append(["同一行再导入一次，会被认出来并跳过。"])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for letter, width in (("A", 14), ("B", 10), ("C", 60)):
        sheet.column_dimensions[letter].width = width
    for row in sheet.iter_rows(min_row=2, max_col=3):
        row[2].alignment = Alignment(wrap_text=True)
