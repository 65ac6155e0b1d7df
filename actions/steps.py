"""Taking a step: what it needs, whom it needs, and what it changes. Pure: no storage, no clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

from actions.complaints import (
    CUSTOMER,
    ENDED,
    LABELS,
    LIFECYCLE,
    STEP_LABELS,
    WHO,
    Coding,
    Complaint,
    State,
    Step,
)
from actions.deadlines import Deadlines
from actions.errors import NotAllowed
from actions.roles import Role

MAX_WHY = 4_000
"""Characters of a reason, an answer or a note."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who takes a step: an account of the desk, or the customer (no account)."""

    account: int | None = None
    roles: frozenset[Role] = frozenset()

    @property
    def name(self) -> str:
        """As the journal calls them."""
        return "customer" if self.account is None else f"agent:{self.account}"


CUSTOMER_ACTOR = Actor()


@dataclass(frozen=True, slots=True)
class Move:
    """One step, with what it needs."""

    step: Step
    by: Actor
    why: str = ""
    """The reason, the answer or the note."""
    to: str = ""
    """A branch (transfer), a number (merge) or a case number (mediate)."""
    owner: int | None = None
    coding: Coding | None = None
    on: dt.date | None = None
    """The day on which it was taken, where that is in the past (an import)."""


TELLS = frozenset(
    {
        Step.ACCEPT,
        Step.EXTEND,
        Step.ANSWER,
        Step.DISPUTE,
        Step.MEDIATE,
        Step.MEDIATION_AGREED,
        Step.MEDIATION_FAILED,
        Step.CLOSE,
        Step.WITHDRAW,
        Step.MERGE,
        Step.TRANSFER,
        Step.ANSWER_MERGED,
    }
)
"""Steps of which the customer is told."""
NEEDS_WHY = {
    Step.ASK_EXTENSION: "请写明延期的原因，客户会看到。",
    Step.EXTEND: "请写明同意延期的理由。",
    Step.REFUSE_EXTENSION: "请写明不同意延期的理由。",
    Step.ANSWER: "请写答复内容，客户会看到。",
    Step.DISPUTE: "请写明对哪里不满意。",
    Step.MEDIATE: "请写明为什么可以调解。",
    Step.MEDIATION_AGREED: "请写调解的结果，客户会看到。",
    Step.MEDIATION_FAILED: "请写调解的结果，客户会看到。",
    Step.TRANSFER: "请写明转办的原因。",
    Step.RECUSE: "请写明回避的原因。",
    Step.SUPPLEMENT: "请写补充的内容。",
    Step.NOTE: "请写备注的内容。",
    Step.TOLD: "请写明怎么告知的、什么时候，例如：电话，上午十点。",
    Step.MERGE: "请写明并案的原因。",
}


def allowed(complaint: Complaint, by: Actor, today: dt.date, deadlines: Deadlines) -> list[Step]:
    """The steps that `by` can take now, in the order of the table."""
    return [step for step in LIFECYCLE if _objection(complaint, step, by, today, deadlines) is None]


def follow(complaint: Complaint, move: Move, today: dt.date, deadlines: Deadlines) -> Complaint:
    """The complaint after `move`. Raises NotAllowed, in words for whoever tried."""
    objection = _objection(complaint, move.step, move.by, today, deadlines)
    if objection is None and not move.why.strip() and move.step in NEEDS_WHY:
        objection = NotAllowed("needs_reason", NEEDS_WHY[move.step])
    if objection is None and len(move.why) > MAX_WHY:
        objection = NotAllowed("too_long", f"最多 {MAX_WHY} 个字，请写短一些。")
    if objection is not None:
        raise objection
    change = _CHANGES.get(move.step)
    changed = change(complaint, move, today, deadlines) if change else complaint
    state = LIFECYCLE[move.step][complaint.state]
    ended = today if state in ENDED and complaint.state not in ENDED else changed.ended_on
    return replace(
        changed,
        state=state,
        due=max(complaint.due, changed.due),
        ended_on=ended if state in ENDED else None,
    )


def _objection(
    complaint: Complaint, step: Step, by: Actor, today: dt.date, deadlines: Deadlines
) -> NotAllowed | None:
    """Why `by` may not take `step` now; None if they may."""
    if complaint.state not in LIFECYCLE.get(step, {}):
        now, wanted = LABELS[complaint.state], STEP_LABELS[step]
        return NotAllowed("wrong_state", f"这件投诉现在是“{now}”，不能做“{wanted}”。")
    if by.account is None and step not in CUSTOMER:
        return NotAllowed("forbidden", "这一步要由工作人员来做。")
    if by.account is not None and by.roles.isdisjoint(WHO[step]):
        return NotAllowed("forbidden", f"您的角色不能做“{STEP_LABELS[step]}”。")
    if by.account in complaint.recused and step is not Step.NOTE:
        return NotAllowed("recused", "您已回避这件投诉，请由其他同事处理。")
    if step is Step.DISPUTE:
        return _dispute_objection(complaint, today, deadlines)
    if step in {Step.ASK_EXTENSION, Step.EXTEND, Step.REFUSE_EXTENSION}:
        return _extension_objection(complaint, step, by)
    if step in {Step.CLOSE, Step.MEDIATION_AGREED} and complaint.coding is None:
        return NotAllowed("needs_coding", "办结前请先确认分类（渠道、业务、原因）。")
    if step is Step.RECUSE and complaint.owner != by.account:
        return NotAllowed("not_yours", "只有经办人自己可以申请回避。")
    return None


