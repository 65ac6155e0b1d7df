"""One row of a sheet: a complaint with the steps that it has taken, or everything wrong with it.

Pure: the steps are tried by the same rules by which they will be taken.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import TypeVar

from actions.classification import Axis, Classification
from actions.complaints import LABELS, Coding, Complaint, Draft, State, Step
from actions.deadlines import Deadlines
from actions.errors import NotAllowed
from actions.imports import cells
from actions.imports.columns import BY_FIELD
from actions.imports.states import state_called
from actions.roles import Role
from actions.steps import Actor, Move, follow

_SOMEBODY = Actor(0, frozenset({Role.OFFICER}))
"""In whose name the steps are tried before it is known who imports."""
_NOT_KNOWN = "（导入前已答复，内容见原台账）"
_ANSWERED = {State.ANSWERED, State.CLOSED}
_ENDED = {State.CLOSED, State.WITHDRAWN}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one cell; the reason holds no personal data."""

    row: int
    """As Excel counts, from 1."""
    heading: str
    reason: str

    def __str__(self) -> str:
        return f"第 {self.row} 行“{self.heading}”：{self.reason}"


@dataclass(frozen=True, slots=True)
class Rules:
    """What a row is checked against."""

    today: dt.date
    deadlines: Deadlines
    classification: Classification
    branches: Collection[str] = ()
    """Institutions that there are; empty where any is right."""
    owners: Mapping[str, int] | None = None
    """Accounts that can have a complaint, by login."""
    epoch: dt.date = dt.date(1899, 12, 30)
    """The workbook's day 0."""


@dataclass(frozen=True, slots=True)
class Record:
    """A good row."""

    row: int
    draft: Draft
    received_on: dt.date
    source: str
    branch: str
    elder: bool
    state: State
    owner: int | None
    accepted_on: dt.date | None
    answered_on: dt.date | None
    answer: str
    ended_on: dt.date | None
    coding: Coding | None
    old_number: str

    def identity(self) -> str:
        """What makes it this complaint: not its state, which will have moved on since."""
        told = [self.old_number, self.received_on.isoformat(), asdict(self.draft)]
        return json.dumps(told, ensure_ascii=False, sort_keys=True)

    def moves(self, by: Actor) -> list[Move]:
        """The steps from receipt to where it stands, each on its day."""
        accepted = self.accepted_on or self.received_on
        answered = self.answered_on or accepted
        ended = self.ended_on or answered
        steps: list[Move] = []
        if self.owner is not None:
            steps.append(Move(Step.ASSIGN, by, owner=self.owner, on=self.received_on))
        if self.state in {State.ACCEPTED, State.IN_PROGRESS} | _ANSWERED:
            steps.append(Move(Step.ACCEPT, by, on=accepted))
        if self.state in {State.IN_PROGRESS} | _ANSWERED:
            steps.append(Move(Step.START, by, on=accepted))
        if self.state in _ANSWERED:
            steps.append(Move(Step.ANSWER, by, self.answer or _NOT_KNOWN, on=answered))
        if self.coding is not None:
            steps.append(Move(Step.CODE, by, coding=self.coding, on=ended))
        if self.state in _ENDED:
            last = Step.CLOSE if self.state is State.CLOSED else Step.WITHDRAW
            steps.append(Move(last, by, on=ended))
        return steps


