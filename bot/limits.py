"""How often one address may speak, or one account look."""

from __future__ import annotations

import math
from collections import OrderedDict

_REMEMBERED = 10_000
"""Addresses; the one unheard for longest is forgotten first."""


class RateLimit:
    """At most so many in a window, as a bucket that refills steadily. Time is given."""

    def __init__(self, limit: int, window_s: float = 60.0) -> None:
        """`limit`: 0 for none."""
        self._limit = limit
        self._window_s = window_s
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, address: str, now: float) -> int:
        """Take one; 0 if it may pass, else the seconds to wait. `now`: seconds of any clock."""
        if not self._limit:
            return 0
        level, then = self._buckets.pop(address, (float(self._limit), now))
        rate = self._limit / self._window_s
        level = min(self._limit, level + max(0.0, now - then) * rate)
        passes = level >= 1
        self._buckets[address] = (level - 1 if passes else level, now)
        if len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)
        return 0 if passes else math.ceil((1 - level) / rate)
