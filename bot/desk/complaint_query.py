"""What an officer looks for, as the page sends it, read into the register's Filter. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from actions.complaint_search import Filter
from actions.complaints import LABELS, OPEN, State
from actions.questions import COMPLAINT
from bot import channels
from bot.errors import BadField

SOON = dt.timedelta(days=3)
BUCKETS = {
    "today": "今天到期",
    "soon": "三天内到期",
    "overdue": "已超期",
    "approval": "待审批延期",
    "untold": "待告知客户",
    "mine": "我经办的",
    "all": "全部",
}
"""The lists of the page, in order."""
_URGENT = ("today", "soon", "overdue", "approval")
"""Lists that show the soonest due first, unless asked otherwise."""
SOURCES = {
    **channels.LABELS,
    "desk": "柜面或电话",
    "import": "批量导入",
}
PRODUCTS = COMPLAINT.question("product").options
OWN_BRANCH = "-"
"""How the page asks for complaints that have not been transferred to any branch."""
MAX_TEXT = 100
_NUMBER = re.compile(r"20\d\d(?:[01]|(?:0[1-9]|1[0-2])(?:[0-3]\d{0,8})?)?")
"""The beginning of a number, that is, of its day (actions/numbers.py)."""


def bucket(name: str, account: int, today: dt.date) -> Filter:
    """What stands in one list. Raises BadField for an unknown one."""
    filters = {
        "today": Filter(due_from=today, due_until=today),
        "soon": Filter(due_from=today, due_until=today + SOON),
        "overdue": Filter(due_until=today - dt.timedelta(days=1)),
        "approval": Filter(extension_asked=True),
        "untold": Filter(untold=True),
        "mine": Filter(owner=account, states=OPEN),
        "all": Filter(),
    }
    if name not in filters:
        raise BadField("bucket", "没有这个列表。")
    return filters[name]


def read(values: Mapping[str, Any], account: int, today: dt.date) -> Filter:
    """The filter that `values` describe. Raises BadField, in words for the officer."""
    name = _text(values, "bucket") or "all"
    wanted = bucket(name, account, today)
    if text := _text(values, "text"):
        compact = text.replace(" ", "")
        is_number = _NUMBER.fullmatch(compact)
        wanted = replace(wanted, number=compact) if is_number else replace(wanted, text=text)
    if state := _choice(values, "state", {state.value: state for state in State}):
        wanted = replace(wanted, states=frozenset({State(state)}))
    if branch := _text(values, "branch"):
        wanted = replace(wanted, branch="" if branch == OWN_BRANCH else branch)
    if elder := _choice(values, "elder", {"yes": True, "no": False}):
        wanted = replace(wanted, elder=elder == "yes")
    order = _choice(values, "order", {"due": True, "newest": False})
    return replace(
        wanted,
        product=_text(values, "product"),
        source=_choice(values, "source", SOURCES),
        received_from=_day(values, "from"),
        received_until=_day(values, "until"),
        due_first=order == "due" or (not order and name in _URGENT),
        before=_text(values, "before"),
    )


def choices(branches: tuple[str, ...]) -> dict[str, list[list[str]]]:
    """What can be chosen in each filter: values and labels."""
    return {
        "state": [[state.value, label] for state, label in LABELS.items()],
        "branch": [[OWN_BRANCH, "未转办"], *([name, name] for name in branches)],
        "product": [[name, name] for name in PRODUCTS],
        "source": [[name, label] for name, label in SOURCES.items()],
    }


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name, "")
    if not isinstance(value, str):
        raise BadField(name, f"{name} 要是文字。")
    if len(value) > MAX_TEXT:
        raise BadField(name, f"最多 {MAX_TEXT} 个字，请写短一些。")
    return " ".join(value.split())


def _choice(values: Mapping[str, Any], name: str, known: Mapping[str, object]) -> str:
    value = _text(values, name)
    if value and value not in known:
        raise BadField(name, "没有这个选项，请重新选择。")
    return value


def _day(values: Mapping[str, Any], name: str) -> dt.date | None:
    value = _text(values, name)
    try:
        return dt.date.fromisoformat(value) if value else None
    except ValueError as error:
        raise BadField(name, "日期请写成 2026-11-25 这样。") from error
