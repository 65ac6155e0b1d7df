"""The desk's live events: the queue, one's own customers and their messages, and who types."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable

from aiohttp import web
from aiohttp_sse import EventSourceResponse, sse_response
from sqlalchemy import Connection

from actions import presence
from actions.agents import Agent
from actions.database import Database
from bot import wire
from bot.board import Board
from bot.desk.access import AT_THE_DESK
from bot.desk.door import Door
from bot.desk.views import DeskViews
from bot.desk.work import OVERSEERS
from bot.hub import (
    DESK,
    LIVE,
    QUEUE,
    Hub,
    News,
    agent_topic,
    conversation_topic,
    typing_topic,
)
from bot.transcripts import Transcripts
from bot.turn import Json

_BEAT_S = presence.BEAT.total_seconds()


class DeskEvents:
    """One stream for each open desk. While it is open, the agent is present."""

    def __init__(
        self,
        database: Database,
        door: Door,
        board: Board,
        views: DeskViews,
        transcripts: Transcripts,
        hub: Hub,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._database = database
        self._door = door
        self._board = board
        self._views = views
        self._transcripts = transcripts
        self._hub = hub
        self._clock = clock
        self._written: tuple[object, str, str] = (None, "", "")

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer `GET /desk/api/events`."""
        agent = await self._door.agent(request, *AT_THE_DESK)
        with self._hub.listen(DESK) as news:
            async with sse_response(request) as stream:
                await self._stream(stream, request, agent, news)
        return stream

    async def _stream(
        self, stream: EventSourceResponse, request: web.Request, agent: Agent, news: News
    ) -> None:
        """What is new at each ring, while the session lasts."""
        status = await self._beat(agent)
        self._hub.ring(QUEUE)
        await self._board.look()
        page = _Page(agent, stream, news)
        rung = page.topics()
        loop = asyncio.get_running_loop()
        beat_at = loop.time()
        while stream.is_connected():
            await self._show(page, rung, status)
            if not await news.comes(_BEAT_S):
                break
            rung = news.heard()
            if loop.time() - beat_at >= _BEAT_S:
                if not await self._door.known(request):
                    break
                status, beat_at = await self._beat(agent), loop.time()
                rung.add(agent_topic(agent.id))

    async def _beat(self, agent: Agent) -> presence.Status:
        now = self._clock()
        return await self._database.write(lambda tx: presence.beat(tx, agent.id, now))

    async def _show(self, page: _Page, rung: set[str], status: presence.Status) -> None:
        """Send what has changed."""
        queue, others = self._shared()
        if DESK in rung:
            await page.stream.send(queue, event="queue")
        if LIVE in rung and OVERSEERS & page.agent.roles:
            await page.stream.send(others, event="live")
        own = agent_topic(page.agent.id)
        if own in rung:
            page.mine = [one.conversation for one in self._board.wall.of(page.agent.id)]
            page.follow()
        if own in rung or any(conversation_topic(id_) in rung for id_ in page.mine):
            fresh, page.reached = await self._since(page.mine, page.reached)
            for conversation, line in fresh:
                news = {"conversation": conversation, "message": line}
                await page.stream.send(wire.compact(news), id=str(line["id"]), event="message")
        if own in rung:
            mine = {"mine": await self._views.mine(page.agent), "status": status}
            await page.stream.send(wire.compact(mine), event="mine")
        for id_ in page.mine:
            if typing_topic(id_, agent=False) in rung:
                await page.stream.send(wire.compact({"conversation": id_}), event="typing")

    def _shared(self) -> tuple[str, str]:
        """The queue, and what supervisors see besides, written once for every desk."""
        wall = self._board.wall
        if self._written[0] is not wall:
            self._written = (wall, wire.compact(wall.queue()), wire.compact(wall.others()))
        return self._written[1:]

    async def _since(
        self, mine: list[int], after: int | None
    ) -> tuple[list[tuple[int, Json]], int]:
        """Messages after row `after` in these conversations, and the row reached."""

        def look(tx: Connection) -> tuple[list[tuple[int, Json]], int]:
            if after is None:
                return [], self._transcripts.newest(tx)
            fresh = self._transcripts.since(tx, mine, after) if mine else []
            owners = (conversation for conversation, _ in fresh)
            lines = list(zip(owners, self._views.lines(tx, fresh), strict=True))
            return lines, max([after, *(message.id for _, message in fresh)])

        return await self._database.read(look)


class _Page:
    """One open desk, and what it has been shown."""

    def __init__(self, agent: Agent, stream: EventSourceResponse, news: News) -> None:
        self.agent = agent
        self.stream = stream
        self.reached: int | None = None
        """The row of the newest message that it has."""
        self.mine: list[int] = []
        self._news = news
        self.follow()

    def topics(self) -> set[str]:
        """What it listens to."""
        talk = {conversation_topic(id_) for id_ in self.mine}
        typing = {typing_topic(id_, agent=False) for id_ in self.mine}
        return {DESK, LIVE, agent_topic(self.agent.id), *talk, *typing}

    def follow(self) -> None:
        """Hear of the board and of this agent's customers."""
        self._news.follow(self.topics())
