"""Which complaint needs which reminder on a given day, and for whom. Pure: no storage, no clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from actions.agents import Agent
from actions.roles import Role

SOON = 3
"""Days before the deadline from which on it is near."""
DAILY = 7
"""Days for which what is overdue, or waits for an approval, is called to mind each day."""

_APPROVERS = (frozenset({Role.APPROVER, Role.SENIOR}), frozenset({Role.SENIOR}))
"""Who may approve the first extension, and the second."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A complaint to which the bank owes an answer; nothing in it tells who complained."""

    row: int
    number: str
    product: str
    due: dt.date
    owner: int | None
    recused: frozenset[int] = frozenset()
    extension: int = 0
    asked_by: int | None = None
    """Who waits for an extension's approval."""
    asked_on: dt.date | None = None
    """Since when."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """One account is to be reminded of one complaint."""

    complaint: int
    number: str
    kind: str
    """`soon`, `tomorrow`, `today`, `overdue-N` (N days) or `approval-N` (waiting for N days)."""
    day: dt.date
    """The day from which the kind counts: the deadline, or the day an extension was asked for."""
    account: int


def needed(
    pending: Iterable[Pending], people: Sequence[Agent], today: dt.date
) -> Iterator[Reminder]:
    """Every reminder that is in order on `today`, whether it has been sent or not.

    What is near stays so until it is due tomorrow: a day on which nothing could be sent is made
    up for on the next. A complaint that nobody has concerns every approver.
    """
    for one in pending:
        kind = of_deadline((one.due - today).days)
        if kind:
            for account in _concerned(one, people, superiors=kind != "soon"):
                yield Reminder(one.row, one.number, kind, one.due, account)
        if one.asked_on is not None and 1 <= (waited := (today - one.asked_on).days) <= DAILY:
            for account in _may_approve(one, people):
                kind = f"approval-{waited}"
                yield Reminder(one.row, one.number, kind, one.asked_on, account)


def of_deadline(left: int) -> str:
    """The kind of reminder with `left` days to go (negative once it is over); "" for none."""
    if left < -DAILY or left > SOON:
        return ""
    if left < 0:
        return f"overdue-{-left}"
    return ("today", "tomorrow", "soon", "soon")[left]


def _concerned(one: Pending, people: Sequence[Agent], *, superiors: bool) -> list[int]:
    """The owner, and their superior; every approver where nobody has the complaint."""
    owner = next((person for person in people if person.id == one.owner), None)
    if owner is None:
        return [
            person.id
            for person in people
            if Role.APPROVER in person.roles and person.id not in one.recused
        ]
    if superiors and owner.superior is not None and owner.superior not in one.recused:
        return [owner.id, owner.superior]
    return [owner.id]


def _may_approve(one: Pending, people: Sequence[Agent]) -> list[int]:
    roles = _APPROVERS[min(one.extension, 1)]
    away = one.recused | {one.asked_by}
    return [person.id for person in people if person.roles & roles and person.id not in away]
