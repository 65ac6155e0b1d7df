"""What a complaint is and how it may move on. Pure: no storage, no clock.

After 银行业保险业消费投诉处理管理办法 (2020 No. 3), cited as Art. N.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from actions.roles import Role


class State(StrEnum):
    """Where a complaint stands."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    ANSWERED = "answered"
    DISPUTED = "disputed"
    """The customer disagrees with the answer; it is being checked (核查)."""
    MEDIATION = "mediation"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"
    """Goes on under another complaint's number."""


class Step(StrEnum):
    """What can happen to a complaint; each is kept with who, when and why."""

    RECEIVE = "receive"
    ASSIGN = "assign"
    ACCEPT = "accept"
    START = "start"
    ASK_EXTENSION = "ask_extension"
    EXTEND = "extend"
    REFUSE_EXTENSION = "refuse_extension"
    ANSWER = "answer"
    DISPUTE = "dispute"
    MEDIATE = "mediate"
    MEDIATION_AGREED = "mediation_agreed"
    MEDIATION_FAILED = "mediation_failed"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    MERGE = "merge"
    TRANSFER = "transfer"
    RECUSE = "recuse"
    SUPPLEMENT = "supplement"
    NOTE = "note"
    CODE = "code"
    TOLD = "told"
    """The customer was told outside the chat, for example by telephone."""
    ANSWER_MERGED = "answer_merged"
    """The complaint under whose number this one goes on was answered; nobody takes it by hand."""
    UNMERGE = "unmerge"
    """That complaint was withdrawn, so this one goes on by itself; nobody takes it by hand."""


LABELS = {
    State.RECEIVED: "已登记",
    State.ACCEPTED: "已受理",
    State.IN_PROGRESS: "处理中",
    State.ANSWERED: "已答复",
    State.DISPUTED: "核查中",
    State.MEDIATION: "调解中",
    State.CLOSED: "已办结",
    State.WITHDRAWN: "已撤回",
    State.MERGED: "已并案",
}
"""What customers and officers read."""

STEP_LABELS = {
    Step.RECEIVE: "登记",
    Step.ASSIGN: "分派",
    Step.ACCEPT: "受理",
    Step.START: "开始处理",
    Step.ASK_EXTENSION: "申请延期",
    Step.EXTEND: "批准延期",
    Step.REFUSE_EXTENSION: "不同意延期",
    Step.ANSWER: "答复",
    Step.DISPUTE: "申请核查",
    Step.MEDIATE: "转调解",
    Step.MEDIATION_AGREED: "调解成功",
    Step.MEDIATION_FAILED: "调解未成",
    Step.CLOSE: "办结",
    Step.WITHDRAW: "撤回",
    Step.MERGE: "并案",
    Step.TRANSFER: "转办",
    Step.RECUSE: "回避",
    Step.SUPPLEMENT: "补充",
    Step.NOTE: "内部备注",
    Step.CODE: "确认分类",
    Step.TOLD: "已告知客户",
    Step.ANSWER_MERGED: "随并案答复",
    Step.UNMERGE: "恢复单独处理",
}

RUNNING = frozenset({State.RECEIVED, State.ACCEPTED, State.IN_PROGRESS, State.DISPUTED})
"""The bank owes an answer: the deadline counts."""
OPEN = RUNNING | {State.ANSWERED, State.MEDIATION}
ENDED = frozenset({State.CLOSED, State.WITHDRAWN, State.MERGED})

_R, _A, _P, _N, _D, _M, _C = (
    State.RECEIVED,
    State.ACCEPTED,
    State.IN_PROGRESS,
    State.ANSWERED,
    State.DISPUTED,
    State.MEDIATION,
    State.CLOSED,
)


def _staying(*states: State) -> dict[State, State]:
    return {state: state for state in states}


