"""Says things on one line; can be interrupted, and then goes on or is quiet."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

import numpy as np

from audio import SAMPLE_BYTES, Sound, Synthesizer
from audio.sound import resampled
from bot.call.line import Line

logger = logging.getLogger(__name__)

_CHUNK_S = 0.1
"""Given to the line at once."""
_LOUDNESS = (0.6, 1.0, 1.6, 2.5)
"""The steps; a call begins with the second."""
_PEAK = 32_767


class Mouth:
    """One for each call."""

    def __init__(
        self,
        line: Line,
        synthesizer: Synthesizer,
        said: Callable[[bytes], None],
        on_first: Callable[[], None],
        on_done: Callable[[], None],
    ) -> None:
        """`said`: gets what the line gets. `on_first`, `on_done`: of each thing that is said."""
        self._line = line
        self._synthesizer = synthesizer
        self._said = said
        self._on_first = on_first
        self._on_done = on_done
        self._sentences: list[str] = []
        self._at = 0
        self._task: asyncio.Task[None] | None = None
        self._loudness = 1
        self.slow = False
        """Slower and lower, for elders."""

    @property
    def speaking(self) -> bool:
        """Whether something is being said."""
        return self._task is not None and not self._task.done()

    @property
    def interrupted(self) -> bool:
        """Whether something was not said to its end."""
        return not self.speaking and self._at < len(self._sentences)

    def begin(self, sentences: Sequence[str]) -> None:
        """Say these, in place of whatever else was to be said."""
        self._sentences, self._at = list(sentences), 0
        self._start()

    def add(self, sentences: Sequence[str]) -> None:
        """Say these too."""
        self._sentences += sentences
        if not self.speaking:
            self._start()

    async def pause(self) -> None:
        """Be quiet at once; `resume` begins the present sentence again."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._line.hush()

    def resume(self) -> None:
        """Go on after `pause`."""
        if self.interrupted:
            self._start()

    async def stop(self) -> None:
        """Be quiet for good."""
        await self.pause()
        self._sentences = []

    async def finish(self) -> None:
        """Wait until everything has been heard."""
        if self._task:
            await asyncio.gather(self._task, return_exceptions=True)

    def louder(self) -> bool:
        """From now on; False where it is as loud as it can be."""
        before, self._loudness = self._loudness, min(self._loudness + 1, len(_LOUDNESS) - 1)
        return self._loudness > before

    def softer(self) -> None:
        """From now on."""
        self._loudness = max(self._loudness - 1, 0)

    def _start(self) -> None:
        if self._task:
            self._task.cancel()
        self._task = asyncio.create_task(self._say())

    async def _say(self) -> None:
        is_first = True
        while self._at < len(self._sentences):
            async for piece in self._synthesizer.speak(self._sentences[self._at], slow=self.slow):
                samples = await self._fitted(piece)
                step = int(self._line.rate * _CHUNK_S) * SAMPLE_BYTES
                for begin in range(0, len(samples), step):
                    chunk = samples[begin : begin + step]
                    if is_first:
                        is_first = False
                        self._on_first()
                    await self._line.play(chunk)
                    self._said(chunk)
            self._at += 1
        await self._line.played()
        self._on_done()

    async def _fitted(self, piece: Sound) -> bytes:
        """At the line's rate, and as loud as the caller wishes."""
        if piece.rate != self._line.rate:
            piece = await asyncio.to_thread(resampled, piece, self._line.rate)
        if (loudness := _LOUDNESS[self._loudness]) == 1.0:
            return piece.samples
        louder = np.frombuffer(piece.samples, "<i2").astype(np.float32) * loudness
        return louder.clip(-_PEAK, _PEAK).astype("<i2").tobytes()
