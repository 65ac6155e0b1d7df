"""The board on the wall: who waits, read and written down once for all open pages.

With five hundred customers and twenty agents at open pages, every change would otherwise be read
five hundred times. Whom a change concerns is told, and nobody else.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from sqlalchemy import Connection

from actions.callbacks import Callback, Callbacks
from actions.database import Database
from actions.errors import XiaobaoError
from actions.floor import Floor, Handoff
from actions.queueing import QueuePlace
from bot.desk.rows import callback_row, request_row
from bot.hub import DESK, LIVE, QUEUE, Hub, agent_topic, place_topic
from bot.transcripts import Transcripts
from bot.turn import Json

logger = logging.getLogger(__name__)

SHOWN = 60
"""Waiting customers whom the desk lists; the others are counted."""
_POLL_S = 2.0
"""How often the board looks without a ring: other gateways change the queue too."""
_PAUSE_S = 0.1
"""Between two looks, so that a crowd is read together."""
_PLACES_EVERY = dt.timedelta(seconds=2)
"""How often customers are told a new place: one who is taken moves everybody behind."""


@dataclass(frozen=True, slots=True)
class Wall:
    """What the board shows."""

    at: dt.datetime
    waiting: Sequence[Handoff] = ()
    """The first of them."""
    places: Mapping[int, QueuePlace] = field(default_factory=dict)
    """Every waiting conversation's place."""
    words: Mapping[int, str] = field(default_factory=dict)
    """What the first ones said last, by conversation."""
    callbacks: Sequence[Callback] = ()
    """The first promises to call."""
    promises: int = 0
    """All of them."""
    live: Sequence[Handoff] = ()
    """Every conversation that an agent has."""
    by_agent: Mapping[int, Sequence[Handoff]] = field(default_factory=dict)
    """The conversations in which each agent takes part."""

    def of(self, agent: int) -> Sequence[Handoff]:
        """The conversations in which `agent` takes part."""
        return self.by_agent.get(agent, ())

    def queue(self) -> Json:
        """What every agent sees."""
        return {
            "waiting": [
                request_row(one, self.words.get(one.conversation, ""), 0, self.at)
                for one in self.waiting
            ],
            "total": len(self.places),
            "callbacks": [callback_row(one, self.at) for one in self.callbacks],
            "promises": self.promises,
        }

    def others(self) -> Json:
        """What supervisors see besides."""
        return {"live": [request_row(one, "", 0, self.at) for one in self.live]}

    def same_queue(self, other: Wall) -> bool:
        """Whether every agent sees the same on both, but for the time that passes."""
        late = [one.promised < self.at for one in self.callbacks]
        return (
            self.waiting == other.waiting
            and self.words == other.words
            and self.places.keys() == other.places.keys()
            and self.callbacks == other.callbacks
            and self.promises == other.promises
            and late == [one.promised < other.at for one in other.callbacks]
        )


class Board:
    """Looks at each ring of `QUEUE`, and every two seconds."""

    def __init__(
        self,
        database: Database,
        floor: Floor,
        callbacks: Callbacks,
        transcripts: Transcripts,
        hub: Hub,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._database = database
        self._floor = floor
        self._callbacks = callbacks
        self._transcripts = transcripts
        self._hub = hub
        self._clock = clock
        self.wall = Wall(clock())
        self._told = self.wall
        """The wall whose places the customers know."""

    async def run(self) -> None:
        """Look again and again until the gateway stops."""
        with self._hub.listen(QUEUE) as news:
            while True:
                try:
                    await self.look()
                except XiaobaoError as error:
                    logger.warning("the queue cannot be read: %s", error)
                await asyncio.sleep(_PAUSE_S)
                if not await news.comes(_POLL_S):
                    return

    async def look(self) -> Wall:
        """Read the queue, and ring whom the change concerns."""
        wall = await self._database.read(self._read)
        before, self.wall = self.wall, wall
        if not wall.same_queue(before):
            self._hub.ring(DESK)
        if wall.live != before.live:
            self._hub.ring(LIVE)
        for agent in wall.by_agent.keys() | before.by_agent.keys():
            if wall.of(agent) != before.of(agent):
                self._hub.ring(agent_topic(agent))
        if wall.at - self._told.at >= _PLACES_EVERY or len(wall.places) < SHOWN:
            self._tell_places()
        return wall

    def _tell_places(self) -> None:
        before, now = self._told.places, self.wall.places
        self._told = self.wall
        moved = [one for one in before.keys() | now.keys() if before.get(one) != now.get(one)]
        self._hub.ring(*map(place_topic, moved))

    def _read(self, tx: Connection) -> Wall:
        now = self._clock()
        waiting, live = self._floor.waiting(tx, SHOWN), self._floor.live(tx)
        guests = self._floor.guests(tx)
        by_agent: dict[int, list[Handoff]] = defaultdict(list)
        for one in live:
            for agent in {one.agent or 0, *guests.get(one.id, ())}:
                by_agent[agent].append(one)
        words = self._transcripts.last_words(tx, [one.conversation for one in waiting])
        places = self._floor.places(tx, now)
        return Wall(
            now,
            waiting,
            places,
            words,
            self._callbacks.open(tx, SHOWN),
            self._callbacks.number(tx),
            live,
            dict(by_agent),
        )


async def stopped(task: asyncio.Task[None]) -> None:
    """Cancel `task` and wait until it has gone."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
