"""The 知识 page over HTTP: `/desk/knowledge` and its JSON API."""

from __future__ import annotations

from aiohttp import web

from bot.desk.door import Door
from bot.desk.knowledge import KnowledgeWork
from bot.desk.routes import PAGES
from bot.errors import BadRequest
from bot.http import read_object, render
from bot.turn import Json
from knowledge.drafts import Draft

_MOST_IDS = 1_000


class KnowledgeRoutes:
    """Signed-in agents only, but for the page itself."""

    def __init__(self, door: Door, work: KnowledgeWork, bank_name: str) -> None:
        self._door = door
        self._work = work
        self._index = render(PAGES / "knowledge.html", {"bank_name": bank_name})

    def routes(self) -> list[web.AbstractRouteDef]:
        """What the page and its API serve."""
        api = "/desk/api/knowledge"
        draft = f"{api}/drafts/{{id:[a-z0-9-]{{1,40}}}}"
        return [
            web.get("/desk/knowledge", self._page),
            web.get(api, self._overview),
            web.post(f"{api}/settle", self._settle),
            web.post(f"{api}/drafts", self._begin),
            web.get(draft, self._draft),
            web.post(draft, self._save),
            web.post(f"{draft}/remove", self._remove),
        ]

    async def _page(self, _request: web.Request) -> web.Response:
        return web.Response(text=self._index, content_type="text/html")

    async def _overview(self, request: web.Request) -> web.Response:
        await self._door.agent(request)
        return web.json_response(await self._work.overview())

    async def _settle(self, request: web.Request) -> web.Response:
        agent = await self._door.agent(request)
        await self._work.settle(agent, _ids(await read_object(request)))
        return web.json_response({})

    async def _begin(self, request: web.Request) -> web.Response:
        agent = await self._door.agent(request)
        draft = await self._work.begin(agent, _ids(await read_object(request)))
        return web.json_response(_shown(draft))

    async def _draft(self, request: web.Request) -> web.Response:
        await self._door.agent(request)
        return web.json_response(_shown(self._work.draft(request.match_info["id"])))

    async def _save(self, request: web.Request) -> web.Response:
        agent = await self._door.agent(request)
        text = (await read_object(request)).get("text")
        if not isinstance(text, str):
            raise BadRequest("没有收到草稿的文字（text）。")
        return web.json_response(
            _shown(await self._work.save(agent, request.match_info["id"], text))
        )

    async def _remove(self, request: web.Request) -> web.Response:
        agent = await self._door.agent(request)
        await self._work.remove(agent, request.match_info["id"])
        return web.json_response({})


def _ids(body: Json) -> list[int]:
    """The questions' numbers. Raises BadRequest."""
    ids = body.get("ids")
    if isinstance(ids, list) and 0 < len(ids) <= _MOST_IDS:
        numbers = [id_ for id_ in ids if type(id_) is int and 0 < id_ < 2**62]
        if len(numbers) == len(ids):
            return numbers
    raise BadRequest("ids 要是问题编号的列表，例如 [1, 2]。")


def _shown(draft: Draft) -> Json:
    return {
        "id": draft.id,
        "title": draft.title,
        "text": draft.text,
        "remarks": list(draft.remarks),
    }
