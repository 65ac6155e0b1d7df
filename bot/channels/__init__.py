"""The ways by which customers reach the bank."""

from __future__ import annotations

from typing import Protocol

from bot.turn import Address, Message


class Channel(Protocol):
    """Turns come in by the channel's own listener; what comes later goes out by `send`."""

    name: str
    """As in Address.channel."""

    async def send(self, address: Address, conversation: int, message: Message) -> None:
        """Deliver a message that is already stored in `conversation`.

        Raises DeliveryFailed when the platform refuses it.
        """
