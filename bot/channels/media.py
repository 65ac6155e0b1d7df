"""Voice notes and pictures of customers: fetched from the platform, then heard or kept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from actions.errors import NotAllowed
from actions.uploads import check
from audio import Deaf, NotHeard, TooLong, Transcriber
from bot.channels.sent import Kind, Sent
from bot.http import printable
from bot.switchboard import Switchboard
from bot.turn import Heard, Turn

logger = logging.getLogger(__name__)

Fetch = Callable[[], Awaitable[bytes | None]]
"""Gets the file; None where the platform does not give it out."""


class Media:
    """One for each channel."""

    def __init__(self, transcriber: Transcriber | None = None) -> None:
        """Without a transcriber, a voice note is answered with a sentence that says what to do."""
        self._transcriber = transcriber

    async def take(self, turn: Turn, sent: Sent, fetch: Fetch) -> Turn:
        """`turn` with what the file holds or with the file itself, or with a notice's payload."""
        if sent.kind is Kind.VOICE:
            return await self._voice(turn, sent.media_type, fetch)
        return await self._file(turn, sent, fetch)

    async def _voice(self, turn: Turn, media_type: str, fetch: Fetch) -> Turn:
        if self._transcriber is None:
            return replace(turn, payload="/voice")
        audio = await fetch()
        try:
            if audio is None:
                return replace(turn, payload="/voice_unclear")
            heard = await self._transcriber.transcribe(audio, media_type)
        except Deaf:
            return replace(turn, payload="/voice")
        except TooLong:
            return replace(turn, payload="/voice_long")
        except NotHeard as error:
            logger.info("a voice note was not understood: %s", error)
            return replace(turn, payload="/voice_unclear")
        text = printable(heard.text)
        if not text:
            return replace(turn, payload="/voice_unclear")
        return replace(turn, text=text, heard_as=tuple(map(printable, heard.others)))

    async def _file(self, turn: Turn, sent: Sent, fetch: Fetch) -> Turn:
        content = await fetch()
        if content is None:
            return replace(turn, payload="/file_lost")
        try:
            upload = await asyncio.to_thread(check, sent.name, content)
        except NotAllowed as error:
            logger.info("a customer's file was not taken: %s", error.code)
            return replace(turn, payload="/file_unfit")
        return replace(turn, text=sent.caption, uploads=(upload,))


async def hear(switchboard: Switchboard, turn: Turn) -> Heard:
    """Answer `turn`; where there is no room for one more file, the customer is told so.

    Raises StorageUnavailable: then nothing has happened.
    """
    try:
        return await switchboard.hear(turn)
    except NotAllowed:
        files = "".join(f"［{upload.kind}］" for upload in turn.uploads)
        full = replace(turn, text=f"{files}{turn.text}", payload="/files_full", uploads=())
        return await switchboard.hear(full)
