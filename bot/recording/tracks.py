"""Both sides of a call on one time line. Pure: moments are arguments.

The caller's samples come without end and tell the time; where the line sends none (a muted
telephone), the clock does. Ours come at the pace of the line, and between them is silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from audio import SAMPLE_BYTES

SLACK_S = 0.25
"""What comes no later than so much after what came before, follows it without a gap."""


class Side(Enum):
    """Who speaks."""

    CALLER = "caller"
    BANK = "bank"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some samples."""

    side: Side
    samples: bytes
    at: float
    """Seconds since the call began: when the caller's have come, when ours go to the line."""


class Tracks:
    """Lines pieces up; what has been taken out cannot change any more."""

    def __init__(self, rate: int) -> None:
        """`rate`: samples a second."""
        self._rate = rate
        self._slack = int(SLACK_S * rate)
        self._caller = _Track()
        self._bank = _Track()

    def add(self, piece: Piece) -> None:
        """Put a piece behind what its side said before."""
        count = len(piece.samples) // SAMPLE_BYTES
        samples = piece.samples[: count * SAMPLE_BYTES]  # half a sample would turn all to noise
        if piece.side is Side.CALLER:
            self._caller.add(samples, self._place(piece.at) - count, self._slack)
        else:
            self._bank.add(samples, self._now(piece.at), self._slack)

    def take(self, at: float) -> tuple[bytes, bytes]:
        """What is settled at this moment, caller and bank, equally long."""
        return self._take(self._now(at) - self._slack)

    def finish(self, at: float) -> tuple[bytes, bytes]:
        """All that is left, when the call has ended."""
        return self._take(max(self._now(at), self._bank.end))

    def _place(self, at: float) -> int:
        return int(at * self._rate)

    def _now(self, at: float) -> int:
        return max(self._place(at), self._caller.end)

    def _take(self, until: int) -> tuple[bytes, bytes]:
        for track in (self._caller, self._bank):
            track.rest_until(until)
        return self._caller.take(until), self._bank.take(until)


class _Track:
    """One side: samples that have not been taken out, and where they end."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._spoke = 0
        """Where its last sound ended; after that is silence."""
        self.end = 0
        """In samples since the call began, as all places."""

    def add(self, samples: bytes, place: int, slack: int) -> None:
        """Sound at `place`, or right after the last where that is no further away than `slack`."""
        if place - self._spoke > slack:
            self.rest_until(place)
        self._append(samples)
        self._spoke = self.end

    def rest_until(self, place: int) -> None:
        """Silence up to `place`; nothing where the track is longer."""
        if place > self.end:
            self._append(bytes((place - self.end) * SAMPLE_BYTES))

    def _append(self, samples: bytes) -> None:
        self._waiting += samples
        self.end += len(samples) // SAMPLE_BYTES

    def take(self, until: int) -> bytes:
        """The samples before `until`."""
        begin = self.end - len(self._waiting) // SAMPLE_BYTES
        size = max(0, until - begin) * SAMPLE_BYTES
        taken = bytes(self._waiting[:size])
        del self._waiting[:size]
        return taken
