"""The 通话 page over HTTP: `/desk/calls` and its JSON API, and recordings as they are heard."""

from __future__ import annotations

import logging

from aiohttp import web

from actions.agents import Agent
from actions.errors import XiaobaoError
from bot.desk.access import CALL_READERS
from bot.desk.door import Door
from bot.desk.hotline import HotlineDesk, Playing
from bot.desk.routes import PAGES
from bot.http import read_object, render, text_field

logger = logging.getLogger(__name__)

_MAX_REASON = 1_000


class HotlineRoutes:
    """Whoever may see calls; which ones, the queries decide."""

    def __init__(self, door: Door, desk: HotlineDesk, bank_name: str) -> None:
        self._door = door
        self._desk = desk
        self._index = render(PAGES / "calls.html", {"bank_name": bank_name})

    def routes(self) -> list[web.AbstractRouteDef]:
        """The page, its API, charts and sound."""
        one = "/desk/api/calls/{id:[0-9]{1,12}}"
        return [
            web.get("/desk/calls", self._page),
            web.get("/desk/calls/{id:[0-9]{1,12}}.svg", self._chart),
            web.get("/desk/api/calls", self._found),
            web.get(one, self._one),
            web.post(f"{one}/listen", self._listen),
            web.get(f"{one}/sound", self._sound),
        ]

    async def _reader(self, request: web.Request) -> Agent:
        return await self._door.agent(request, *CALL_READERS)

    async def _page(self, _request: web.Request) -> web.Response:
        return web.Response(text=self._index, content_type="text/html")

    async def _found(self, request: web.Request) -> web.Response:
        agent = await self._reader(request)
        return web.json_response(await self._desk.found(agent, request.query))

    async def _one(self, request: web.Request) -> web.Response:
        agent = await self._reader(request)
        return web.json_response(await self._desk.one(agent, _id(request)))

    async def _chart(self, request: web.Request) -> web.Response:
        agent = await self._reader(request)
        svg = await self._desk.chart(agent, _id(request))
        return web.Response(text=svg, content_type="image/svg+xml", headers=_NEVER_KEPT)

    async def _listen(self, request: web.Request) -> web.Response:
        agent = await self._reader(request)
        reason = text_field(await read_object(request), "reason", _MAX_REASON)
        return web.json_response(await self._desk.listen(agent, _id(request), reason))

    async def _sound(self, request: web.Request) -> web.StreamResponse:
        agent = await self._reader(request)
        playing = await self._desk.play(agent, _id(request), request.query.get("ticket", ""))
        try:
            return await _stream(request, playing)
        finally:
            playing.close()


async def _stream(request: web.Request, playing: Playing) -> web.StreamResponse:
    """The part that the player asks for, piece by piece."""
    start, stop = _range(request, playing.size)
    headers = {"Content-Type": "audio/ogg", "Accept-Ranges": "bytes", **_NEVER_KEPT}
    is_part = "Range" in request.headers
    if is_part:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{playing.size}"
    response = web.StreamResponse(status=206 if is_part else 200, headers=headers)
    response.content_length = stop - start
    await response.prepare(request)
    try:
        async for piece in playing.read(start, stop):
            await response.write(piece)
        await response.write_eof()
    except ConnectionResetError:
        pass  # the player has enough, or goes on at another place
    except XiaobaoError as error:
        # It has begun: only an end before its time tells the player that something is wrong.
        logger.error("a recording breaks off: %s", error)  # noqa: TRY400 - the trace says nothing more
        if request.transport:
            request.transport.abort()
    return response


def _range(request: web.Request, size: int) -> tuple[int, int]:
    """From which byte to before which. Raises HTTPRequestRangeNotSatisfiable."""
    try:
        start, stop, _ = request.http_range.indices(size)
    except ValueError:
        start = stop = size
    if start >= stop and size:
        raise web.HTTPRequestRangeNotSatisfiable
    return start, stop


_NEVER_KEPT = {"Cache-Control": "no-store"}


def _id(request: web.Request) -> int:
    return int(request.match_info["id"])
