"""The desk over HTTP: `/desk`, its JSON API and its live events."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from pathlib import Path

from aiohttp import web
from aiohttp_sse import EventSourceResponse, sse_response

from actions.agents import SESSION, Agent, Agents
from bot import wire
from bot.desk.complaints import READERS
from bot.desk.door import COOKIE, Door, require_proof
from bot.desk.work import DeskWork
from bot.errors import BadRequest
from bot.http import read_object, render, text_field
from bot.hub import QUEUE, Hub, News
from bot.switchboard import Duty
from bot.turn import Json

PAGES = Path(__file__).parent / "pages"
_MAX_TEXT = 4_000
_REFRESH_S = 10


class DeskRoutes:
    """Signed-in agents only, but for the page itself and the sign-in."""

    def __init__(
        self,
        agents: Agents,
        door: Door,
        work: DeskWork,
        hub: Hub,
        duty: Duty,
        clock: Callable[[], dt.datetime],
        bank_name: str,
        *,
        secure_cookies: bool,
    ) -> None:
        self._index = render(PAGES / "index.html", {"bank_name": bank_name})
        self._agents = agents
        self._door = door
        self._work = work
        self._hub = hub
        self._duty = duty
        self._clock = clock
        self._secure = secure_cookies

    def routes(self) -> list[web.AbstractRouteDef]:
        """What the desk serves."""
        api = "/desk/api"
        return [
            web.get("/desk", self._page),
            web.static("/static/desk", PAGES),
            web.post(f"{api}/sign-in", self._sign_in),
            web.post(f"{api}/sign-out", self._sign_out),
            web.get(f"{api}/me", self._me),
            web.get(f"{api}/queue", self._queue),
            web.post(f"{api}/handoffs/{{id:[0-9]{{1,12}}}}/accept", self._accept),
            web.get(f"{api}/conversations/{{id:[0-9]{{1,12}}}}", self._conversation),
            web.post(f"{api}/conversations/{{id:[0-9]{{1,12}}}}/messages", self._say),
            web.post(f"{api}/conversations/{{id:[0-9]{{1,12}}}}/end", self._end),
            web.get(f"{api}/events", self._events),
        ]

    async def _page(self, _request: web.Request) -> web.Response:
        return web.Response(text=self._index, content_type="text/html")

    async def _sign_in(self, request: web.Request) -> web.Response:
        require_proof(request)
        body = await read_object(request)
        login, password = text_field(body, "login", 40), body.get("password")
        if not isinstance(password, str) or not login or len(password) > 200:
            raise BadRequest("请填写账号和密码。")
        agent, token = await self._agents.sign_in(login, password, self._clock())
        response = web.json_response(_agent(agent))
        response.set_cookie(
            COOKIE,
            token,
            max_age=int(SESSION.total_seconds()),
            path="/desk",
            httponly=True,
            samesite="Strict",
            secure=self._secure,
        )
        return response

    async def _sign_out(self, request: web.Request) -> web.Response:
        require_proof(request)
        await self._agents.sign_out(request.cookies.get(COOKIE, ""))
        response = web.json_response({})
        response.del_cookie(COOKIE, path="/desk")
        return response

    async def _me(self, request: web.Request) -> web.Response:
        return web.json_response(_agent(await self._door.agent(request)))

    async def _queue(self, request: web.Request) -> web.Response:
        return web.json_response(await self._work.queue(await self._door.agent(request)))

    async def _accept(self, request: web.Request) -> web.Response:
        agent = await self._door.agent(request)
        conversation = await self._work.accept(agent, _id(request))
        return web.json_response({"conversation": conversation})

    async def _conversation(self, request: web.Request) -> web.Response:
        agent = await self._door.agent(request)
        return web.json_response(await self._work.conversation(agent, _id(request)))

    async def _say(self, request: web.Request) -> web.Response:
        agent = await self._door.agent(request)
        body = await read_object(request)
        text = text_field(body, "text", _MAX_TEXT)
        if not text:
            raise BadRequest("没有收到内容，请写点什么再发送。")
        message_id = text_field(body, "id", 64) or str(uuid.uuid4())
        message = await self._work.say(agent, _id(request), text, message_id)
        return web.json_response(wire.line(message))

    async def _end(self, request: web.Request) -> web.Response:
        agent = await self._door.agent(request)
        await self._work.end(agent, _id(request))
        return web.json_response({})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        agent = await self._door.agent(request)
        self._duty.present += 1
        self._hub.ring(QUEUE)
        try:
            with self._hub.listen(QUEUE) as news:
                async with sse_response(request) as stream:
                    await self._stream(stream, request, agent, news)
        finally:
            self._duty.present -= 1
            self._hub.ring(QUEUE)
        return stream

    async def _stream(
        self, stream: EventSourceResponse, request: web.Request, agent: Agent, news: News
    ) -> None:
        """The queue and this agent's messages at each ring, while the session lasts."""
        reached: int | None = None
        while stream.is_connected() and await self._door.known(request):
            fresh, reached = await self._work.news(agent, reached)
            await stream.send(wire.compact(await self._work.queue(agent)), event="queue")
            for conversation, message in fresh:
                event = {"conversation": conversation, "message": wire.line(message)}
                await stream.send(wire.compact(event), id=str(message.id), event="message")
            if not await news.comes(_REFRESH_S):
                break


def _id(request: web.Request) -> int:
    return int(request.match_info["id"])


def _agent(agent: Agent) -> Json:
    roles = sorted(agent.roles)
    reads = not agent.roles.isdisjoint(READERS)
    return {
        "agent": {"login": agent.login, "name": agent.name, "roles": roles, "complaints": reads}
    }
