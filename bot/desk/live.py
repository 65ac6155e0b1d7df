"""The desk's live events: the queue, the messages of one's own customers, and who types."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable

from aiohttp import web
from aiohttp_sse import EventSourceResponse, sse_response
from sqlalchemy import Connection

from actions import presence
from actions.agents import Agent, Role
from actions.database import Database
from bot import wire
from bot.board import Board
from bot.desk.door import Door
from bot.desk.views import DeskViews
from bot.hub import DESK, QUEUE, Hub, News, conversation_topic, typing_topic
from bot.transcripts import Transcripts
from bot.turn import Json, Message


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

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer `GET /desk/api/events`."""
        agent = await self._door.agent(request, Role.AGENT, Role.SUPERVISOR)
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
        page = _Page(self, agent, stream)
        beat_at = asyncio.get_running_loop().time()
        while stream.is_connected():
            page.follow(news)
            await page.show(news.heard(), status)
            if not await news.comes(presence.BEAT.total_seconds()):
                break
            now = asyncio.get_running_loop().time()
            if now - beat_at >= presence.BEAT.total_seconds():
                if not await self._door.known(request):
                    break
                status, beat_at = await self._beat(agent), now

    async def _beat(self, agent: Agent) -> presence.Status:
        now = self._clock()
        return await self._database.write(lambda tx: presence.beat(tx, agent.id, now))

    def queue(self, agent: Agent, about: Json) -> Json:
        """The queue as this agent sees it now."""
        return self._views.shown(agent, about)

    async def about(self, agent: Agent) -> Json:
        """What the agent's customers said last."""
        return await self._views.of_mine(agent)

    def mine(self, agent: Agent) -> list[int]:
        """The conversations of this agent."""
        return [one.conversation for one in self._board.wall.of(agent.id)]

    async def since(
        self, mine: list[int], after: int | None
    ) -> tuple[list[tuple[int, Message]], int]:
        """Messages after row `after` in these conversations, and the row reached."""

        def look(tx: Connection) -> tuple[list[tuple[int, Message]], int]:
            if after is None:
                return [], self._transcripts.newest(tx)
            fresh = self._transcripts.since(tx, mine, after) if mine else []
            return fresh, max([after, *(message.id for _, message in fresh)])

        return await self._database.read(look)


class _Page:
    """What one open desk has been shown."""

    def __init__(self, events: DeskEvents, agent: Agent, stream: EventSourceResponse) -> None:
        self._events = events
        self._agent = agent
        self._stream = stream
        self._reached: int | None = None
        self._mine: list[int] = []
        self._about: Json = {"words": {}, "unread": {}}
        self._said = ""

    def follow(self, news: News) -> None:
        """Hear of the board and of this agent's customers."""
        mine = self._events.mine(self._agent)
        if mine != self._mine:
            self._mine = mine
            self._said = ""
        topics = [topic for id_ in mine for topic in _topics(id_)]
        news.follow([DESK, *topics])

    async def show(self, rung: set[str], status: presence.Status) -> None:
        """Send what has changed since the last time."""
        talk = {conversation_topic(id_) for id_ in self._mine}
        if self._reached is None or not self._said or rung & talk:
            fresh, self._reached = await self._events.since(self._mine, self._reached)
            self._about = await self._events.about(self._agent)
            for conversation, message in fresh:
                line = {"conversation": conversation, "message": wire.desk_line(message)}
                await self._stream.send(wire.compact(line), id=str(message.id), event="message")
        queue = {**self._events.queue(self._agent, self._about), "status": status}
        said = wire.compact(_without_ages(queue))
        if said != self._said:
            await self._stream.send(wire.compact(queue), event="queue")
            self._said = said
        for id_ in self._mine:
            if typing_topic(id_, agent=False) in rung:
                await self._stream.send(wire.compact({"conversation": id_}), event="typing")


def _topics(id_: int) -> tuple[str, str]:
    return conversation_topic(id_), typing_topic(id_, agent=False)


def _without_ages(queue: Json) -> Json:
    """The queue without what only grows: pages count seconds by themselves."""
    return {
        name: [{**row, "waiting_s": 0} for row in part] if isinstance(part, list) else part
        for name, part in queue.items()
    }
