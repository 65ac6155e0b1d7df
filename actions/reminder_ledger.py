"""What was, and is to be, brought to whose mind: each reminder sent once, by however many gateways.

A reminder is enlisted once (its row is unique), as part of a message. A message is claimed for
LEASE before it is sent, and marked afterwards; whoever finds a claim that ran out tries it again,
under the same id.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select, tuple_

from actions.complaints import RUNNING, Step
from actions.database import insert_into
from actions.reminders import DAILY, SOON, Pending, Reminder
from actions.tables import agents, complaint_steps, complaints, reminders

LEASE = dt.timedelta(minutes=10)
"""For so long a claimed message is its claimer's; sending must take far less."""
GIVE_UP = dt.timedelta(days=1)
"""After this no further try is made: the next day has reminders of its own."""
SHOWN = dt.timedelta(days=7)
"""For so long the operator sees what was given up."""

_OPEN, _SENT, _NEEDLESS, _GIVEN_UP = "open", "sent", "needless", "given_up"
_KEY = ("complaint", "kind", "day", "account", "way")
_AT_ONCE = 500
"""Rows of one statement."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A reminder on one way."""

    reminder: Reminder
    way: str
    place: str
    """Where it arrives; what goes to the same place goes as one message."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a message."""

    number: str
    product: str
    day: dt.date
    """The deadline; where `approval`, the day since when an extension waits."""
    approval: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that is the claimer's to send, until `LEASE` has passed."""

    message: str
    """Its id, the same at each try."""
    way: str
    accounts: tuple[int, ...]
    """Whom it is for."""
    items: tuple[Item, ...]
    tries: int
    """This one counted."""


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Reminders that could not be sent for a day."""

    login: str
    way: str
    number: int
    error: str


def pending(tx: Connection, today: dt.date, zone: dt.tzinfo) -> list[Pending]:
    """The complaints of which somebody may have to be reminded on `today`."""
    asked = (
        select(complaint_steps.c.complaint, func.max(complaint_steps.c.at).label("at"))
        .where(complaint_steps.c.step == Step.ASK_EXTENSION)
        .group_by(complaint_steps.c.complaint)
        .subquery()
    )
    waits = complaints.c.extension_asked_by.is_not(None)
    first, last = today - dt.timedelta(days=DAILY), today + dt.timedelta(days=SOON)
    query = (
        select(complaints, asked.c.at)
        .outerjoin(asked, and_(asked.c.complaint == complaints.c.id, waits))
        .where(
            complaints.c.state.in_(sorted(RUNNING)),
            or_(complaints.c.due.between(first, last), waits),
        )
        .order_by(complaints.c.due, complaints.c.id)
    )
    return [_pending(row, zone) for row in tx.execute(query)]


def _pending(row: Row[Any], zone: dt.tzinfo) -> Pending:
    return Pending(
        row.id,
        row.number,
        row.product,
        row.due,
        row.owner,
        frozenset(int(one) for one in row.recused.split(",") if one),
        row.extension,
        row.extension_asked_by,
        row.at.astimezone(zone).date() if row.at else None,
    )


def fresh(tx: Connection, planned: Iterable[Planned]) -> list[Planned]:
    """Those of `planned` that nobody has enlisted yet."""
    by_key = {_key(one): one for one in planned}
    keys, known = list(by_key), set()
    columns = tuple_(*(reminders.c[name] for name in _KEY))
    for start in range(0, len(keys), _AT_ONCE):
        chosen = columns.in_(keys[start : start + _AT_ONCE])
        rows = tx.execute(select(*(reminders.c[name] for name in _KEY)).where(chosen))
        known |= {tuple(row) for row in rows}
    return [one for key, one in by_key.items() if key not in known]


def enlist(tx: Connection, planned: Iterable[Planned], now: dt.datetime) -> None:
    """Note what is to be sent, one message a place. What another gateway noted stays its own."""
    messages: dict[tuple[str, str], str] = {}
    # In the same order everywhere, so that two gateways wait for each other and do not deadlock.
    ordered = sorted(planned, key=_key)
    rows = [
        {
            **dict(zip(_KEY, _key(one), strict=True)),
            "message": messages.setdefault((one.way, one.place), uuid.uuid4().hex),
            "state": _OPEN,
            "made": now,
            "next_try": now,
            "tries": 0,
            "error": "",
        }
        for one in ordered
    ]
    for start in range(0, len(rows), _AT_ONCE):
        some = insert_into(tx, reminders).values(rows[start : start + _AT_ONCE])
        tx.execute(some.on_conflict_do_nothing())


def waiting(tx: Connection, now: dt.datetime) -> list[tuple[str, str]]:
    """The messages that somebody must try to send now, each with its way."""
    due = and_(reminders.c.state == _OPEN, reminders.c.next_try <= now)
    query = select(reminders.c.message, reminders.c.way).where(due).distinct()
    return [(row.message, row.way) for row in tx.execute(query.order_by(reminders.c.message))]


def claim(tx: Connection, message: str, now: dt.datetime) -> Claim | None:
    """The message, ours to send; None where another has it, or nothing in it is needed any more."""
    mine = and_(
        reminders.c.message == message, reminders.c.state == _OPEN, reminders.c.next_try <= now
    )
    take = reminders.update().where(mine)
    take = take.values(next_try=now + LEASE, tries=reminders.c.tries + 1)
    taken = tx.execute(take.returning(reminders.c.id, reminders.c.made)).all()
    if not taken:
        return None
    if min(row.made for row in taken) <= now - GIVE_UP:
        _settle(tx, [row.id for row in taken], _GIVEN_UP)
        return None
    needed, needless = _sorted_out(tx, [row.id for row in taken])
    _settle(tx, needless, _NEEDLESS)
    if not needed:
        return None
    items = {Item(row.number, row.product, row.day, _is_approval(row)): None for row in needed}
    accounts = dict.fromkeys(row.account for row in needed)
    return Claim(message, needed[0].way, tuple(accounts), tuple(items), needed[0].tries)


def _sorted_out(tx: Connection, ids: Sequence[int]) -> tuple[list[Row[Any]], list[int]]:
    """The reminders that are still needed, the soonest due first, and the ids of the others."""
    query = (
        select(
            reminders,
            complaints.c.number,
            complaints.c.product,
            complaints.c.due,
            complaints.c.state.label("stands"),
            complaints.c.extension_asked_by,
        )
        .join_from(reminders, complaints)
        .where(reminders.c.id.in_(ids))
        .order_by(reminders.c.day, complaints.c.id, reminders.c.account)
    )
    needed: list[Row[Any]] = []
    needless: list[int] = []
    for row in tx.execute(query):
        held = row.extension_asked_by is not None if _is_approval(row) else row.due == row.day
        if held and row.stands in RUNNING:
            needed.append(row)
        else:
            needless.append(row.id)
    return needed, needless


def mark_sent(tx: Connection, message: str) -> None:
    """It was taken."""
    tx.execute(_open_rows(message).values(state=_SENT, error=""))


def mark_failed(
    tx: Connection, message: str, error: str, now: dt.datetime, wait: dt.timedelta
) -> None:
    """It was not; another try comes after `wait`, unless a day has passed by then."""
    late = reminders.c.made <= now + wait - GIVE_UP
    tx.execute(_open_rows(message).values(next_try=now + wait, error=error[:200]))
    tx.execute(_open_rows(message).where(late).values(state=_GIVEN_UP))


def given_up(tx: Connection, now: dt.datetime) -> list[GivenUp]:
    """What could not be sent of late."""
    query = (
        select(
            agents.c.login,
            reminders.c.way,
            func.count().label("number"),
            func.max(reminders.c.error).label("error"),
        )
        .join_from(reminders, agents)
        .where(reminders.c.state == _GIVEN_UP, reminders.c.made > now - SHOWN)
        .group_by(agents.c.login, reminders.c.way)
        .order_by(agents.c.login, reminders.c.way)
    )
    return [GivenUp(row.login, row.way, row.number, row.error) for row in tx.execute(query)]


def _open_rows(message: str) -> Any:
    return reminders.update().where(reminders.c.message == message, reminders.c.state == _OPEN)


def _settle(tx: Connection, ids: Sequence[int], state: str) -> None:
    if ids:
        tx.execute(reminders.update().where(reminders.c.id.in_(ids)).values(state=state))


def _is_approval(row: Row[Any]) -> bool:
    return str(row.kind).startswith("approval")


def _key(one: Planned) -> tuple[int, str, dt.date, int, str]:
    reminder = one.reminder
    return reminder.complaint, reminder.kind, reminder.day, reminder.account, one.way
