"""Reviewed texts are recorded ahead of time, so that no call waits for a voice or a network."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from audio import NotSpoken
from audio.engine import Engine, said
from audio.recordings import NotKept, Recordings, Take

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Report:
    """What became of the texts, each counted once for every pace."""

    wanted: int
    done: int = 0
    """How many of them have been looked at."""
    present: int = 0
    """Recordings by the preferred voice that were there."""
    made: Counter[str] = field(default_factory=Counter)
    """By engine."""
    unsaid: int = 0
    """What no voice said."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Why a voice did not say it; another one may have."""
    seconds: float = 0.0
    """How long the new recordings last."""
    took_s: float = 0.0


def _nobody(_report: Report) -> None:
    """Watches."""


class Rendering:
    """One sentence at a time."""

    def __init__(
        self, recordings: Recordings, engines: Sequence[Engine], paces: Sequence[float]
    ) -> None:
        """The first of `engines` is the preferred voice; the others stand in for it."""
        self._recordings = recordings
        self._engines = tuple(engines)
        self._paces = tuple(paces)

    def takes(self, texts: Iterable[str]) -> list[Take]:
        """Every recording that may stand for `texts`: by any of the voices, at any pace."""
        return [take for engine in self._engines for take in self._takes(engine, texts)]

    def missing(self, texts: Iterable[str]) -> list[Take]:
        """What the preferred voice has not said yet."""
        first = self._takes(self._engines[0], texts)
        return [take for take in first if take not in self._recordings]

    async def run(
        self,
        texts: Iterable[str],
        *,
        pause_s: float = 0.0,
        tell: Callable[[Report], None] = _nobody,
    ) -> Report:
        """Record what is missing of the readable `texts`; `tell` hears of each step.

        `pause_s`: rest between two, so that calls have the machine for themselves.
        """
        began = time.monotonic()
        wanted = self._takes(self._engines[0], texts)
        report = Report(len(wanted))
        missing = await asyncio.to_thread(self.missing, texts)
        report.done = report.present = len(wanted) - len(missing)
        for take in missing:
            try:
                report.unsaid += not await self._record(take, report)
            except NotKept as error:
                report.unsaid += report.wanted - report.done
                report.reasons[str(error)] += 1
                break
            report.done += 1
            tell(report)
            await asyncio.sleep(pause_s)
        report.took_s = time.monotonic() - began
        return report

    async def _record(self, take: Take, report: Report) -> bool:
        """By the first voice that can; False where none can. Raises NotKept."""
        for engine in self._engines:
            mine = Take(engine.name, engine.voice, take.pace, take.text)
            if await asyncio.to_thread(self._recordings.__contains__, mine):
                return True
            try:
                sound = await said(engine, take.text, take.pace)
            except NotSpoken as error:
                report.reasons[str(error)] += 1
                logger.info("%s did not say a text: %s", engine.name, error)
                continue
            await asyncio.to_thread(self._recordings.keep, mine, sound)
            report.made[engine.name] += 1
            report.seconds += sound.seconds
            return True
        return False

    def _takes(self, engine: Engine, texts: Iterable[str]) -> list[Take]:
        return [
            Take(engine.name, engine.voice, pace, text)
            for text in dict.fromkeys(texts)
            for pace in self._paces
        ]
