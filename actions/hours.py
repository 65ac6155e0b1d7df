"""When humans are at the desk: working hours and holidays as data. Pure: time is an argument."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from actions.calendar import Calendar
from actions.spans import Span

_FAR = 60
"""Days looked ahead for the next open hour."""
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Hours:
    """The desk's week; closed on holidays, and open on special days as the calendar says."""

    week: Sequence[tuple[Span, ...]]
    """Seven days, Monday first."""
    zone: dt.tzinfo
    calendar: Calendar = field(default_factory=Calendar)

    def of(self, day: dt.date) -> tuple[Span, ...]:
        """When the desk is open on `day`."""
        if day in self.calendar.hours:
            return self.calendar.hours[day]
        return () if day in self.calendar.holidays else self.week[day.weekday()]

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
