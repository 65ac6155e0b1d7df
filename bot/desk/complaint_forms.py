"""The forms of the steps: which fields each needs, and in which order they are offered. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from actions.complaints import STEP_LABELS, Complaint, State, Step
from actions.deadlines import Deadlines
from actions.steps import NEEDS_WHY, TELLS, Actor, allowed
from bot.turn import Json


@dataclass(frozen=True, slots=True)
class Form:
    """What an officer fills in to take a step."""

    why: str = ""
    """The label of the text; empty where there is none."""
    to: Literal["", "branch", "number", "case"] = ""
    owner: bool = False
    coding: bool = False
    twice: bool = False
    """Pressed twice: it cannot be undone."""


FORMS: dict[Step, Form] = {
    Step.ASSIGN: Form("说明（可以不写）", owner=True),
    Step.ACCEPT: Form(),
    Step.START: Form(),
    Step.ASK_EXTENSION: Form("延期的原因（批准后，客户会看到）"),
    Step.EXTEND: Form("同意的理由（客户看不到）"),
    Step.REFUSE_EXTENSION: Form("不同意的理由（客户看不到）"),
    Step.ANSWER: Form("答复内容（客户会看到）"),
    Step.DISPUTE: Form("客户对哪里不满意"),
    Step.MEDIATE: Form("为什么可以调解（客户会看到）", to="case"),
    Step.MEDIATION_AGREED: Form("调解的结果（客户会看到）"),
    Step.MEDIATION_FAILED: Form("调解的结果（客户会看到）"),
    Step.CLOSE: Form("说明（可以不写，客户看不到）"),
    Step.WITHDRAW: Form("客户怎么说的（可以不写）", twice=True),
    Step.MERGE: Form("并案的原因（客户看不到）", to="number", twice=True),
    Step.TRANSFER: Form("转办的原因（客户会看到）", to="branch"),
    Step.RECUSE: Form("回避的原因（客户看不到）", twice=True),
    Step.SUPPLEMENT: Form("客户补充的内容"),
    Step.NOTE: Form("备注（客户看不到）"),
    Step.CODE: Form(coding=True),
    Step.TOLD: Form("怎么告知的，什么时候"),
}
SHOWN = frozenset(
    {Step.ANSWER, Step.MEDIATE, Step.MEDIATION_AGREED, Step.MEDIATION_FAILED, Step.TRANSFER}
)
"""Steps whose text the customer reads."""

_ORDER = (
    Step.EXTEND,
    Step.REFUSE_EXTENSION,
    Step.TOLD,
    Step.ACCEPT,
    Step.START,
    Step.ANSWER,
    Step.MEDIATION_AGREED,
    Step.MEDIATION_FAILED,
    Step.CLOSE,
    Step.CODE,
    Step.SUPPLEMENT,
    Step.NOTE,
    Step.ASK_EXTENSION,
    Step.ASSIGN,
    Step.TRANSFER,
    Step.MEDIATE,
    Step.MERGE,
    Step.DISPUTE,
    Step.WITHDRAW,
    Step.RECUSE,
)


def offered(
    complaint: Complaint, by: Actor, today: dt.date, deadlines: Deadlines, *, untold: bool
) -> list[Step]:
    """The steps that `by` can take now, the one that is due first at the front."""
    steps = allowed(complaint, by, today, deadlines)
    if not untold:
        steps = [step for step in steps if step is not Step.TOLD]
    steps.sort(key=_ORDER.index)
    if _waits_for_coding(complaint) and Step.CODE in steps:
        steps.remove(Step.CODE)
        steps.insert(0, Step.CODE)
    return steps


def _waits_for_coding(complaint: Complaint) -> bool:
    return complaint.coding is None and complaint.state in {State.ANSWERED, State.MEDIATION}


def shown(step: Step) -> Json:
    """A step's form for the page."""
    form = FORMS[step]
    return {
        "step": step,
        "label": STEP_LABELS[step],
        "why": form.why,
        "required": step in NEEDS_WHY,
        "hint": NEEDS_WHY.get(step, ""),
        "to": form.to,
        "owner": form.owner,
        "coding": form.coding,
        "twice": form.twice,
        "tells": step in TELLS,
    }
