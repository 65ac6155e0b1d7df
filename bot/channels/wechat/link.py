"""JSON over HTTPS to a platform. Its addresses carry secrets, so no error of ours names one."""

from __future__ import annotations

import json
from collections.abc import Mapping

import aiohttp

from actions.errors import XiaobaoError
from bot.channels.wechat.codes import Refusal
from bot.turn import Json

_TIMEOUT_S = 8.0
MAX_MEDIA = 20 * 2**20
"""Bytes of a picture or a voice note."""
_CHUNK = 2**16


class PlatformUnreachable(XiaobaoError):
    """The network, or the platform, does not answer as it should."""


class PlatformRefused(XiaobaoError):
    """The platform answered with an error code."""

    def __init__(self, code: int, refusal: Refusal | None) -> None:
        super().__init__(refusal.words if refusal else f"平台返回错误码 {code}")
        self.code = code
        self.refusal = refusal
        """What the code means; None where it stands in no table."""


class Link:
    """Connections to one platform."""

    def __init__(self, base_url: str, codes: Mapping[int, Refusal]) -> None:
        self._base_url = base_url.rstrip("/")
        self._codes = codes
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Give the connections back."""
        if self._session:
            await self._session.close()

    async def ask(self, path: str, query: Mapping[str, str], body: Json | None = None) -> Json:
        """POST `body`, or GET where there is none. Raises PlatformUnreachable, PlatformRefused."""
        raw, _ = await self._request(path, query, body)
        return self._answer(raw)

    async def file(self, path: str, query: Mapping[str, str]) -> tuple[bytes, str]:
        """A file and its media type. Raises as `ask`."""
        raw, media_type = await self._request(path, query, None)
        if media_type in {"application/json", "text/plain"}:
            self._answer(raw)
        return raw, media_type

    async def _request(
        self, path: str, query: Mapping[str, str], body: Json | None
    ) -> tuple[bytes, str]:
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        try:
            async with self._open().request(
                "GET" if body is None else "POST",
                self._base_url + path,
                params=query,
                data=content,
                allow_redirects=False,
            ) as response:
                if response.status != 200:
                    raise PlatformUnreachable(f"HTTP {response.status}")
                return await self._read(response), response.content_type
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise PlatformUnreachable(type(error).__name__) from None  # its text has the address

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        content = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK):
            content += chunk
            if len(content) > MAX_MEDIA:
                raise PlatformUnreachable("too large")
        return bytes(content)

    def _answer(self, raw: bytes) -> Json:
        try:
            answer = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise PlatformUnreachable("no JSON") from error
        if not isinstance(answer, dict):
            raise PlatformUnreachable("no JSON object")
        code = answer.get("errcode", 0)
        if code:
            number = code if isinstance(code, int) else -1
            raise PlatformRefused(number, self._codes.get(number))
        return answer

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S),
                headers={"Content-Type": "application/json"},
                connector=aiohttp.TCPConnector(limit=32),
            )
        return self._session
