"""Voice notes to customers: what a channel needs of a voice."""

from __future__ import annotations

from typing import Protocol


class Speaker(Protocol):
    """Says a sentence aloud."""

    async def speak(self, text: str) -> bytes:
        """OGG with Opus, slow enough for elders. Raises audio.NotSpoken."""
