"""Wake-ups within one gateway: who waits for news of a conversation, of the queue, of the desk."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

QUEUE = "queue"
"""Somebody entered or left the queue, or an agent came or went; the board looks again."""
DESK = "desk"
"""The board has changed; the agents' pages show it."""
LIVE = "live"
"""Who speaks with whom has changed; supervisors see it."""


def conversation_topic(id_: int) -> str:
    """The topic of one conversation's news."""
    return f"conversation:{id_}"


def outbox_topic(channel: str) -> str:
    """The topic of what must be sent by one channel."""
    return f"outbox:{channel}"


def place_topic(id_: int) -> str:
    """The topic of one conversation's place in the queue."""
    return f"place:{id_}"


def agent_topic(id_: int) -> str:
    """The topic of whom one agent has."""
    return f"agent:{id_}"


def typing_topic(id_: int, *, agent: bool) -> str:
    """Rung while the agent, or else the customer, types in a conversation."""
    return f"typing:{id_}:{'agent' if agent else 'customer'}"


class News:
    """One listener's ear: rings that come while it is busy are kept until it asks."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._event = asyncio.Event()
        self._rung: set[str] = set()
        self.topics: set[str] = set()
        """What it hears of; the hub keeps this."""

    def ring(self, topic: str) -> None:
        """Something happened about `topic`."""
        self._rung.add(topic)
        self._event.set()

    def follow(self, topics: Iterable[str]) -> None:
        """Listen to these instead of those before."""
        self._hub.move(self, set(topics))

    def heard(self) -> set[str]:
        """What has happened since this was asked last."""
        rung, self._rung = self._rung, set()
        return rung

    async def comes(self, within_s: float) -> bool:
        """Wait for a ring, at most so many seconds; False where the gateway is stopping."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._event.wait()
        self._event.clear()
        return not self._hub.closed


class Hub:
    """Says *that* something happened; what it was is read from the database.

    So a wake-up may be missed or come twice without harm, and nothing queues up in memory.
    """

    def __init__(self) -> None:
        self._listeners: dict[str, set[News]] = defaultdict(set)
        self.closed = False
        """Whether the gateway is stopping: who wakes up now should leave."""

    def close(self) -> None:
        """Wake everyone for the last time, so that no open page is cut off in mid-query."""
        self.closed = True
        self.ring(*self._listeners)

    def ring(self, *topics: str) -> None:
        """Wake everyone who listens to any of `topics`."""
        for topic in topics:
            for news in self._listeners.get(topic, ()):
                news.ring(topic)

    @contextmanager
    def listen(self, *topics: str) -> Iterator[News]:
        """What happens about any of `topics`; wait for it, then read what is new."""
        news = News(self)
        self.move(news, set(topics))
        try:
            yield news
        finally:
            self.move(news, set())

    def move(self, news: News, topics: set[str]) -> None:
        """From now on `news` hears of `topics`, and of nothing else."""
        for topic in news.topics - topics:
            self._listeners[topic].discard(news)
            if not self._listeners[topic]:
                del self._listeners[topic]
        for topic in topics - news.topics:
            self._listeners[topic].add(news)
        news.topics = topics
