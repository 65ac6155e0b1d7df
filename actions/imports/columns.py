"""The columns that an officer's sheet can have, and by which headings they are known. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from actions.complaints import LABELS
from actions.imports.states import IMPORTED


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    field: str
    heading: str
    """As the template writes it."""
    note: str
    """What to fill in, for the template's second sheet."""
    others: tuple[str, ...] = ()
    """Further headings by which it is known."""
    needed: bool = False
    most: int = 60
    """Characters."""


_STATES = "、".join(LABELS[state] for state in IMPORTED)
COLUMNS = (
    Column(
        "received_on",
        "收到日期",
        "投诉到本行的那一天，例如 2026/1/5；期限从这天算起",
        ("收到时间", "收件日期", "登记日期", "投诉日期", "投诉时间", "接收日期"),
        needed=True,
    ),
    Column("source", "来源", "例如 网点、95599、信访、监管转办", ("投诉来源", "来源渠道")),
    Column(
        "product",
        "产品",
        "例如 信用卡、贷款",
        ("涉及业务", "业务", "投诉业务", "业务类型", "产品名称"),
        needed=True,
        most=40,
    ),
    Column(
        "what",
        "事情经过",
        "发生了什么事",
        ("投诉内容", "投诉事由", "投诉事项", "经过", "内容"),
        needed=True,
        most=4_000,
    ),
    Column("when_where", "时间地点", "什么时候、在哪里发生", ("发生时间地点", "地点"), most=400),
    Column("wants", "诉求", "客户希望怎么解决", ("客户诉求", "投诉诉求", "您的要求"), most=1_000),
    Column(
        "contact",
        "联系方式",
        "电话或邮箱；请把单元格设为文本",
        ("联系电话", "电话", "手机", "手机号", "客户电话"),
        most=200,
    ),
    Column("anonymous", "是否匿名", "是 或 否；空着算否", ("匿名",)),
    Column("branch", "机构", "处理的机构；空着算本机构", ("处理机构", "承办机构", "支行")),
    Column("elder", "是否老年人", "是 或 否；空着算否", ("老年人", "老年客户", "是否老年客户")),
    Column("owner", "经办人", "坐席台的登录账号", ("经办账号", "处理人")),
    Column("state", "状态", f"{_STATES}；空着算已登记", ("投诉状态", "处理状态", "办理状态")),
    Column("accepted_on", "受理日期", "空着算收到日期", ("受理时间",)),
    Column("answered_on", "答复日期", "已答复、已办结的必填", ("答复时间", "回复日期")),
    Column(
        "answer", "答复内容", "告诉客户的处理结果", ("处理结果", "答复", "回复内容"), most=4_000
    ),
    Column(
        "ended_on",
        "办结日期",
        "已撤回的必填；已办结的空着算答复日期",
        ("办结时间", "结案日期", "撤回日期", "撤诉日期"),
    ),
    Column("channel", "渠道分类", "已办结的必填，按分类表", ("投诉渠道分类", "分类渠道"), most=80),
    Column("business", "业务分类", "已办结的必填，按分类表", ("投诉业务分类", "分类业务"), most=80),
    Column("cause", "原因分类", "已办结的必填，按分类表", ("投诉原因分类", "分类原因"), most=80),
    Column("old_number", "原编号", "原来台账上的编号", ("编号", "投诉编号", "工单号", "台账编号")),
)
BY_FIELD = {column.field: column for column in COLUMNS}
_KNOWN = {name: column for column in COLUMNS for name in (column.heading, *column.others)}
_LOOKED_AT = 10
"""Rows among which the headings are looked for; above them a title may stand."""
_LEAST = 2
"""Known headings that make a row the row of headings."""


@dataclass(frozen=True, slots=True)
class Headings:
    """Which column of the sheet is what."""

    row: int
    """Index of the row of headings; the data follows it."""
    places: Mapping[str, int]
    """Index of the sheet's column, by field."""
    unknown: tuple[str, ...]
    """Headings that nothing is known by."""
    double: tuple[str, ...]
    """Headings of columns that are there twice."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Headings that are needed and not there."""
        return tuple(
            column.heading
            for column in COLUMNS
            if column.needed and column.field not in self.places
        )


def find_headings(rows: Sequence[Sequence[object]]) -> Headings | None:
    """The row of headings among the first of a sheet; None where there is none.

    A heading merged over two rows stands in the upper one only, and counts for the lower one.
    """
    best, most = None, _LEAST - 1
    for index, row in enumerate(rows[:_LOOKED_AT]):
        names = _with_merged(row, rows[index - 1] if index else ())
        known = sum(plain(name) in _KNOWN for name in names)
        if known > most:
            best, most = _assign(index, names), known
    return best


def _with_merged(row: Sequence[object], above: Sequence[object]) -> list[str]:
    names = ["" if value is None else str(value) for value in row]
    for place, value in enumerate(above):
        if place >= len(names):
            names.append("")
        if not names[place] and value is not None and plain(str(value)) in _KNOWN:
            names[place] = str(value)
    return names


def _assign(index: int, names: Sequence[str]) -> Headings:
    places: dict[str, int] = {}
    unknown, double = [], []
    for place, name in enumerate(names):
        column = _KNOWN.get(plain(name))
        if column is None:
            if name.strip():
                unknown.append(name.strip()[:20])
        elif column.field in places:
            double.append(column.heading)
        else:
            places[column.field] = place
    return Headings(index, places, tuple(unknown), tuple(double))


def plain(heading: str) -> str:
    """`heading` without spaces, stars, and what stands in brackets."""
    text = unicodedata.normalize("NFKC", heading)
    return re.sub(r"\([^)]*\)|[\s*:#]", "", text)
