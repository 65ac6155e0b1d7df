"""Who waits, in which order and for how long, and who speaks with whom. Reads only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    ScalarSelect,
    Subquery,
    and_,
    bindparam,
    func,
    or_,
    select,
)

from actions.presence import AT_WORK, FRESH, ON_DUTY, SINCE
from actions.queueing import OPEN, HandoffState, Load, QueuePlace, QueueRules, Urgency
from actions.tables import agents, callbacks, conversations, guests, handoffs, presences

_RECENT = 20
"""The last customers by whom the present ones are told how long it takes."""
_ENOUGH = 3


@dataclass(frozen=True, slots=True)
class Handoff:
    """One request for a human, as the desk lists it."""

    id: int
    conversation: int
    number: str
    state: HandoffState
    channel: str
    elder: bool
    urgency: Urgency
    reason: str
    requested: dt.datetime
    agent: int | None
    agent_name: str | None
    held: dt.datetime | None
    """Since when the present agent has it."""
    attended: dt.datetime | None
    """Since when that agent has written."""
    wanted: int | None
    """The colleague for whom it is kept."""
    team: str | None
    """The team for which it is kept."""
    reserved: dt.datetime | None
    """Until when; after that anyone may take it."""
    ended: dt.datetime | None = None
    outcome: str | None = None
    """The code of how it ended."""


class Floor:
    """Within the caller's transaction."""

    def __init__(self, rules: QueueRules) -> None:
        self._rules = rules

    def place(self, tx: Connection, conversation: int, now: dt.datetime) -> QueuePlace | None:
        """Where a waiting conversation stands; None if it does not wait."""
        row = tx.execute(_ONE, {SINCE: now - FRESH, "one": conversation}).first()
        return self._place(row) if row else None

    def places(self, tx: Connection, now: dt.datetime) -> dict[int, QueuePlace]:
        """Where every waiting conversation stands."""
        rows = tx.execute(_ALL, {SINCE: now - FRESH})
        return {row.conversation: self._place(row) for row in rows}

    def _place(self, row: Row[Any]) -> QueuePlace:
        load = Load(row.on_duty, row.open, row.recent_wait, row.recent_handling)
        eta = self._rules.estimate(row.position, load)
        return QueuePlace(row.position, eta, row.number, row.on_duty, row.promised, row.requested)

    def waiting(self, tx: Connection, limit: int | None = None) -> list[Handoff]:
        """Who waits, in the order in which they should be taken."""
        return _listed(tx, handoffs.c.state == HandoffState.WAITING, limit)

    def live(self, tx: Connection) -> list[Handoff]:
        """Every conversation that an agent has."""
        return _listed(tx, handoffs.c.state == HandoffState.ACCEPTED)

    def held_by(self, tx: Connection, agent: int) -> list[Handoff]:
        """The conversations in which `agent` takes part."""
        return _listed(tx, _with(agent))

    def visible_to(
        self, tx: Connection, conversation: int, agent: int, *, oversees: bool
    ) -> Handoff | None:
        """The open request of this conversation, where this agent may see it.

        That is what waits and what is theirs; for who `oversees`, whatever is open.
        """
        theirs = or_(handoffs.c.state == HandoffState.WAITING, _with(agent))
        seen = handoffs.c.state.in_(OPEN) if oversees else theirs
        found = _listed(tx, and_(handoffs.c.conversation == conversation, seen))
        return found[0] if found else None

    def find(self, tx: Connection, handoff: int) -> Handoff | None:
        """One request."""
        found = _listed(tx, handoffs.c.id == handoff)
        return found[0] if found else None

    def guests(self, tx: Connection) -> dict[int, frozenset[int]]:
        """Who takes part beside the agent, by request."""
        open_ = select(guests).join(handoffs, guests.c.handoff == handoffs.c.id)
        rows = tx.execute(open_.where(handoffs.c.state == HandoffState.ACCEPTED)).all()
        return {
            row.handoff: frozenset(one.agent for one in rows if one.handoff == row.handoff)
            for row in rows
        }

    def guests_of(self, tx: Connection, handoff: int) -> frozenset[int]:
        """Who takes part in this one beside the agent, or did until it ended."""
        query = select(guests.c.agent).where(guests.c.handoff == handoff)
        return frozenset(int(agent) for agent in tx.scalars(query))

    def agent_name(self, tx: Connection, conversation: int) -> str | None:
        """The display name of the agent who has this conversation."""
        held = (handoffs.c.conversation == conversation, handoffs.c.state == HandoffState.ACCEPTED)
        query = (
            select(agents.c.name)
            .join_from(handoffs, agents, handoffs.c.agent == agents.c.id)
            .where(*held)
        )
        name = tx.scalar(query)
        return str(name) if name else None

    def unattended(self, tx: Connection, now: dt.datetime, up_since: dt.datetime) -> list[Handoff]:
        """Whom an agent has accepted and left alone: without a word, or with the desk closed.

        A desk counts as closed only once it could have been open since `up_since`.
        """
        rules = self._rules
        left = [and_(handoffs.c.attended.is_(None), handoffs.c.held <= now - rules.no_answer)]
        if up_since <= now - rules.absent:
            there = (
                select(presences.c.agent)
                .where(presences.c.agent == handoffs.c.agent, presences.c.seen > now - rules.absent)
                .exists()
            )
            left.append(and_(~there, handoffs.c.held <= now - rules.absent))
        return _listed(tx, and_(handoffs.c.state == HandoffState.ACCEPTED, or_(*left)))


