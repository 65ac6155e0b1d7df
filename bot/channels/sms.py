"""Text messages to callers' mobile telephones, through the bank's own SMS service.

The service is posted {"id", "to", "text"} as JSON, with the seconds since 1970 in X-Xiaobao-Time
and the HMAC-SHA256 of "time.body" in X-Xiaobao-Signature; docs/telephone.md says what it answers.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import AsyncGenerator, Callable
from http import HTTPStatus

import aiohttp

from actions.calls import Calls
from actions.checks import mobile
from actions.database import Database
from bot.channels import HOTLINE, SMS, Accepted, Letter, Post
from bot.channels.platform import Parts, Platform
from bot.channels.wording import split, wording
from bot.errors import DeliveryDelayed, DeliveryFailed
from bot.platform_settings import plain_secret
from bot.settings import Settings

LONGEST = 500
"""Characters. Operators join so long a text from eight messages; what is more is left out."""
_TIMEOUT = aiohttp.ClientTimeout(total=10)


class SmsChannel:
    """See PushChannel. The customer of a conversation is who called in the hotline's one."""

    name = SMS

    def __init__(
        self,
        url: str,
        secret: str,
        bank: str,
        database: Database,
        calls: Calls,
        clock: Callable[[], dt.datetime],
        give_up_after: dt.timedelta,
    ) -> None:
        self._url = url
        self._secret = secret.encode()
        self._bank = bank
        self._database = database
        self._calls = calls
        self._clock = clock
        self.give_up_after = give_up_after

    async def deliver(self, post: Post) -> AsyncGenerator[Accepted]:
        """See PushChannel."""
        user = post.address.user
        number = mobile(await self._database.read(lambda tx: self._calls.number(tx, HOTLINE, user)))
        if not number:  # its call is not written down yet
            raise DeliveryDelayed("还不知道客户的号码")
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
            for letter in post.letters:
                await self._send(session, self._body(letter, number))
                yield Accepted((letter.id,))

    def _body(self, letter: Letter, number: str) -> bytes:
        text = f"【{self._bank}】{wording(letter.message)}"
        id_ = f"{letter.id}-{letter.message.at:%Y%m%d%H%M%S}"  # new also after a new database
        said = {"id": id_, "to": number, "text": split(text, LONGEST, len)[0]}
        return json.dumps(said, ensure_ascii=False).encode()

    async def _send(self, session: aiohttp.ClientSession, body: bytes) -> None:
        at = f"{self._clock().timestamp():.0f}"
        signature = hmac.digest(self._secret, f"{at}.".encode() + body, hashlib.sha256).hex()
        headers = {
            "Content-Type": "application/json",
            "X-Xiaobao-Time": at,
            "X-Xiaobao-Signature": signature,
        }
        try:
            async with session.post(
                self._url, data=body, headers=headers, allow_redirects=False
            ) as response:
                status, wait = response.status, response.headers.get("Retry-After", "")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise DeliveryDelayed(f"短信平台连不上（{type(error).__name__}）") from error
        _judge(status, wait)


def _judge(status: int, wait: str) -> None:
    """Raises what an answer means that is no yes."""
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return
    pause = float(wait) if wait.isascii() and wait.isdigit() else None
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise DeliveryDelayed(f"短信平台不认我们的签名（{status}）", pause, everyone=True)
    busy = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
    if status in busy or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise DeliveryDelayed(f"短信平台现在不收（{status}）", pause, everyone=pause is not None)
    raise DeliveryFailed(f"短信平台不收这条短信（{status}）")


def open_sms(settings: Settings, parts: Parts) -> Platform:
    """Nothing is connected yet. Nobody is heard by it."""
    sms = settings.sms
    channel = SmsChannel(
        sms.url,
        plain_secret(sms.secret),
        settings.bank.name,
        parts.database,
        Calls(parts.cipher),
        parts.clock,
        dt.timedelta(hours=sms.give_up_h),
    )
    return Platform(channel)
