"""Messages that the bank begins: stored first, then taken to the customer's channel."""

from __future__ import annotations

from collections.abc import Mapping

from bot.channels import Channel
from bot.conversations import Conversation
from bot.errors import DeliveryFailed
from bot.hub import QUEUE, Hub
from bot.turn import Message


class Courier:
    """Knows every channel that is open."""

    def __init__(self, channels: Mapping[str, Channel], hub: Hub) -> None:
        self._channels = channels
        self._hub = hub

    async def deliver(self, conversation: Conversation, message: Message) -> None:
        """Take a stored message to its customer, and wake the desks.

        Raises DeliveryFailed where the platform refuses it, or the channel has been closed since.
        """
        channel = self._channels.get(conversation.address.channel)
        if channel is None:
            raise DeliveryFailed(f"the channel {conversation.address.channel} is not open")
        await channel.send(conversation.address, conversation.id, message)
        self._hub.ring(QUEUE)
