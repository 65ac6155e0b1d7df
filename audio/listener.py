"""Sound in, what was sensed out: one call's ear without threads. It works; use one.

The recogniser hears speech only, from shortly before it began to its endpoint: while nobody speaks,
a call costs no more than the watch for voices.
"""

from __future__ import annotations

from collections import deque
from time import perf_counter

from audio import Expecting, Partial, Sensed, SpeechBegan, Utterance
from audio.endpointer import Began, Ended, Endpointer
from audio.readings import UNKNOWN
from audio.recogniser import Recogniser
from audio.voice_activity import WINDOW_S, VoiceActivity

_BEFORE_S = 0.5
"""So much sound before speech was certain goes to the recogniser too, the first syllable in it."""


class Listener:
    """Of one call."""

    def __init__(self, activity: VoiceActivity, recogniser: Recogniser) -> None:
        self.activity = activity
        self.recogniser = recogniser
        self._endpointer = Endpointer()
        self._rest = b""
        self._before: deque[bytes] = deque(maxlen=round(_BEFORE_S / WINDOW_S))
        self._fresh = bytearray()
        """Of the utterance, not yet given to the recogniser."""
        self._speaking = False
        self._words = ""
        self._grammar: str | None = None
        self._number = False
        self._at = 0.0

    def expect(self, kind: Expecting, grammar: str | None, *, patient: bool) -> None:
        """See Ear.expect; not while `hear` is at work."""
        self._endpointer.expect(kind, patient=patient)
        self._grammar, self._number = grammar, kind is Expecting.NUMBER

    def hear(self, samples: bytes) -> list[Sensed]:
        """See Ear.hear."""
        sensed: list[Sensed] = []
        sound, size = self._rest + samples, self.activity.window_bytes
        end = len(sound) - len(sound) % size
        self._rest = sound[end:]
        for at in range(0, end, size):
            sensed += self._window(sound[at : at + size])
        if self._fresh:
            sensed += self._recognise()
        return sensed

    def _window(self, window: bytes) -> list[Sensed]:
        self._at += WINDOW_S
        if self._speaking:
            self._fresh += window
        else:
            self._before.append(window)
        is_speech = self.activity.is_speech(window)
        match self._endpointer.hear(WINDOW_S, self._words, is_speech=is_speech):
            case Began(at=at):
                self._begin()
                return [SpeechBegan(at)]
            case Ended() as ended:
                return self._end(ended)
        return []

    def _begin(self) -> None:
        self.recogniser.begin(self._grammar, number=self._number)
        self._speaking = True
        self._fresh += b"".join(self._before)
        self._before.clear()

    def _recognise(self) -> list[Sensed]:
        words = self.recogniser.hear(bytes(self._fresh))
        self._fresh.clear()
        is_new = words != self._words
        self._words = words
        return [Partial(words.replace(UNKNOWN, ""), self._at)] if is_new else []

    def _end(self, ended: Ended) -> list[Sensed]:
        began_work = perf_counter()
        self._recognise()
        heard = self.recogniser.finish()
        self._speaking, self._words = False, ""
        took = perf_counter() - began_work
        return [Utterance(heard, ended.began, ended.ended, ended.at, took)]
