"""When somebody has begun to speak, and when they have finished. Pure: it is fed with seconds.

Elders pause within a number and between sentences, so how long a pause may be depends on what has
been said, and on what was asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from audio import Expecting
from audio.digits import arabic, digits

LEAST_S, LONGEST_S = 0.5, 3.0
"""No pause ends an utterance sooner, and after none is it waited for longer."""
BURST_S = 0.09
"""Less is a cough or a knock. A voice is noticed late, so that this is a sound of twice as long."""
_GAP_S = 0.1
"""Shorter gaps do not part a burst: within words, voices fail for a moment."""
UTTERANCE_S = 30.0
"""After so long it is given as it is, and what follows is another one."""

_COMPLETE_S = {
    Expecting.ANYTHING: 0.6,
    Expecting.NUMBER: 0.6,
    Expecting.STORY: 1.5,
    Expecting.CHOICE: LEAST_S,
}
_WORDLESS_S = 1.0
"""A sigh, a sound in the room, or a word that the recogniser does not have yet."""
_MIDDLE_S = 2.0
_PATIENCE = 1.5

_UNFINISHED = re.compile(
    r"(?:[和跟与把被让从为但或呃]|所以|然后|接着|后来|如果|可是|不过|而且|还有|或者|比如|就是|还是"
    r"|那个|这个|我的|你们的?|他们的?|号码是|我想|我要|我说|的)$"
)
_ANSWERS = re.compile(r".{0,2}(?:[是对好有真行会]|可以|知道)的|不让|就是|还是")
"""Whole answers, although a sentence could go on after each."""
_LAST_DIGITS = re.compile(r"\d{2,}$")
_FULL_NUMBER = re.compile(r"1[3-9]\d{9}|0\d{9,11}|400\d{7}|20\d{11}|\d{18,19}|955\d\d")
"""Mobile, landline, service number; complaint; identity card and bank card; a bank's hotline."""


@dataclass(frozen=True, slots=True)
class Began:
    """Somebody speaks."""

    began: float
    """Seconds of sound fed so far, as for all times here."""
    at: float
    """When that was certain."""


@dataclass(frozen=True, slots=True)
class Ended:
    """They have finished."""

    began: float
    ended: float
    """When the last sound of speech was heard."""
    at: float


def pause(words: str, expecting: Expecting, *, patient: bool) -> float:
    """How many seconds of silence after `words` mean that they were all."""
    if not words:
        seconds = max(_WORDLESS_S, _COMPLETE_S[expecting])
    elif _goes_on(words, expecting):
        seconds = _MIDDLE_S
    else:
        seconds = _COMPLETE_S[expecting]
    return min(seconds * _PATIENCE, LONGEST_S) if patient else seconds


def _goes_on(words: str, expecting: Expecting) -> bool:
    if expecting is Expecting.NUMBER:
        said = digits(words)
        return bool(said) and not _FULL_NUMBER.fullmatch(said)
    if number := _LAST_DIGITS.search(arabic(words)):
        return not _FULL_NUMBER.fullmatch(number[0])
    return bool(_UNFINISHED.search(words)) and not _ANSWERS.fullmatch(words)


class Endpointer:
    """Of one call."""

    def __init__(self) -> None:
        self._at = 0.0
        self._began: float | None = None
        self._ended = 0.0
        self._burst_began = self._burst = self._gap = 0.0
        self._expecting, self._patient = Expecting.ANYTHING, False
        self._next = self._expecting, self._patient

    def expect(self, expecting: Expecting, *, patient: bool) -> None:
        """What is awaited from the next utterance on."""
        self._next = expecting, patient

    def hear(self, seconds: float, words: str, *, is_speech: bool) -> Began | Ended | None:
        """What the next `seconds` of sound bring; `words`: those of this utterance so far."""
        self._at += seconds
        self._gather(seconds, is_speech=is_speech)
        is_real = is_speech and self._burst >= BURST_S
        if self._began is None:
            return self._begin() if is_real else None
        if is_real:
            self._ended = self._at
        if self._is_over(words):
            ended = Ended(self._began, self._ended, self._at)
            self._began, self._burst = None, 0.0
            return ended
        return None

    def _gather(self, seconds: float, *, is_speech: bool) -> None:
        """Note how much speech there was without a real gap."""
        if not is_speech:
            self._gap += seconds
            if self._gap >= _GAP_S:
                self._burst = 0.0
            return
        if not self._burst:
            self._burst_began = self._at - seconds
        self._burst += seconds
        self._gap = 0.0

    def _begin(self) -> Began:
        self._expecting, self._patient = self._next
        self._began, self._ended = self._burst_began, self._at
        return Began(self._began, self._at)

    def _is_over(self, words: str) -> bool:
        if self._began is not None and self._at - self._began >= UTTERANCE_S:
            return True
        # A burst that is under way may become the next word.
        silent = 0.0 if self._burst else self._at - self._ended
        return silent >= pause(words, self._expecting, patient=self._patient)
