"""Promises to call back, where nobody is there or the wait is too long; ticked off at the desk."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from actions import journal
from actions.database import insert_into
from actions.errors import NotAllowed
from actions.handoff import record
from actions.hours import Hours
from actions.privacy import Cipher
from actions.questions import COMPLAINT
from actions.queueing import HandoffState, Urgency
from actions.tables import callbacks, conversations, handoffs

_CONTACT = COMPLAINT.question("contact")
REASONS = {"nobody": "没有客服在线", "long_wait": "等候太久"}


@dataclass(frozen=True, slots=True)
class Callback:
    """One promise that is not kept yet."""

    handoff: int
    conversation: int
    number: str
    channel: str
    urgency: Urgency
    elder: bool
    reason: str
    """In Chinese."""
    contact: str
    """Plain; "" where the customer left none: then the chat is the way."""
    promised: dt.datetime
    waits: bool
    """Whether the customer still waits in the queue."""


class Callbacks:
    """Within the caller's transaction."""

    def __init__(self, cipher: Cipher, hours: Hours, within: dt.timedelta) -> None:
        """`within`: how much open time the bank takes at most to call."""
        self._cipher = cipher
        self._hours = hours
        self._within = within

    def promise(self, tx: Connection, conversation: int, reason: str, now: dt.datetime) -> bool:
        """Promise to call the customer who waits; False where that is promised already."""
        which = (handoffs.c.conversation == conversation, handoffs.c.state == HandoffState.WAITING)
        handoff = tx.scalar(select(handoffs.c.id).where(*which))
        if handoff is None:
            return False
        promised = self._hours.after(now, self._within)
        made = tx.scalar(
            insert_into(tx, callbacks)
            .values(handoff=handoff, reason=reason, created=now, promised=promised)
            .on_conflict_do_nothing()
            .returning(callbacks.c.handoff)
        )
        if made is None:
            return False
        subject, by = f"conversation:{conversation}", promised.isoformat(timespec="minutes")
        journal.record(tx, now, "bot", "callback.promise", subject, by)
        return True

    def note_contact(self, tx: Connection, conversation: int, text: str) -> None:
        """Keep the telephone number or address in `text`, if the bank has promised to call."""
        found = _CONTACT.value.search(_CONTACT.read(text)) if _CONTACT.value else None
        if found is None:
            return
        theirs = select(handoffs.c.id).where(handoffs.c.conversation == conversation)
        which = (callbacks.c.handoff.in_(theirs), callbacks.c.done.is_(None))
        sealed = self._cipher.seal(found.group())
        tx.execute(callbacks.update().where(*which).values(contact=sealed))

    def open(self, tx: Connection, limit: int | None = None) -> list[Callback]:
        """Every promise that is not kept, the earliest due first."""
        query = (
            select(
                callbacks,
                conversations.c.channel,
                *(handoffs.c[name] for name in ("conversation", "number", "urgency", "elder")),
                handoffs.c.state,
            )
            .join_from(callbacks, handoffs)
            .join(conversations, handoffs.c.conversation == conversations.c.id)
            .where(callbacks.c.done.is_(None))
            .order_by(callbacks.c.promised, callbacks.c.handoff)
            .limit(limit)
        )
        return [
            Callback(
                row.handoff,
                row.conversation,
                row.number,
                row.channel,
                Urgency(row.urgency),
                row.elder,
                REASONS[row.reason],
                self._cipher.open(row.contact) if row.contact else "",
                row.promised,
                row.state == HandoffState.WAITING,
            )
            for row in tx.execute(query)
        ]

    def keep(self, tx: Connection, handoff: int, agent: int, now: dt.datetime) -> bool:
        """The promise is kept; False where there was none, or it had been kept before."""
        kept = (
            callbacks.update()
            .where(callbacks.c.handoff == handoff, callbacks.c.done.is_(None))
            .values(done=now, agent=agent)
        )
        if not tx.execute(kept).rowcount:
            return False
        journal.record(tx, now, f"agent:{agent}", "callback.keep", f"handoff:{handoff}")
        return True

    def close(self, tx: Connection, handoff: int, agent: int, now: dt.datetime) -> int | None:
        """Whoever still waited has been called back; the conversation, None if nobody waited."""
        closed = (
            handoffs.update()
            .where(handoffs.c.id == handoff, handoffs.c.state == HandoffState.WAITING)
            .values(state=HandoffState.CALLED, ended=now, agent=agent)
            .returning(handoffs.c.conversation)
        )
        conversation = tx.scalar(closed)
        if conversation is None:
            return None
        record(tx, now, f"agent:{agent}", "called", conversation)
        return int(conversation)

    def reveal(self, tx: Connection, handoff: int, agent: int, now: dt.datetime) -> str:
        """The contact in full, journalled. Raises NotAllowed where there is none to call."""
        which = (callbacks.c.handoff == handoff, callbacks.c.done.is_(None))
        sealed = tx.scalar(select(callbacks.c.contact).where(*which))
        if sealed is None:
            raise NotAllowed("not_found", "这条回电没有留电话，或已经处理完。")
        journal.record(tx, now, f"agent:{agent}", "callback.reveal", f"handoff:{handoff}")
        return self._cipher.open(sealed)

    def number(self, tx: Connection) -> int:
        """How many promises are not kept yet."""
        query = select(func.count()).select_from(callbacks).where(callbacks.c.done.is_(None))
        return int(tx.execute(query).scalar_one())
