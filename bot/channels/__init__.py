"""The ways by which customers reach the bank.

The web's customers fetch what is new by themselves. A platform such as Telegram must be sent to:
then the message is stored with a row of the outbox, and bot/sender.py hands it to the channel.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from bot.turn import Address, Message

REACHED = {"telegram": "在这个 Telegram 对话里回复"}
"""Channels whose platform lets the bank write at any later time, so that no contact is asked.

A web page is closed by then, and WeChat takes messages for 48 hours only.
"""


LABELS = {
    "web": "网页",
    "telegram": "Telegram",
    "wechat": "微信",
    "wecom": "企业微信",
    "hotline": "热线",
    "sms": "短信",
}
HOTLINE = "hotline"
"""Telephone calls. Their humans are reached by the telephone exchange's own queue."""
SMS = "sms"
"""Copies of what callers heard; the address has the user of their hotline conversation."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A stored message that its customer is owed."""

    id: int
    """The same at every try: a platform that knows repetitions by a key is given this one."""
    message: Message
    parts: int = 0
    """Parts of it that the platform accepted at an earlier try; they do not go out again."""


@dataclass(frozen=True, slots=True)
class Post:
    """What one customer is owed, oldest first."""

    address: Address
    elder: bool
    letters: tuple[Letter, ...]


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the platform has just taken."""

    letters: tuple[int, ...]
    """Several where one message of the platform carried them all."""
    parts: int = 0
    """0 where they are out whole; else the parts of the one letter that are out so far."""


class PushChannel(Protocol):
    """A platform that must be sent to. Turns come in by the channel's own listener."""

    name: str
    """As in Address.channel."""
    give_up_after: dt.timedelta
    """A message older than this is not tried again."""

    def deliver(self, post: Post) -> AsyncGenerator[Accepted]:
        """Send the letters in order; tell each time the platform has accepted something.

        It is stored before the next step is asked for. One step takes at most twenty seconds.
        Raises DeliveryFailed and DeliveryDelayed about the first letter that is not yet accepted.
        """
