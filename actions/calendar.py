"""Which days count: every day by default, or the bank's working days. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

HOLIDAYS = Path(__file__).parent / "holidays.yml"
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Calendar:
    """Public holidays, and the weekends that are worked to make up for them."""

    holidays: Collection[dt.date] = field(default_factory=frozenset)
    workdays: Collection[dt.date] = field(default_factory=frozenset)

    def is_working(self, day: dt.date) -> bool:
        """Whether the bank's offices work on `day`."""
        if day in self.workdays:
            return True
        return day.weekday() < _SATURDAY and day not in self.holidays

    def after(self, day: dt.date, number: int, *, working_days: bool) -> dt.date:
        """The day that is `number` days after `day`, which itself does not count."""
        if not working_days:
            return day + dt.timedelta(days=number)
        while number > 0:
            day += dt.timedelta(days=1)
            number -= self.is_working(day)
        return day

    def knows(self, year: int) -> bool:
        """Whether the holidays of `year` have been entered."""
        return any(day.year == year for day in self.holidays)


def load(path: Path = HOLIDAYS) -> Calendar:
    """The calendar in `path`. Raises ValueError that says what is wrong."""
    try:
        data: Any = yaml.safe_load(path.read_text("utf-8"))
        read = TypeAdapter(dict[str, frozenset[dt.date]]).validate_python(data)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"{path.name} 读不出来：{reason}。日期请写成 2026-10-01") from error
    if unknown := set(read) - {"holidays", "workdays"}:
        raise ValueError(f"{path.name} 里没有 {'、'.join(sorted(unknown))} 这一项")
    return Calendar(read.get("holidays", frozenset()), read.get("workdays", frozenset()))
