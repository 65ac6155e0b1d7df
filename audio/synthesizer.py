"""Text to speech for a line: recordings first, then voices, and at the very last a sign of life.

A reviewed sentence is played from its recording. A sentence that holds a number or a day is put
together from recorded words. What has no recording is said by an engine, on this machine unless the
operator allows otherwise. Each sentence comes from one voice.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence

from audio import NotSpoken, Sound
from audio.engine import NORMAL, Engine, said
from audio.levels import joined, silence, tone
from audio.phrasing import Piece, pieces, sentences, whole
from audio.reading import readable
from audio.recordings import Shelf, Take
from audio.sound import resampled

logger = logging.getLogger(__name__)


class Voices:
    """A Synthesizer."""

    def __init__(
        self,
        shelf: Shelf,
        recorded: Sequence[Engine],
        live: Sequence[Engine],
        *,
        elder_pace: float,
        patience_s: float,
        apology: str,
    ) -> None:
        """`recorded`: whose recordings are played, the preferred first; `live`: who says the rest.

        So long as another voice is left, none is waited for longer than `patience_s`.
        """
        self._shelf = shelf
        self._recorded = tuple(recorded)
        self._live = tuple(live)
        self._elder_pace = elder_pace
        self._patience_s = patience_s
        self._apology = [part for one in sentences(readable(apology)) for part in whole(one)]
        self._sorry: Sound | None = None
        self._tone = tone(shelf.rate)

    async def speak(self, text: str, *, slow: bool = False) -> AsyncIterator[Sound]:
        """See Synthesizer."""
        try:
            async for sound in self.say(text, slow=slow):
                yield sound
        except Exception:
            logger.exception("a text could not be said")
            yield await self.sorry()

    async def say(self, text: str, *, slow: bool = False) -> AsyncIterator[Sound]:
        """Sentence by sentence; while one is played, the next is made. Raises NotSpoken."""
        pace = self._elder_pace if slow else NORMAL
        coming: asyncio.Task[Sound] | None = None
        try:
            for sentence in sentences(readable(text)):
                made = await coming if coming else None
                coming = asyncio.create_task(self._sentence(sentence, pace))
                if made:
                    yield made
            if coming:
                yield await coming
        finally:
            if coming and not coming.cancel() and not coming.cancelled():
                coming.exception()  # seen: nobody asks for it any more

    async def sorry(self) -> Sound:
        """The recorded apology, or else a tone: never silence."""
        if self._sorry is None:
            with contextlib.suppress(Exception):  # whatever is broken: a tone can be heard
                self._sorry = await self._recorded_parts(self._apology, NORMAL)
        return self._sorry or self._tone

    async def _sentence(self, sentence: str, pace: float) -> Sound:
        for parts in (whole(sentence), pieces(sentence)):
            if sound := await self._recorded_parts(parts, pace):
                return sound
        sound = await self._from_engines(sentence, pace)
        sound = await asyncio.to_thread(resampled, sound, self._shelf.rate)
        return joined([sound, silence(whole(sentence)[0].pause_s / pace, sound.rate)])

    async def _recorded_parts(self, parts: Sequence[Piece], pace: float) -> Sound | None:
        """All of one voice, with pauses; None where no voice has every one, or there is none."""
        for engine in self._recorded:
            takes = [Take(engine.name, engine.voice, pace, part.text) for part in parts]
            if sounds := await self._shelf.sounds(takes):
                rate = self._shelf.rate
                pauses = [silence(part.pause_s / pace, rate) for part in parts]
                pairs = zip(sounds, pauses, strict=True)
                return joined([sound for pair in pairs for sound in pair])
        return None

    async def _from_engines(self, sentence: str, pace: float) -> Sound:
        failures = []
        for engine in self._live:
            is_last = engine is self._live[-1]
            try:
                async with asyncio.timeout(None if is_last else self._patience_s):
                    return await said(engine, sentence, pace)
            except (NotSpoken, TimeoutError) as error:
                failures.append(f"{engine.name}: {error or 'too slow'}")
                logger.warning("a voice failed: %s", failures[-1])
        raise NotSpoken("; ".join(failures) or "there is no engine")
