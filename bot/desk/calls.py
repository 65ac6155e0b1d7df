"""Promised calls: whom to call, answering in the chat instead, and ticking off."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from sqlalchemy import Connection

from actions.agents import Agent
from actions.callbacks import Callbacks
from actions.database import Database
from actions.errors import NotAllowed
from actions.floor import Floor
from actions.handoff import HandoffDesk
from actions.queueing import HandoffState
from bot.conversations import Conversation
from bot.desk.delivery import Delivery
from bot.desk.work import DeskWork
from bot.phrases import Phrases
from bot.turn import Message, Mode


class CallWork:
    """The desk's steps with promises. Each raises NotAllowed in words for the agent."""

    def __init__(
        self,
        database: Database,
        desk: HandoffDesk,
        floor: Floor,
        callbacks: Callbacks,
        work: DeskWork,
        delivery: Delivery,
        phrases: Phrases,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._database = database
        self._desk = desk
        self._floor = floor
        self._callbacks = callbacks
        self._work = work
        self._delivery = delivery
        self._phrases = phrases
        self._clock = clock

    async def reveal(self, agent: Agent, handoff: int) -> str:
        """The telephone number to call, journalled."""
        now = self._clock()
        return await self._database.write(
            lambda tx: self._callbacks.reveal(tx, handoff, agent.id, now)
        )

    async def done(self, agent: Agent, handoff: int) -> None:
        """Tick a promised call off; a customer who still waits is given back to the bot."""
        now = self._clock()
        found = await self._database.read(lambda tx: self._floor.find(tx, handoff))
        if found is None:
            raise NotAllowed("not_found", "没有这条回电登记。")

        def tick(tx: Connection, conversation: Conversation) -> list[Message]:
            if not self._callbacks.keep(tx, handoff, agent.id, now):
                raise NotAllowed("already_taken", "这条回电已由同事处理。")
            if self._callbacks.close(tx, handoff, agent.id, now) is None:
                return []
            words = self._phrases.called_back()
            return [self._delivery.switch(tx, conversation, Mode.BOT, words, now)]

        await self._delivery.step(found.conversation, tick)

    async def answer(self, agent: Agent, handoff: int) -> int:
        """Answer a promise in the chat instead of calling; the conversation."""
        now = self._clock()

        def prepare(tx: Connection) -> int:
            found = self._floor.find(tx, handoff)
            if found and found.state is HandoffState.WAITING:
                return handoff
            if not self._callbacks.keep(tx, handoff, agent.id, now):
                raise NotAllowed("already_taken", "这条回电已由同事处理。")
            return self._desk.again(tx, handoff, now)

        return await self._work.accept(agent, await self._database.write(prepare))
