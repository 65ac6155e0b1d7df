"""How many calls can be heard at once; one call more must not make all of them late."""

from __future__ import annotations

from audio import Overloaded
from audio.ear import VoskEar
from audio.recognition import Recognition
from audio.voice_activity import RATES

MOST_BEHIND_S = 1.0
"""With more sound waiting in all calls together, recognition is behind."""


class VoskHearing:
    """See Hearing."""

    def __init__(self, recognition: Recognition, calls: int) -> None:
        """`calls`: so many at once."""
        self._recognition = recognition
        self._calls = calls
        self._ears: set[VoskEar] = set()

    @property
    def backlog_s(self) -> float:
        """Seconds of sound, in all calls together, that should have been heard by now."""
        return sum(ear.backlog_s for ear in self._ears)

    def open(self, rate: int) -> VoskEar:
        """See Hearing."""
        if rate not in RATES:
            raise ValueError(f"speech is heard at {RATES} samples a second, not at {rate}")
        if not self._recognition.can_hear:
            raise Overloaded("the speech model is not read")
        if len(self._ears) >= self._calls:
            raise Overloaded(f"{self._calls} calls are heard already")
        if (behind := self.backlog_s) > MOST_BEHIND_S:
            raise Overloaded(f"recognition is {behind:.1f} s behind")
        ear = VoskEar(rate, self._recognition, self._ears.discard)
        self._ears.add(ear)
        return ear
