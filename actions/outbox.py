"""What goes out by a platform: stored with the message that it carries, sent in order.

A row holds no text, only which message is owed to whom. Of one conversation only the oldest row
that is not settled can be taken, so there is one sender for each customer, also with several
gateways: a taking is a lease, and who finds it run out takes over after a crash.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    null,
    select,
)

from actions import journal
from actions.tables import conversations, outbox

LEASE = dt.timedelta(seconds=30)
"""So long a row is left to who took it; longer than one sending may last."""
AT_ONCE = 10
"""Messages of one customer that are taken together."""
_OPEN = outbox.c.settled.is_(None)
# Built once: it is asked for every message that is answered in its response.
_OWED = (
    select(outbox)
    .where(outbox.c.conversation == bindparam("owner"), _OPEN)
    .order_by(outbox.c.id)
    .limit(AT_ONCE)
)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message on its way."""

    id: int
    """The same at every try: fit as the key by which a platform knows a repetition."""
    message: int
    """Its row among the messages."""
    created: dt.datetime
    parts: int
    """Parts of it that the platform has accepted; long messages go out in several."""
    attempts: int
    """Tries that were postponed."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What one customer is owed, oldest first, taken by one sender."""

    conversation: int
    lease: str
    """Who took it; nobody else can postpone it or give it up."""
    parcels: tuple[Parcel, ...]


@dataclass(frozen=True, slots=True)
class Owed:
    """One message that a customer is owed, and who has it in hand."""

    parcel: Parcel
    lease: str | None
    due: dt.datetime
    """While it is in hand, until when."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What a channel has not sent yet."""

    waiting: int
    oldest: dt.datetime


