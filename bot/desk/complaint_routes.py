"""The officers' page over HTTP: `/desk/complaints` and its JSON API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

from aiohttp import web

from actions.agents import Agent
from actions.classification import Axis, Classification
from actions.complaints import Coding, Step
from actions.errors import NotAllowed
from actions.roles import Role
from actions.steps import Move
from bot.desk import complaint_intake
from bot.desk.access import COMPLAINT_READERS
from bot.desk.complaint_export import ComplaintExport
from bot.desk.complaint_file import ComplaintFile
from bot.desk.complaint_steps import ComplaintSteps, actor
from bot.desk.complaints import Bank, ComplaintViews
from bot.desk.door import Door
from bot.desk.routes import PAGES
from bot.errors import BadField, BadRequest
from bot.http import printable, read_object, render, text_field
from bot.turn import Json

_MAX_TO = 120
_MAX_REASON = 1_000
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class ComplaintRoutes:
    """Whoever may read complaints; what else each may do, the parts themselves decide."""

    def __init__(
        self,
        door: Door,
        views: ComplaintViews,
        steps: ComplaintSteps,
        export: ComplaintExport,
        file: ComplaintFile,
        classification: Classification,
        bank: Bank,
    ) -> None:
        self._door = door
        self._views = views
        self._steps = steps
        self._export = export
        self._file = file
        self._classification = classification
        self._bank = bank
        self._index = render(PAGES / "complaints.html", {"bank_name": bank.name})

    def routes(self) -> list[web.AbstractRouteDef]:
        """What the page and its API serve."""
        api = "/desk/api/complaints"
        one = f"{api}/{{number:[0-9]{{13,16}}}}"
        return [
            web.get("/desk/complaints", self._page),
            web.get(api, self._found),
            web.post(api, self._receive),
            web.get(f"{api}/overview", self._overview),
            web.post(f"{api}/export", self._take_away),
            web.get(one, self._one),
            web.post(f"{one}/steps", self._step),
            web.post(f"{one}/reveal", self._reveal),
            web.post(f"{one}/file", self._print),
            web.post(f"{one}/attachments/{{id:[0-9a-f]{{32}}}}", self._attachment),
        ]

    async def _page(self, _request: web.Request) -> web.Response:
        return web.Response(text=self._index, content_type="text/html")

    async def _reader(self, request: web.Request) -> Agent:
        return await self._door.agent(request, *COMPLAINT_READERS)

    async def _overview(self, request: web.Request) -> web.Response:
        overview = await self._views.overview(await self._reader(request))
        return web.json_response(
            {**overview, "intake": complaint_intake.fields(self._bank.branches)}
        )

    async def _found(self, request: web.Request) -> web.Response:
        agent = await self._reader(request)
        return web.json_response(await self._views.found(agent, request.query))

    async def _one(self, request: web.Request) -> web.Response:
        agent = await self._reader(request)
        return web.json_response(await self._views.one(agent, _number(request)))

    async def _receive(self, request: web.Request) -> web.Response:
        agent = await self._door.agent(request, Role.OFFICER)
        written = complaint_intake.read(await read_object(request), self._bank.branches)
        complaint = await self._steps.receive(
            agent, written.draft, elder=written.elder, branch=written.branch
        )
        return web.json_response(await self._views.one(agent, complaint.number))

    async def _step(self, request: web.Request) -> web.Response:
        agent = await self._reader(request)
        body = await read_object(request)
        seen = body.get("seen")
        if type(seen) is not int:
            raise BadRequest("seen 要是打开投诉时时间线的条数，例如 3。")
        reached = await self._steps.take(_number(request), self._move(agent, body), seen)
        return web.json_response(
            {**await self._views.one(agent, _number(request)), "reached": reached}
        )

    def _move(self, agent: Agent, body: Json) -> Move:
        """The step that the form describes. Raises BadField, BadRequest."""
        name, why, owner = body.get("step"), body.get("why", ""), body.get("owner")
        if name not in set(Step):
            raise BadRequest("没有这个步骤，请刷新页面。")
        if not isinstance(why, str):
            raise BadField("why", "请填写文字。")
        if owner is not None and (type(owner) is not int or not 0 < owner < 2**31):
            raise BadField("owner", "请选择经办人。")
        to = text_field(body, "to", _MAX_TO)
        if name == Step.TRANSFER and to and to not in self._bank.branches:
            raise BadField("to", "没有这个机构，请重新选择。")
        return Move(Step(name), actor(agent), printable(why), to, owner, self._coding(body))

    def _coding(self, body: Json) -> Coding | None:
        value: Any = body.get("coding")
        if value is None:
            return None
        if not isinstance(value, dict):
            raise BadField("coding", "请选择渠道、业务和原因。")
        try:
            return self._classification.coding(*(str(value.get(axis, "")) for axis in Axis))
        except NotAllowed as error:
            raise BadField("coding", str(error)) from error

    async def _attachment(self, request: web.Request) -> web.Response:
        agent = await self._reader(request)
        reason = text_field(await read_object(request), "reason", _MAX_REASON)
        one, content = await self._views.attachment(
            agent, _number(request), request.match_info["id"], reason
        )
        return web.Response(
            body=content, content_type="application/octet-stream", headers=_attached(one.id)
        )

    async def _reveal(self, request: web.Request) -> web.Response:
        agent = await self._reader(request)
        reason = text_field(await read_object(request), "reason", _MAX_REASON)
        return web.json_response(await self._views.reveal(agent, _number(request), reason))

    async def _print(self, request: web.Request) -> web.Response:
        agent = await self._reader(request)
        reason = text_field(await read_object(request), "reason", _MAX_REASON)
        number = _number(request)
        pdf = await self._file.make(agent, number, reason)
        return web.Response(
            body=pdf, content_type="application/pdf", headers=_attached(f"{number}.pdf")
        )

    async def _take_away(self, request: web.Request) -> web.StreamResponse:
        agent = await self._reader(request)
        body = await read_object(request)
        format_ = text_field(body, "format", 8)
        if format_ not in _TYPES:
            raise BadField("format", "请选择 xlsx 或 csv。")
        reason = text_field(body, "reason", _MAX_REASON)
        wanted = await self._export.prepare(agent, body, reason)
        make: Callable[..., AsyncIterator[bytes]] = (
            self._export.csv if format_ == "csv" else self._export.xlsx
        )
        response = web.StreamResponse(
            headers={"Content-Type": _TYPES[format_], **_attached(f"complaints.{format_}")}
        )
        await response.prepare(request)
        async for chunk in make(agent, wanted, clear=bool(reason)):
            await response.write(chunk)
        await response.write_eof()
        return response


def _number(request: web.Request) -> str:
    return request.match_info["number"]


def _attached(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
