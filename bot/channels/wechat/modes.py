"""Plain, compatible and safe mode: how a request is checked and opened, and its answer closed.

Pure: time is an argument.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from enum import StrEnum

from actions.errors import XiaobaoError
from bot.channels.wechat.crypto import Envelope, NotSealed
from bot.channels.wechat.signature import is_fresh, is_short, is_signed, sign
from bot.channels.wechat.xml import NotXml, build, parse


class Mode(StrEnum):
    """How messages travel, as set in the platform's console (明文、兼容、安全模式)."""

    PLAIN = "plain"
    COMPATIBLE = "compatible"
    SAFE = "safe"


class Forbidden(XiaobaoError):
    """A request that the platform did not make, or made too long ago."""


class Gate:
    """Checks who calls; opens what they bring."""

    def __init__(self, token: str, envelope: Envelope | None, mode: Mode) -> None:
        """`envelope`: needed in every mode but the plain one."""
        self._token = token
        self._envelope = envelope
        self._mode = mode

    def greet(self, query: Mapping[str, str], now: dt.datetime) -> str:
        """The answer to the console's check of the address. Raises Forbidden.

        Official accounts sign without the echo and send it as it is, also in safe mode.
        """
        self._check(query, now)
        return query.get("echostr", "")[:256]

    def open(self, query: Mapping[str, str], body: bytes, now: dt.datetime) -> dict[str, str]:
        """The message's fields. Raises Forbidden, and NotXml for what is signed and no message."""
        self._check(query, now)
        fields = parse(body)
        if self._envelope is None or self._mode is Mode.PLAIN:
            return fields
        if query.get("encrypt_type") != "aes" and self._mode is Mode.COMPATIBLE:
            return fields
        return parse(open_sealed(self._token, self._envelope, query, fields.get("Encrypt", "")))

    def close(self, answer: str, now: dt.datetime) -> str:
        """`answer` as the platform wants it in this mode."""
        if self._envelope is None or self._mode is Mode.PLAIN:
            return answer
        sealed = self._envelope.seal(answer)
        timestamp, nonce = str(int(now.timestamp())), secrets.token_hex(8)
        return build(
            {
                "Encrypt": sealed,
                "MsgSignature": sign(self._token, timestamp, nonce, sealed),
                "TimeStamp": int(timestamp),
                "Nonce": nonce,
            }
        )

    def _check(self, query: Mapping[str, str], now: dt.datetime) -> None:
        signature, timestamp, nonce = (
            query.get(name, "") for name in ("signature", "timestamp", "nonce")
        )
        if not is_short(signature, timestamp, nonce):
            raise Forbidden("no signature")
        if not is_signed(signature, self._token, timestamp, nonce):
            raise Forbidden("a wrong signature")
        if not is_fresh(timestamp, now):
            raise Forbidden("an old signature")


def open_sealed(token: str, envelope: Envelope, query: Mapping[str, str], sealed: str) -> bytes:
    """What is sealed in a signed request; the caller checks how old it is. Raises Forbidden."""
    signature, timestamp, nonce = (
        query.get(name, "") for name in ("msg_signature", "timestamp", "nonce")
    )
    if not is_short(signature, timestamp, nonce):
        raise Forbidden("no signature of the envelope")
    if not is_signed(signature, token, timestamp, nonce, sealed):
        raise Forbidden("a wrong signature of the envelope")
    try:
        return envelope.open(sealed).encode()
    except NotSealed as error:
        raise Forbidden(f"an envelope that is not ours: {error}") from error


__all__ = ["Forbidden", "Gate", "Mode", "NotXml", "open_sealed"]
