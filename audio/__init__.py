"""Sound to words, and words to sound: the shapes that both sides share. No I/O.

A call is heard by an `Ear` and spoken to by a `Synthesizer`; a voice note is heard by a
`Transcriber`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

SAMPLE_BYTES = 2
"""Every sound of ours is signed 16-bit little-endian, one channel."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Samples in memory."""

    samples: bytes
    rate: int
    """Samples a second."""

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / SAMPLE_BYTES / self.rate


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said."""

    text: str
    """Without spaces between Chinese characters; "" where there were no words."""
    certainty: float
    """0 to 1, the recogniser's own estimate."""
    others: tuple[str, ...] = ()
    """Other readings of the same sound, the likelier first."""


class Expecting(Enum):
    """What kind of answer is awaited: how long a pause may be within it."""

    ANYTHING = "anything"
    NUMBER = "number"
    """A telephone or complaint number, said in groups."""
    STORY = "story"
    """What happened, in several sentences."""
    CHOICE = "choice"
    """One of a few words, such as 是 or 不是."""


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """Somebody has begun to speak."""

    at: float
    """Seconds of sound heard so far, as for all times here."""


@dataclass(frozen=True, slots=True)
class Partial:
    """Words so far; later ones may change them."""

    text: str
    at: float


@dataclass(frozen=True, slots=True)
class Utterance:
    """Somebody has finished."""

    transcript: Transcript
    began: float
    ended: float
    """When the last sound of speech was heard."""
    at: float
    """When that was decided."""
    recognising_s: float
    """How long the last words took to compute after that."""


Sensed = SpeechBegan | Partial | Utterance


class Ear(Protocol):
    """Hears one call."""

    async def hear(self, samples: bytes) -> list[Sensed]:
        """What the next samples (any length, at the line's rate) bring, in order.

        Raises AudioError where this call cannot be heard any more.
        """

    def expect(
        self, kind: Expecting, words: tuple[str, ...] = (), *, patient: bool = False
    ) -> None:
        """From the next utterance on. `words`: what a CHOICE is likely to be; `patient`: elders."""

    def close(self) -> None:
        """Give the recogniser back."""


class Hearing(Protocol):
    """What all calls share."""

    def open(self, rate: int) -> Ear:
        """An ear for a line of `rate` samples a second. Raises Overloaded, ValueError."""


class AudioError(Exception):
    """What went wrong between sound and words."""


class Overloaded(AudioError):
    """One call more would make all of them late."""


class Transcriber(Protocol):
    """Turns a whole recording into words."""

    async def transcribe(self, audio: bytes, media_type: str) -> Transcript:
        """`audio` in the container that `media_type` names, such as audio/ogg (Opus).

        Raises NotHeard, Deaf.
        """


class NotHeard(AudioError):
    """A recording could not be understood: noise, silence, or a broken file."""


class TooLong(NotHeard):
    """It was not listened to, since it lasts too long."""


class Deaf(AudioError):
    """There is nothing to hear with, such as where the model cannot be read."""


class NotSpoken(AudioError):
    """A voice could not say a text, or not all of it."""


class Synthesizer(Protocol):
    """Says reviewed words, and numbers, aloud."""

    def speak(self, text: str, *, slow: bool = False) -> AsyncIterator[Sound]:
        """Piece by piece, the first as soon as can be. `slow`: for elders, slower and lower.

        Raises nothing: where every voice fails, a recorded apology is all that comes.
        """
