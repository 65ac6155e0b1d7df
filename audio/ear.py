"""One call's ear on the event loop: the work goes to threads, in order, and nobody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from audio import SAMPLE_BYTES, AudioError, Expecting, Sensed
from audio.listener import Listener
from audio.recognition import Recognition, Tools

_AT_ONCE_S = 0.064
"""Two windows of the watch for voices: sooner is dearer, later delays a barge-in."""
_USUAL_S = 0.1
"""So much is on its way in a call that is not behind."""
HUMAN_WORDS = (
    "人工",
    "转人工",
    "人工客服",
    "转人工客服",
    "我要人工",
    "我要转人工",
    "找人工",
    "真人",
    "客服",
)
"""Always in a grammar, so that the wish for a person is heard at narrow questions too."""
Expected = tuple[Expecting, tuple[str, ...], bool]


class VoskEar:
    """See Ear."""

    def __init__(
        self, rate: int, recognition: Recognition, on_close: Callable[[VoskEar], None]
    ) -> None:
        """`on_close`: told once this call is heard no more."""
        self._rate = rate
        self._recognition = recognition
        self._on_close = on_close
        self._tools: Tools | None = None
        self._listener: Listener | None = None
        self._waiting = bytearray()
        self._work: asyncio.Future[list[Sensed]] | None = None
        self._in_work_s = 0.0
        self._sensed: list[Sensed] = []
        self._expected: Expected | None = None
        self._failure: BaseException | None = None
        self._is_closed = False

    @property
    def backlog_s(self) -> float:
        """Seconds of sound that should have been heard by now."""
        return max(0.0, self._in_work_s + self._seconds(self._waiting) - _USUAL_S)

    async def hear(self, samples: bytes) -> list[Sensed]:
        """See Ear: it takes no longer than the samples last, however slow recognition may be.

        What is not sensed by then comes with a later call. Half a sample at the end is dropped, so
        that one bad frame does not turn all that follow into noise.
        """
        if self._is_closed:
            return []
        self._waiting += samples[: len(samples) - len(samples) % SAMPLE_BYTES]
        self._go_on()
        if self._work:
            await asyncio.wait({self._work}, timeout=self._seconds(samples))
        if self._failure:
            raise AudioError("the recogniser has failed") from self._failure
        sensed, self._sensed = self._sensed, []
        return sensed

    def expect(
        self, kind: Expecting, words: tuple[str, ...] = (), *, patient: bool = False
    ) -> None:
        """See Ear."""
        self._expected = kind, words, patient

    def close(self) -> None:
        """See Ear; may be called twice."""
        if self._is_closed:
            return
        self._is_closed = True
        self._waiting.clear()
        if not self._work:
            self._leave()

    def _seconds(self, samples: bytes | bytearray) -> float:
        return len(samples) / SAMPLE_BYTES / self._rate

    def _go_on(self) -> None:
        """Give what waits to a thread, unless one is at work or it is not worth it yet."""
        if self._work or self._failure or self._seconds(self._waiting) < _AT_ONCE_S:
            return
        samples, expected = bytes(self._waiting), self._expected
        self._waiting.clear()
        self._expected = None
        self._in_work_s = self._seconds(samples)
        self._work = self._recognition.work(partial(self._listen, samples, expected))
        self._work.add_done_callback(self._done)

    def _listen(self, samples: bytes, expected: Expected | None) -> list[Sensed]:
        """In a thread; never in two at once."""
        if self._listener is None:
            self._tools = self._recognition.lend(self._rate)
            self._listener = Listener(self._tools.activity, self._tools.recogniser)
        if expected:
            kind, words, patient = expected
            self._listener.expect(kind, self._grammar(kind, words), patient=patient)
        return self._listener.hear(samples)

    def _grammar(self, kind: Expecting, words: tuple[str, ...]) -> str | None:
        if kind is not Expecting.CHOICE or not words:
            return None
        return self._recognition.model().grammar((*words, *HUMAN_WORDS))

    def _done(self, work: asyncio.Future[list[Sensed]]) -> None:
        self._work, self._in_work_s = None, 0.0
        if work.cancelled():
            self._failure = asyncio.CancelledError()
        else:
            self._failure = work.exception()
        if not self._failure:
            self._sensed += work.result()
        if self._is_closed:
            self._leave()
        else:
            self._go_on()

    def _leave(self) -> None:
        """Give the tools back, unless they have failed."""
        if self._tools and not self._failure:
            self._recognition.give_back(self._tools)
        self._tools = None
        self._on_close(self)
