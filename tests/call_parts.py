"""A telephone line, an ear and a voice that a test plays by hand."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import AsyncIterator
from typing import Any

from conftest import Clock

from audio import (
    AudioError,
    Expecting,
    Overloaded,
    Sensed,
    Sound,
    SpeechBegan,
    Transcript,
    Utterance,
)
from bot.app import Gateway
from bot.call.hotline import Hotline
from bot.call.line import Key
from bot.call.times import TurnTimes
from bot.call.waiting import Patience
from bot.turn import Address

WAIT_S = 5.0
"""For something that must happen; nothing is timed by it."""


class Line:
    """What is played stays until the test lets it be heard."""

    def __init__(self, caller: str = "", call: str = "", address: Address | None = None) -> None:
        self.call = call or str(uuid.uuid4())
        self.caller = caller
        self.address = address
        self.rate = 8_000
        self.ended = asyncio.Event()
        self.hushed = 0
        self._coming: asyncio.Queue[bytes | Key | None] = asyncio.Queue()
        self._heard = asyncio.Event()
        self._heard.set()

    def press(self, digit: str) -> None:
        self._coming.put_nowait(Key(digit))

    def waiting(self) -> bool:
        """Whether the call has still to listen to something."""
        return not self._coming.empty()

    def voice(self) -> None:
        """A frame of the caller's sound: the ear says what it was."""
        self._coming.put_nowait(bytes(320))

    def hang_up(self) -> None:
        self._coming.put_nowait(None)
        self._heard.set()

    def hold(self) -> None:
        """What is said from now on is not through before `let` or `hush`."""
        self._heard.clear()

    def let(self) -> None:
        self._heard.set()

    async def incoming(self) -> AsyncIterator[bytes | Key]:
        while (item := await self._coming.get()) is not None:
            yield item

    async def play(self, samples: bytes) -> None:
        assert samples
        await self._heard.wait()

    async def hush(self) -> None:
        self.hushed += 1

    async def played(self) -> None:
        await self._heard.wait()

    async def end(self) -> None:
        self.ended.set()
        self.hang_up()


class Ear:
    """Hears what the test wrote down, one event for each frame."""

    def __init__(self) -> None:
        self.script: asyncio.Queue[Sensed] = asyncio.Queue()
        self.expected = Expecting.ANYTHING
        self.patient = False
        self.is_broken = False
        self.closed = False

    async def hear(self, samples: bytes) -> list[Sensed]:
        assert samples
        if self.is_broken:
            raise AudioError("broken")
        return [self.script.get_nowait()]

    def expect(
        self, kind: Expecting, words: tuple[str, ...] = (), *, patient: bool = False
    ) -> None:
        assert isinstance(words, tuple)
        self.expected, self.patient = kind, patient

    def close(self) -> None:
        self.closed = True


class Hearing:
    """One ear after the other."""

    def __init__(self) -> None:
        self.ears: list[Ear] = []
        self.is_full = False

    def open(self, rate: int) -> Ear:
        assert rate == 8_000
        if self.is_full:
            raise Overloaded("full")
        self.ears.append(Ear())
        return self.ears[-1]


class Voice:
    """Writes down what is said, and how."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.slow: list[bool] = []
        self.news = asyncio.Condition()

    async def speak(self, text: str, *, slow: bool = False) -> AsyncIterator[Sound]:
        async with self.news:
            self.said.append(text)
            self.slow.append(slow)
            self.news.notify_all()
        yield Sound(bytes(1_600), 8_000)

    async def until(self, words: str, after: int = 0) -> int:
        """Wait for a sentence with `words` at or after place `after`; the place behind it."""
        try:
            async with asyncio.timeout(WAIT_S), self.news:
                while True:
                    for place in range(after, len(self.said)):
                        if words in self.said[place]:
                            return place + 1
                    await self.news.wait()
        except TimeoutError:
            raise AssertionError(f"no “{words}” in {self.said[after:]}") from None


class Record:
    def __init__(self) -> None:
        self.times: list[TurnTimes] = []
        self.ended = ""

    def heard(self, samples: bytes) -> None:
        assert samples

    def said(self, samples: bytes) -> None:
        assert samples

    def turn(self, times: TurnTimes) -> None:
        self.times.append(times)

    async def close(self, ended: str) -> None:
        self.ended = ended


class Recorder:
    def __init__(self) -> None:
        self.records: list[Record] = []

    async def begin(
        self, call: str, caller: str, conversation: Address, rate: int, began: dt.datetime
    ) -> Record:
        assert call
        assert conversation.user
        assert rate
        assert began.tzinfo
        self.records.append(Record())
        return self.records[-1]


class Watch:
    """What the watchdog would tell the exchange."""

    def __init__(self) -> None:
        self.notes: dict[str, str] = {}
        self.callers: dict[str, str] = {}
        """What the exchange knows of who calls."""

    async def caller(self, call: str) -> str:
        return self.callers.get(call, "")

    def note(self, call: str, note: str) -> None:
        assert note.isascii()
        assert note.isprintable()
        self.notes[call] = note


class Telephone:
    """One caller at a hotline."""

    def __init__(self, hotline: Hotline, hearing: Hearing, voice: Voice, watch: Watch) -> None:
        self.hotline = hotline
        self.hearing = hearing
        self.voice = voice
        self.watch = watch
        self.line = Line()
        self.place = 0
        self._task: asyncio.Task[None] | None = None

    def dial(self, line: Line | None = None) -> None:
        self.line = line or Line()
        self._task = asyncio.create_task(self.hotline.answer(self.line))

    @property
    def ear(self) -> Ear:
        return self.hearing.ears[-1]

    @property
    def note(self) -> str:
        return self.watch.notes[self.line.call]

    def begin_to_speak(self) -> None:
        self.ear.script.put_nowait(SpeechBegan(1.0))
        self.line.voice()

    def finish(self, text: str, *others: str, seconds: float = 1.5) -> None:
        transcript = Transcript(text, 0.9, others)
        self.ear.script.put_nowait(Utterance(transcript, 1.0, 1.0 + seconds, 2.1 + seconds, 0.01))
        self.line.voice()

    def say(self, text: str, *others: str) -> None:
        self.begin_to_speak()
        self.finish(text, *others)

    async def hears(self, words: str) -> None:
        self.place = await self.voice.until(words, self.place)

    async def settled(self) -> None:
        """Until everything that was said and pressed so far has been taken in."""
        async with asyncio.timeout(WAIT_S):
            while self.line.waiting() and not self.line.ended.is_set():
                await asyncio.sleep(0.001)

    async def over(self) -> None:
        assert self._task
        async with asyncio.timeout(WAIT_S):
            await self._task


QUICK = Patience(silence=0.02, elders_silence=0.03, hesitation=0.02)


def telephone(
    gateway: Gateway, clock: Clock, recorder: Any, patience: Patience, switchboard: Any = None
) -> Telephone:
    hearing, voice, watch = Hearing(), Voice(), Watch()
    hotline = Hotline(
        hearing,
        voice,
        switchboard or gateway.switchboard,
        gateway.phrases,
        watch,
        recorder,
        gateway.queueing.persons,
        gateway.database,
        clock,
        patience,
    )
    return Telephone(hotline, hearing, voice, watch)
