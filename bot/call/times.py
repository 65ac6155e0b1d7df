"""Where the time of one turn of a call went."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TurnTimes:
    """Seconds; None where the turn had no such step, as a key has none of hearing."""

    endpoint: float | None
    """From the end of speech to the decision that it has ended."""
    text: float | None
    """From there to the words."""
    understanding: float | None
    """Of `answer`, what Rasa took."""
    answer: float
    """From the words to the answer, decided and stored."""
    first_audio: float
    """From there to the first sample given to the line."""