LIFECYCLE: dict[Step, dict[State, State]] = {
    Step.ASSIGN: _staying(*OPEN),
    Step.ACCEPT: {_R: _A},
    Step.START: {_A: _P},
    Step.ASK_EXTENSION: _staying(_A, _P),
    Step.EXTEND: _staying(_A, _P),
    Step.REFUSE_EXTENSION: _staying(_A, _P),
    Step.ANSWER: {_P: _N, _D: _N},
    Step.DISPUTE: {_N: _D, _C: _D},
    Step.MEDIATE: {_P: _M, _N: _M, _D: _M},
    Step.MEDIATION_AGREED: {_M: _C},
    Step.MEDIATION_FAILED: {_M: _N},
    Step.CLOSE: {_N: _C},
    Step.WITHDRAW: dict.fromkeys(OPEN, State.WITHDRAWN),
    Step.MERGE: dict.fromkeys((_R, _A, _P), State.MERGED),
    Step.TRANSFER: dict.fromkeys((_R, _A, _P), _R),
    Step.RECUSE: _staying(*OPEN),
    Step.SUPPLEMENT: _staying(*OPEN, _C),
    Step.NOTE: _staying(*State),
    Step.CODE: _staying(*OPEN, _C, State.WITHDRAWN),
    Step.TOLD: _staying(*State),
    Step.ANSWER_MERGED: _staying(State.MERGED),
    Step.UNMERGE: {State.MERGED: _R},
}
"""From which state each step leads where; nothing else can happen."""

CUSTOMER = frozenset({Step.SUPPLEMENT, Step.WITHDRAW, Step.DISPUTE})
"""What the customer can do by themselves."""

_OFFICER = frozenset({Role.OFFICER})
_APPROVERS = frozenset({Role.APPROVER, Role.SENIOR})
WHO: dict[Step, frozenset[Role]] = {
    **dict.fromkeys(LIFECYCLE, _OFFICER),
    Step.ASSIGN: _OFFICER | _APPROVERS,
    Step.EXTEND: _APPROVERS,
    Step.REFUSE_EXTENSION: _APPROVERS,
    Step.SUPPLEMENT: _OFFICER | {Role.AGENT},
    Step.WITHDRAW: _OFFICER,
    Step.NOTE: _OFFICER | _APPROVERS | {Role.AGENT},
    Step.ANSWER_MERGED: frozenset(),
    Step.UNMERGE: frozenset(),
}
"""Which roles at the desk may take a step; an officer records a customer's wish for them."""

MAX_REPRESENTATIVES = 5
"""Of a group that complains together (Art. 12)."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What the intake has gathered: personal data, never logged."""

    what: str
    product: str
    when_where: str
    wants: str
    contact: str
    proxy: str = ""
    """For whom somebody else complains, and what that person is to them (Art. 14)."""
    representatives: str = ""
    """Who speaks for a group, at most five (Art. 12)."""
    anonymous: bool = False


@dataclass(frozen=True, slots=True)
class Coding:
    """The three axes of JR/T 0169-2018, each as the path of a leaf in classification.yml."""

    channel: str
    business: str
    cause: str


@dataclass(frozen=True, slots=True)
class Complaint:
    """One registered complaint."""

    number: str
    state: State
    received: dt.datetime
    received_on: dt.date
    """The day of receipt where the bank is; the deadlines count from it."""
    due: dt.date
    """The last day for the bank's next answer; it never moves to an earlier one."""
    draft: Draft
    source: str = "web"
    """The channel over which it came; `import` and `desk` where an officer wrote it down."""
    branch: str = ""
    """Who handles it; empty for the one that owns the register."""
    conversation: int | None = None
    elder: bool = False
    owner: int | None = None
    """The officer's account."""
    extension: int = 0
    """0, 1 (30 days) or 2 (30 days more)."""
    extension_asked_by: int | None = None
    """Who waits for an approval."""
    answered_on: dt.date | None = None
    reviewed: bool = False
    """Whether the answer is the result of a 核查; there is only one."""
    ended_on: dt.date | None = None
    recused: frozenset[int] = frozenset()
    """Accounts that stepped aside."""
    merged_into: str = ""
    mediation_case: str = ""
    coding: Coding | None = None
    """As confirmed by a person."""
    related: tuple[str, ...] = ()
    """Earlier complaints of the same customer about the same matter."""

    def overdue(self, today: dt.date) -> bool:
        """Whether the bank has missed the day by which it owes an answer."""
        return self.state in RUNNING and today > self.due
