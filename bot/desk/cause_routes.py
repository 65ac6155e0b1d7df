"""The 溯源整改 page over HTTP: `/desk/causes` and its JSON API."""

from __future__ import annotations

import datetime as dt

from aiohttp import web

from actions.classification import Axis, Classification
from actions.improvement import (
    LONGEST_CHANGE,
    LONGEST_TITLE,
    LONGEST_WHY,
    MOST_LINKED,
    WRITERS,
    Plan,
    Turn,
)
from actions.numbers import is_number
from bot.desk.access import COMPLAINT_READERS
from bot.desk.causes import CauseWork
from bot.desk.door import Door
from bot.desk.routes import PAGES
from bot.errors import BadRequest
from bot.http import read_object, render, text_field
from bot.turn import Json

_DAYS = ("7", "30", "90")


class CauseRoutes:
    """Those who handle complaints, and those who look on; the page itself is anybody's."""

    def __init__(
        self, door: Door, work: CauseWork, classification: Classification, bank_name: str
    ) -> None:
        self._door = door
        self._work = work
        self._causes = classification.paths[Axis.CAUSE]
        self._index = render(PAGES / "causes.html", {"bank_name": bank_name})

    def routes(self) -> list[web.AbstractRouteDef]:
        """What the page and its API serve."""
        one = "/desk/api/improvements/{id:[0-9]{1,12}}"
        return [
            web.get("/desk/causes", self._page),
            web.get("/desk/api/causes", self._overview),
            web.post("/desk/api/improvements", self._open),
            web.get(one, self._task),
            web.post(f"{one}/turns", self._move),
        ]

    async def _page(self, _request: web.Request) -> web.Response:
        return web.Response(text=self._index, content_type="text/html")

    async def _overview(self, request: web.Request) -> web.Response:
        agent = await self._door.agent(request, *COMPLAINT_READERS)
        days = request.query.get("days", "30")
        if days not in _DAYS:
            raise BadRequest("days 要是 7、30 或 90。")
        return web.json_response(await self._work.overview(agent, int(days)))

    async def _task(self, request: web.Request) -> web.Response:
        agent = await self._door.agent(request, *COMPLAINT_READERS)
        return web.json_response(await self._work.task(agent, int(request.match_info["id"])))

    async def _open(self, request: web.Request) -> web.Response:
        agent = await self._door.agent(request, *sorted(WRITERS))
        body = await read_object(request)
        plan = Plan(
            _written(
                body, "title", LONGEST_TITLE, "请写任务名称，例如：年费减免规则写进开卡告知。"
            ),
            _written(body, "change", LONGEST_CHANGE, "请写准备改什么、怎么改。"),
            _owner(body),
            _day(body),
            self._cause(body),
        )
        return web.json_response({"id": await self._work.open(agent, plan, _numbers(body))})

    async def _move(self, request: web.Request) -> web.Response:
        agent = await self._door.agent(request, *sorted(WRITERS))
        body = await read_object(request)
        name = body.get("turn")
        if not isinstance(name, str) or name not in set(Turn):
            raise BadRequest(f"turn 要是其中之一：{'、'.join(Turn)}。")
        due = _day(body) if body.get("due") else None
        why = text_field(body, "why", LONGEST_WHY)
        await self._work.move(agent, int(request.match_info["id"]), Turn(name), why, due)
        return web.json_response({})

    def _cause(self, body: Json) -> str:
        cause = body.get("cause")
        if not isinstance(cause, str) or cause not in self._causes:
            raise BadRequest("cause 要是原因分类里的一项。")
        return cause


def _written(body: Json, name: str, limit: int, missing: str) -> str:
    text = text_field(body, name, limit)
    if not text:
        raise BadRequest(missing)
    return text


def _owner(body: Json) -> int:
    owner = body.get("owner")
    if type(owner) is not int or not 0 < owner < 2**62:
        raise BadRequest("请选择负责人。")
    return owner


def _day(body: Json) -> dt.date:
    try:
        return dt.date.fromisoformat(str(body.get("due")))
    except ValueError as error:
        raise BadRequest("请填写完成期限，例如 2026-12-31。") from error


def _numbers(body: Json) -> list[str]:
    numbers = body.get("numbers")
    if isinstance(numbers, list) and 0 < len(numbers) <= MOST_LINKED:
        known = [one for one in numbers if isinstance(one, str) and is_number(one)]
        if len(known) == len(numbers):
            return list(dict.fromkeys(known))
    raise BadRequest(f"numbers 要是投诉编号的列表，一次最多 {MOST_LINKED} 件。")
