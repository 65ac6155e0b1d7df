"""The queue for humans: fraud in progress, elders, the others; nobody waits for ever.

Each urgency gives a head start in seconds: a customer is taken as if they had come that much
earlier, so an elder passes others who came shortly before, but never one who has waited long.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select

from actions import journal, numbers
from actions.errors import NotAllowed
from actions.tables import agents, conversations, handoffs


class Urgency(StrEnum):
    """The classes of the queue, most urgent first."""

    FRAUD = "fraud"
    ELDER = "elder"
    NORMAL = "normal"


class HandoffState(StrEnum):
    """The life of one request for a human."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    ENDED = "ended"
    LEFT = "left"
    """The customer went back to the bot before anyone accepted."""


OPEN = (HandoffState.WAITING, HandoffState.ACCEPTED)


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """Where a customer stands in the queue."""

    position: int
    """1 for the next to be taken."""
    eta_s: int | None
    """Seconds to wait by recent experience; None where that cannot honestly be said."""
    number: str = ""
    """The ticket by which the bank finds this request again."""


@dataclass(frozen=True, slots=True)
class Handoff:
    """One request for a human, as the desk lists it."""

    id: int
    conversation: int
    channel: str
    elder: bool
    urgency: Urgency
    reason: str
    requested: dt.datetime
    agent: int | None


