"""What supervisors may do with a conversation that an agent has, in the caller's transaction."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection, select

from actions.errors import NotAllowed
from actions.handoff import open_request, record
from actions.queueing import HandoffState
from actions.tables import guests, handoffs


def join(tx: Connection, conversation: int, agent: int, now: dt.datetime) -> None:
    """A supervisor takes part beside the agent. Raises NotAllowed where no agent has it."""
    row = open_request(tx, conversation)
    if row is None or row.state != HandoffState.ACCEPTED:
        raise NotAllowed("not_found", "这个会话现在没有客服在接待。")
    known = select(guests).where(guests.c.handoff == row.id, guests.c.agent == agent)
    if row.agent == agent or tx.execute(known).first():
        raise NotAllowed("already_taken", "您已经在这个会话里了。")
    tx.execute(guests.insert().values(handoff=row.id, agent=agent, joined=now))
    record(tx, now, f"agent:{agent}", "join", conversation)


def take_over(tx: Connection, conversation: int, agent: int, now: dt.datetime) -> None:
    """A supervisor becomes the one who has it. Raises NotAllowed."""
    row = open_request(tx, conversation)
    if row is None or row.state != HandoffState.ACCEPTED or row.agent == agent:
        raise NotAllowed("already_taken", "这个会话已在您名下，或没有客服在接待。")
    tx.execute(guests.delete().where(guests.c.handoff == row.id, guests.c.agent == agent))
    taken = {"agent": agent, "held": now, "attended": now}
    tx.execute(handoffs.update().where(handoffs.c.id == row.id).values(taken))
    record(tx, now, f"agent:{agent}", "take_over", conversation, f"agent:{row.agent}")
