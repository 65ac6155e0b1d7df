"""A step beside the customer's own turns: in order with them, stored with what it says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from actions.database import Database
from actions.errors import NotAllowed
from bot.conversations import Conversation, ConversationStore
from bot.hub import QUEUE, Hub, conversation_topic, outbox_topic
from bot.switchboard import Switchboard
from bot.turn import Author, Message, Mode

Step = Callable[[Connection, Conversation], Sequence[Message]]
"""Changes a conversation within a transaction; what its customer is told."""


class Delivery:
    """Agents and the sweep change conversations here, and nowhere else."""

    def __init__(
        self,
        database: Database,
        store: ConversationStore,
        switchboard: Switchboard,
        hub: Hub,
        channels: frozenset[str],
    ) -> None:
        """`channels`: those that are open."""
        self._database = database
        self._store = store
        self._switchboard = switchboard
        self._hub = hub
        self._channels = channels

    async def step(self, id_: int, step: Step) -> list[Message]:
        """Carry out `step`, and wake who delivers what it says.

        Raises what it raises, and NotAllowed. Whoever shows the queue is told.
        """
        said = await self.talk(id_, step)
        self._hub.ring(QUEUE)
        return said

    async def talk(self, id_: int, step: Step) -> list[Message]:
        """The same for a step that leaves the queue as it is."""
        found = await self._database.read(lambda tx: self._store.get(tx, id_))
        if found is None:
            raise NotAllowed("not_found", "没有这个会话。")

        def carry_out(tx: Connection) -> list[Message]:
            return list(step(tx, self._store.fresh(tx, id_)))

        async with self._switchboard.alone(found.address):
            said = await self._database.write(carry_out)
        self.wake(found)
        return said

    def reaches(self, conversation: Conversation) -> bool:
        """Whether what is stored for this customer goes out: their channel may be closed by now."""
        return conversation.address.channel in self._channels

    def wake(self, conversation: Conversation) -> None:
        """Something is stored for this customer: wake their page, or who sends it."""
        name = conversation.address.channel
        self._hub.ring(conversation_topic(conversation.id), outbox_topic(name))

    def notice(
        self, tx: Connection, conversation: Conversation, words: str, now: dt.datetime
    ) -> Message:
        """Tell the customer how things stand."""
        return self._store.add_note(tx, conversation.id, Author.SYSTEM, words, now)

    def switch(
        self, tx: Connection, conversation: Conversation, mode: Mode, words: str, now: dt.datetime
    ) -> Message:
        """Somebody else answers from now on."""
        self._store.save(tx, replace(conversation, mode=mode), now)
        return self.notice(tx, conversation, words, now)
