"""How long the sound of a call is kept.

No rule that we know names a time for recordings as such, so that the bank sets it. Two things hold
a recording beyond it: a complaint of the same customer that is still open, and a complaint that was
made or added to in the call, as long as the records of complaints are kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from actions.complaints import State
from actions.tables import calls, complaint_steps, complaints, conversations

RECORDS = dt.timedelta(days=3 * 366)
"""After a complaint's end: at least three years (PBOC 2020 No. 5)."""
_CHAIN = 20
"""Complaints merged into one another that are followed at most."""


@dataclass(frozen=True, slots=True)
class Concern:
    """A complaint that a recording has to do with."""

    number: str
    ended_on: dt.date | None
    """None while it is open."""
    in_call: bool
    """Whether it was made or added to in the call itself."""


@dataclass(frozen=True, slots=True)
class Expired:
    """A recording whose usual time is over."""

    call: int
    recording: str
    concerns: tuple[Concern, ...]


def is_held(concerns: Iterable[Concern], today: dt.date) -> bool:
    """Whether a complaint keeps the recording beyond its usual time. Pure."""
    return any(
        one.ended_on is None or (one.in_call and today <= one.ended_on + RECORDS)
        for one in concerns
    )


def expired(tx: Connection, before: dt.datetime) -> list[Expired]:
    """Recordings of calls that ended before this moment, held or not, the oldest first."""
    query = (
        select(calls)
        .where(calls.c.recording.is_not(None), calls.c.deleted.is_(None), calls.c.ended < before)
        .order_by(calls.c.id)
    )
    return [
        Expired(row.id, row.recording, tuple(_concerns(tx, row.id))) for row in tx.execute(query)
    ]


def _concerns(tx: Connection, call: int) -> list[Concern]:
    """The complaints of the call's customer, on all channels on which they are known."""
    mine, theirs = conversations.alias(), conversations.alias()
    same = or_(theirs.c.id == mine.c.id, theirs.c.person == mine.c.person)
    in_call = select(complaint_steps.c.id).where(
        complaint_steps.c.complaint == complaints.c.id, in_course_of_call()
    )
    query = (
        select(complaints, in_call.exists().label("in_call"))
        .join_from(calls, mine, mine.c.id == calls.c.conversation)
        .join(theirs, same)
        .join(complaints, complaints.c.conversation == theirs.c.id)
        .where(calls.c.id == call)
    )
    return [
        Concern(row.number, _end(tx, row.number), bool(row.in_call)) for row in tx.execute(query)
    ]


def in_course_of_call() -> ColumnElement[bool]:
    """That a step of a complaint was the caller's own, in the call. For joined tables."""
    return and_(
        complaints.c.conversation == calls.c.conversation,
        complaint_steps.c.account.is_(None),
        complaint_steps.c.at >= calls.c.began,
        or_(calls.c.ended.is_(None), complaint_steps.c.at <= calls.c.ended),
    )


def _end(tx: Connection, number: str) -> dt.date | None:
    """When a complaint ended; one that goes on under another number ends with that one."""
    for _ in range(_CHAIN):
        columns = (complaints.c.state, complaints.c.ended_on, complaints.c.merged_into)
        row = tx.execute(select(*columns).where(complaints.c.number == number)).one()
        if row.state != State.MERGED:
            return row.ended_on  # type: ignore[no-any-return]  # the column is a Date
        number = row.merged_into
    return None
