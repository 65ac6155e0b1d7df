"""Which days are holidays, which are worked, and when the desk is open on special ones. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from actions.spans import Span, parse_spans

HOLIDAYS = Path(__file__).parent.parent / "holidays.yml"
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Calendar:
    """Public holidays, weekends worked in their place, and days with hours of their own."""

    holidays: Collection[dt.date] = field(default_factory=frozenset)
    workdays: Collection[dt.date] = field(default_factory=frozenset)
    hours: Mapping[dt.date, tuple[Span, ...]] = field(default_factory=dict)
    """When the desk is open on these days, whatever its week says."""

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


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    holidays: frozenset[dt.date] = frozenset()
    workdays: frozenset[dt.date] = frozenset()
    hours: dict[
        dt.date, Annotated[tuple[Span, ...], BeforeValidator(lambda text: parse_spans(str(text)))]
    ] = {}


def load(path: Path = HOLIDAYS) -> Calendar:
    """The calendar in `path`. Raises ValueError that says, in Chinese, what is wrong."""
    try:
        data: Any = yaml.safe_load(path.read_text("utf-8"))
        file = _File.model_validate(data or {})
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(f"节假日文件 {path} 读不出来：{error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where, got = ".".join(map(str, first["loc"])), first["input"]
        reason = {
            "extra_forbidden": "没有这一项，只能有 holidays、workdays 和 hours",
            "value_error": str(first.get("ctx", {}).get("error", "")),
        }.get(first["type"], f"日期要写成 2027-01-01 的列表，不是 {got}")
        raise ValueError(f"节假日文件 {path} 的 {where}：{reason}") from error
    return Calendar(file.holidays, file.workdays, file.hours)
