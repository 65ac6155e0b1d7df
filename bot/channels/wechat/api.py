"""Calls of a platform with an access token, and what its refusals mean for a message."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.channels.wechat.codes import Meaning
from bot.channels.wechat.link import Link, PlatformRefused, PlatformUnreachable
from bot.channels.wechat.tokens import AccessToken
from bot.errors import DeliveryDelayed, DeliveryFailed
from bot.turn import Json

_OFTEN_S, _SETUP_S = 60.0, 60.0
T = TypeVar("T")


class PlatformApi:
    """A token that is no longer taken is renewed once; the call is then made again."""

    def __init__(self, link: Link, token: AccessToken) -> None:
        self._link = link
        self._token = token

    async def post(self, path: str, body: Json) -> Json:
        """What the platform answers. Raises PlatformUnreachable, PlatformRefused."""
        return await self._with_token(
            lambda token: self._link.ask(path, {"access_token": token}, body)
        )

    async def media(self, media_id: str) -> tuple[bytes, str]:
        """A file that a customer sent, and its media type. Raises as `post`."""
        return await self._with_token(
            lambda token: self._link.file(
                "/cgi-bin/media/get", {"access_token": token, "media_id": media_id}
            )
        )

    async def _with_token(self, call: Callable[[str], Awaitable[T]]) -> T:
        token = await self._token.get()
        try:
            return await call(token)
        except PlatformRefused as error:
            if error.refusal is None or error.refusal.meaning is not Meaning.TOKEN:
                raise
        return await call(await self._token.get(rejected=token))


def not_delivered(error: PlatformRefused | PlatformUnreachable) -> DeliveryDelayed | DeliveryFailed:
    """What the sender is told."""
    if isinstance(error, PlatformUnreachable):
        return DeliveryDelayed("连不上微信平台")
    words = str(error)
    match error.refusal.meaning if error.refusal else Meaning.BUSY:
        case Meaning.TOO_OFTEN:
            return DeliveryDelayed(words, _OFTEN_S, everyone=True)
        case Meaning.SETUP | Meaning.TOKEN:
            return DeliveryDelayed(words, _SETUP_S, everyone=True)
        case Meaning.USED_UP:
            return DeliveryDelayed(words, kept=True)
        case Meaning.GONE:
            return DeliveryFailed(words, unreachable=True)
        case Meaning.REFUSED:
            return DeliveryFailed(words)
    return DeliveryDelayed(words)
