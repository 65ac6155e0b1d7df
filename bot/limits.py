"""How often one address may speak."""

from __future__ import annotations

import math
from collections import OrderedDict

_WINDOW_S = 60.0
_REMEMBERED = 10_000
"""Addresses; the one unheard for longest is forgotten first."""


class RateLimit:
    """At most so many per minute and address, as a bucket that refills steadily. Time is given."""

    def __init__(self, per_minute: int) -> None:
        """`per_minute`: 0 for no limit."""
        self._per_minute = per_minute
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, address: str, now: float) -> int:
        """Take one; 0 if it may pass, else the seconds to wait. `now`: monotonic seconds."""
        if not self._per_minute:
            return 0
        level, then = self._buckets.pop(address, (float(self._per_minute), now))
        rate = self._per_minute / _WINDOW_S
        level = min(self._per_minute, level + (now - then) * rate)
        passes = level >= 1
        self._buckets[address] = (level - 1 if passes else level, now)
        if len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)
        return 0 if passes else math.ceil((1 - level) / rate)
