"""What time alone changes: agents who do not answer, and waits that have become too long.

Everything is decided from the database, so it stays right after a kill and with two gateways: of
two that see the same, one changes it and the other finds it changed.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable

from sqlalchemy import Connection

from actions import presence
from actions.callbacks import Callbacks
from actions.database import Database
from actions.errors import XiaobaoError
from actions.floor import Floor, Handoff
from actions.handoff import HandoffDesk
from actions.queueing import QueuePlace, QueueRules
from bot.board import Board
from bot.conversations import Conversation
from bot.desk.delivery import Delivery
from bot.phrases import Phrases
from bot.turn import Message, Mode

logger = logging.getLogger(__name__)

EVERY_S = 2.0


class Sweep:
    """Runs in every gateway."""

    def __init__(
        self,
        rules: QueueRules,
        database: Database,
        desk: HandoffDesk,
        floor: Floor,
        callbacks: Callbacks,
        board: Board,
        delivery: Delivery,
        phrases: Phrases,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._rules = rules
        self._database = database
        self._desk = desk
        self._floor = floor
        self._callbacks = callbacks
        self._board = board
        self._delivery = delivery
        self._phrases = phrases
        self._clock = clock
        self._up_since = clock()

    async def run(self) -> None:
        """Sweep again and again until cancelled."""
        while True:
            try:
                await self.once()
            except XiaobaoError as error:
                logger.warning("the sweep waits for the database: %s", error)
            except Exception:  # whatever broke, the next customer must not wait for it
                logger.exception("the sweep failed")
            await asyncio.sleep(EVERY_S)

    async def once(self) -> None:
        """Do what is due now."""
        now = self._clock()
        left = await self._database.read(lambda tx: self._floor.unattended(tx, now, self._up_since))
        for handoff in left:
            await self._put_back(handoff, now)
        wall = await self._board.look()
        for conversation, place in wall.places.items():
            if place.promised is None:
                await self._promise(conversation, place, now)

    async def _put_back(self, handoff: Handoff, now: dt.datetime) -> None:
        agent = handoff.agent or 0
        why = "absent" if handoff.attended else "no_answer"

        def back(tx: Connection, conversation: Conversation) -> list[Message]:
            if self._desk.put_back(tx, handoff.id, agent, now, why) is None:
                return []
            presence.step_away(tx, agent)
            words = self._phrases.put_back()
            return [self._delivery.switch(tx, conversation, Mode.WAITING, words, now)]

        await self._delivery.step(handoff.conversation, back)

    async def _promise(self, conversation: int, place: QueuePlace, now: dt.datetime) -> None:
        waited = now - (place.since or now)
        why = self._rules.needs_callback(waited, place.on_duty, place.eta_s)
        if why is None:
            return

        def promise(tx: Connection, who: Conversation) -> list[Message]:
            if not self._callbacks.promise(tx, who.id, why, now):
                return []
            present = self._floor.place(tx, who.id, now) or place
            words = self._phrases.long_wait(present)
            return [self._delivery.notice(tx, who, words, now)]

        await self._delivery.step(conversation, promise)