class Outbox:
    """Each step within the caller's transaction."""

    def __init__(self, channels: Collection[str], answering: Collection[str] = ()) -> None:
        """`channels`: those whose messages must be sent; the others' customers fetch theirs.

        `answering`: those among them where the answer to a turn can go into the response to it. It
        is born leased to whoever gives that response; where nobody does, it is sent as any other.
        """
        self.channels = tuple(channels)
        turn = bindparam("turn", type_=outbox.c.lease.type)
        is_answer = and_(conversations.c.channel.in_(answering), turn.is_not(None))
        self._put = outbox.insert().from_select(
            ["conversation", "channel", "message", "created", "due", "lease", "attempts", "parts"],
            select(
                conversations.c.id,
                conversations.c.channel,
                bindparam("message", type_=outbox.c.message.type),
                bindparam("now", type_=outbox.c.created.type),
                case(
                    (is_answer, bindparam("held", type_=outbox.c.due.type)),
                    else_=bindparam("now", type_=outbox.c.created.type),
                ),
                case((is_answer, turn), else_=null()),
                literal(0),
                literal(0),
            ).where(
                conversations.c.id == bindparam("owner"),
                conversations.c.channel.in_(self.channels),
            ),
        )

    def put(
        self,
        tx: Connection,
        conversation: int,
        message: int,
        now: dt.datetime,
        turn: int | None = None,
    ) -> None:
        """Owe `message` to its customer, where the customer's channel must send it.

        `turn`: the row of the turn that it answers.
        """
        if self.channels:
            lease = None if turn is None else lease_of(turn)
            values = {"owner": conversation, "message": message, "now": now, "turn": lease}
            tx.execute(self._put, {**values, "held": now + LEASE})

    def due(self, tx: Connection, channel: str, now: dt.datetime) -> bool:
        """Whether something can be taken now."""
        return tx.scalar(_heads(channel, now).limit(1)) is not None

    def take(
        self,
        tx: Connection,
        channel: str,
        now: dt.datetime,
        limit: int,
        conversation: int | None = None,
    ) -> list[Bundle]:
        """At most `limit` customers' messages that are due, those who wait longest first.

        With `conversation`, what that customer is owed, if nobody is sending it.
        """
        query = _heads(channel, now)
        if conversation is not None:
            query = query.where(outbox.c.conversation == conversation)
        # Rows that another gateway is taking at this moment are left to it.
        query = query.limit(limit).with_for_update(skip_locked=True)
        return [self._lease(tx, row.conversation, now) for row in tx.execute(query).all()]

    def _lease(self, tx: Connection, conversation: int, now: dt.datetime) -> Bundle:
        query = (
            select(outbox)
            .where(outbox.c.conversation == conversation, _OPEN)
            .order_by(outbox.c.id)
            .limit(AT_ONCE)
        )
        parcels = tuple(map(_parcel, tx.execute(query)))
        lease = secrets.token_hex(8)
        which = outbox.c.id.in_([parcel.id for parcel in parcels])
        tx.execute(outbox.update().where(which).values(lease=lease, due=now + LEASE))
        return Bundle(conversation, lease, parcels)

    def accepted(
        self, tx: Connection, bundle: Bundle, ids: Sequence[int], parts: int, now: dt.datetime
    ) -> None:
        """The platform has these whole; with `parts`, so many parts of the one.

        This counts also where the lease has run out: what was accepted must not go out again.
        """
        self.settle(tx, ids, parts, now)
        tx.execute(outbox.update().where(_held(bundle)).values(due=now + LEASE))

    def settle(self, tx: Connection, ids: Sequence[int], parts: int, now: dt.datetime) -> None:
        """These are with their customer whole; with `parts`, so many parts of the one."""
        values = {"parts": parts} if parts else {"settled": now}
        tx.execute(outbox.update().where(outbox.c.id.in_(ids), _OPEN).values(values))

    def owed(self, tx: Connection, conversation: int) -> list[Owed]:
        """What this customer is owed, oldest first, with who has it in hand."""
        found = tx.execute(_OWED, {"owner": conversation})
        return [Owed(_parcel(row), row.lease, row.due) for row in found]

    def claim(
        self,
        tx: Connection,
        conversation: int,
        turn: int,
        now: dt.datetime,
        besides: Collection[int] = (),
    ) -> bool:
        """Take everything that the customer is owed, for the response to `turn`.

        `besides`: what is with the customer already, and only has to be noted. False, and nothing
        is taken, where somebody else has some of the rest in hand.
        """
        mine = lease_of(turn)
        open_ = (outbox.c.conversation == conversation, _OPEN, outbox.c.id.not_in(besides))
        others = and_(outbox.c.lease.is_not(None), outbox.c.lease != mine, outbox.c.due > now)
        if tx.execute(select(outbox.c.id).where(*open_, others).limit(1)).first():
            return False
        tx.execute(outbox.update().where(*open_).values(lease=mine, due=now + LEASE))
        return True

    def hand_on(self, tx: Connection, turn: int, ids: Sequence[int], now: dt.datetime) -> None:
        """These were for the response to `turn`, which does not take them: they are due now."""
        held = (outbox.c.id.in_(ids), outbox.c.lease == lease_of(turn), _OPEN)
        tx.execute(outbox.update().where(*held).values(lease=None, due=now))

    def postpone(
        self,
        tx: Connection,
        bundle: Bundle,
        due: dt.datetime,
        reason: str,
        *,
        was_tried: bool = True,
    ) -> None:
        """Try again at `due`, and nothing of this customer before. `reason`: for operators."""
        values = {"lease": None, "due": due, "failure": reason[:200]}
        again = outbox.update().where(_held(bundle))
        tx.execute(again.values(attempts=outbox.c.attempts + int(was_tried), **values))

    def release(self, tx: Connection, bundle: Bundle, now: dt.datetime) -> None:
        """Give back what was taken and not sent; it is due at once."""
        tx.execute(outbox.update().where(_held(bundle)).values(lease=None, due=now))

    def next_of(self, tx: Connection, bundle: Bundle) -> Parcel | None:
        """The oldest of `bundle` that is not sent; None where somebody else has taken it over."""
        row = tx.execute(select(outbox).where(_held(bundle)).order_by(outbox.c.id).limit(1)).first()
        return _parcel(row) if row else None

    def give_up(
        self, tx: Connection, bundle: Bundle, reason: str, now: dt.datetime, *, everything: bool
    ) -> list[int]:
        """Send the oldest of `bundle` no more, or `everything` that its customer is owed.

        The rows of these messages; none where somebody else had taken them over.
        """
        oldest = self.next_of(tx, bundle)
        if oldest is None:
            return []
        which = (
            and_(outbox.c.conversation == bundle.conversation, _OPEN)
            if everything
            else outbox.c.id == oldest.id
        )
        values = {"settled": now, "given_up": True, "failure": reason[:200], "lease": None}
        settle = outbox.update().where(which).values(values).returning(outbox.c.message)
        messages = sorted(tx.scalars(settle))
        subject = f"conversation:{bundle.conversation}"
        journal.record(tx, now, "outbox", "delivery.give_up", subject, reason)
        return messages

    def reopen(self, tx: Connection, conversation: int, id_: int, now: dt.datetime) -> bool:
        """The platform took it and could not deliver it after all: it is owed again.

        False where it is owed already, given up, or not this customer's.
        """
        lost = (
            outbox.c.id == id_,
            outbox.c.conversation == conversation,
            outbox.c.settled.is_not(None),
            outbox.c.given_up.is_(False),
        )
        again = {"settled": None, "lease": None, "due": now, "parts": 0, "attempts": 0}
        return bool(tx.execute(outbox.update().where(*lost).values(again)).rowcount)

    def wake(self, tx: Connection, conversation: int, now: dt.datetime) -> None:
        """What this customer is owed is due now: they can be reached again."""
        resting = (outbox.c.conversation == conversation, _OPEN, outbox.c.lease.is_(None))
        tx.execute(outbox.update().where(*resting).values(due=now))

    def backlogs(self, tx: Connection) -> dict[str, Backlog]:
        """By channel, what is not sent yet; only channels that have a backlog."""
        query = (
            select(outbox.c.channel, func.count(), func.min(outbox.c.created))
            .where(_OPEN)
            .group_by(outbox.c.channel)
        )
        return {channel: Backlog(*rest) for channel, *rest in tx.execute(query)}


def lease_of(turn: int) -> str:
    """The lease under which the answer to the turn in this row is born."""
    return f"t{turn:x}"


def _heads(channel: str, now: dt.datetime) -> Select[int]:
    """The conversations whose oldest message can be taken."""
    earlier = outbox.alias()
    first = (
        ~select(earlier.c.id)
        .where(
            earlier.c.conversation == outbox.c.conversation,
            earlier.c.settled.is_(None),
            earlier.c.id < outbox.c.id,
        )
        .exists()
    )
    return (
        select(outbox.c.conversation)
        .where(outbox.c.channel == channel, _OPEN, outbox.c.due <= now, first)
        .order_by(outbox.c.due, outbox.c.id)
    )


def _parcel(row: Row[Any]) -> Parcel:
    return Parcel(row.id, row.message, row.created, row.parts, row.attempts)


def _held(bundle: Bundle) -> ColumnElement[bool]:
    return and_(outbox.c.conversation == bundle.conversation, outbox.c.lease == bundle.lease, _OPEN)
