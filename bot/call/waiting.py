"""How long a call waits for its caller. Pure: the time, in seconds, is an argument."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds."""

    silence: float = 8.0
    """From the end of a prompt; then the caller is asked whether they are still there."""
    elders_silence: float = 12.0
    hesitation: float = 3.0
    """A prompt that was interrupted goes on when so long no words have come."""


class Waiting:
    """Whose turn it is, and since when."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._quiet_since: float | None = None
        self._is_talking = False
        self._interrupted_at = 0.0

    def asked(self) -> None:
        """Something is going to be said: it is not the caller's turn until that has been heard."""
        self._quiet_since = None

    def heard_out(self, now: float) -> None:
        """Everything has been said: it is the caller's turn."""
        self._quiet_since = now

    def speech(self, *, goes_on: bool) -> None:
        """The caller has begun to speak, or has finished."""
        self._is_talking = goes_on

    def interrupted(self, now: float) -> None:
        """A prompt was interrupted, or whoever did it has gone on to speak words."""
        self._interrupted_at = now

    def left_s(self, now: float, *, speaking: bool, interrupted: bool, elder: bool) -> float | None:
        """Until something must be done without the caller; None where there is no hurry.

        `speaking`: we are; `interrupted`: what we said is not at its end.
        """
        if interrupted:
            return max(0.0, self._interrupted_at + self._patience.hesitation - now)
        if speaking or self._is_talking or self._quiet_since is None:
            return None
        limit = self._patience.elders_silence if elder else self._patience.silence
        return max(0.0, self._quiet_since + limit - now)