def _with(agent: int) -> ColumnElement[bool]:
    joined = select(guests.c.handoff).where(guests.c.agent == agent)
    mine = or_(handoffs.c.agent == agent, handoffs.c.id.in_(joined))
    return and_(handoffs.c.state == HandoffState.ACCEPTED, mine)


def _median(column: str, latest: str) -> ScalarSelect[Any]:
    """The median of `column` over the last requests by `latest`; NULL where there are too few."""
    value, when = handoffs.c[column], handoffs.c[latest]
    recent = (
        select(value.label("value"))
        .where(value.is_not(None), when.is_not(None))
        .order_by(when.desc())
        .limit(_RECENT)
        .subquery()
    )
    ranked = select(
        recent.c.value,
        func.row_number().over(order_by=recent.c.value).label("rank"),
        func.count().over().label("number"),
    ).subquery()
    middle = (ranked.c.rank == (ranked.c.number + 1) // 2, ranked.c.number >= _ENOUGH)
    return select(ranked.c.value).where(*middle).scalar_subquery()


def _line() -> Subquery:
    """Everyone who waits, each with the place and all that its waiting time is told from."""
    busy = (
        select(func.count())
        .select_from(handoffs)
        .join(presences, presences.c.agent == handoffs.c.agent)
        .where(handoffs.c.state == HandoffState.ACCEPTED, AT_WORK)
    )
    order = (handoffs.c.rank, handoffs.c.id)
    return (
        select(
            handoffs.c.conversation,
            handoffs.c.number,
            handoffs.c.requested,
            func.row_number().over(order_by=order).label("position"),
            callbacks.c.promised,
            ON_DUTY.scalar_subquery().label("on_duty"),
            busy.scalar_subquery().label("open"),
            _median("waited_s", "accepted").label("recent_wait"),
            _median("handling_s", "ended").label("recent_handling"),
        )
        .join_from(handoffs, callbacks, isouter=True)
        .where(handoffs.c.state == HandoffState.WAITING)
        .subquery()
    )


# Built once: building them takes longer than running them.
_LINE = _line()
_ALL = select(_LINE)
_ONE = _ALL.where(_LINE.c.conversation == bindparam("one"))
_REQUESTS = (
    select(handoffs, conversations.c.channel, agents.c.name.label("agent_name"))
    .add_columns(conversations.c.elder.label("is_elder"))
    .join_from(handoffs, conversations)
    .join(agents, handoffs.c.agent == agents.c.id, isouter=True)
    .order_by(handoffs.c.rank, handoffs.c.id)
)


def _listed(tx: Connection, which: ColumnElement[bool], limit: int | None = None) -> list[Handoff]:
    query = _REQUESTS.where(which).limit(limit)
    return [
        Handoff(
            row.id,
            row.conversation,
            row.number,
            HandoffState(row.state),
            row.channel,
            row.is_elder,
            Urgency(row.urgency),
            row.reason,
            row.requested,
            row.agent,
            row.agent_name,
            row.held,
            row.attended,
            row.wanted,
            row.team,
            row.reserved,
            row.ended,
            row.outcome,
        )
        for row in tx.execute(query)
    ]