def _dispute_objection(
    complaint: Complaint, today: dt.date, deadlines: Deadlines
) -> NotAllowed | None:
    if complaint.reviewed:
        return NotAllowed("reviewed", "这件投诉已经核查过一次。您还可以申请调解，或者拨打12378。")
    if complaint.answered_on is None:
        return NotAllowed("wrong_state", "这件投诉没有经过答复，不能申请核查。")
    last = deadlines.dispute(complaint.answered_on)
    if today > last:
        return NotAllowed(
            "too_late", f"申请核查的期限是{last:%Y-%m-%d}，已经过了。您还可以拨打12378。"
        )
    return None


def _extension_objection(complaint: Complaint, step: Step, by: Actor) -> NotAllowed | None:
    asked = complaint.extension_asked_by
    if step is Step.ASK_EXTENSION:
        if complaint.extension >= 2:
            return NotAllowed("no_more", "已经延期两次，法规不允许再延。")
        return NotAllowed("asked", "已经申请延期，正在等审批。") if asked is not None else None
    if asked is None:
        return NotAllowed("not_asked", "还没有人申请延期。")
    if asked == by.account:
        return NotAllowed("four_eyes", "不能审批自己的申请，请由其他审批人处理。")
    if complaint.extension == 1 and Role.SENIOR not in by.roles:
        return NotAllowed("forbidden", "第二次延期要由高级审批人（上级机构或总行高管）审批。")
    return None


Change = Callable[[Complaint, Move, dt.date, Deadlines], Complaint]


def _assign(complaint: Complaint, move: Move, _today: dt.date, _deadlines: Deadlines) -> Complaint:
    if move.owner is None:
        raise NotAllowed("needs_owner", "请选择经办人。")
    if move.owner in complaint.recused:
        raise NotAllowed("recused", "这位同事已回避这件投诉，请选其他人。")
    return replace(complaint, owner=move.owner)


def _own(complaint: Complaint, move: Move, _today: dt.date, _deadlines: Deadlines) -> Complaint:
    """Whoever begins to work on it has it, unless somebody has it already."""
    return replace(complaint, owner=complaint.owner or move.by.account)


def _ask_extension(
    complaint: Complaint, move: Move, _today: dt.date, _deadlines: Deadlines
) -> Complaint:
    return replace(complaint, extension_asked_by=move.by.account)


def _extend(complaint: Complaint, _move: Move, _today: dt.date, deadlines: Deadlines) -> Complaint:
    level = complaint.extension + 1
    due = deadlines.decision(complaint.received_on, level)
    return replace(complaint, extension=level, extension_asked_by=None, due=due)


def _refuse(complaint: Complaint, _move: Move, _today: dt.date, _deadlines: Deadlines) -> Complaint:
    return replace(complaint, extension_asked_by=None)


def _answer(complaint: Complaint, _move: Move, today: dt.date, _deadlines: Deadlines) -> Complaint:
    return replace(
        complaint,
        answered_on=today,
        reviewed=complaint.reviewed or complaint.state is State.DISPUTED,
        extension_asked_by=None,
    )


def _dispute(complaint: Complaint, _move: Move, today: dt.date, deadlines: Deadlines) -> Complaint:
    """The 核查 is somebody's whom an approver chooses, so nobody has it at first."""
    return replace(complaint, owner=None, due=deadlines.review(today))


def _mediate(complaint: Complaint, move: Move, _today: dt.date, _deadlines: Deadlines) -> Complaint:
    if not move.to.strip():
        raise NotAllowed("needs_case", "请填写调解组织和案号。")
    return replace(complaint, mediation_case=move.to.strip(), extension_asked_by=None)


def _settle(complaint: Complaint, _move: Move, today: dt.date, _deadlines: Deadlines) -> Complaint:
    return replace(complaint, answered_on=complaint.answered_on or today)


def _merge(complaint: Complaint, move: Move, _today: dt.date, _deadlines: Deadlines) -> Complaint:
    if not move.to or move.to == complaint.number:
        raise NotAllowed("needs_number", "请填写并入哪一件投诉的编号。")
    return replace(complaint, merged_into=move.to, extension_asked_by=None)


def _transfer(
    complaint: Complaint, move: Move, _today: dt.date, _deadlines: Deadlines
) -> Complaint:
    if not move.to or move.to == complaint.branch:
        raise NotAllowed("needs_branch", "请选择转给哪个机构。")
    return replace(complaint, branch=move.to, owner=None, extension_asked_by=None)


def _recuse(complaint: Complaint, move: Move, _today: dt.date, _deadlines: Deadlines) -> Complaint:
    away = {move.by.account} - {None}
    return replace(
        complaint,
        owner=None,
        recused=complaint.recused | {account for account in away if account is not None},
        extension_asked_by=None,
    )


def _code(complaint: Complaint, move: Move, _today: dt.date, _deadlines: Deadlines) -> Complaint:
    if move.coding is None:
        raise NotAllowed("needs_coding", "请选择渠道、业务和原因。")
    return replace(complaint, coding=move.coding)


_CHANGES: dict[Step, Change] = {
    Step.ASSIGN: _assign,
    Step.ACCEPT: _own,
    Step.START: _own,
    Step.ASK_EXTENSION: _ask_extension,
    Step.EXTEND: _extend,
    Step.REFUSE_EXTENSION: _refuse,
    Step.ANSWER: _answer,
    Step.DISPUTE: _dispute,
    Step.MEDIATE: _mediate,
    Step.MEDIATION_AGREED: _settle,
    Step.MEDIATION_FAILED: _settle,
    Step.MERGE: _merge,
    Step.TRANSFER: _transfer,
    Step.RECUSE: _recuse,
    Step.CODE: _code,
}
"""What a step changes beside the state."""
