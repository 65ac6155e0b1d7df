"""Workbooks as officers make them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl

HEADINGS = [
    "收到日期",
    "来源",
    "产品",
    "事情经过",
    "时间地点",
    "诉求",
    "联系方式",
    "状态",
    "答复日期",
]
ROW = [
    "2026/1/5",
    "网点",
    "信用卡",
    "多扣了二十块手续费",
    "城东支行",
    "退钱",
    "13812345678",
    "",
    "",
]


def book(path: Path, *rows: Sequence[Any], title: str = "台账") -> Path:
    """A workbook of one sheet."""
    made = openpyxl.Workbook()
    sheet = made.worksheets[0]
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    made.save(path)
    return path
