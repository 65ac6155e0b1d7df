"""One call's record: its sound, its turns and its end. Nothing here keeps the call waiting."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import fields
from functools import partial

from actions.calls import Calls, Ending, Recorded
from audio import SAMPLE_BYTES
from bot.call.times import TurnTimes
from bot.metrics import Metrics
from bot.recording.log import CallLog
from bot.recording.tape import Tape
from bot.recording.tracks import Piece, Side

logger = logging.getLogger(__name__)

_TOGETHER_S = 0.5
"""Sound that is handed over at once, of both sides together counted as one."""
MOST_S = 10.0
"""Sound that may wait for the disk; what comes beyond it is not recorded."""


class CallRecord:
    """See bot.call.record.Record."""

    def __init__(
        self,
        call: str,
        log: CallLog,
        tape: Tape | None,
        thread: Executor,
        rate: int,
        calls: Calls,
        metrics: Metrics,
        clock: Callable[[], dt.datetime],
        ticks: Callable[[], float],
        closed: Callable[[], None],
    ) -> None:
        """`ticks`: seconds of a clock that only goes forward. `closed`: told once."""
        self._call = call
        self._log = log
        self._tape = tape
        self._thread = thread
        self._second = rate * SAMPLE_BYTES
        self._calls = calls
        self._metrics = metrics
        self._clock = clock
        self._ticks = ticks
        self._closed: Callable[[], None] | None = closed
        self._began = ticks()
        self._turns = 0
        self._gathered: list[Piece] = []
        self._given = self._handed = 0
        """Bytes so far, as `Tape.taken` counts them; and how many of them the thread has."""
        self._missed = dict.fromkeys(Side, 0)
        """Bytes that were not recorded."""

    def heard(self, samples: bytes) -> None:
        """See Record."""
        self._add(Side.CALLER, samples)

    def said(self, samples: bytes) -> None:
        """See Record."""
        self._add(Side.BANK, samples)

    def _add(self, side: Side, samples: bytes) -> None:
        if self._tape is None or self._closed is None or not samples:
            return
        if self._given - self._tape.taken + len(samples) > 2 * MOST_S * self._second:
            if not any(self._missed.values()):
                logger.warning("call %s: the recording cannot keep up, sound is missed", self._call)
            self._missed[side] += len(samples)
            return
        self._gathered.append(Piece(side, samples, self._elapsed()))
        self._given += len(samples)
        if self._given - self._handed >= 2 * _TOGETHER_S * self._second:
            self._hand_over(self._tape)

    def _elapsed(self) -> float:
        return self._ticks() - self._began

    def _hand_over(self, tape: Tape) -> None:
        pieces, self._gathered, self._handed = self._gathered, [], self._given
        self._thread.submit(tape.take, pieces)

    def turn(self, times: TurnTimes) -> None:
        """See Record."""
        steps = {one.name: getattr(times, one.name) for one in fields(times)}
        for step, seconds in steps.items():
            if seconds is not None:
                self._metrics.call_step(step, seconds)
        self._turns += 1
        ms = {
            step: None if seconds is None else round(seconds * 1_000)
            for step, seconds in steps.items()
        }
        add = partial(self._calls.add_turn, number=self._turns, at=self._clock(), steps=ms)
        self._log.add(add)

    async def close(self, ended: str) -> None:
        """See Record."""
        if self._closed is None:
            return
        closed, self._closed = self._closed, None
        closed()
        ending, now = Ending(ended), self._clock()
        self._metrics.call(ending)
        recorded = await self._finish(self._tape) if self._tape else None
        end = partial(self._calls.end, ended=now, ending=ending, recorded=recorded)
        self._log.add(end)
        await self._log.settle()

    async def _finish(self, tape: Tape) -> Recorded | None:
        missed_s = max(self._missed.values()) / self._second
        self._metrics.recording_missed(missed_s)
        if self._gathered:
            self._hand_over(tape)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, tape.finish, self._elapsed(), missed_s)
