"""The callback of WeCom customer service: it only announces; Sync fetches."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable

from aiohttp import web

from bot.channels.wechat.link import Link
from bot.channels.wechat.modes import Forbidden
from bot.channels.wechat.xml import NotXml
from bot.channels.wecom.gate import WecomGate
from bot.channels.wecom.sync import Sync

logger = logging.getLogger(__name__)

PATH = "/channels/wecom"


class WecomListener:
    """One for each gateway."""

    def __init__(
        self, gate: WecomGate, sync: Sync, link: Link, clock: Callable[[], dt.datetime]
    ) -> None:
        self._gate = gate
        self._sync = sync
        self._link = link
        self._clock = clock

    def routes(self) -> list[web.AbstractRouteDef]:
        """What WeCom calls."""
        return [web.get(PATH, self._greet), web.post(PATH, self._receive)]

    async def run(self) -> None:
        """Fetch until cancelled."""
        await self._sync.run()

    async def close(self) -> None:
        """Give the connections back."""
        await self._link.close()

    async def _greet(self, request: web.Request) -> web.Response:
        try:
            return web.Response(text=self._gate.greet(request.query, self._clock()))
        except Forbidden as error:
            raise _forbidden(error) from error

    async def _receive(self, request: web.Request) -> web.Response:
        try:
            news = self._gate.open(request.query, await request.read(), self._clock())
        except (Forbidden, NotXml) as error:
            raise _forbidden(error) from error
        if news:
            await self._sync.announce(news)
        return web.Response(text="")


def _forbidden(error: Exception) -> web.HTTPForbidden:
    logger.warning("a request that WeCom did not make: %s", error)
    return web.HTTPForbidden()
