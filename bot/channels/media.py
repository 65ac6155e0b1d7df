"""Voice notes and pictures of customers: fetched from the platform, then heard or kept."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from enum import StrEnum
from typing import Protocol

from bot.channels.voice import NotHeard, Transcriber
from bot.http import printable
from bot.turn import Turn

logger = logging.getLogger(__name__)

Fetch = Callable[[], Awaitable[bytes | None]]
"""Gets the file; None where the platform does not give it out."""


class Kind(StrEnum):
    """What must be fetched before it can be understood."""

    VOICE = "voice"
    PICTURE = "picture"


class PictureKeeper(Protocol):
    """Takes pictures of complaints."""

    async def keep(self, turn: Turn, picture: bytes, media_type: str) -> Turn:
        """`turn` with the picture stored and attached, or with the payload of a notice."""


class Media:
    """One for each channel."""

    def __init__(
        self, transcriber: Transcriber | None = None, pictures: PictureKeeper | None = None
    ) -> None:
        """Without a part, what it would take is answered with a sentence that says what to do."""
        self._transcriber = transcriber
        self._pictures = pictures

    async def take(self, turn: Turn, kind: Kind, media_type: str, fetch: Fetch) -> Turn:
        """`turn` with what the file holds, or with the payload of a notice."""
        if kind is Kind.VOICE:
            return await self._voice(turn, media_type, fetch)
        return await self._picture(turn, media_type, fetch)

    async def _voice(self, turn: Turn, media_type: str, fetch: Fetch) -> Turn:
        if self._transcriber is None:
            return replace(turn, payload="/voice")
        audio = await fetch()
        try:
            if audio is None:
                return replace(turn, payload="/voice_unclear")
            heard = await self._transcriber.transcribe(audio, media_type)
        except NotHeard as error:
            logger.info("a voice note was not understood: %s", error)
            return replace(turn, payload="/voice_unclear")
        text = printable(heard.text)
        return replace(turn, text=text) if text else replace(turn, payload="/voice_unclear")

    async def _picture(self, turn: Turn, media_type: str, fetch: Fetch) -> Turn:
        """The one place where a picture is taken in."""
        picture = await fetch() if self._pictures else None
        if self._pictures is None or picture is None:
            return replace(turn, payload="/picture")
        return await self._pictures.keep(turn, picture, media_type)
