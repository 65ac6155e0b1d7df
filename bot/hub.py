"""Wake-ups within one gateway: who waits for news of a conversation, of the queue, of the desk."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

QUEUE = "queue"
"""Somebody entered or left the queue, or an agent came or went."""


def conversation_topic(id_: int) -> str:
    """The topic of one conversation's news."""
    return f"conversation:{id_}"


class Hub:
    """Says *that* something happened; what it was is read from the database.

    So a wake-up may be missed or come twice without harm, and nothing queues up in memory.
    """

    def __init__(self) -> None:
        self._listeners: dict[str, set[asyncio.Event]] = defaultdict(set)
        self.closed = False
        """Whether the gateway is stopping: who wakes up now should leave."""

    def close(self) -> None:
        """Wake everyone for the last time, so that no open page is cut off in mid-query."""
        self.closed = True
        self.ring(*self._listeners)

    def ring(self, *topics: str) -> None:
        """Wake everyone who listens to any of `topics`."""
        for topic in topics:
            for event in self._listeners.get(topic, ()):
                event.set()

    @contextmanager
    def listen(self, *topics: str) -> Iterator[asyncio.Event]:
        """An event that is set at each ring of any of `topics`; clear it before reading."""
        event = asyncio.Event()
        for topic in topics:
            self._listeners[topic].add(event)
        try:
            yield event
        finally:
            for topic in topics:
                self._listeners[topic].discard(event)
                if not self._listeners[topic]:
                    del self._listeners[topic]
