"""Listens for Asterisk's media WebSocket on a port of its own: /media?uuid=…&caller=…."""

from __future__ import annotations

import asyncio
import logging
import uuid
from typing import Any, cast

from aiohttp import web

from bot.lines.calling_number import calling_number
from bot.lines.legs import Legs
from bot.lines.media import MediaLine, new_socket
from bot.lines.patience import Patience
from bot.lines.peers import Peers

logger = logging.getLogger(__name__)


class MediaServer:
    """Takes calls from the telephone exchange only."""

    def __init__(self, legs: Legs, patience: Patience, peers: Peers) -> None:
        self._legs = legs
        self._patience = patience
        self._peers = peers
        app = web.Application()
        app.router.add_get("/media", self._media)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=False)
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> int:
        """Begin; the port. Raises OSError."""
        await self._runner.setup()
        self._server = await asyncio.get_running_loop().create_server(
            self._connection, host, port, backlog=1024
        )
        return int(self._server.sockets[0].getsockname()[1])

    def stop(self) -> None:
        """Take no further calls."""
        if self._server:
            self._server.close()

    async def close(self) -> None:
        """Give everything back; the calls have ended before."""
        self.stop()
        await self._runner.cleanup()

    def _connection(self) -> asyncio.Protocol:
        """Not to wait for a first request for ever, as aiohttp does."""
        server = cast(Any, self._runner.server)
        handler: web.RequestHandler = server()
        self._patience.came(handler, handler.force_close)
        return handler

    async def _media(self, request: web.Request) -> web.StreamResponse:
        self._patience.spoke(request.protocol)
        if request.transport is None or not self._peers.has(
            request.transport.get_extra_info("peername")
        ):
            raise web.HTTPForbidden(text="not one of telephone.pbx")
        try:
            call = str(uuid.UUID(request.query.get("uuid", "")))
        except ValueError as error:
            logger.warning("a call without a UUID was refused; see v(uuid=…) in extensions.conf")
            raise web.HTTPBadRequest(text="uuid is missing") from error
        caller = calling_number(request.query.get("caller", ""))
        socket = new_socket()
        await socket.prepare(request)
        await MediaLine(socket, call, caller).serve(self._legs)
        return socket
