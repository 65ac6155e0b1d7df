"""Records what is missing while the gateway runs, gently, and makes the album's episodes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from audio import NotSpoken
from audio.neural import Neural
from audio.rendering import Rendering, Report
from audio.synthesizer import Voices
from bot.album.files import EpisodeFiles
from bot.album.series import Album

logger = logging.getLogger(__name__)

_PAUSE_S = 0.3
"""Between two recordings, so that conversations have the machine for themselves."""
_AGAIN_S = 600
"""Articles come into force, and `bot voices` may have recorded meanwhile."""


class Studio:
    """See Background."""

    def __init__(
        self,
        voices: Voices,
        rendering: Rendering,
        neural: Neural | None,
        texts: Callable[[], Sequence[str]],
        album: Album,
        files: EpisodeFiles,
        *,
        records: bool,
    ) -> None:
        """`texts`: what is to be recorded; without `records` others do it (`bot voices`)."""
        self._voices = voices
        self._rendering = rendering
        self._neural = neural
        self._texts = texts
        self._album = album
        self._files = files
        self._records = records

    async def run(self) -> None:
        """Record once; look again and again what the album can tell today, until cancelled.

        What goes wrong is logged, and calls go on without it.
        """
        await self._carefully(self.prepare())
        await self._carefully(self.put_together())
        if self._records:
            await self._carefully(self.catch_up())
        while True:
            await self._carefully(self.put_together())
            await asyncio.sleep(_AGAIN_S)

    async def _carefully(self, work: Awaitable[object]) -> None:
        try:
            await work
        except Exception:
            logger.exception("the recordings are left as they are")

    async def close(self) -> None:
        """Nothing is held open."""

    async def prepare(self) -> None:
        """Read the local voice's model, and have the apology at hand."""
        if self._neural:
            try:
                await self._neural.load()
            except NotSpoken as error:
                logger.error("the local voice stays silent: %s", error)  # noqa: TRY400
        await self._voices.sorry()

    async def catch_up(self) -> None:
        """Record what is missing, with rests."""
        texts = await asyncio.to_thread(self._texts)
        report = await self._rendering.run(texts, pause_s=_PAUSE_S)
        if report.made:
            logger.info("recorded %s in %.0f s", dict(report.made), report.took_s)
        if report.unsaid:
            why = "; ".join(reason for reason, _ in report.reasons.most_common(3))
            logger.warning("%s sentences are not recorded: %s", report.unsaid, why)

    async def record(self, tell: Callable[[Report], None]) -> Report:
        """Record everything that is missing, without rests."""
        return await self._rendering.run(self._texts(), tell=tell)

    def missing(self) -> int:
        """How many recordings the configured voice has still to make; reads the folder."""
        return len(self._rendering.missing(self._texts()))

    async def put_together(self) -> int:
        """Make the files of the album's episodes; return how many there are."""
        made = 0
        for chapter in self._album.chapters():
            for article in chapter.articles:
                parts = self._album.parts(article)
                made += bool(await asyncio.to_thread(self._files.make, article.id, parts))
        if made:
            await asyncio.to_thread(self._files.drop_others)
        return made
