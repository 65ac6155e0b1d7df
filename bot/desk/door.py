"""Who may use the desk's API: signed-in agents, and only from our own pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from aiohttp import web

from actions.agents import Agent, Agents
from actions.errors import NotAllowed
from actions.roles import ROLE_LABELS, Role

COOKIE = "desk_session"
_PROOF = "X-Desk"
"""A header that only our own page sends: a form on another site cannot set it (CSRF)."""


class Door:
    """Asked at every request."""

    def __init__(self, agents: Agents, clock: Callable[[], dt.datetime]) -> None:
        self._agents = agents
        self._clock = clock

    async def agent(self, request: web.Request, *roles: Role) -> Agent:
        """Who asks, with at least one of `roles` where any are given.

        Raises NotAllowed: signed_out, forbidden.
        """
        if request.method != "GET":
            require_proof(request)
        agent = await self.known(request)
        if agent is None:
            raise NotAllowed("signed_out", "您已退出登录，请重新登录。")
        if roles and agent.roles.isdisjoint(roles):
            wanted = "、".join(label for role, label in ROLE_LABELS.items() if role in roles)
            raise NotAllowed("forbidden", f"这一步需要这些角色之一：{wanted}。请找管理员开通。")
        return agent

    async def known(self, request: web.Request) -> Agent | None:
        """Who asks; None where the session has ended."""
        token = request.cookies.get(COOKIE, "")
        return await self._agents.by_session(token, self._clock()) if token else None


def require_proof(request: web.Request) -> None:
    """Raise NotAllowed where the request does not come from a page of ours."""
    if request.headers.get(_PROOF) != "1":
        raise NotAllowed("forbidden", f"请求缺少 {_PROOF}: 1 这个请求头。")
