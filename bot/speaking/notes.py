"""Answers as voice notes, for elders on platforms that take them."""

from __future__ import annotations

import asyncio

from audio import NotSpoken
from audio.levels import joined
from audio.sound import encode
from audio.synthesizer import Voices

_LONGEST = 1_000
"""Characters; who should hear more than five minutes reads better."""


class VoiceNotes:
    """A Speaker."""

    def __init__(self, voices: Voices) -> None:
        self._voices = voices

    async def speak(self, text: str) -> bytes:
        """See Speaker."""
        if len(text) > _LONGEST:
            raise NotSpoken(f"{len(text)} characters are too long to listen to")
        sounds = [sound async for sound in self._voices.say(text, slow=True)]
        if not sounds:
            raise NotSpoken("there is nothing in it that can be said")
        return await asyncio.to_thread(lambda: encode(joined(sounds)))
