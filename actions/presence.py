"""Who is at the desk, and takes customers: told by open desks, kept in the database.

A desk says every few seconds that it is open; what is older than `FRESH` is gone. So it stays true
when a gateway is killed, and with several of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, and_, bindparam, func, select

from actions import journal
from actions.database import insert_into
from actions.tables import Instant, agents, presences

BEAT = dt.timedelta(seconds=10)
FRESH = dt.timedelta(seconds=35)


class Status(StrEnum):
    """What an agent has told the others."""

    READY = "ready"
    """Takes customers."""
    BUSY = "busy"
    """Finishes the present conversations and takes no other."""
    AWAY = "away"
    """Is not at the desk."""


STATUS_LABELS = {Status.READY: "接待中", Status.BUSY: "忙碌", Status.AWAY: "离开"}


@dataclass(frozen=True, slots=True)
class Colleague:
    """An agent as the others see them."""

    id: int
    name: str
    team: str | None
    status: Status | None
    """None where their desk is not open."""


def beat(tx: Connection, agent: int, now: dt.datetime) -> Status:
    """The desk of `agent` is open; the status that they chose last, ready at first."""
    known = tx.scalar(
        insert_into(tx, presences)
        .values(agent=agent, status=Status.READY, seen=now)
        .on_conflict_do_update(index_elements=[presences.c.agent], set_={"seen": now})
        .returning(presences.c.status)
    )
    return Status(known or Status.READY)


def choose(tx: Connection, agent: int, status: Status, now: dt.datetime) -> None:
    """`agent` tells the others how things stand."""
    if beat(tx, agent, now) is not status:
        tx.execute(presences.update().where(presences.c.agent == agent).values(status=status))
        journal.record(tx, now, f"agent:{agent}", f"agent.{status}", "desk")


def step_away(tx: Connection, agent: int) -> None:
    """Nobody should count on `agent` until they say otherwise."""
    tx.execute(presences.update().where(presences.c.agent == agent).values(status=Status.AWAY))


def forget(tx: Connection, agent: int) -> None:
    """`agent` has signed in or out; the next open desk begins ready."""
    tx.execute(presences.delete().where(presences.c.agent == agent))


SINCE = "seen_since"
"""The parameter of `AT_WORK` and `ON_DUTY`: desks heard of since then are open."""
AT_WORK = and_(
    presences.c.status == Status.READY, presences.c.seen > bindparam(SINCE, type_=Instant)
)
"""Whose desk is open and who takes customers."""
ON_DUTY = select(func.count()).select_from(presences).where(AT_WORK)


def on_duty(tx: Connection, now: dt.datetime) -> int:
    """How many agents take customers."""
    return int(tx.execute(ON_DUTY, {SINCE: now - FRESH}).scalar_one())


def colleagues(tx: Connection, now: dt.datetime) -> Sequence[Colleague]:
    """Every account that may speak with customers, by name."""
    query = (
        select(agents, presences.c.status, presences.c.seen)
        .join_from(agents, presences, isouter=True)
        .order_by(agents.c.name, agents.c.id)
    )
    return [
        Colleague(
            row.id,
            row.name,
            row.team,
            Status(row.status) if row.seen and row.seen > now - FRESH else None,
        )
        for row in tx.execute(query)
        if {"agent", "supervisor"} & set(row.roles.split(","))
    ]
