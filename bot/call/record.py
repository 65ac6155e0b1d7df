"""What a call needs of whoever records it. Implemented in bot/recording."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from bot.call.times import TurnTimes
from bot.turn import Address


class Record(Protocol):
    """One call's recording."""

    def heard(self, samples: bytes) -> None:
        """The caller's samples, at the line's rate. Never blocks."""

    def said(self, samples: bytes) -> None:
        """Ours, as they are given to the line. Never blocks."""

    def turn(self, times: TurnTimes) -> None:
        """A turn has been answered."""

    async def close(self, ended: str) -> None:
        """The bot's leg is over: `bye`, `human`, `hung_up` or `lost`. Never raises."""


class Recorder(Protocol):
    """Records all calls."""

    async def begin(
        self, call: str, caller: str, conversation: Address, rate: int, began: dt.datetime
    ) -> Record:
        """From now on. Never raises: a call that cannot be recorded is still answered."""
