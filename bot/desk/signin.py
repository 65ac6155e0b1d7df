"""Signing in and out at the desk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from aiohttp import web

from actions.agents import SESSION, Agent, Agents
from bot.desk.access import pages_of
from bot.desk.door import COOKIE, Door, require_proof
from bot.desk.work import DeskWork
from bot.errors import BadRequest
from bot.http import read_object, text_field
from bot.turn import Json


class SignInRoutes:
    """The only part of the desk's API that needs no session."""

    def __init__(
        self,
        agents: Agents,
        door: Door,
        work: DeskWork,
        clock: Callable[[], dt.datetime],
        *,
        secure_cookies: bool,
    ) -> None:
        self._agents = agents
        self._door = door
        self._work = work
        self._clock = clock
        self._secure = secure_cookies

    def routes(self) -> list[web.AbstractRouteDef]:
        """Sign in, sign out, and who it is."""
        api = "/desk/api"
        return [
            web.post(f"{api}/sign-in", self._sign_in),
            web.post(f"{api}/sign-out", self._sign_out),
            web.get(f"{api}/me", self._me),
        ]

    async def _sign_in(self, request: web.Request) -> web.Response:
        require_proof(request)
        body = await read_object(request)
        login, password = text_field(body, "login", 40), body.get("password")
        if not isinstance(password, str) or not login or len(password) > 200:
            raise BadRequest("请填写账号和密码。")
        agent, token = await self._agents.sign_in(login, password, self._clock())
        await self._work.arrive(agent)
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
        """Whom the agent still has goes back to the queue: nobody is left alone."""
        require_proof(request)
        agent = await self._door.known(request)
        if agent:
            await self._work.leave(agent)
        await self._agents.sign_out(request.cookies.get(COOKIE, ""))
        response = web.json_response({})
        response.del_cookie(COOKIE, path="/desk")
        return response

    async def _me(self, request: web.Request) -> web.Response:
        return web.json_response(_agent(await self._door.agent(request)))


def _agent(agent: Agent) -> Json:
    return {
        "agent": {
            "id": agent.id,
            "login": agent.login,
            "name": agent.name,
            "roles": sorted(agent.roles),
            "pages": pages_of(agent),
        }
    }
