"""Connections that have not said yet who they are: not for long, and not many."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable

SILENT_S = 5.0
"""A connection has so long to say whose call it is."""
MOST_SILENT = 256
"""Of more, the oldest goes: a telephone exchange says it at once, so calls always get in."""


class Patience:
    """Closes what stays silent."""

    def __init__(self, silent_s: float = SILENT_S, most: int = MOST_SILENT) -> None:
        self._silent_s = silent_s
        self._most = most
        self._silent: dict[Hashable, tuple[asyncio.TimerHandle, Callable[[], None]]] = {}

    def came(self, connection: Hashable, close: Callable[[], None]) -> None:
        """A connection is there; `close` ends it unless it speaks in time."""
        if len(self._silent) >= self._most:
            self._expire(next(iter(self._silent)))
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._silent_s, self._expire, connection)
        self._silent[connection] = (timer, close)

    def spoke(self, connection: Hashable) -> None:
        """It has said who it is, or it is gone."""
        if found := self._silent.pop(connection, None):
            found[0].cancel()

    def _expire(self, connection: Hashable) -> None:
        timer, close = self._silent.pop(connection)
        timer.cancel()
        close()
