"""A voice: something that says a sentence. edge.py, neural.py and espeak.py are such engines."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from audio import NotSpoken, Sound
from audio.levels import tidied

NORMAL = 1.0
"""The pace at which a voice speaks by itself; below it, slower and a little lower."""


class Engine(Protocol):
    """One of the voices."""

    name: str
    voice: str
    """Which of the engine's voices; a recording is known by it."""

    async def say(self, text: str, pace: float = NORMAL) -> Sound:
        """A sentence of `readable` text, whole and at the engine's own rate. Raises NotSpoken."""


async def said(engine: Engine, text: str, pace: float = NORMAL) -> Sound:
    """What `engine` says, trimmed and levelled. Raises NotSpoken, also where it is silence."""
    sound = await asyncio.to_thread(tidied, await engine.say(text, pace))
    if not sound.samples:
        raise NotSpoken(f"{engine.name} gave only silence")
    return sound


class Resting:
    """An engine that is left alone for a while when it has failed several times running."""

    def __init__(
        self,
        engine: Engine,
        failures: int = 3,
        rest_s: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """After so many `failures` the next `rest_s` seconds cost nobody a wait."""
        self.name = engine.name
        self.voice = engine.voice
        self._engine = engine
        self._most = failures
        self._rest_s = rest_s
        self._clock = clock
        self._failed = 0
        self._until = 0.0

    async def say(self, text: str, pace: float = NORMAL) -> Sound:
        """See Engine. An engine that rests raises NotSpoken at once; then one try shows more."""
        if self._failed >= self._most and self._clock() < self._until:
            raise NotSpoken(f"{self.name} rests, after it has failed {self._failed} times")
        said = False
        try:
            sound = await self._engine.say(text, pace)
            said = True
        finally:  # also where the caller's patience has ended
            self._failed = 0 if said else self._failed + 1
            if self._failed >= self._most:
                self._until = self._clock() + self._rest_s
        return sound
