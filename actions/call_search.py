"""Telephone calls as the desk reads them; who may see a call is part of each query."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select, true

from actions.call_keeping import in_course_of_call
from actions.calls import STEPS, Ending
from actions.tables import call_turns, calls, complaint_steps, complaints, conversations, guests
from actions.tables import handoffs as requests

PAGE = 50


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks."""

    account: int
    sees_all: bool
    """Otherwise only the calls of customers whom they have served."""
    taken_since: dt.datetime | None = None
    """And those since then that they may have taken by telephone: the exchange knows who did."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for, newest first."""

    since: dt.datetime | None = None
    until: dt.datetime | None = None
    """Before this moment."""
    ending: Ending | None = None
    before: int = 0
    """Only calls older than this one; 0 for all."""


@dataclass(frozen=True, slots=True)
class Call:
    """One of them."""

    id: int
    conversation: int
    caller: bytes | None
    """The calling number, sealed; None where it was not shown."""
    elder: bool
    began: dt.datetime
    ended: dt.datetime | None
    ending: Ending | None
    turns: int
    complaints: tuple[str, ...]
    """Numbers of those that were made or added to in the call."""
    recording: str | None
    size: int | None
    recorded_ms: int | None
    missed_ms: int
    deleted: dt.datetime | None


@dataclass(frozen=True, slots=True)
class TurnSteps:
    """Where one turn's time went."""

    number: int
    at: dt.datetime
    ms: Mapping[str, int | None]
    """By STEPS."""

    @property
    def waited(self) -> int:
        """From the end of speech to the first sample of the answer, as the caller felt it."""
        parts = ("endpoint", "text", "answer", "first_audio")
        return sum(self.ms[part] or 0 for part in parts)


def search(tx: Connection, reader: Reader, wanted: Wanted) -> list[Call]:
    """One page, and one more where there is another."""
    query = _CALLS.where(*_fitting(reader, wanted)).order_by(calls.c.id.desc())
    if wanted.before:
        query = query.where(calls.c.id < wanted.before)
    return _opened(tx, query.limit(PAGE + 1))


def count(tx: Connection, reader: Reader, wanted: Wanted) -> int:
    """How many fit, whatever `wanted.before` says."""
    query = select(func.count()).select_from(calls).where(*_fitting(reader, wanted))
    return int(tx.scalar(query) or 0)


def find(tx: Connection, reader: Reader, call: int) -> Call | None:
    """One call; None also where this reader may not see it."""
    found = _opened(tx, _CALLS.where(calls.c.id == call, _visible(reader)))
    return found[0] if found else None


def turns(tx: Connection, reader: Reader, wanted: Wanted) -> list[TurnSteps]:
    """The turns of all calls that fit."""
    query = select(call_turns).join_from(call_turns, calls).where(*_fitting(reader, wanted))
    return [_turn(row) for row in tx.execute(query.order_by(call_turns.c.id))]


def turns_of(tx: Connection, call: int) -> list[TurnSteps]:
    """The turns of one call that was found before."""
    query = select(call_turns).where(call_turns.c.call == call).order_by(call_turns.c.number)
    return [_turn(row) for row in tx.execute(query)]


_NUMBER_OF_TURNS = (
    select(func.count()).where(call_turns.c.call == calls.c.id).scalar_subquery().label("turns")
)
_CALLS = select(calls, conversations.c.elder, _NUMBER_OF_TURNS).join_from(calls, conversations)


def _visible(reader: Reader) -> ColumnElement[bool]:
    if reader.sees_all:
        return true()
    joined = select(guests.c.handoff).where(guests.c.agent == reader.account)
    served = select(requests.c.id).where(
        requests.c.conversation == calls.c.conversation,
        or_(requests.c.agent == reader.account, requests.c.id.in_(joined)),
    )
    if reader.taken_since is None:
        return served.exists()
    went_on = or_(calls.c.ending.is_(None), calls.c.ending != Ending.BYE)
    return or_(served.exists(), and_(calls.c.began >= reader.taken_since, went_on))


def _fitting(reader: Reader, wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions = [_visible(reader)]
    if wanted.since:
        conditions.append(calls.c.began >= wanted.since)
    if wanted.until:
        conditions.append(calls.c.began < wanted.until)
    if wanted.ending:
        conditions.append(calls.c.ending == wanted.ending)
    return conditions


def _opened(tx: Connection, query: Select[Any]) -> list[Call]:
    rows = tx.execute(query).all()
    numbers = _complaints(tx, [row.id for row in rows])
    return [_call(row, tuple(numbers[row.id])) for row in rows]


def _complaints(tx: Connection, of: Sequence[int]) -> dict[int, list[str]]:
    query = (
        select(calls.c.id, complaints.c.number)
        .join_from(calls, complaints, complaints.c.conversation == calls.c.conversation)
        .join(complaint_steps, complaint_steps.c.complaint == complaints.c.id)
        .where(calls.c.id.in_(of), in_course_of_call())
        .distinct()
        .order_by(complaints.c.number)
    )
    found = defaultdict(list)
    for row in tx.execute(query):
        found[row.id].append(row.number)
    return found


def _call(row: Row[Any], numbers: tuple[str, ...]) -> Call:
    return Call(
        row.id,
        row.conversation,
        row.caller,
        row.elder,
        row.began,
        row.ended,
        Ending(row.ending) if row.ending else None,
        row.turns,
        numbers,
        row.recording,
        row.size,
        row.recorded_ms,
        row.missed_ms,
        row.deleted,
    )


def _turn(row: Row[Any]) -> TurnSteps:
    return TurnSteps(row.number, row.at, {step: getattr(row, f"{step}_ms") for step in STEPS})
