"""Voice notes: what a channel needs of a recogniser and of a voice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.errors import XiaobaoError


class NotHeard(XiaobaoError):
    """A recording could not be understood: noise, silence, or a broken file."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said in a recording."""

    text: str
    certainty: float
    """0 to 1, the recogniser's own estimate."""


class Transcriber(Protocol):
    """Turns a recording into words."""

    async def transcribe(self, audio: bytes, media_type: str) -> Transcript:
        """`audio` in the container that `media_type` names, such as audio/ogg (Opus).

        Raises NotHeard.
        """


class Speaker(Protocol):
    """Says a sentence aloud."""

    async def speak(self, text: str) -> bytes:
        """OGG with Opus, slow enough for elders. Raises audio.NotSpoken."""
