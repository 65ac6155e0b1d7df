"""What a call needs of a telephone line. The lines are in bot/lines."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from bot.turn import Address


@dataclass(frozen=True, slots=True)
class Key:
    """A key that the caller pressed."""

    digit: str
    """0-9, * or #."""


class Line(Protocol):
    """One call's connection. All samples are signed 16-bit little-endian, one channel."""

    call: str
    """The call's UUID, lower case with hyphens."""
    caller: str
    """The calling number; "" where it is not shown, or the line does not tell it."""
    address: Address | None
    """The conversation it is part of, for a call from a page; None on a telephone line."""
    rate: int
    """Samples a second in both directions, 8000 or 16000."""

    def incoming(self) -> AsyncIterator[bytes | Key]:
        """What the caller says, as samples, and presses; it ends when the leg has ended."""

    async def play(self, samples: bytes) -> None:
        """Put samples behind those that wait to be heard; returns when there is room for more.

        Room is for about a fifth of a second, so that `hush` finds little to throw away.
        """

    async def hush(self) -> None:
        """Silence at once: what waits is thrown away. Barge-in."""

    async def played(self) -> None:
        """Wait until the caller has heard everything that waits, or the leg has ended."""

    async def end(self) -> None:
        """End the bot's leg; the telephone exchange goes on with the call."""
