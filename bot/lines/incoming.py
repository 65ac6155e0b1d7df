"""What a caller says and presses, until the call logic takes it."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator

from audio import SAMPLE_BYTES
from bot.call.line import Key

logger = logging.getLogger(__name__)

KEPT_S = 5.0
"""Of sound that nobody takes, so much is kept; the oldest goes first. Keys are never dropped."""
_MOST_KEYS = 200


class Incoming:
    """One leg's sound and keys, in order. What has gathered meanwhile comes as one piece."""

    def __init__(self, rate: int) -> None:
        self._items: deque[bytes | Key] = deque()
        self._size = 0
        self._most = int(KEPT_S * rate) * SAMPLE_BYTES
        self._keys = 0
        self._news = asyncio.Event()
        self._closed = False

    def sound(self, samples: bytes) -> None:
        """The caller's next samples."""
        self._items.append(samples)
        self._size += len(samples)
        if self._size > self._most:
            self._drop_oldest()
        self._news.set()

    def key(self, digit: str) -> None:
        """A key; more than anybody can press before they are taken are refused."""
        if self._keys < _MOST_KEYS:
            self._keys += 1
            self._items.append(Key(digit))
            self._news.set()

    def close(self) -> None:
        """The leg has ended: nothing more comes."""
        self._closed = True
        self._news.set()

    async def listen(self) -> AsyncIterator[bytes | Key]:
        """Everything in order, until the leg has ended."""
        while True:
            while self._items:
                yield self._next()
            if self._closed:
                return
            self._news.clear()
            await self._news.wait()

    def _next(self) -> bytes | Key:
        first = self._items.popleft()
        if isinstance(first, Key):
            self._keys -= 1
            return first
        if not self._items:
            self._size = 0
            return first
        pieces = [first]
        while self._items and isinstance(piece := self._items[0], bytes):
            pieces.append(piece)
            self._items.popleft()
        joined = b"".join(pieces)
        self._size -= len(joined)
        return joined

    def _drop_oldest(self) -> None:
        logger.warning("a caller's sound was not taken in time; the oldest is lost")
        keys = [item for item in self._items if isinstance(item, Key)]
        sound = b"".join(item for item in self._items if not isinstance(item, Key))
        newest = sound[-self._most // 4 * 2 :]
        self._items = deque([*keys, newest])
        self._size = len(newest)
