"""The board on the wall: who waits, read once for all open pages instead of once for each.

With five hundred customers and twenty agents at open pages, every change would otherwise be read
five hundred times. Pages are told only that something changed; the place of a customer is told to
that customer alone.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from sqlalchemy import Connection

from actions.callbacks import Callback, Callbacks
from actions.database import Database
from actions.errors import XiaobaoError
from actions.floor import Floor, Handoff
from actions.queueing import QueuePlace
from bot.hub import DESK, QUEUE, Hub, place_topic
from bot.transcripts import Transcripts

logger = logging.getLogger(__name__)

SHOWN = 60
"""Waiting customers whom the desk lists; the others are counted."""
_POLL_S = 2.0
"""How often the board looks without a ring: other gateways change the queue too."""
_PAUSE_S = 0.05
"""Between two looks, so that a crowd is read together."""


@dataclass(frozen=True, slots=True)
class Wall:
    """What the board shows."""

    waiting: Sequence[Handoff] = ()
    """The first of them."""
    places: Mapping[int, QueuePlace] = field(default_factory=dict)
    """Every waiting conversation's place."""
    words: Mapping[int, str] = field(default_factory=dict)
    """What the first ones said last, by conversation."""
    live: Sequence[Handoff] = ()
    """Every conversation that an agent has."""
    guests: Mapping[int, frozenset[int]] = field(default_factory=dict)
    """The supervisors who have joined, by request."""
    callbacks: Sequence[Callback] = ()

    def of(self, agent: int) -> list[Handoff]:
        """The conversations in which `agent` takes part."""
        return [
            one for one in self.live if agent == one.agent or agent in self.guests.get(one.id, ())
        ]


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
        self.wall = Wall()

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
        before, self.wall = self.wall, await self._database.read(self._read)
        moved = {
            conversation
            for conversation in before.places.keys() | self.wall.places.keys()
            if before.places.get(conversation) != self.wall.places.get(conversation)
        }
        self._hub.ring(*map(place_topic, moved))
        if before != self.wall:
            self._hub.ring(DESK)
        return self.wall

    def _read(self, tx: Connection) -> Wall:
        waiting = self._floor.waiting(tx, SHOWN)
        words = self._transcripts.last_words(tx, [one.conversation for one in waiting])
        return Wall(
            waiting,
            self._floor.places(tx, self._clock()),
            words,
            self._floor.live(tx),
            self._floor.guests(tx),
            self._callbacks.open(tx),
        )


async def stopped(task: asyncio.Task[None]) -> None:
    """Cancel `task` and wait until it has gone."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
