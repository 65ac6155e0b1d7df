"""Alive, able to answer, and how much is going on: for load balancers and Prometheus."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable

from aiohttp import web
from sqlalchemy import text

from actions.database import Database
from actions.errors import XiaobaoError
from actions.handoff import HandoffDesk
from actions.reminder_ledger import given_up
from bot.metrics import Metrics
from bot.switchboard import Duty
from bot.understanding import Understanding
from knowledge.search import KnowledgeBase


class Health:
    """For load balancers and Prometheus."""

    def __init__(
        self,
        database: Database,
        base: KnowledgeBase,
        nlu: Understanding,
        desk: HandoffDesk,
        duty: Duty,
        metrics: Metrics,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._database = database
        self._base = base
        self._nlu = nlu
        self._desk = desk
        self._duty = duty
        self._metrics = metrics
        self._clock = clock

    def routes(self) -> list[web.AbstractRouteDef]:
        """Alive, ready, metrics."""
        return [
            web.get("/healthz", self._alive),
            web.get("/readyz", self._ready),
            web.get("/metrics", self._show_metrics),
            web.get("/favicon.ico", self._no_icon),
        ]

    async def _alive(self, _request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def _no_icon(self, _request: web.Request) -> web.Response:
        return web.Response(status=204)

    async def _ready(self, _request: web.Request) -> web.Response:
        """Able to answer; without Rasa it is, by rules and search, and says so."""
        articles = len(self._base.in_force())
        database, nlu = await asyncio.gather(self._database_state(), self._nlu_state())
        parts = {
            "database": database,
            "rasa": nlu,
            "knowledge": "ok" if articles else "no article is approved and in force",
        }
        ready = parts["database"] == "ok" and articles > 0
        return web.json_response({"ready": ready, "parts": parts}, status=200 if ready else 503)

    async def _database_state(self) -> str:
        try:
            await self._database.read(lambda tx: tx.execute(text("SELECT 1")).scalar())
        except XiaobaoError as error:
            return str(error)
        return "ok"

    async def _nlu_state(self) -> str:
        try:
            await self._nlu.understand("你好")
        except XiaobaoError as error:
            return f"answering by rules: {error}"
        return "ok"

    async def _show_metrics(self, _request: web.Request) -> web.Response:
        self._metrics.waiting.set(len(await self._database.read(self._desk.waiting)))
        now = self._clock()
        lost = await self._database.read(lambda tx: given_up(tx, now))
        self._metrics.reminders_given_up.set(sum(one.number for one in lost))
        self._metrics.on_duty.set(self._duty.present)
        return web.Response(body=self._metrics.render(), content_type="text/plain", charset="utf-8")
