"""An Official Account, put together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from actions.database import Database
from actions.ledger import Ledgers
from actions.privacy import Cipher
from actions.responses import Responses
from actions.shared import SharedValues
from bot.channels.platform import Parts, Platform
from bot.channels.wechat.answers import Answers
from bot.channels.wechat.api import PlatformApi
from bot.channels.wechat.codes import OFFICIAL
from bot.channels.wechat.crypto import Envelope
from bot.channels.wechat.customers import WechatCustomers
from bot.channels.wechat.delivery import ServiceChannel
from bot.channels.wechat.link import Link
from bot.channels.wechat.listener import WechatListener
from bot.channels.wechat.modes import Gate, Mode
from bot.channels.wechat.tokens import AccessToken
from bot.channels.wechat.transport import OfficialTransport, stable_token
from bot.platform_settings import Wechat, plain_secret
from bot.settings import Settings

NAME = "wechat"
_STAYS_ELSEWHERE = dt.timedelta(minutes=30)
"""After that the platform itself ends the wait for its agents."""


def open_api(
    wechat: Wechat, cipher: Cipher, database: Database, clock: Callable[[], dt.datetime]
) -> tuple[Link, PlatformApi]:
    """The account's API; nothing is connected yet."""
    link = Link(wechat.base_url, OFFICIAL)
    fetch = stable_token(link, wechat.app_id, plain_secret(wechat.app_secret))
    name = f"{NAME}:{wechat.app_id}"
    return link, PlatformApi(link, AccessToken(name, database, SharedValues(cipher), clock, fetch))


def open_wechat(settings: Settings, parts: Parts) -> Platform:
    """Nothing is connected yet."""
    wechat, ledgers = settings.wechat, Ledgers(parts.cipher)
    link, api = open_api(wechat, parts.cipher, parts.database, parts.clock)
    served = api if wechat.customer_service else None
    customers = WechatCustomers(
        NAME,
        parts.switchboard,
        parts.database,
        parts.store,
        ledgers,
        parts.phrases,
        parts.limit,
        parts.clock,
        parts.media,
        served,
        _STAYS_ELSEWHERE if wechat.humans == "platform" else None,
    )
    answers = Answers(
        NAME,
        parts.database,
        parts.store,
        parts.outbox,
        Responses(parts.cipher),
        parts.hub,
        parts.clock,
    )
    key, mode = plain_secret(wechat.aes_key), Mode(wechat.mode)
    envelope = None if mode is Mode.PLAIN else Envelope(key, wechat.app_id)
    gate = Gate(plain_secret(wechat.token), envelope, mode)
    channel = ServiceChannel(
        NAME,
        dt.timedelta(hours=wechat.give_up_h),
        OfficialTransport(api) if served else None,
        parts.database,
        parts.store,
        ledgers,
        parts.phrases,
        parts.clock,
    )
    listener = WechatListener(
        gate, customers, answers, parts.phrases, link, wechat.answer_s, parts.clock
    )
    return Platform(channel, listener)
