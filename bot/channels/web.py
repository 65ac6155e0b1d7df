"""The web chat: `/` and the JSON API that its page, and any other client, speaks."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import secrets
import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp_sse import EventSourceResponse, sse_response
from sqlalchemy import Connection

from actions.attachments import Attachments
from actions.database import Database
from actions.errors import NotAllowed
from actions.floor import Floor
from actions.uploads import MAX_BYTES, check
from bot import wire
from bot.board import Board
from bot.conversations import Conversation, ConversationStore
from bot.errors import BadRequest, RateLimited, UnknownConversation
from bot.http import read_form, read_object, render, text_field
from bot.hub import Hub, News, conversation_topic, place_topic, typing_topic
from bot.known import KnownCustomers
from bot.limits import RateLimit
from bot.switchboard import Switchboard
from bot.transcripts import Transcripts
from bot.turn import Address, Json, Message, Mode, Turn
from bot.wish import wants_human

PAGES = Path(__file__).parent.parent / "pages"
MAX_TEXT = 2_000
"""Characters in one message."""
_PAYLOAD_BYTES = 64
_REFRESH_S = 15
"""How often a waiting customer's place is read again, also without news."""


class WebChannel:
    """A conversation is known by a secret that only its customer has; we keep its digest."""

    name = "web"

    def __init__(
        self,
        switchboard: Switchboard,
        database: Database,
        store: ConversationStore,
        transcripts: Transcripts,
        floor: Floor,
        board: Board,
        hub: Hub,
        limit: RateLimit,
        known: KnownCustomers,
        clock: Callable[[], dt.datetime],
        page: dict[str, object],
        attachments: Attachments,
    ) -> None:
        """`page`: what the page's template needs to know."""
        self._switchboard = switchboard
        self._database = database
        self._store = store
        self._transcripts = transcripts
        self._floor = floor
        self._board = board
        self._hub = hub
        self._limit = limit
        self._known = known
        self._clock = clock
        self._attachments = attachments
        self._index = render(PAGES / "chat/index.html", {**page, "elder": False})
        self._elders = render(PAGES / "chat/index.html", {**page, "elder": True})

    def routes(self) -> list[web.AbstractRouteDef]:
        """What the public listener serves."""
        return [
            web.get("/", self._page),
            web.get("/elder", self._elder_page),
            web.static("/static/chat", PAGES / "chat"),
            web.post("/api/messages", self._messages),
            web.post("/api/attachments", self._attach),
            web.get("/api/attachments/{id}", self._attachment),
            web.get("/api/history", self._history),
            web.get("/api/events", self._events),
            web.post("/api/typing", self._typing),
        ]

    async def _page(self, _request: web.Request) -> web.Response:
        return web.Response(text=self._index, content_type="text/html")

    async def _elder_page(self, _request: web.Request) -> web.Response:
        """The same page, large from the beginning: for posters and text messages."""
        return web.Response(text=self._elders, content_type="text/html")

    async def _typing(self, request: web.Request) -> web.Response:
        """The customer writes: the agent who has the conversation sees it."""
        if self._limit.wait(f"typing {request.remote}", time.monotonic()):
            return web.json_response({})
        secret = text_field(await read_object(request), "conversation", 64)
        conversation = await self._conversation(secret)
        self._hub.ring(typing_topic(conversation.id, agent=False))
        return web.json_response({})

    async def _messages(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        secret = text_field(body, "conversation", 64)
        text = text_field(body, "text", MAX_TEXT)
        payload = text_field(body, "payload", _PAYLOAD_BYTES)
        message_id = text_field(body, "id", 64) or str(uuid.uuid4())
        if not text and not payload:
            raise BadRequest("没有收到内容，请写点什么再发送（text 或 payload）。")
        if payload and (not payload.startswith("/") or len(payload.encode()) > _PAYLOAD_BYTES):
            raise BadRequest("payload 要以 / 开头，最多 64 字节，例如 /human。")
        self._check_rate(request, text, payload)
        # A button's title may come along as text; what counts is what the button carries.
        said = "" if payload else text
        person = await self._person(text_field(body, "customer", 80))
        answer = await self._hear(secret, message_id, text=said, payload=payload, person=person)
        return web.json_response(answer)

    async def _person(self, token: str) -> str:
        """Whom the bank's app names; "" where it names nobody."""
        if not token:
            return ""
        return await self._database.read(lambda tx: self._known.number(tx, token))

    async def _hear(self, secret: str, message_id: str, **said: Any) -> Json:
        """The answer to one turn; without a `secret` it begins a conversation."""
        known = secret or secrets.token_urlsafe(24)
        turn = Turn(web_address(known), message_id, self._clock(), **said)
        heard = await self._switchboard.hear(turn, is_new=not secret)
        return wire.answer(known, heard)

    async def _attach(self, request: web.Request) -> web.Response:
        """One file as a turn; the same `id` again is the same turn."""
        self._check_rate(request, "", "")
        form = await read_form(request, MAX_BYTES)
        secret = text_field(form.fields, "conversation", 64)
        message_id = text_field(form.fields, "id", 64) or str(uuid.uuid4())
        upload = await asyncio.to_thread(check, form.name, form.content)
        answer = await self._hear(secret, message_id, uploads=(upload,))
        address = web_address(answer["conversation"])
        brought = await self._database.read(lambda tx: self._brought(tx, address, message_id))
        return web.json_response({**answer, "attachments": brought})

    def _brought(self, tx: Connection, address: Address, message_id: str) -> list[Json]:
        """The files that came with a message."""
        found = self._store.find(tx, address, message_id)
        sent = self._attachments.sent_in(tx, found[0].id) if found else []
        return [wire.attachment(one) for one in sent if found and one.message == found[1]]

    async def _attachment(self, request: web.Request) -> web.Response:
        """A file, for the customer who sent it."""
        conversation = await self._conversation(request.query.get("conversation", ""))
        sent = await self._database.read(lambda tx: self._attachments.sent_in(tx, conversation.id))
        wanted = [one for one in sent if one.id == request.match_info["id"]]
        if not wanted:
            raise NotAllowed("not_found", "没有这个附件。")
        content = await asyncio.to_thread(self._attachments.open, wanted[0].id)
        return web.Response(
            body=content,
            content_type=wanted[0].media_type,
            headers={"Cache-Control": "private, max-age=3600"},
        )

    def _check_rate(self, request: web.Request, text: str, payload: str) -> None:
        if payload == "/human" or wants_human(text):
            return
        seconds = self._limit.wait(request.remote or "", time.monotonic())
        if seconds:
            raise RateLimited(
                f"您发得太快了，请等 {seconds} 秒再发。要找真人随时可以点“转人工”。", seconds
            )

    async def _history(self, request: web.Request) -> web.Response:
        conversation = await self._conversation(request.query.get("conversation", ""))
        transcript, sent = await self._database.read(
            lambda tx: (
                self._transcripts.transcript(tx, conversation.id),
                self._attachments.sent_in(tx, conversation.id),
            )
        )
        files = defaultdict(list)
        for one in sent:
            files[one.message].append(wire.attachment(one))
        return web.json_response(
            {
                "conversation": request.query["conversation"],
                "mode": conversation.mode,
                "elder": conversation.elder,
                "messages": [
                    {**wire.line(message), "attachments": files[message.id]}
                    for message in transcript
                ],
            }
        )

    async def _conversation(self, secret: str) -> Conversation:
        address = web_address(secret)
        found = await self._database.read(lambda tx: self._store.find(tx, address))
        if found is None:
            raise UnknownConversation("这次对话已经找不到了，请重新开始一次对话。")
        return found[0]

    async def _events(self, request: web.Request) -> web.StreamResponse:
        conversation = await self._conversation(request.query.get("conversation", ""))
        last = request.headers.get("Last-Event-ID", "")
        after = int(last) if last.isdecimal() and len(last) < 16 else None
        id_ = conversation.id
        topics = (conversation_topic(id_), place_topic(id_), typing_topic(id_, agent=True))
        with self._hub.listen(*topics) as news:
            async with sse_response(request) as stream:
                await self._stream(stream, id_, after, news)
        return stream

    async def _stream(
        self, stream: EventSourceResponse, id_: int, after: int | None, news: News
    ) -> None:
        """Send what is new at each ring, until the page goes away.

        A new place in the queue comes from the board; only talk is read from the database.
        """
        said: Json | None = None
        status: Json = {}
        rung = {conversation_topic(id_)}
        while stream.is_connected():
            if rung != {place_topic(id_)} and rung != {typing_topic(id_, agent=True)}:
                look = partial(self._news, id_=id_, after=after)
                fresh, status, after = await self._database.read(look)
                for message in fresh:
                    line = wire.compact(wire.line(message))
                    await stream.send(line, id=str(message.id), event="message")
            elif status["mode"] is Mode.WAITING:
                status = {**status, "handoff": wire.place(self._board.wall.places.get(id_))}
            if status != said:
                await stream.send(wire.compact(status), event="status")
                said = status
            if typing_topic(id_, agent=True) in rung and status["mode"] is Mode.HUMAN:
                await stream.send("{}", event="typing")
            if not await news.comes(_REFRESH_S):
                break
            rung = news.heard()

    def _news(self, tx: Connection, id_: int, after: int | None) -> tuple[list[Message], Json, int]:
        """What came by itself after row `after`, how things stand, and the row reached."""
        if after is None:
            after = self._transcripts.newest(tx)
        fresh = self._transcripts.later(tx, id_, after)
        return fresh, self._status(tx, id_), fresh[-1].id if fresh else after

    def _status(self, tx: Connection, id_: int) -> Json:
        conversation = self._store.fresh(tx, id_)
        waits, served = conversation.mode is Mode.WAITING, conversation.mode is Mode.HUMAN
        return {
            "mode": conversation.mode,
            "elder": conversation.elder,
            "agent": self._floor.agent_name(tx, id_) if served else None,
            "handoff": wire.place(self._floor.place(tx, id_, self._clock())) if waits else None,
        }


def web_address(secret: str) -> Address:
    """Of the conversation that has this secret."""
    return Address("web", hashlib.sha256(secret.encode()).hexdigest())
