"""数据: how well customers reach a human, at `/desk/figures` and for Prometheus."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import asdict

from aiohttp import web

from actions import figures
from actions.database import Database
from actions.figures import Contact, Figures
from bot.desk.access import FIGURE_READERS
from bot.desk.charts import Series, bars
from bot.desk.door import Door
from bot.desk.routes import PAGES
from bot.errors import BadRequest
from bot.http import render
from bot.service import Service
from bot.turn import Json

ELDERS, OTHERS = "elders", "others"
_LABELS = {ELDERS: "长辈", OTHERS: "其他客户"}
_COLOURS = {ELDERS: "#5b2a91", OTHERS: "#1d8a73"}
_PERIODS = (7, 30, 90)
_CHARTS: dict[str, tuple[str, str, Callable[[Figures], float | None]]] = {
    "wait": ("95% 的客户等待不超过（秒）", "", lambda one: one.wait_p95_s),
    "service": ("15 秒内接入的比例", "%", lambda one: _percent(one.service_level)),
    "left": ("自己离开的比例", "%", lambda one: _percent(one.left)),
}


class FiguresDesk:
    """For supervisors, auditors and administrators."""

    def __init__(
        self,
        database: Database,
        door: Door,
        service: Service,
        clock: Callable[[], dt.datetime],
        zone: dt.tzinfo,
        bank_name: str,
    ) -> None:
        self._database = database
        self._door = door
        self._service = service
        self._clock = clock
        self._zone = zone
        self._index = render(PAGES / "figures.html", {"bank_name": bank_name})

    def routes(self) -> list[web.AbstractRouteDef]:
        """The page, its figures and its charts."""
        return [
            web.get("/desk/figures", self._page),
            web.get("/desk/api/figures", self._figures),
            web.get("/desk/figures/{name:[a-z]+}.svg", self._chart),
        ]

    async def of(self, since: dt.timedelta) -> dict[str, Figures]:
        """The figures of each group, of the time until now."""
        now = self._clock()
        contacts = await self._contacts(now - since, now)
        return {group: self._summary(contacts, group) for group in (ELDERS, OTHERS)}

    async def _contacts(self, since: dt.datetime, until: dt.datetime) -> list[Contact]:
        return await self._database.read(lambda tx: figures.read(tx, since, until))

    def _summary(self, contacts: list[Contact], group: str | None) -> Figures:
        chosen = [one for one in contacts if group is None or one.elder is (group == ELDERS)]
        best = self._service.levels[0][1]
        return figures.summarise(chosen, self._service.resolved, best, self._clock())

    async def _page(self, _request: web.Request) -> web.Response:
        return web.Response(text=self._index, content_type="text/html")

    async def _allowed(self, request: web.Request) -> int:
        """For how many days. Raises NotAllowed, BadRequest."""
        await self._door.agent(request, *FIGURE_READERS)
        days = request.query.get("days", str(_PERIODS[0]))
        if days not in set(map(str, _PERIODS)):
            raise BadRequest("days 要是 7、30 或 90。")
        return int(days)

    async def _figures(self, request: web.Request) -> web.Response:
        days = await self._allowed(request)
        now = self._clock()
        contacts = await self._contacts(self._midnight(now, days), now)
        groups: Json = {group: asdict(self._summary(contacts, group)) for group in (ELDERS, OTHERS)}
        return web.json_response(
            {"days": days, **groups, "all": asdict(self._summary(contacts, None))}
        )

    async def _chart(self, request: web.Request) -> web.Response:
        days = await self._allowed(request)
        if request.match_info["name"] not in _CHARTS:
            raise web.HTTPNotFound
        title, unit, value = _CHARTS[request.match_info["name"]]
        now = self._clock()
        begin = self._midnight(now, days)
        contacts = await self._contacts(begin, now)
        step = 1 if days <= 30 else 7
        starts = [begin + dt.timedelta(days=place) for place in range(0, days, step)]
        series = [
            Series(
                _LABELS[group],
                _COLOURS[group],
                [value(self._summary(_within(contacts, start, step), group)) for start in starts],
            )
            for group in (ELDERS, OTHERS)
        ]
        labels = [f"{start.month}/{start.day}" for start in starts]
        svg = bars(title, unit, labels, series)
        return web.Response(
            text=svg, content_type="image/svg+xml", headers={"Cache-Control": "no-store"}
        )

    def _midnight(self, now: dt.datetime, days: int) -> dt.datetime:
        """The beginning of the first of the last `days` days, where the bank is."""
        today = now.astimezone(self._zone).date()
        return dt.datetime.combine(today - dt.timedelta(days=days - 1), dt.time(), self._zone)


def _within(contacts: list[Contact], start: dt.datetime, days: int) -> list[Contact]:
    end = start + dt.timedelta(days=days)
    return [one for one in contacts if start <= one.requested < end]


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)
