"""espeak-ng: the voice that is always there. It is GPL, so it is run as a program, never linked.

It is given pinyin: its own dictionary of characters (`cmn`, 1.51) spells many of them, such as 银
and 行, as English letters and the number of the tone.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import struct

from pypinyin import Style, lazy_pinyin

from audio import NotSpoken, Sound
from audio.engine import NORMAL

_WORDS_A_MINUTE = 190
_PITCH = 50
_LOWER = 12
"""Steps of 0-99 by which an elder's voice is lower."""
_CHUNK = 1 << 14
_LETTERS = {
    "A": "ei1", "B": "bi4", "C": "xi1", "D": "di4", "E": "yi4", "F": "ai1fu5", "G": "ji4",
    "H": "ei1chi5", "I": "ai4", "J": "zhei4", "K": "kai4", "L": "ai1lou5", "M": "ai1mu5",
    "N": "en1", "O": "ou1", "P": "pi4", "Q": "kiu1", "R": "a4er5", "S": "ai1si5", "T": "ti4",
    "U": "you1", "V": "wei1yi5", "W": "da2bu5liu5", "X": "ai1ke5si5", "Y": "wai4", "Z": "zei4",
}  # fmt: skip
"""How Chinese speakers say them."""
_MARKS = str.maketrans("，。！？；：、", ",.!?;:,")
_SPELT = {"n2": "en2", "n4": "en4", "ng4": "en4", "m2": "mu2", "hm5": "heng1"}
"""Syllables that it does not know."""


def missing(program: str = "espeak-ng") -> str:
    """What keeps it from speaking, in words for the operator; "" where nothing does."""
    if shutil.which(program):
        return ""
    return f"没有找到 {program}，它是说话的最后保障。请安装：Debian/Ubuntu 用 apt install espeak-ng"


def syllables(text: str) -> str:
    """`readable` text as the pinyin that espeak-ng reads, such as yin2 hang2 ka3."""
    said = lazy_pinyin(text, Style.TONE3, errors=_other, neutral_tone_with_five=True)
    return " ".join(_SPELT.get(one, one) for one in " ".join(said).split())


def _other(text: str) -> str:
    """What is no Chinese character: letters by their names, marks as pauses."""
    return " ".join(_LETTERS.get(one.upper(), one.translate(_MARKS)) for one in text)


class Espeak:
    """Robotic, but intelligible, and within a few hundredths of a second."""

    name = "espeak"

    def __init__(
        self,
        voice: str = "cmn-latn-pinyin",
        program: str = "espeak-ng",
        silence_s: float = 0.3,
        whole_s: float = 5.0,
    ) -> None:
        """Give up where nothing comes for `silence_s`, or not everything within `whole_s`."""
        self.voice = voice
        self._program = program
        self._silence_s = silence_s
        self._whole_s = whole_s

    async def say(self, text: str, pace: float = NORMAL) -> Sound:
        """See Engine."""
        pitch = _PITCH if pace >= NORMAL else _PITCH - _LOWER
        speed = round(_WORDS_A_MINUTE * pace)
        try:
            process = await asyncio.create_subprocess_exec(
                *(self._program, "-v", self.voice, "-s", str(speed), "-p", str(pitch)),
                # By standard input: everybody on the machine can read arguments.
                *("-b", "1", "--stdin", "--stdout"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise NotSpoken(f"{self._program} cannot be started: {error.strerror}") from error
        try:
            async with asyncio.timeout(self._whole_s):
                wave = await self._listen(process, syllables(text))
        except TimeoutError as error:
            raise NotSpoken(f"{self._program} did not speak in time") from error
        finally:
            await _end(process)
        return _sound(wave, self._program)

    async def _listen(self, process: asyncio.subprocess.Process, text: str) -> bytes:
        if process.stdin is None or process.stdout is None:
            raise NotSpoken(f"{self._program} has no pipes")
        with contextlib.suppress(ConnectionError):  # it ended early: what it said tells
            process.stdin.write(text.encode())
            await process.stdin.drain()
        process.stdin.close()
        wave = bytearray()
        while True:
            async with asyncio.timeout(self._silence_s):
                chunk = await process.stdout.read(_CHUNK)
            if not chunk:
                break
            wave += chunk
        if await process.wait():
            raise NotSpoken(f"{self._program} failed ({process.returncode})")
        return bytes(wave)


async def _end(process: asyncio.subprocess.Process) -> None:
    """With whatever it has started, which would hold the pipe open."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _sound(wave: bytes, program: str) -> Sound:
    """The samples of a WAV stream, whose lengths are not to be trusted."""
    start = wave.find(b"data") + 8
    if wave[:4] != b"RIFF" or start < 44 or len(wave) <= start + 1:
        raise NotSpoken(f"{program} gave no sound")
    (rate,) = struct.unpack_from("<I", wave, 24)
    return Sound(wave[start : start + (len(wave) - start) // 2 * 2], rate)
