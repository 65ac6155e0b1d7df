"""Which platforms must be sent to, as the settings say, each put together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from actions.database import Database
from actions.privacy import Cipher
from bot.channels import PushChannel
from bot.channels.media import Media
from bot.channels.telegram.channel import TelegramChannel, open_bot
from bot.channels.telegram.customers import TelegramCustomers
from bot.channels.telegram.listener import TelegramListener
from bot.conversations import ConversationStore
from bot.limits import RateLimit
from bot.phrases import Phrases
from bot.settings import Settings
from bot.switchboard import Switchboard


class Listener(Protocol):
    """How a platform's customers are heard."""

    def routes(self) -> list[web.AbstractRouteDef]:
        """What the platform calls on the public listener."""

    async def run(self) -> None:
        """Whatever goes on beside that, until cancelled."""

    async def close(self) -> None:
        """Give the connections back."""


@dataclass(frozen=True, slots=True)
class Platform:
    """One of them."""

    channel: PushChannel
    listener: Listener


def pushed(settings: Settings) -> tuple[str, ...]:
    """The names of the channels whose messages go through the outbox."""
    return (TelegramChannel.name,) if settings.telegram.enabled else ()


def platforms(
    settings: Settings,
    cipher: Cipher,
    switchboard: Switchboard,
    database: Database,
    store: ConversationStore,
    phrases: Phrases,
    clock: Callable[[], dt.datetime],
) -> tuple[Platform, ...]:
    """Those that are enabled; nothing is opened yet."""
    telegram = settings.telegram
    if not telegram.enabled:
        return ()
    bot = open_bot(
        telegram.token.get_secret_value() if telegram.token else "", telegram.base_url.rstrip("/")
    )
    customers = TelegramCustomers(
        bot,
        switchboard,
        database,
        store,
        phrases,
        RateLimit(settings.http.rate_limit),
        clock,
        Media(),
    )
    webhook = telegram.url.rstrip("/") if telegram.mode == "webhook" else ""
    listener = TelegramListener(bot, customers, phrases, cipher.derive("telegram-webhook"), webhook)
    channel = TelegramChannel(bot, dt.timedelta(hours=telegram.give_up_h))
    return (Platform(channel, listener),)
