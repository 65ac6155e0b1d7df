"""edge-tts: natural voices of an online service. What it is given leaves the bank: reviewed text.

A socket that is closed in mid-sentence gives no error there, and a server that goes silent is
waited for without end; so both are noticed here, and a sentence that was cut is never kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import aiohttp
from edge_tts import Communicate
from edge_tts.exceptions import EdgeTTSException

from audio import NotHeard, NotSpoken, Sound
from audio.engine import NORMAL
from audio.levels import ends_quietly
from audio.sound import decode

_RATE = 24_000
"""Samples a second of what the service sends."""
_BYTES_A_SECOND = 6_000
"""MP3 of 48 kbit/s at a constant rate."""
_TICKS = 10_000_000
"""A second, in the service's metadata."""
_LEAST_S = 0.08
"""Nobody says a Chinese character in less."""
_SLACK_S = 0.15
"""By which the sound may end before the last boundary."""
_UNTOLD = 2
"""Characters that the service may leave out where it tells of a sentence."""
_LOWER_HZ = 12


class Edge:
    """One voice of the service."""

    name = "edge"

    def __init__(
        self,
        voice: str,
        *,
        first_s: float = 10.0,
        gap_s: float = 5.0,
        connect_s: int = 5,
    ) -> None:
        """Give up after `first_s` without sound, or `gap_s` without more of it."""
        self.voice = voice
        self._first_s = first_s
        self._gap_s = gap_s
        self._connect_s = connect_s

    async def say(self, text: str, pace: float = NORMAL) -> Sound:
        """See Engine."""
        try:
            mp3, boundaries = await self._receive(text, pace)
        except TimeoutError as error:
            raise NotSpoken("edge-tts sent nothing for too long") from error
        except (EdgeTTSException, aiohttp.ClientError, OSError, ValueError, KeyError) as error:
            raise NotSpoken(f"edge-tts: {type(error).__name__}: {error}") from error
        seconds = len(mp3) / _BYTES_A_SECOND
        if why := _too_short(text, seconds, pace) or _unfinished(text, seconds, boundaries):
            raise NotSpoken(f"edge-tts: {why}")
        try:
            sound = await asyncio.to_thread(decode, mp3, _RATE)
        except NotHeard as error:
            raise NotSpoken(f"edge-tts: {error}") from error
        if not boundaries and not ends_quietly(sound):
            raise NotSpoken("edge-tts: the sound ends in the middle of a word")
        return sound

    async def _receive(self, text: str, pace: float) -> tuple[bytes, list[Mapping[str, Any]]]:
        speech = Communicate(
            text,
            self.voice,
            rate=f"{round((pace - 1) * 100):+d}%",
            pitch="+0Hz" if pace >= NORMAL else f"-{_LOWER_HZ}Hz",
            connect_timeout=self._connect_s,
        )
        mp3 = bytearray()
        boundaries: list[Mapping[str, Any]] = []
        chunks: AsyncIterator[Mapping[str, Any]] = speech.stream()
        while True:
            try:
                async with asyncio.timeout(self._gap_s if mp3 else self._first_s):
                    chunk = await anext(chunks)
            except StopAsyncIteration:
                return bytes(mp3), boundaries
            if chunk["type"] == "audio":
                mp3 += chunk["data"]
            else:
                boundaries.append(chunk)


def _too_short(text: str, seconds: float, pace: float) -> str:
    words = _words(text)
    if seconds < _LEAST_S * words / max(pace, NORMAL):
        return f"{seconds:.1f} s of sound is too short for {words} characters"
    return ""


def _unfinished(text: str, seconds: float, boundaries: Sequence[Mapping[str, Any]]) -> str:
    """By what the service itself says of the sentences; it may say nothing."""
    if not boundaries:
        return ""
    told, words = sum(_words(one["text"]) for one in boundaries), _words(text)
    end = max((one["offset"] + one["duration"]) / _TICKS for one in boundaries)
    if told < words - _UNTOLD:
        return f"{words - told} of {words} characters are missing at the end"
    return f"the sound ends {end - seconds:.1f} s early" if seconds < end - _SLACK_S else ""


def _words(text: str) -> int:
    return sum(character.isalnum() for character in text)
