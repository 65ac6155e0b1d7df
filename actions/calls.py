"""Telephone calls, stored: when, how they ended, where their turns' time went, where the sound is.

What was said is in the conversation; here is only what a chat has not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, select

from actions import journal
from actions.database import insert_into
from actions.privacy import Cipher
from actions.tables import call_turns, calls, conversations

STEPS = ("endpoint", "text", "understanding", "answer", "first_audio")
"""Of a turn, as bot/call/times.py explains them; `understanding` is a part of `answer`."""


class Ending(StrEnum):
    """How the bot's part of a call ended."""

    BYE = "bye"
    HUMAN = "human"
    HUNG_UP = "hung_up"
    LOST = "lost"
    """The line or the gateway failed."""


ENDING_LABELS = {
    Ending.BYE: "说完再见",
    Ending.HUMAN: "转到人工",
    Ending.HUNG_UP: "客户挂断",
    Ending.LOST: "中途断开",
}


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a recording came to."""

    size: int
    """Bytes of sound."""
    ms: int
    """How long it lasts."""
    missed_ms: int
    """How much of that is silence because the machine could not keep up."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A call without an end: it goes on, or its gateway was killed."""

    id: int
    uuid: str
    began: dt.datetime
    last: dt.datetime
    """When its last turn was answered; when it began, where it had none."""
    recording: str | None


class Calls:
    """Writes, within the transaction of who calls it; call_search.py reads."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    def begin(
        self,
        tx: Connection,
        uuid: str,
        conversation: int,
        rate: int,
        began: dt.datetime,
        caller: str,
        recording: str | None,
    ) -> int:
        """A call in progress; its row, the same if this is told again.

        A call that comes back has the same UUID and is another one. `caller`: the calling number;
        "" where it is not shown.
        """
        values = {
            "uuid": uuid,
            "conversation": conversation,
            "rate": rate,
            "began": began,
            "caller": self._cipher.seal(caller) if caller else None,
            "recording": recording,
        }
        tx.execute(insert_into(tx, calls).values(values).on_conflict_do_nothing())
        same = (calls.c.uuid == uuid, calls.c.began == began)
        return int(tx.execute(select(calls.c.id).where(*same)).scalar_one())

    def add_turn(
        self,
        tx: Connection,
        call: int,
        number: int,
        at: dt.datetime,
        steps: Mapping[str, int | None],
    ) -> None:
        """The turn of this `number`, from 1 on. `steps`: milliseconds of each of STEPS."""
        values = {f"{step}_ms": steps[step] for step in STEPS}
        tx.execute(call_turns.insert().values(call=call, number=number, at=at, **values))

    def end(
        self,
        tx: Connection,
        call: int,
        ended: dt.datetime,
        ending: Ending,
        recorded: Recorded | None,
    ) -> None:
        """The call is over; nothing where it was before. `recorded`: None without a whole file."""
        values = {"ended": ended, "ending": ending}
        if recorded:
            values |= {
                "size": recorded.size,
                "recorded_ms": recorded.ms,
                "missed_ms": recorded.missed_ms,
            }
        is_open = (calls.c.id == call, calls.c.ended.is_(None))
        tx.execute(calls.update().where(*is_open).values(values))

    def number(self, tx: Connection, channel: str, user: str) -> str:
        """From which the customer at this address called last; "" where no number was shown."""
        query = (
            select(calls.c.caller)
            .join(conversations, conversations.c.id == calls.c.conversation)
            .where(conversations.c.channel == channel, conversations.c.user == user)
            .where(calls.c.caller.is_not(None))
            .order_by(calls.c.id.desc())
            .limit(1)
        )
        sealed = tx.scalar(query)
        return self._cipher.open(sealed) if sealed else ""

    def unfinished(self, tx: Connection) -> list[Unfinished]:
        """Every call without an end, the oldest first."""
        last = (
            select(call_turns.c.at)
            .where(call_turns.c.call == calls.c.id)
            .order_by(call_turns.c.number.desc())
            .limit(1)
            .scalar_subquery()
        )
        query = select(calls, last.label("last")).where(calls.c.ended.is_(None))
        return [
            Unfinished(row.id, row.uuid, row.began, row.last or row.began, row.recording)
            for row in tx.execute(query.order_by(calls.c.id))
        ]

    def recordings(self, tx: Connection) -> set[str]:
        """Every file that is named and not deleted."""
        named = (calls.c.recording.is_not(None), calls.c.deleted.is_(None))
        return set(tx.scalars(select(calls.c.recording).where(*named)))

    def forget_sound(self, tx: Connection, call: int, now: dt.datetime, why: str) -> None:
        """The recording's file has been deleted; journalled once."""
        there = (calls.c.id == call, calls.c.deleted.is_(None))
        if tx.execute(calls.update().where(*there).values(deleted=now)).rowcount:
            journal.record(tx, now, "recordings", "recording.delete", f"call:{call}", why)
