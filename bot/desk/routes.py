"""The desk over HTTP: `/desk` and its JSON API."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path

from aiohttp import web

from actions.agents import Agent
from actions.presence import Status
from actions.roles import Role
from bot import wire
from bot.desk.access import AT_THE_DESK
from bot.desk.attached import AttachedFiles
from bot.desk.calls import CallWork
from bot.desk.door import Door
from bot.desk.live import DeskEvents
from bot.desk.views import DeskViews
from bot.desk.work import DeskWork
from bot.errors import BadRequest
from bot.http import read_object, render, text_field
from bot.service import Service
from bot.turn import Json
from knowledge.search import KnowledgeBase

PAGES = Path(__file__).parent / "pages"
_MAX_TEXT = 4_000
_MAX_NOTE = 1_000
_ARTICLES = 6


class DeskRoutes:
    """Agents and supervisors only, but for the page itself."""

    def __init__(
        self,
        door: Door,
        work: DeskWork,
        calls: CallWork,
        views: DeskViews,
        events: DeskEvents,
        files: AttachedFiles,
        base: KnowledgeBase,
        service: Service,
        bank_name: str,
    ) -> None:
        self._index = render(PAGES / "index.html", {"bank_name": bank_name})
        self._door = door
        self._work = work
        self._calls = calls
        self._views = views
        self._events = events
        self._files = files
        self._base = base
        self._service = service

    def routes(self) -> list[web.AbstractRouteDef]:
        """What the desk serves."""
        api = "/desk/api"
        talk = f"{api}/conversations/{{id:[0-9]{{1,12}}}}"
        callback = f"{api}/callbacks/{{id:[0-9]{{1,12}}}}"
        return [
            web.get("/desk", self._page),
            web.static("/static/desk", PAGES),
            web.get(f"{api}/queue", self._queue),
            web.get(f"{api}/colleagues", self._colleagues),
            web.post(f"{api}/status", self._status),
            web.get(f"{api}/wordings", self._wordings),
            web.get(f"{api}/articles", self._articles),
            web.post(f"{api}/handoffs/{{id:[0-9]{{1,12}}}}/accept", self._accept),
            web.get(talk, self._conversation),
            web.get(f"{talk}/attachments/{{file:[0-9a-f]{{32}}}}", self._attachment),
            web.post(f"{talk}/messages", self._say),
            web.post(f"{talk}/typing", self._typing),
            web.post(f"{talk}/notes", self._note),
            web.post(f"{talk}/reveal", self._reveal),
            web.post(f"{talk}/transfer", self._transfer),
            web.post(f"{talk}/join", self._join),
            web.post(f"{talk}/take-over", self._take_over),
            web.post(f"{talk}/end", self._end),
            web.post(f"{callback}/reveal", self._reveal_contact),
            web.post(f"{callback}/answer", self._answer_in_chat),
            web.post(f"{callback}/done", self._called),
            web.get(f"{api}/events", self._events.serve),
        ]

    async def _agent(self, request: web.Request) -> Agent:
        return await self._door.agent(request, *AT_THE_DESK)

    async def _page(self, _request: web.Request) -> web.Response:
        return web.Response(text=self._index, content_type="text/html")

    async def _queue(self, request: web.Request) -> web.Response:
        return web.json_response(await self._views.queue(await self._agent(request)))

    async def _colleagues(self, request: web.Request) -> web.Response:
        return web.json_response(await self._views.colleagues(await self._agent(request)))

    async def _status(self, request: web.Request) -> web.Response:
        agent = await self._agent(request)
        code = text_field(await read_object(request), "status", 20)
        if code not in set(Status):
            raise BadRequest("status 要是 ready、busy 或 away。")
        await self._work.choose(agent, Status(code))
        return web.json_response({"status": code})

    async def _wordings(self, request: web.Request) -> web.Response:
        """What agents often say, and how a conversation can end."""
        await self._agent(request)
        return web.json_response(
            {
                "replies": [one.model_dump() for one in self._service.replies],
                "outcomes": [one.model_dump() for one in self._service.outcomes],
            }
        )

    async def _articles(self, request: web.Request) -> web.Response:
        """Articles in force that fit what the agent looks for."""
        await self._agent(request)
        wanted = request.query.get("q", "").strip()[:100]
        if not wanted:
            raise BadRequest("请写要找的内容，例如 q=挂失。")
        found = await asyncio.to_thread(self._base.answer, wanted, _ARTICLES)
        articles = [
            {"id": one.article.id, "title": one.article.title, "answer": one.article.answer.strip()}
            for one in found.matches
        ]
        return web.json_response({"articles": articles})

    async def _accept(self, request: web.Request) -> web.Response:
        agent = await self._agent(request)
        return _opened(await self._work.accept(agent, _id(request)))

    async def _conversation(self, request: web.Request) -> web.Response:
        agent = await self._agent(request)
        return web.json_response(await self._views.conversation(agent, _id(request)))

    async def _attachment(self, request: web.Request) -> web.Response:
        agent = await self._agent(request)
        shown = await self._files.open(agent, _id(request), request.match_info["file"])
        return web.Response(
            body=shown.content,
            content_type=shown.media_type,
            headers={
                "Cache-Control": "no-store",
                "Content-Disposition": "inline" if shown.inline else "attachment",
            },
        )

    async def _say(self, request: web.Request) -> web.Response:
        agent = await self._agent(request)
        body = await read_object(request)
        text = _words(body, _MAX_TEXT)
        message_id = text_field(body, "id", 64) or str(uuid.uuid4())
        message = await self._work.say(agent, _id(request), text, message_id)
        return web.json_response(wire.line(message))

    async def _typing(self, request: web.Request) -> web.Response:
        await self._work.typing(await self._agent(request), _id(request))
        return web.json_response({})

    async def _note(self, request: web.Request) -> web.Response:
        agent = await self._agent(request)
        text = _words(await read_object(request), _MAX_NOTE)
        await self._work.note(agent, _id(request), text)
        return web.json_response({})

    async def _reveal(self, request: web.Request) -> web.Response:
        agent = await self._agent(request)
        message = _number(await read_object(request), "message")
        return web.json_response({"text": await self._work.reveal(agent, _id(request), message)})

    async def _transfer(self, request: web.Request) -> web.Response:
        agent = await self._agent(request)
        body = await read_object(request)
        team = text_field(body, "team", 40)
        colleague = None if team else _number(body, "colleague")
        await self._work.transfer(agent, _id(request), colleague=colleague, team=team)
        return web.json_response({})

    async def _join(self, request: web.Request) -> web.Response:
        agent = await self._door.agent(request, Role.SUPERVISOR)
        await self._work.join(agent, _id(request))
        return _opened(_id(request))

    async def _take_over(self, request: web.Request) -> web.Response:
        agent = await self._door.agent(request, Role.SUPERVISOR)
        await self._work.take_over(agent, _id(request))
        return _opened(_id(request))

    async def _end(self, request: web.Request) -> web.Response:
        agent = await self._agent(request)
        outcome = text_field(await read_object(request), "outcome", 20)
        await self._work.end(agent, _id(request), outcome)
        return web.json_response({})

    async def _reveal_contact(self, request: web.Request) -> web.Response:
        agent = await self._agent(request)
        return web.json_response({"text": await self._calls.reveal(agent, _id(request))})

    async def _answer_in_chat(self, request: web.Request) -> web.Response:
        agent = await self._agent(request)
        return _opened(await self._calls.answer(agent, _id(request)))

    async def _called(self, request: web.Request) -> web.Response:
        await self._calls.done(await self._agent(request), _id(request))
        return web.json_response({})


def _opened(conversation: int) -> web.Response:
    return web.json_response({"conversation": conversation})


def _id(request: web.Request) -> int:
    return int(request.match_info["id"])


def _words(body: Json, limit: int) -> str:
    text = text_field(body, "text", limit)
    if not text:
        raise BadRequest("没有收到内容，请写点什么再发送。")
    return text


def _number(body: Json, name: str) -> int:
    value = body.get(name)
    if type(value) is not int or not 0 < value < 2**62:
        raise BadRequest(f"{name} 要是编号。")
    return value
