"""Answers in the response to a message, the only way that costs no quota.

What the customer is owed is claimed in the outbox, written into the response, and noted after that:
a process that dies in between leaves it to the sender, and a platform that got no response asks
again and gets the same one. Notes of many customers share a transaction.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from actions.database import Database
from actions.errors import StorageUnavailable
from actions.outbox import Outbox, Owed, lease_of
from actions.responses import Responses
from bot.channels.wechat.rendering import batch
from bot.conversations import ConversationStore
from bot.hub import Hub, outbox_topic
from bot.turn import Address, Message

logger = logging.getLogger(__name__)

_AGAIN_S = 1.0
_FORGET = dt.timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes into a response, and what of the outbox that settles."""

    turn: int
    text: str
    """"" to hand the customer to the platform's own agents."""
    whole: tuple[int, ...] = ()
    parts: int = 0
    """Parts of the first of `rest` that are out with it."""
    rest: tuple[int, ...] = ()
    """Of what was claimed, what did not fit."""


@dataclass(frozen=True, slots=True)
class _Found:
    conversation: int
    turn: int
    said: str | None
    owed: Sequence[Owed] = ()
    messages: dict[int, Message] = field(default_factory=dict)


class Answers:
    """One for each gateway."""

    def __init__(
        self,
        channel: str,
        database: Database,
        store: ConversationStore,
        outbox: Outbox,
        responses: Responses,
        hub: Hub,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._channel = channel
        self._database = database
        self._store = store
        self._outbox = outbox
        self._responses = responses
        self._hub = hub
        self._clock = clock
        self._given: dict[int, Answer] = {}
        """By turn, what is with its customer, and not noted yet."""
        self._noting: asyncio.Task[None] | None = None
        self._forgotten = clock()

    async def to(self, address: Address, message_id: str, *, transfer: bool) -> Answer | None:
        """What goes into the response to this message of `address`, which has been heard.

        None where nothing does: nobody says anything, or the sender is at it.
        """
        # As before the look: what is noted while it lasts would else count as owed.
        given = dict(self._given)
        found = await self._database.read(
            lambda tx: self._look(tx, address, message_id, _rows(given))
        )
        if found is None:
            return None
        if found.turn in given:
            return Answer(found.turn, given[found.turn].text)
        if found.said is not None:
            return Answer(found.turn, found.said)
        if any(one.lease != lease_of(found.turn) for one in found.owed):
            found = await self._claim(found)
        owed = found.owed if found else ()
        if not found or not owed:
            return None
        ids = tuple(one.parcel.id for one in owed)
        if transfer:
            return Answer(found.turn, "", ids)
        step = batch([found.messages[one.parcel.message] for one in owed], owed[0].parcel.parts)
        return Answer(found.turn, step.plain(), ids[: step.whole], step.parts, ids[step.whole :])

    def given(self, answer: Answer) -> None:
        """It is written into the response; note that soon."""
        self._given.setdefault(answer.turn, answer)
        if self._noting is None:
            self._noting = asyncio.create_task(self._note_all())

    async def hand_on(self, answer: Answer) -> None:
        """It came too late for the response: the sender does it."""
        ids, now = (*answer.whole, *answer.rest), self._clock()
        await self._database.write(lambda tx: self._outbox.hand_on(tx, answer.turn, ids, now))
        self._hub.ring(outbox_topic(self._channel))

    async def close(self) -> None:
        """Note what is out."""
        if self._noting:
            await self._noting

    def _look(
        self, tx: Connection, address: Address, message_id: str, out: frozenset[int]
    ) -> _Found | None:
        known = self._store.find(tx, address, message_id)
        if known is None or known[1] is None:
            return None
        conversation, turn = known[0].id, known[1]
        owed = self._outbox.owed(tx, conversation)
        # While its own answer is owed, none has been noted for this message.
        if not any(one.lease == lease_of(turn) for one in owed):
            said = self._responses.get(tx, turn)
            if said is not None:
                return _Found(conversation, turn, said)
        return self._open(tx, conversation, turn, [one for one in owed if one.parcel.id not in out])

    def _open(self, tx: Connection, conversation: int, turn: int, owed: Sequence[Owed]) -> _Found:
        messages = self._store.by_row(tx, [one.parcel.message for one in owed])
        return _Found(conversation, turn, None, owed, messages)

    async def _claim(self, found: _Found) -> _Found | None:
        """Take what was kept for this moment; else hand on what is ours, to keep the order.

        What it is is read again: the sender may have sent some of it meanwhile.
        """
        now, conversation, turn = self._clock(), found.conversation, found.turn
        mine = [one.parcel.id for one in found.owed if one.lease == lease_of(turn)]
        out = _rows(self._given)

        def claim(tx: Connection) -> _Found | None:
            if self._outbox.claim(tx, conversation, turn, now, out):
                owed = self._outbox.owed(tx, conversation)
                claimed = [one for one in owed if one.lease == lease_of(turn)]
                return self._open(tx, conversation, turn, claimed)
            self._outbox.hand_on(tx, turn, mine, now)
            return None

        claimed = await self._database.write(claim)
        if claimed is None:
            self._hub.ring(outbox_topic(self._channel))
        return claimed

    async def _note_all(self) -> None:
        """While one transaction is under way the next answers gather; they share the next one."""
        try:
            while self._given:
                answers = list(self._given.values())
                await self._note(answers)
                for one in answers:
                    del self._given[one.turn]
                if any(one.rest for one in answers):
                    self._hub.ring(outbox_topic(self._channel))
        finally:
            self._noting = None

    async def _note(self, answers: Sequence[Answer]) -> None:
        while True:
            try:
                await self._database.write(lambda tx: self._settle(tx, answers))
            except StorageUnavailable as error:
                logger.warning("answers are out, and cannot be noted yet: %s", error)
                await asyncio.sleep(_AGAIN_S)
            else:
                return

    def _settle(self, tx: Connection, answers: Sequence[Answer]) -> None:
        now = self._clock()
        self._outbox.settle(tx, [id_ for one in answers for id_ in one.whole], 0, now)
        self._responses.put(tx, {one.turn: one.text for one in answers}, now)
        for one in answers:
            if one.parts:
                self._outbox.settle(tx, one.rest[:1], one.parts, now)
            if one.rest:
                self._outbox.hand_on(tx, one.turn, one.rest, now)
        if now - self._forgotten > _FORGET:
            self._forgotten = now
            self._responses.forget(tx, now)


def _rows(given: Mapping[int, Answer]) -> frozenset[int]:
    return frozenset(id_ for one in given.values() for id_ in one.whole)
