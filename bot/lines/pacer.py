"""One clock for all legs that must be sent a frame of sound each 20 ms."""

from __future__ import annotations

import asyncio
from typing import Protocol

FRAME_S = 0.02
"""AudioSocket has no pacing: what comes earlier is mostly thrown away by Asterisk."""
MOST_AT_ONCE = 3
"""After a delay so many frames may follow each other; Asterisk keeps eight."""


class Paced(Protocol):
    """A leg that has its frames sent by the clock."""

    def tick(self, frames: int) -> None:
        """Send so many frames now; never blocks, never raises."""


class Schedule:
    """When frames are due. Time is given, in seconds of any clock."""

    def __init__(self, now: float) -> None:
        self.at = now + FRAME_S
        """When the next frame is due."""

    def due(self, now: float) -> int:
        """How many frames have become due by now, at least the one that was waited for."""
        frames = int(max(0.0, now - self.at) / FRAME_S) + 1
        self.at += frames * FRAME_S
        return frames


class Pacer:
    """No frame goes before its time, and none is lost.

    A tick that comes late sends what is due, at most three; what is more is said that much later.
    """

    def __init__(self) -> None:
        self._legs: tuple[Paced, ...] = ()
        self._schedule = Schedule(0)
        self._timer: asyncio.TimerHandle | None = None
        self.late = 0
        """Frames that went out one frame's time or more after they were due."""

    def add(self, leg: Paced) -> None:
        """Tick this leg too, from the next frame on."""
        self._legs = (*self._legs, leg)
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._schedule = Schedule(loop.time())
            self._timer = loop.call_at(self._schedule.at, self._tick)

    def remove(self, leg: Paced) -> None:
        """Leave this one out; nothing happens where it is not there."""
        self._legs = tuple(one for one in self._legs if one is not leg)
        if not self._legs and self._timer:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        frames = self._schedule.due(loop.time())
        self.late += (frames - 1) * len(self._legs)
        self._timer = loop.call_at(self._schedule.at, self._tick)
        for leg in self._legs:
            leg.tick(min(frames, MOST_AT_ONCE))
