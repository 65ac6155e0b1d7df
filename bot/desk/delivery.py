"""A step beside the customer's own turns: in order with them, stored first, then delivered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from actions.database import Database
from actions.errors import NotAllowed
from bot.channels import Channel
from bot.conversations import Conversation, ConversationStore
from bot.errors import DeliveryFailed
from bot.hub import QUEUE, Hub, conversation_topic
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
        channels: Mapping[str, Channel],
        hub: Hub,
    ) -> None:
        self._database = database
        self._store = store
        self._switchboard = switchboard
        self._channels = channels
        self._hub = hub

    async def step(self, id_: int, step: Step) -> list[Message]:
        """Carry out `step`, and deliver what it says. Raises what it raises, and NotAllowed.

        Whoever shows the queue is told.
        """
        said = await self.talk(id_, step)
        self._hub.ring(QUEUE)
        return said

    async def talk(self, id_: int, step: Step) -> list[Message]:
        """The same for a step that leaves the queue as it is."""
        found = await self._database.read(lambda tx: self._store.get(tx, id_))
        if found is None:
            raise NotAllowed("not_found", "没有这个会话。")

        def carry_out(tx: Connection) -> tuple[Conversation, list[Message]]:
            conversation = self._store.fresh(tx, id_)
            return conversation, list(step(tx, conversation))

        async with self._switchboard.alone(found.address):
            conversation, said = await self._database.write(carry_out)
        for message in said:
            await self.send(conversation, message)
        self._hub.ring(conversation_topic(id_))
        return said

    async def send(self, conversation: Conversation, message: Message) -> None:
        """Take a stored message to its customer.

        Raises DeliveryFailed where the platform refuses it, or the channel has been closed since.
        """
        channel = self._channels.get(conversation.address.channel)
        if channel is None:
            raise DeliveryFailed(f"the channel {conversation.address.channel} is not open")
        await channel.send(conversation.address, conversation.id, message)

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
