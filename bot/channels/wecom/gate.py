"""Who may call the WeCom callback, and what they bring; always sealed. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.channels.wechat.crypto import Envelope
from bot.channels.wechat.modes import Forbidden, open_sealed
from bot.channels.wechat.signature import is_fresh
from bot.channels.wechat.xml import parse

_ACCOUNT = re.compile(r"[\w-]{1,64}", re.ASCII)
_TOKEN_CHARACTERS = 128
_EVENT = "kf_msg_or_event"


@dataclass(frozen=True, slots=True)
class News:
    """There is something to fetch."""

    account: str
    """The customer-service account, open_kfid."""
    token: str
    """By which it may be fetched without the strict limit; good for ten minutes."""


class WecomGate:
    """Checks and opens."""

    def __init__(self, token: str, envelope: Envelope) -> None:
        self._token = token
        self._envelope = envelope

    def greet(self, query: Mapping[str, str], now: dt.datetime) -> str:
        """The answer to the console's check of the address. Raises Forbidden."""
        return self._open(query, query.get("echostr", ""), now).decode()

    def open(self, query: Mapping[str, str], body: bytes, now: dt.datetime) -> News | None:
        """What the callback announces; None for other events. Raises Forbidden and NotXml."""
        sealed = parse(body).get("Encrypt", "")
        fields = parse(self._open(query, sealed, now))
        account, token = fields.get("OpenKfId", ""), fields.get("Token", "")
        if fields.get("Event") != _EVENT or not _ACCOUNT.fullmatch(account):
            return None
        return News(account, token[:_TOKEN_CHARACTERS])

    def _open(self, query: Mapping[str, str], sealed: str, now: dt.datetime) -> bytes:
        opened = open_sealed(self._token, self._envelope, query, sealed)
        if not is_fresh(query.get("timestamp", ""), now):
            raise Forbidden("an old signature")
        return opened