class _Reader:
    """Reads the cells of one row, and notes every fault."""

    def __init__(self, row: int, values: Mapping[str, object], rules: Rules) -> None:
        self.row = row
        self.rules = rules
        self.faults: list[Fault] = []
        self._values = values

    def fault(self, field: str, reason: str) -> None:
        self.faults.append(Fault(self.row, BY_FIELD[field].heading, reason))

    def read(self, field: str, as_: Callable[[object], T], otherwise: T) -> T:
        try:
            return as_(self._values.get(field))
        except cells.Unfit as error:
            self.fault(field, str(error))
            return otherwise

    def text(self, field: str) -> str:
        column = BY_FIELD[field]
        broken = len(self.faults)
        written = self.read(field, cells.text, "")
        if column.needed and not written and len(self.faults) == broken:
            self.fault(field, "没有填写")
        if len(written) > column.most:
            self.fault(field, f"有 {len(written)} 个字，最多 {column.most} 个")
        return written

    def day(self, field: str) -> dt.date | None:
        rules = self.rules
        return self.read(field, lambda cell: cells.day(cell, rules.today, rules.epoch), None)

    def state(self) -> State:
        return self.read("state", lambda cell: state_called(cells.text(cell)), State.RECEIVED)

    def branch(self) -> str:
        name, known = self.text("branch"), self.rules.branches
        if name and known and name not in known:
            self.fault("branch", f"没有“{name[:20]}”这个机构，可以填：{'、'.join(known)}")
        return name

    def owner(self) -> int | None:
        login, owners = self.text("owner"), self.rules.owners or {}
        if login and login not in owners:
            self.fault("owner", f"没有“{login[:20]}”这个投诉专员的账号")
        return owners.get(login)

    def coding(self) -> Coding | None:
        written = {axis: self.text(axis) for axis in Axis}
        if not any(written.values()):
            return None
        return Coding(*(self._leaf(axis, text) for axis, text in written.items()))

    def _leaf(self, axis: Axis, text: str) -> str:
        """The leaf that is meant, by its path or by its end alone, such as 信用卡."""
        if not text:
            self.fault(axis, "渠道、业务、原因三项分类要一起填")
            return text
        try:
            return self.rules.classification.path(axis, text)
        except LookupError as error:
            self.fault(axis, f"{error}，请按分类表写到最后一级")
            return text


def read_row(row: int, values: Mapping[str, object], rules: Rules) -> Record | list[Fault]:
    """The complaint in a row, by field; or everything that is wrong with it."""
    reader = _Reader(row, values, rules)
    received = reader.day("received_on")
    if received is None and not reader.faults:
        reader.fault("received_on", "没有填写")
    record = Record(
        row,
        Draft(
            product=reader.text("product"),
            what=reader.text("what"),
            when_where=reader.text("when_where"),
            wants=reader.text("wants"),
            contact=reader.text("contact"),
            anonymous=reader.read("anonymous", cells.flag, otherwise=False),
        ),
        received or rules.today,
        reader.text("source"),
        reader.branch(),
        reader.read("elder", cells.flag, otherwise=False),
        reader.state(),
        reader.owner(),
        reader.day("accepted_on"),
        reader.day("answered_on"),
        reader.text("answer"),
        reader.day("ended_on"),
        reader.coding(),
        reader.text("old_number"),
    )
    if not reader.faults:
        _check_days(reader, record)
    if not reader.faults:
        _try_steps(reader, record)
    return reader.faults or record


def _check_days(reader: _Reader, record: Record) -> None:
    """Whether each day that the state needs is there, no other is, and they follow each other."""
    state, label = record.state, LABELS[record.state]
    if state in _ANSWERED and record.answered_on is None:
        reader.fault("answered_on", f"“{label}”的投诉要填答复日期")
    if record.answered_on is not None and state not in _ANSWERED:
        reader.fault("answered_on", f"填了答复日期，状态却是“{label}”，请核对")
    if state is State.WITHDRAWN and record.ended_on is None:
        reader.fault("ended_on", "“已撤回”的投诉要填撤回的日期")
    if record.ended_on is not None and state not in _ENDED:
        reader.fault("ended_on", f"填了办结日期，状态却是“{label}”，请核对")
    fields = ("received_on", "accepted_on", "answered_on", "ended_on")
    given = [(field, on) for field in fields if (on := getattr(record, field)) is not None]
    for (before, earlier), (after, later) in pairwise(given):
        if later < earlier:
            reader.fault(after, f"{later} 早于{BY_FIELD[before].heading} {earlier}，请核对")


def _try_steps(reader: _Reader, record: Record) -> None:
    deadlines = reader.rules.deadlines
    received = dt.datetime.combine(record.received_on, dt.time(), dt.UTC)
    due = deadlines.decision(record.received_on)
    complaint = Complaint("", State.RECEIVED, received, record.received_on, due, record.draft)
    try:
        for move in record.moves(_SOMEBODY):
            complaint = follow(complaint, move, move.on or reader.rules.today, deadlines)
    except NotAllowed as error:
        reader.fault("state", str(error))
