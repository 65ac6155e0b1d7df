"""When humans are at the desk: working hours and holidays as data. Pure: time is an argument."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import yaml

_SPAN = re.compile(r"(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)")
_FAR = 60
"""Days looked ahead for the next open hour."""
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Span:
    """Part of a day, in minutes from its midnight."""

    begin: int
    end: int


def parse_spans(text: str) -> tuple[Span, ...]:
    """`08:30-12:00, 13:00-17:30` as spans; "" for none. Raises ValueError in Chinese."""
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


@dataclass(frozen=True, slots=True)
class Hours:
    """The desk's week, the days on which it is closed, and those with hours of their own."""

    week: Sequence[tuple[Span, ...]]
    """Seven days, Monday first."""
    zone: dt.tzinfo
    closed: frozenset[dt.date] = frozenset()
    special: Mapping[dt.date, tuple[Span, ...]] = field(default_factory=dict)

    def of(self, day: dt.date) -> tuple[Span, ...]:
        """When the desk is open on `day`."""
        if day in self.special:
            return self.special[day]
        return () if day in self.closed else self.week[day.weekday()]

    def is_open(self, moment: dt.datetime) -> bool:
        """Whether the desk is open at `moment`."""
        local = moment.astimezone(self.zone)
        minutes = local.hour * 60 + local.minute
        return any(span.begin <= minutes < span.end for span in self.of(local.date()))

    def after(self, moment: dt.datetime, within: dt.timedelta) -> dt.datetime:
        """The moment by which the desk has been open for `within` since `moment`.

        Where it does not open within two months: simply `within` later.
        """
        local, left = moment.astimezone(self.zone), within
        for ahead in range(_FAR):
            day = local.date() + dt.timedelta(days=ahead)
            midnight = dt.datetime.combine(day, dt.time(), self.zone)
            for span in self.of(day):
                begin = max(local, midnight + dt.timedelta(minutes=span.begin))
                end = midnight + dt.timedelta(minutes=span.end)
                if end - begin >= left:
                    return begin + left
                left -= max(dt.timedelta(), end - begin)
        return local + within


def parse_holidays(
    text: str,
) -> tuple[frozenset[dt.date], dict[dt.date, tuple[Span, ...]]]:
    """The days closed, and those with hours of their own. Raises ValueError in Chinese."""
    try:
        document = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise ValueError(f"节假日文件不是有效的 YAML：{error}") from error
    if not isinstance(document, dict) or not document.keys() <= {"closed", "special"}:
        raise ValueError("节假日文件只能有 closed（日期列表）和 special（日期: 时间段）")
    closed, special = document.get("closed") or [], document.get("special") or {}
    wrong = not isinstance(closed, list) or not isinstance(special, dict)
    if wrong:
        raise ValueError("closed 要是日期的列表，special 要写成“日期: 时间段”")
    for day in (*closed, *special):
        is_date = type(day) is dt.date
        if not is_date:
            raise ValueError(f"日期要写成 2027-01-01，不是 {day}")
    return frozenset(closed), {day: parse_spans(str(spans)) for day, spans in special.items()}
