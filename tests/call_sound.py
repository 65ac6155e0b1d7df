"""Sound of calls for the tests: tones that tell the sides apart, and what a recording holds."""

from __future__ import annotations

import io
from dataclasses import dataclass

import av
import numpy as np
from numpy.typing import NDArray

FRAME_S = 0.02
Sides = NDArray[np.float32]
"""Two rows, caller and bank; 48,000 samples a second, each from -1 to 1."""


def tone(seconds: float, pitch: float, rate: int = 8_000) -> bytes:
    """Samples as a line carries them."""
    at = np.arange(round(seconds * rate)) / rate
    return (9_000 * np.sin(2 * np.pi * pitch * at)).astype("<i2").tobytes()


def silence(seconds: float, rate: int = 8_000) -> bytes:
    return bytes(2 * round(seconds * rate))


def frames(samples: bytes, rate: int = 8_000) -> list[bytes]:
    """As they come, 20 ms each."""
    size = round(FRAME_S * rate) * 2
    return [samples[place : place + size] for place in range(0, len(samples), size)]


def sides(ogg: bytes) -> Sides:
    with av.open(io.BytesIO(ogg), "r") as container:
        found = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return np.concatenate(found, axis=1).astype(np.float32)


@dataclass
class Span:
    """Where a side is heard, in seconds."""

    began: float
    ended: float


def spans(side: NDArray[np.float32], loud: float = 0.05) -> list[Span]:
    """Where there is sound, pauses under 100 ms left out."""
    window = 480
    levels = np.abs(side[: len(side) // window * window]).reshape(-1, window).max(axis=1)
    found: list[Span] = []
    for place in np.flatnonzero(levels > loud):
        at = place * window / 48_000
        if found and at - found[-1].ended < 0.1:
            found[-1].ended = at + window / 48_000
        else:
            found.append(Span(at, at + window / 48_000))
    return found


def near(side: NDArray[np.float32], *expected: tuple[float, float]) -> bool:
    """Whether there is sound in these spans and nowhere else, to 60 ms."""
    found = [place for one in spans(side) for place in (one.began, one.ended)]
    wanted = [place for one in expected for place in one]
    return len(found) == len(wanted) and bool(np.allclose(found, wanted, rtol=0, atol=0.06))
