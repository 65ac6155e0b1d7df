"""Alive, able to answer, and how much is going on: for load balancers and Prometheus."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable

from aiohttp import web
from sqlalchemy import text

from actions import presence
from actions.database import Database
from actions.errors import XiaobaoError
from actions.outbox import Outbox
from actions.reminder_ledger import given_up
from bot.board import Board
from bot.desk.figures import FiguresDesk
from bot.metrics import Metrics
from bot.understanding import Understanding
from knowledge.search import KnowledgeBase


class Health:
    """For load balancers and Prometheus."""

    def __init__(
        self,
        database: Database,
        base: KnowledgeBase,
        nlu: Understanding,
        board: Board,
        figures: FiguresDesk,
        outbox: Outbox,
        clock: Callable[[], dt.datetime],
        metrics: Metrics,
    ) -> None:
        self._database = database
        self._base = base
        self._nlu = nlu
        self._board = board
        self._figures = figures
        self._outbox = outbox
        self._clock = clock
        self._metrics = metrics

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
        now = self._clock()
        on_duty, lost = await self._database.read(
            lambda tx: (presence.on_duty(tx, now), given_up(tx, now))
        )
        self._metrics.waiting.set(len((await self._board.look()).places))
        self._metrics.on_duty.set(on_duty)
        self._metrics.reminders_given_up.set(sum(one.number for one in lost))
        self._metrics.backlogs(await self._database.read(self._outbox.backlogs), now)
        for group, figures in (await self._figures.of(dt.timedelta(days=1))).items():
            self._metrics.service(group, figures)
        return web.Response(body=self._metrics.render(), content_type="text/plain", charset="utf-8")