class HandoffDesk:
    """The queue, within the caller's transaction."""

    def __init__(self, head_starts: Mapping[Urgency, dt.timedelta], zone: dt.tzinfo) -> None:
        self._head_starts = head_starts
        self._zone = zone

    def request(
        self,
        connection: Connection,
        conversation: int,
        urgency: Urgency,
        reason: str,
        now: dt.datetime,
    ) -> None:
        """Put the conversation in the queue. Asking again keeps the place, or betters it."""
        present = self._open(connection, conversation)
        rank = now - self._head_starts[urgency]
        if present is None:
            connection.execute(
                handoffs.insert().values(
                    conversation=conversation,
                    number=numbers.issue(connection, now.astimezone(self._zone).date()),
                    state=HandoffState.WAITING,
                    urgency=urgency,
                    reason=reason,
                    requested=now,
                    rank=rank,
                )
            )
            journal.record(
                connection,
                now,
                f"conversation:{conversation}",
                "handoff.request",
                f"conversation:{conversation}",
                reason,
            )
        elif present.requested - self._head_starts[urgency] < present.rank:
            better = present.requested - self._head_starts[urgency]
            connection.execute(
                handoffs.update()
                .where(handoffs.c.id == present.id)
                .values(urgency=urgency, reason=reason, rank=better)
            )

    def leave(self, connection: Connection, conversation: int, now: dt.datetime) -> None:
        """Take a waiting conversation out of the queue, at the customer's wish."""
        connection.execute(
            handoffs.update()
            .where(
                handoffs.c.conversation == conversation, handoffs.c.state == HandoffState.WAITING
            )
            .values(state=HandoffState.LEFT, ended=now)
        )
        journal.record(
            connection,
            now,
            f"conversation:{conversation}",
            "handoff.leave",
            f"conversation:{conversation}",
        )

    def place(self, connection: Connection, conversation: int, on_duty: int) -> QueuePlace | None:
        """Where a waiting conversation stands, with `on_duty` agents at work; None if it is not."""
        mine = self._open(connection, conversation)
        if mine is None or mine.state != HandoffState.WAITING:
            return None
        before = or_(
            handoffs.c.rank < mine.rank, and_(handoffs.c.rank == mine.rank, handoffs.c.id < mine.id)
        )
        query = select(func.count()).where(handoffs.c.state == HandoffState.WAITING, before)
        position = int(connection.scalar(query) or 0) + 1
        return QueuePlace(position, self._eta(connection, position, on_duty), mine.number)

    def accept(self, connection: Connection, handoff: int, agent: int, now: dt.datetime) -> int:
        """Give a waiting request to `agent`; its conversation. Raises NotAllowed if it is gone."""
        statement = (
            handoffs.update()
            .where(handoffs.c.id == handoff, handoffs.c.state == HandoffState.WAITING)
            .values(state=HandoffState.ACCEPTED, agent=agent, accepted=now)
            .returning(handoffs.c.conversation)
        )
        conversation = connection.scalar(statement)
        if conversation is None:
            raise NotAllowed("already_taken", "这位客户已由其他同事接入，或已离开队列。")
        journal.record(
            connection, now, f"agent:{agent}", "handoff.accept", f"conversation:{conversation}"
        )
        return int(conversation)

    def end(self, connection: Connection, conversation: int, agent: int, now: dt.datetime) -> None:
        """End the agent's part. Raises NotAllowed where the conversation is not theirs."""
        self.require(connection, conversation, agent)
        connection.execute(
            handoffs.update()
            .where(
                handoffs.c.conversation == conversation, handoffs.c.state == HandoffState.ACCEPTED
            )
            .values(state=HandoffState.ENDED, ended=now)
        )
        journal.record(
            connection, now, f"agent:{agent}", "handoff.end", f"conversation:{conversation}"
        )

    def require(self, connection: Connection, conversation: int, agent: int) -> None:
        """Raise NotAllowed unless `agent` is the one who speaks with this customer now."""
        present = self._open(connection, conversation)
        if present is None or present.agent != agent:
            raise NotAllowed("not_yours", "这个会话不在您名下，请先接入。")

    def waiting(self, connection: Connection) -> list[Handoff]:
        """Everyone who waits, in the order in which they should be taken."""
        return self._list(connection, handoffs.c.state == HandoffState.WAITING)

    def held_by(self, connection: Connection, agent: int) -> list[Handoff]:
        """The conversations that `agent` has accepted and not ended."""
        return self._list(
            connection,
            and_(handoffs.c.state == HandoffState.ACCEPTED, handoffs.c.agent == agent),
        )

    def conversation_of(self, connection: Connection, handoff: int) -> int | None:
        """The conversation that asked for a human by this request."""
        query = select(handoffs.c.conversation).where(handoffs.c.id == handoff)
        found = connection.scalar(query)
        return int(found) if found else None

    def visible_to(self, connection: Connection, conversation: int, agent: int) -> Handoff | None:
        """The open request of this conversation, where it waits or is this agent's."""
        mine = and_(handoffs.c.state == HandoffState.ACCEPTED, handoffs.c.agent == agent)
        which = and_(
            handoffs.c.conversation == conversation,
            or_(handoffs.c.state == HandoffState.WAITING, mine),
        )
        found = self._list(connection, which)
        return found[0] if found else None

    def agent_name(self, connection: Connection, conversation: int) -> str | None:
        """The display name of the agent who has this conversation."""
        query = (
            select(agents.c.name)
            .join_from(agents, handoffs, handoffs.c.agent == agents.c.id)
            .where(
                handoffs.c.conversation == conversation, handoffs.c.state == HandoffState.ACCEPTED
            )
        )
        name = connection.scalar(query)
        return str(name) if name else None

    def _list(self, connection: Connection, which: ColumnElement[bool]) -> list[Handoff]:
        query = (
            select(handoffs, conversations.c.channel, conversations.c.elder)
            .join_from(handoffs, conversations)
            .where(which)
            .order_by(handoffs.c.rank, handoffs.c.id)
        )
        return [
            Handoff(
                row.id,
                row.conversation,
                row.channel,
                row.elder,
                Urgency(row.urgency),
                row.reason,
                row.requested,
                row.agent,
            )
            for row in connection.execute(query)
        ]

    def _open(self, connection: Connection, conversation: int) -> Row[Any] | None:
        query = select(handoffs).where(
            handoffs.c.conversation == conversation, handoffs.c.state.in_(OPEN)
        )
        return connection.execute(query).first()

    def _eta(self, connection: Connection, position: int, on_duty: int) -> int | None:
        """The median handling time of the last 20, times the rounds before this one's turn."""
        if not on_duty:
            return None
        query = (
            select(handoffs.c.accepted, handoffs.c.ended)
            .where(handoffs.c.state == HandoffState.ENDED)
            .order_by(handoffs.c.ended.desc())
            .limit(20)
        )
        lengths = sorted(
            (row.ended - row.accepted).total_seconds() for row in connection.execute(query)
        )
        if len(lengths) < 3:
            return None
        return int(lengths[len(lengths) // 2] * -(-position // on_duty))
