"""The steps of a request for a human, each within the caller's transaction and journalled."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Connection, Row, and_, case, or_, select

from actions import journal, numbers
from actions.agents import Agent
from actions.errors import NotAllowed
from actions.hours import Hours
from actions.queueing import OPEN, HandoffState, QueueRules, Urgency
from actions.tables import guests, handoffs

_RATED_WITHIN = dt.timedelta(days=1)


class HandoffDesk:
    """What changes the queue; actions/floor.py reads it."""

    def __init__(self, rules: QueueRules, hours: Hours) -> None:
        self._rules = rules
        self._hours = hours

    def request(
        self,
        tx: Connection,
        conversation: int,
        urgency: Urgency,
        reason: str,
        now: dt.datetime,
        *,
        elder: bool = False,
    ) -> None:
        """Put the conversation in the queue.

        Asking again keeps the place, or betters it; so does coming back soon after having left.
        """
        present = open_request(tx, conversation) or self._come_back(tx, conversation, now)
        if present is None:
            values = {
                "conversation": conversation,
                "number": numbers.issue(tx, now.astimezone(self._hours.zone).date()),
                "state": HandoffState.WAITING,
                "urgency": urgency,
                "reason": reason,
                "requested": now,
                "rank": self._rules.rank(now, urgency),
                "elder": elder,
                "in_hours": self._hours.is_open(now),
            }
            tx.execute(handoffs.insert().values(values))
            record(tx, now, f"conversation:{conversation}", "request", conversation, reason)
            return
        better = self._rules.rank(present.requested, urgency)
        values = {"elder": elder} if elder else {}
        if better < present.rank:
            values |= {"urgency": urgency, "reason": reason, "rank": better}
        if values:
            tx.execute(handoffs.update().where(handoffs.c.id == present.id).values(values))

    def _come_back(self, tx: Connection, conversation: int, now: dt.datetime) -> Row[Any] | None:
        """The request that this customer left a moment ago, open again."""
        newest = (
            select(handoffs.c.id)
            .where(handoffs.c.conversation == conversation)
            .order_by(handoffs.c.id.desc())
            .limit(1)
            .scalar_subquery()
        )
        again = (
            handoffs.update()
            .where(
                handoffs.c.id == newest,
                handoffs.c.state == HandoffState.LEFT,
                handoffs.c.ended > now - self._rules.keep_place,
            )
            .values(state=HandoffState.WAITING, ended=None)
            .returning(handoffs)
        )
        row = tx.execute(again).first()
        if row:
            record(tx, now, f"conversation:{conversation}", "come_back", conversation)
        return row

    def leave(self, tx: Connection, conversation: int, now: dt.datetime) -> None:
        """Take a waiting conversation out of the queue, at the customer's wish."""
        which = (handoffs.c.conversation == conversation, handoffs.c.state == HandoffState.WAITING)
        tx.execute(handoffs.update().where(*which).values(state=HandoffState.LEFT, ended=now))
        record(tx, now, f"conversation:{conversation}", "leave", conversation)

    def accept(self, tx: Connection, handoff: int, agent: Agent, now: dt.datetime) -> int:
        """Give a waiting request to `agent`; its conversation.

        Raises NotAllowed: already_taken; reserved, while it is kept for somebody else.
        """
        row = tx.execute(select(handoffs).where(handoffs.c.id == handoff)).first()
        if row is None:
            raise NotAllowed("not_found", "没有这个排队请求。")
        if row.state == HandoffState.ACCEPTED and row.agent == agent.id:
            raise NotAllowed("already_taken", "您已接入这位客户。")
        if row.reserved and row.reserved > now and not _meant_for(row, agent):
            raise NotAllowed("reserved", "这位客户正在转给指定的同事，稍后没有人接时您再接入。")
        first = {} if row.accepted else {"accepted": now, "waited_s": _seconds(row.requested, now)}
        statement = (
            handoffs.update()
            .where(handoffs.c.id == handoff, handoffs.c.state == HandoffState.WAITING)
            .values(state=HandoffState.ACCEPTED, agent=agent.id, held=now, attended=None, **first)
            .values(wanted=None, team=None, reserved=None)
            .returning(handoffs.c.conversation)
        )
        conversation = tx.scalar(statement)
        if conversation is None:
            raise NotAllowed("already_taken", "这位客户已由其他同事接入，或已离开队列。")
        record(tx, now, f"agent:{agent.id}", "accept", conversation)
        return int(conversation)

    def attend(self, tx: Connection, conversation: int, now: dt.datetime) -> bool:
        """The agent has begun to write; True for the first time."""
        which = (handoffs.c.conversation == conversation, handoffs.c.state == HandoffState.ACCEPTED)
        silent = handoffs.update().where(*which, handoffs.c.attended.is_(None))
        return bool(tx.execute(silent.values(attended=now)).rowcount)

    def put_back(
        self, tx: Connection, handoff: int, agent: int, now: dt.datetime, why: str
    ) -> int | None:
        """To the front of the queue, for another agent; its conversation.

        None where `agent` does not have it any more: another gateway was quicker. An acceptance
        that nobody followed up counts as none, so the wait goes on from the first request.
        """
        row = tx.execute(select(handoffs).where(handoffs.c.id == handoff)).first()
        if row is None:
            return None
        in_vain = and_(handoffs.c.attended.is_(None), handoffs.c.accepted == handoffs.c.held)
        back = (
            handoffs.update()
            .where(
                handoffs.c.id == handoff,
                handoffs.c.state == HandoffState.ACCEPTED,
                handoffs.c.agent == agent,
                handoffs.c.held == row.held,
            )
            .values(
                state=HandoffState.WAITING,
                agent=None,
                held=None,
                rank=self._rules.front(row.requested),
                accepted=case((in_vain, None), else_=handoffs.c.accepted),
                waited_s=case((in_vain, None), else_=handoffs.c.waited_s),
            )
            .returning(handoffs.c.conversation)
        )
        conversation = tx.scalar(back)
        if conversation is None:
            return None
        tx.execute(guests.delete().where(guests.c.handoff == handoff))
        record(tx, now, f"agent:{agent}", "put_back", conversation, why)
        return int(conversation)

    def transfer(
        self,
        tx: Connection,
        conversation: int,
        agent: int,
        now: dt.datetime,
        *,
        colleague: int | None = None,
        team: str | None = None,
    ) -> None:
        """To the front of the queue, kept for a colleague or a team; after a while for anybody.

        Raises NotAllowed where the conversation is not the agent's.
        """
        row = self.require(tx, conversation, agent)
        if self.put_back(tx, row.id, row.agent, now, f"to {colleague or team}") is None:
            raise NotAllowed("not_yours", "这个会话已不在您名下。")
        kept = {"wanted": colleague, "team": team, "reserved": now + self._rules.no_answer}
        tx.execute(handoffs.update().where(handoffs.c.id == row.id).values(kept))

    def end(
        self, tx: Connection, conversation: int, agent: int, outcome: str, now: dt.datetime
    ) -> None:
        """End the agent's part. Raises NotAllowed where the conversation is not theirs."""
        row = self.require(tx, conversation, agent)
        done = {
            "state": HandoffState.ENDED,
            "ended": now,
            "outcome": outcome,
            "handling_s": _seconds(row.accepted, now),
        }
        tx.execute(handoffs.update().where(handoffs.c.id == row.id).values(done))
        record(tx, now, f"agent:{agent}", "end", conversation, outcome)

    def again(self, tx: Connection, handoff: int, now: dt.datetime) -> int:
        """A request by which an agent can answer somebody who has left, as was promised.

        It is a new one beside the old: who left stays counted as having left, and the new one as
        made out of hours, so that no waiting time looks better for it. Raises NotAllowed where
        the customer has asked again since.
        """
        row = tx.execute(select(handoffs).where(handoffs.c.id == handoff)).first()
        if row is None or open_request(tx, row.conversation) is not None:
            raise NotAllowed("already_taken", "这位客户又在排队了，请在“等待接入”里接入。")
        values = {
            "conversation": row.conversation,
            "number": numbers.issue(tx, now.astimezone(self._hours.zone).date()),
            "state": HandoffState.WAITING,
            "urgency": row.urgency,
            "reason": "按承诺回复",
            "requested": now,
            "rank": self._rules.front(now),
            "elder": row.elder,
            "in_hours": False,
        }
        made = tx.execute(handoffs.insert().values(values).returning(handoffs.c.id)).scalar_one()
        return int(made)

    def rate(self, tx: Connection, conversation: int, score: int, now: dt.datetime) -> bool:
        """Keep the customer's judgement of the last conversation; False where none awaits it."""
        newest = (
            select(handoffs.c.id)
            .where(handoffs.c.conversation == conversation, handoffs.c.state == HandoffState.ENDED)
            .where(handoffs.c.ended > now - _RATED_WITHIN, handoffs.c.score.is_(None))
            .order_by(handoffs.c.ended.desc())
            .limit(1)
            .scalar_subquery()
        )
        rated = tx.execute(handoffs.update().where(handoffs.c.id == newest).values(score=score))
        return bool(rated.rowcount)

    def require(self, tx: Connection, conversation: int, agent: int) -> Row[Any]:
        """The open request. Raises NotAllowed unless `agent` takes part in this conversation."""
        joined = select(guests.c.handoff).where(guests.c.agent == agent)
        query = select(handoffs).where(
            handoffs.c.conversation == conversation,
            handoffs.c.state == HandoffState.ACCEPTED,
            or_(handoffs.c.agent == agent, handoffs.c.id.in_(joined)),
        )
        row = tx.execute(query).first()
        if row is None:
            raise NotAllowed("not_yours", "这个会话不在您名下，请先接入。")
        return row


def _meant_for(row: Row[Any], agent: Agent) -> bool:
    return agent.id == row.wanted or bool(row.team and row.team == agent.team)


def open_request(tx: Connection, conversation: int) -> Row[Any] | None:
    """The conversation's open request, waiting or accepted."""
    query = select(handoffs).where(
        handoffs.c.conversation == conversation, handoffs.c.state.in_(OPEN)
    )
    return tx.execute(query).first()


def _seconds(since: dt.datetime, now: dt.datetime) -> int:
    return max(0, int((now - since).total_seconds()))


def record(
    tx: Connection, now: dt.datetime, actor: str, step: str, conversation: int, detail: str = ""
) -> None:
    """Journal a step."""
    journal.record(tx, now, actor, f"handoff.{step}", f"conversation:{conversation}", detail)
