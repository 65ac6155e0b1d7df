"""How many messages a platform still lets us send to a customer. Pure: time is an argument.

WeChat: five within 48 hours of a customer's message, three within a minute of a menu click, a
follow or a scan (发送客服消息, 下发规则). Answers in the response to a message count for nothing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """What opens a window."""

    MESSAGE = "message"
    EVENT = "event"


LIMITS = {
    Kind.MESSAGE: (5, dt.timedelta(hours=48)),
    Kind.EVENT: (3, dt.timedelta(minutes=1)),
}
"""How many, and for how long."""


GATHER = {
    3: dt.timedelta(seconds=2),
    2: dt.timedelta(seconds=5),
    1: dt.timedelta(seconds=15),
}
"""The fewer are left, the longer a message waits for those that follow, to go out as one."""


@dataclass(frozen=True, slots=True)
class Window:
    """What the newest message, or the newest event, of a customer allows."""

    opened: dt.datetime
    used: int = 0
    mark: int = 0
    """Which message, or event, opened it."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """One customer's windows."""

    message: Window | None = None
    event: Window | None = None

    def left(self, now: dt.datetime) -> int:
        """Messages that may still be sent now."""
        return sum(_left(kind, self._window(kind), now) for kind in Kind)

    def gathers(self, now: dt.datetime) -> dt.timedelta:
        """How old a message should be before it goes out, so that others can go with it.

        The minute after an event is too short to wait in.
        """
        if self.spends(now) is not Kind.MESSAGE:
            return dt.timedelta()
        return GATHER.get(_left(Kind.MESSAGE, self.message, now), dt.timedelta())

    def spends(self, now: dt.datetime) -> Kind | None:
        """Which window the next message uses: the one that closes sooner. None where none may."""
        windows = {kind: self._window(kind) for kind in Kind}
        closing = {
            kind: window.opened + LIMITS[kind][1]
            for kind, window in windows.items()
            if window and _left(kind, window, now)
        }
        return min(closing, key=closing.__getitem__, default=None)

    def spent(self, kind: Kind, number: int = 1) -> Ledger:
        """After so many messages out of the window of `kind`."""
        window = self._window(kind)
        if window is None:
            return self
        used = replace(window, used=min(window.used + number, LIMITS[kind][0]))
        return replace(self, **{kind: used})

    def exhausted(self) -> Ledger:
        """The platform says that nothing is left, whatever we counted."""
        most = {kind: LIMITS[kind][0] for kind in Kind}
        return self.spent(Kind.MESSAGE, most[Kind.MESSAGE]).spent(Kind.EVENT, most[Kind.EVENT])

    def _window(self, kind: Kind) -> Window | None:
        return self.message if kind is Kind.MESSAGE else self.event


def _left(kind: Kind, window: Window | None, now: dt.datetime) -> int:
    most, lasts = LIMITS[kind]
    if window is None or not window.opened <= now < window.opened + lasts:
        return 0
    return most - window.used
