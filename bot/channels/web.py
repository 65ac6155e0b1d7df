"""The web chat: `/` and the JSON API that its page, and any other client, speaks."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import time
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path

from aiohttp import web
from aiohttp_sse import EventSourceResponse, sse_response
from sqlalchemy import Connection

from actions.database import Database
from actions.floor import Floor
from bot import wire
from bot.board import Board
from bot.conversations import Conversation, ConversationStore
from bot.errors import BadRequest, RateLimited, UnknownConversation
from bot.http import read_object, render, text_field
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
        self._index = render(PAGES / "chat/index.html", {**page, "elder": False})
        self._elders = render(PAGES / "chat/index.html", {**page, "elder": True})

    def routes(self) -> list[web.AbstractRouteDef]:
        """What the public listener serves."""
        return [
            web.get("/", self._page),
            web.get("/elder", self._elder_page),
            web.static("/static/chat", PAGES / "chat"),
            web.post("/api/messages", self._messages),
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
        is_new = not secret
        secret = secret or secrets.token_urlsafe(24)
        # A button's title may come along as text; what counts is what the button carries.
        person = self._known.number(text_field(body, "customer", 80))
        text = "" if payload else text
        turn = Turn(_address(secret), message_id, self._clock(), text, payload, person)
        heard = await self._switchboard.hear(turn, is_new=is_new)
        return web.json_response(wire.answer(secret, heard))

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
        transcript = await self._database.read(
            lambda tx: self._transcripts.transcript(tx, conversation.id)
        )
        return web.json_response(
            {
                "conversation": request.query["conversation"],
                "mode": conversation.mode,
                "elder": conversation.elder,
                "messages": [wire.line(message) for message in transcript],
            }
        )

    async def _conversation(self, secret: str) -> Conversation:
        address = _address(secret)
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


def _address(secret: str) -> Address:
    return Address("web", hashlib.sha256(secret.encode()).hexdigest())
