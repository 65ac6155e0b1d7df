"""The form by which an officer writes a complaint down for a customer. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from actions.complaints import MAX_REPRESENTATIVES, Draft
from actions.intake import MAX_ANSWER
from actions.privacy import without_secrets
from actions.questions import COMPLAINT
from bot.desk.complaint_shown import DRAFT_LABELS
from bot.errors import BadField
from bot.http import printable
from bot.turn import Json

_ASKED = ("what", "product", "when_where", "wants", "contact")
"""The questions that every complaint must answer."""
_OPTIONAL = {
    "proxy": "替谁投诉，客户和他是什么关系（代理时填）",
    "representatives": f"代表人，一行一位，最多 {MAX_REPRESENTATIVES} 位（群体投诉时填）",
}
_CHOICES = {"product": (*COMPLAINT.question("product").options, "其他")}
_NOWHERE = "不留"


@dataclass(frozen=True, slots=True)
class Written:
    """A complaint as written down at the desk."""

    draft: Draft
    elder: bool
    branch: str


def fields(branches: tuple[str, ...]) -> list[Json]:
    """What the form asks, in order."""
    asked = [COMPLAINT.question(slot) for slot in _ASKED]
    return [
        *(
            _field(
                one.slot, DRAFT_LABELS[one.slot], one.ask, _CHOICES.get(one.slot, ()), required=True
            )
            for one in asked
        ),
        *(_field(name, label) for name, label in _OPTIONAL.items()),
        _field("branch", "涉及的机构（不清楚可以不填）", options=branches),
    ]


def _field(
    name: str, label: str, hint: str = "", options: Sequence[str] = (), *, required: bool = False
) -> Json:
    return {
        "name": name,
        "label": label,
        "hint": hint,
        "options": list(options),
        "required": required,
    }


def read(body: Json, branches: tuple[str, ...]) -> Written:
    """What was written. Raises BadField beside the field that must be changed."""
    anonymous = _flag(body, "anonymous")
    given = {slot: _answer(body, slot, anonymous=anonymous) for slot in _ASKED}
    representatives = _text(body, "representatives")
    if len(representatives.splitlines()) > MAX_REPRESENTATIVES:
        raise BadField(
            "representatives",
            f"群体投诉最多 {MAX_REPRESENTATIVES} 位代表，一行写一位，请减少几位。",
        )
    branch = _text(body, "branch")
    if branch and branch not in branches:
        raise BadField("branch", "没有这个机构，请重新选择。")
    draft = Draft(
        **given, proxy=_text(body, "proxy"), representatives=representatives, anonymous=anonymous
    )
    return Written(draft, _flag(body, "elder"), branch)


def _answer(body: Json, slot: str, *, anonymous: bool) -> str:
    question = COMPLAINT.question(slot)
    text = question.read(_text(body, slot))
    if slot == "contact" and anonymous and not text:
        return _NOWHERE
    problem = question.check(text) if text else f"请填写{DRAFT_LABELS[slot]}。"
    if problem:
        raise BadField(slot, problem)
    return text


def _text(body: Json, name: str) -> str:
    value: Any = body.get(name, "")
    if not isinstance(value, str):
        raise BadField(name, "请填写文字。")
    text = without_secrets(printable(value))
    if len(text) > MAX_ANSWER:
        raise BadField(name, f"有 {len(text)} 个字，最多 {MAX_ANSWER} 个，请写短一些。")
    return text


def _flag(body: Json, name: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise BadField(name, "请选择是或否。")
    return value
