"""A call from the browser: the page /call, and its WebSocket /media on the public listener.

It speaks the words of chan_websocket. There is no telephone exchange behind it: where the bot's leg
ends with a human, the same conversation goes on as a chat.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from actions.database import Database
from actions.errors import WrongKey
from actions.privacy import Cipher
from bot.channels.web import web_address
from bot.conversations import ConversationStore
from bot.errors import RateLimited
from bot.http import read_object, render, text_field
from bot.limits import RateLimit
from bot.lines.legs import OVERLOAD, Legs
from bot.lines.media import MediaLine, new_socket
from bot.lines.watch import Watch
from bot.turn import Address

PAGES = Path(__file__).parent.parent / "pages"
TOKEN_S = 60
"""Seconds from the press on 拨打 to the connection."""
_CALLS_A_MINUTE = 12
"""From one address: many may stand behind it, but none of them dials that often."""


class BrowserCalls:
    """What the page /call needs."""

    def __init__(
        self,
        legs: Legs,
        watch: Watch,
        cipher: Cipher,
        database: Database,
        store: ConversationStore,
        clock: Callable[[], dt.datetime],
        page: Mapping[str, object],
    ) -> None:
        """`page`: what the page's template needs to know."""
        self._legs = legs
        self._watch = watch
        self._cipher = cipher
        self._database = database
        self._store = store
        self._clock = clock
        self._limit = RateLimit(_CALLS_A_MINUTE)
        self._page = render(PAGES / "call/index.html", page)

    def routes(self) -> list[web.AbstractRouteDef]:
        """What the public listener serves."""
        return [
            web.get("/call", self._show),
            web.static("/static/call", PAGES / "call"),
            web.post("/api/call", self._dial),
            web.get("/media", self._media),
        ]

    async def _show(self, _request: web.Request) -> web.Response:
        return web.Response(text=self._page, content_type="text/html")

    async def _dial(self, request: web.Request) -> web.Response:
        """A token for one call, and the conversation that it goes on with."""
        secret = text_field(await read_object(request), "conversation", 64)
        if seconds := self._limit.wait(request.remote or "", time.monotonic()):
            raise RateLimited(f"拨打得太频繁了，请等 {seconds} 秒再拨，或用文字对话。", seconds)
        if not secret or not await self._exists(web_address(secret)):
            secret = secrets.token_urlsafe(24)
        ends = self._clock() + dt.timedelta(seconds=TOKEN_S)
        said = [str(uuid.uuid4()), web_address(secret).user, ends.timestamp()]
        token = self._cipher.seal(json.dumps(said)).decode()
        return web.json_response({"token": token, "conversation": secret})

    async def _exists(self, address: Address) -> bool:
        return await self._database.read(lambda tx: self._store.find(tx, address)) is not None

    async def _media(self, request: web.Request) -> web.StreamResponse:
        """The call's WebSocket; only for our own page, and once for each press on 拨打."""
        if not _is_ours(request):
            raise web.HTTPForbidden(reason="only from the page /call")
        call, address = self._opened(request.query.get("token", ""))
        socket = new_socket()
        await socket.prepare(request)
        line = MediaLine(socket, call, "", address, lambda: self._goodbye(call))
        await line.serve(self._legs)
        return socket

    def _opened(self, token: str) -> tuple[str, Address]:
        """Whose call it is. Raises HTTPForbidden for a token that is old or none of ours."""
        try:
            call, user, ends = json.loads(self._cipher.open(token.encode()))
        except (WrongKey, ValueError) as error:
            raise web.HTTPForbidden(reason="no token of ours") from error
        if self._clock().timestamp() > ends:
            raise web.HTTPForbidden(reason="the token is too old")
        return call, Address("web", user)

    def _goodbye(self, call: str) -> str:
        """Tell the page how it ended: the note says what an exchange would do now."""
        note = self._watch.noted(call)
        how = "human" if note.startswith("agent") else "bye"
        return json.dumps({"command": "HANGUP", "how": "overload" if note == OVERLOAD else how})


def _is_ours(request: web.Request) -> bool:
    """A browser names the page's origin; another site's page cannot call in a customer's name."""
    return urlsplit(request.headers.get("Origin", "")).netloc == request.host
