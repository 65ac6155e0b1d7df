"""What stands in a cell: dates, numbers and texts, however Excel and its users wrote them. Pure."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from actions.privacy import mask, without_secrets

_FULL_WIDTH = {
    code: code - 0xFEE0
    for first, last in (("０", "９"), ("Ａ", "Ｚ"), ("ａ", "ｚ"))
    for code in range(ord(first), ord(last) + 1)
} | {0x3000: 0x20}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T\s]+\d{1,2}[:：时].*)?"
)
_DATE_RUN = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+\d+")
_EXACT = 10**15
"""Excel keeps 15 digits of a number; the rest of a longer one is lost."""
FIRST_DAY = dt.date(2000, 1, 1)
"""Earlier days are slips."""
_YES = {"是", "y", "yes", "true", "1", "√", "对", "有"}
_NO = {"否", "n", "no", "false", "0", "×", "", "不是", "无"}


class Unfit(ValueError):
    """A cell that cannot be taken; the message is for whoever filled it in."""


@dataclass(frozen=True, slots=True)
class Spoiled:
    """A cell whose value cannot be taken."""

    reason: str


FORMULA = Spoiled("是公式，请复制这一格，再“选择性粘贴”为数值")


def text(value: object) -> str:
    """The words in a cell. Raises Unfit where Excel has lost a part of them."""
    if isinstance(value, Spoiled):
        raise Unfit(value.reason)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int | float) and abs(value) >= _EXACT:
        raise Unfit("数字太长，Excel 已经丢了后几位，请把单元格设为文本后重新填写")
    if isinstance(value, dt.datetime | dt.date):
        return f"{value:%Y-%m-%d}"
    written = _CONTROL.sub("", str(value).translate(_FULL_WIDTH).replace("_x000D_", ""))
    written = written.strip()
    if _SCIENTIFIC.fullmatch(written):
        raise Unfit("被 Excel 变成了科学计数，请把单元格设为文本后重新填写")
    return without_secrets(written)


def day(value: object, today: dt.date, epoch: dt.date) -> dt.date | None:
    """The date in a cell, None where it is empty. `epoch` is the workbook's day 0.

    Raises Unfit for what is no date, and for one before 2000 or after `today`.
    """
    if isinstance(value, Spoiled):
        raise Unfit(value.reason)
    found = _date(value, epoch)
    if found is None:
        written = text(value)
        if not written:
            return None
        found = _date_in(written, epoch)
    if found is None:
        raise Unfit(f"“{mask(text(value))[:20]}”不是日期，请写成 2026/1/5 或 2026年1月5日")
    if found < FIRST_DAY:
        raise Unfit(f"{found} 太早了，请核对年份")
    if found > today:
        raise Unfit(f"{found} 还没有到，请核对")
    return found


def _date(value: object, epoch: dt.date) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and 1 <= value < 100_000:
        return epoch + dt.timedelta(days=int(value))
    return None


def _date_in(written: str, epoch: dt.date) -> dt.date | None:
    if serial := _SERIAL.fullmatch(written):
        return epoch + dt.timedelta(days=int(serial[1]))
    parts = _DATE.fullmatch(written) or _DATE_RUN.fullmatch(written)
    if parts is None:
        return None
    try:
        return dt.date(*map(int, parts.groups()))
    except ValueError as error:
        raise Unfit(f"{written[:20]} 没有这一天，请核对") from error


def flag(value: object) -> bool:
    """Yes or no; empty is no. Raises Unfit for anything else."""
    written = text(value).lower()
    if written in _YES:
        return True
    if written in _NO:
        return False
    raise Unfit(f"“{mask(written)[:20]}”看不懂，请填“是”或“否”")
