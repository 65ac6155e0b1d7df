"""WeCom customer service, put together."""

from __future__ import annotations

import datetime as dt

from actions.ledger import Ledgers
from actions.shared import SharedValues
from bot.channels.platform import Parts, Platform
from bot.channels.wechat.api import PlatformApi
from bot.channels.wechat.codes import WECOM
from bot.channels.wechat.crypto import Envelope
from bot.channels.wechat.customers import WechatCustomers
from bot.channels.wechat.delivery import ServiceChannel
from bot.channels.wechat.link import Link
from bot.channels.wechat.tokens import AccessToken
from bot.channels.wecom.customers import NAME, WecomCustomers
from bot.channels.wecom.gate import WecomGate
from bot.channels.wecom.listener import WecomListener
from bot.channels.wecom.sync import Sync
from bot.channels.wecom.transport import WecomTransport, corporate_token
from bot.platform_settings import plain_secret
from bot.settings import Settings

_STAYS_ELSEWHERE = dt.timedelta(hours=48)
"""A session lasts no longer."""


def open_wecom(settings: Settings, parts: Parts) -> Platform:
    """Nothing is connected yet."""
    wecom, ledgers = settings.wecom, Ledgers(parts.cipher)
    database, clock, phrases = parts.database, parts.clock, parts.phrases
    shared = SharedValues(parts.cipher)
    link = Link(wecom.base_url, WECOM)
    fetch = corporate_token(link, wecom.corp_id, plain_secret(wecom.secret))
    token = AccessToken(f"{NAME}:{wecom.corp_id}", database, shared, clock, fetch)
    api = PlatformApi(link, token)
    transport = WecomTransport(api)
    stays = _STAYS_ELSEWHERE if wecom.humans == "platform" else None
    customers = WechatCustomers(
        NAME,
        parts.switchboard,
        database,
        parts.store,
        ledgers,
        phrases,
        parts.limit,
        clock,
        parts.media,
        api,
        stays,
    )
    taking = WecomCustomers(
        customers,
        transport,
        database,
        parts.store,
        parts.outbox,
        ledgers,
        phrases,
        parts.hub,
        clock,
    )
    gate = WecomGate(
        plain_secret(wecom.token), Envelope(plain_secret(wecom.aes_key), wecom.corp_id)
    )
    give_up = dt.timedelta(hours=wecom.give_up_h)
    channel = ServiceChannel(
        NAME, give_up, transport, database, parts.store, ledgers, phrases, clock
    )
    sync = Sync(wecom.corp_id, api, taking, database, shared, clock)
    return Platform(channel, WecomListener(gate, sync, link, clock))
