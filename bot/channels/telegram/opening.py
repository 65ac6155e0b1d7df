"""Telegram, put together."""

from __future__ import annotations

import datetime as dt

from bot.channels.platform import Parts, Platform
from bot.channels.telegram.channel import TelegramChannel, open_bot
from bot.channels.telegram.customers import TelegramCustomers
from bot.channels.telegram.listener import TelegramListener
from bot.platform_settings import plain_secret
from bot.settings import Settings


def open_telegram(settings: Settings, parts: Parts) -> Platform:
    """Nothing is connected yet."""
    telegram = settings.telegram
    bot = open_bot(plain_secret(telegram.token), telegram.base_url.rstrip("/"))
    customers = TelegramCustomers(
        bot,
        parts.switchboard,
        parts.database,
        parts.store,
        parts.phrases,
        parts.limit,
        parts.clock,
        parts.media,
    )
    webhook = telegram.url.rstrip("/") if telegram.mode == "webhook" else ""
    secret = parts.cipher.derive("telegram-webhook")
    listener = TelegramListener(bot, customers, parts.phrases, secret, webhook, parts.staff)
    give_up_after = dt.timedelta(hours=telegram.give_up_h)
    return Platform(TelegramChannel(bot, give_up_after, parts.speaker), listener)
