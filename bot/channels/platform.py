"""What makes a platform: a channel to send by, and a listener. Each is opened of the same parts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web
from telegram import Update

from actions.database import Database
from actions.outbox import Outbox
from actions.privacy import Cipher
from bot.channels import PushChannel
from bot.channels.media import Media
from bot.channels.voice import Speaker
from bot.conversations import ConversationStore
from bot.hub import Hub
from bot.limits import RateLimit
from bot.phrases import Phrases
from bot.switchboard import Switchboard


class Background(Protocol):
    """What goes on beside the requests."""

    async def run(self) -> None:
        """Go on until cancelled."""

    async def close(self) -> None:
        """Give the connections back."""


class Listener(Background, Protocol):
    """How a platform's customers are heard."""

    def routes(self) -> list[web.AbstractRouteDef]:
        """What the platform calls on the public listener."""


class Staff(Protocol):
    """The bank's own people, who serve by the same bot."""

    async def hear(self, update: Update) -> bool:
        """Do what they ask for; False where the update is a customer's.

        Raises StorageUnavailable: then the update must come again.
        """


@dataclass(frozen=True, slots=True)
class Platform:
    """One of them."""

    channel: PushChannel
    listener: Listener | None = None
    """None where nobody is heard by it."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a platform may be made of."""

    cipher: Cipher
    switchboard: Switchboard
    database: Database
    store: ConversationStore
    outbox: Outbox
    phrases: Phrases
    hub: Hub
    media: Media
    limit: RateLimit
    """Of one customer's messages a minute."""
    clock: Callable[[], dt.datetime]
    staff: Staff | None = None
    """Whose messages are not customers'."""
    speaker: Speaker | None = None
    """Gives elders their answers as voice notes too."""
