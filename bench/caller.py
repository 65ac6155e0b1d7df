"""One telephone caller: what is said when, and what is heard of the bot. No sound is played.

All times are seconds of the machine's monotonic clock, which other processes share.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np
from audiosocket import FRAME_BYTES, FRAME_S, HANG_UP, RATE, SOUND, Frames, call, packed

LOUD = 150.0
"""Mean size of the samples, of 32,768: more is speech, less the noise of the line."""
LATE_S = 0.04
"""A longer hole in what the bot says is heard as one."""
LISTENS_S = 2.0
"""From the beginning of an answer until the caller speaks into it."""
WAITS_S = 8.0
"""For an answer; then the caller goes on."""
STOPPED_S = 0.2
"""Quiet for so long before the caller has finished: the bot let itself be interrupted."""
_PROMPT_S = 1.0
"""At a pause of the prompt the caller waits for its next sound, but not for longer."""
_LONGEST_FILL_S = 0.5
"""More silence than that is the end of what was said."""
_EDGE = int(RATE * 0.005) * 2
"""Bytes at the edge of a frame, by which sound that was cut off is known."""


def level(samples: bytes) -> float:
    """Mean size of the samples."""
    return float(np.abs(np.frombuffer(samples, "<i2").astype(np.int32)).mean()) if samples else 0.0


@dataclass(frozen=True, slots=True)
class Speech:
    """What a caller says: from the first sound of speech to the last."""

    frames: tuple[bytes, ...]
    """Each 20 ms at 8 kHz."""

    @classmethod
    def of(cls, samples: bytes) -> Speech:
        """Without the quiet before and after. Raises ValueError where nothing is said."""
        frames = [
            samples[begin : begin + FRAME_BYTES]
            for begin in range(0, len(samples) - FRAME_BYTES + 1, FRAME_BYTES)
        ]
        loud = [place for place, frame in enumerate(frames) if level(frame) >= LOUD]
        if not loud:
            raise ValueError("nothing is said in the recording")
        return cls(tuple(frames[loud[0] : loud[-1] + 1]))


class Listener:
    """What comes from the bot: when it sounds, and what of it comes late. Pure."""

    def __init__(self) -> None:
        self.sounds = False
        """Whether the last frame did."""
        self.last_sound: float | None = None
        self.holes: list[float] = []
        """Seconds of each hole within what was said."""
        self.minds = True
        """Whether holes count: not while the caller interrupts."""
        self._due = 0.0
        """When what has come will have been heard."""
        self._broke_off: float | None = None
        """When sound ended at full strength; None where it faded."""
        self._is_filled = False
        """Digital silence has come since then."""

    def speaks(self, now: float) -> bool:
        """Whether the bot is in the middle of saying something."""
        return self.sounds and self.last_sound is not None and now - self.last_sound < 0.1

    def forget(self) -> None:
        """What comes next is not the rest of what was said."""
        self.sounds, self._broke_off = False, None

    def hear(self, at: float, samples: bytes) -> bool:
        """The next frame; whether it sounds."""
        if self.minds and self.sounds and at > self._due + LATE_S:
            self.holes.append(at - self._due)
        self._due = max(self._due, at) + len(samples) / 2 / RATE
        if any(samples):
            if self.minds and (filled := self._filled(at, samples)):
                self.holes.append(filled)
            self._broke_off = self._due if level(samples[-_EDGE:]) >= LOUD else None
        self._is_filled = not any(samples)
        self.sounds = level(samples) >= LOUD
        if self.sounds:
            self.last_sound = at
        return self.sounds

    def _filled(self, at: float, samples: bytes) -> float:
        """Seconds of silence that was sent in place of what came late, before this frame."""
        if not self._is_filled or self._broke_off is None or level(samples[:_EDGE]) < LOUD:
            return 0.0
        hole = at - self._broke_off
        return hole if 0 < hole < _LONGEST_FILL_S else 0.0


@dataclass
class Turn:
    """One time that the caller spoke."""

    began: float
    ended: float = 0.0
    barged: bool = False
    """The bot was speaking when the caller began."""
    hushed: float | None = None
    """The last sound of what was interrupted; None where it went on."""
    answered: float | None = None
    """The first sound of the answer."""


@dataclass
class Heard:
    """One call."""

    call: str
    began: float
    greeted: float | None = None
    ended: float = 0.0
    lost: bool = False
    """The bot ended it, or it never came to be."""
    turns: list[Turn] = field(default_factory=list)
    holes: list[float] = field(default_factory=list)
    behind: float = 0.0
    """How late the caller's own frames were at most."""


