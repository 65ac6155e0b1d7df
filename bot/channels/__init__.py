"""The ways by which customers reach the bank."""

from __future__ import annotations

from typing import Protocol

from bot.turn import Address, Message

REACHED = {"telegram": "在这个 Telegram 对话里回复"}
"""Channels whose platform lets the bank write at any later time, so that no contact is asked.

A web page is closed by then, and WeChat takes messages for 48 hours only.
"""


class Channel(Protocol):
    """Turns come in by the channel's own listener; what comes later goes out by `send`."""

    name: str
    """As in Address.channel."""

    async def send(self, address: Address, conversation: int, message: Message) -> None:
        """Deliver a message that is already stored in `conversation`.

        Raises DeliveryFailed when the platform refuses it.
        """
