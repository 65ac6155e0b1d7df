"""Parts of a day, as operators write them: `08:30-12:00, 13:00-17:30`. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

_SPAN = re.compile(r"(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)")


@dataclass(frozen=True, slots=True)
class Span:
    """Part of a day, in minutes from its midnight."""

    begin: int
    end: int


def parse_spans(text: str) -> tuple[Span, ...]:
    """The spans in `text`; "" for none. Raises ValueError in Chinese."""
    spans = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        found = _SPAN.fullmatch(part)
        begin, end = (
            (int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4]))
            if found
            else (0, 0)
        )
        if not begin < end <= 24 * 60:
            raise ValueError(f"时间要写成 08:30-17:30，不是 {part}")
        spans.append(Span(begin, end))
    if any(one.end > other.begin for one, other in pairwise(spans)):
        raise ValueError(f"时间段要按先后写，不能重叠：{text}")
    return tuple(spans)