class Caller(asyncio.Protocol):
    """Greeted, speaks each time that the bot has spoken for a while, and hangs up in the end."""

    def __init__(
        self,
        says: Sequence[Speech],
        noise: Sequence[bytes],
        stays_s: float | None = None,
        listens_s: float = LISTENS_S,
    ) -> None:
        """`noise`: frames of the line's, sent while nothing is said.

        `stays_s`: hang up after so long, with nothing said. `listens_s`: to the beginning of each
        answer, before the caller speaks into it.
        """
        self._loop = asyncio.get_running_loop()
        self._to_say = deque(says)
        self._noise = noise
        self._stays_s = stays_s
        self._listens_s = listens_s
        self._frames = Frames()
        self._listener = Listener()
        self._saying: deque[bytes] = deque()
        self._sent = 0
        self._turn: Turn | None = None
        """The one that waits for its answer."""
        self._next = 0.0
        """When to speak, or to hang up after the last answer."""
        self._hung_up = False
        self.heard = Heard(str(uuid.uuid4()), self._loop.time())
        self.over: asyncio.Future[Heard] = self._loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(call(uuid.UUID(self.heard.call)))
        self.heard.began = self._due = self._loop.time()
        self._next = self._due + (WAITS_S if self._stays_s is None else self._stays_s)
        self._timer = self._loop.call_soon(self._tick)

    def data_received(self, data: bytes) -> None:
        now = min(self._loop.time(), self._due)  # what came while we were late did not come late
        for kind, payload in self._frames.feed(data):
            if kind == HANG_UP:
                self._transport.close()
            elif kind == SOUND and self._listener.hear(now, payload):
                self._sound(now)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._timer.cancel()
        self.heard.lost = not self._hung_up
        self.heard.ended = self._loop.time()
        self.heard.holes = self._listener.holes
        self.over.set_result(self.heard)

    def _sound(self, now: float) -> None:
        """The bot speaks: is that the greeting, or the answer?"""
        if self.heard.greeted is None:
            self.heard.greeted = now
            if self._stays_s is None:
                self._next = now + self._listens_s
        elif self._turn and self._turn.ended and self._turn.answered is None:
            self._turn.answered = now
            self._go_on(now)

    def _go_on(self, now: float) -> None:
        self._turn, self._listener.minds = None, True
        self._next = now + self._listens_s

    def _tick(self) -> None:
        """A frame each 20 ms; those that are overdue follow at once."""
        now = self._loop.time()
        self.heard.behind = max(self.heard.behind, now - self._due)
        while self._due <= now:
            self._due += FRAME_S
            self._transport.write(packed(SOUND, self._frame(now)))
        if not (self._to_say or self._turn) and now >= self._next:
            self._hung_up = True
            self._transport.write(packed(HANG_UP))
            self._transport.close()
            return
        self._timer = self._loop.call_at(self._due, self._tick)

    def _frame(self, now: float) -> bytes:
        if self._turn and self._turn.ended and now > self._turn.ended + WAITS_S:
            self._listener.forget()
            self._go_on(now)
        elif not self._turn and self._to_say and self._is_time(now):
            self._begin(now)
        self._sent += 1
        if not self._saying:
            return self._noise[self._sent % len(self._noise)]
        frame = self._saying.popleft()
        if not self._saying:
            self._finish(now)
        return frame

    def _is_time(self, now: float) -> bool:
        if now < self._next:
            return False
        return self._listener.speaks(now) or now > self._next + _PROMPT_S

    def _begin(self, now: float) -> None:
        """What a frame holds was spoken in the 20 ms before it is sent."""
        self._saying.extend(self._to_say.popleft().frames)
        self._turn = Turn(now - FRAME_S, barged=self._listener.speaks(now))
        self.heard.turns.append(self._turn)
        self._listener.minds = False

    def _finish(self, now: float) -> None:
        turn, last = self._turn, self._listener.last_sound
        if turn is None:
            return
        if last is not None and now - last < STOPPED_S:
            self._go_on(now)  # so does the bot: nobody can tell its answer from what it was saying
            return
        turn.ended = now
        if turn.barged and last is not None:
            turn.hushed = max(last, turn.began)


async def place(port: int, make: Callable[[], Caller], begins_s: float = 0.0) -> Heard:
    """One call to the bot on this port of the loopback, from its beginning to its end."""
    await asyncio.sleep(begins_s)
    loop = asyncio.get_running_loop()
    caller = make()
    try:
        await loop.create_connection(lambda: caller, "127.0.0.1", port)
    except OSError:
        caller.heard.lost, caller.heard.ended = True, loop.time()
        return caller.heard
    return await caller.over
