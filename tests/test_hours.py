from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.calendar import Calendar, load
from actions.hours import Hours
from actions.spans import parse_spans

ZONE = ZoneInfo("Asia/Shanghai")
DAY = parse_spans("08:30-12:00, 13:00-17:30")
HOURS = Hours(
    [DAY] * 5 + [()] * 2,
    ZONE,
    Calendar(
        holidays={dt.date(2027, 1, 1)}, hours={dt.date(2027, 1, 2): parse_spans("09:00-11:00")}
    ),
)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-24 08:29", False),
        ("2026-11-24 08:30", True),
        ("2026-11-24 12:30", False),
        ("2026-11-24 17:30", False),
        ("2026-11-28 10:00", False),  # a Saturday
        ("2027-01-01 10:00", False),  # a holiday
        ("2027-01-02 10:00", True),  # a Saturday that is worked
    ],
)
def test_the_desk_is_open_when_the_data_say_so(moment: str, *, is_open: bool) -> None:
    assert HOURS.is_open(at(moment)) is is_open
    assert HOURS.is_open(at(moment).astimezone(dt.UTC)) is is_open


@pytest.mark.parametrize(
    ("asked", "promised"),
    [
        ("2026-11-24 09:00", "2026-11-24 11:00"),
        ("2026-11-24 11:30", "2026-11-24 14:30"),  # over the noon break
        ("2026-11-24 17:00", "2026-11-25 10:00"),
        ("2026-11-27 20:00", "2026-11-30 10:30"),  # over the weekend
        ("2026-12-31 20:00", "2027-01-02 11:00"),  # over the holiday
    ],
)
def test_a_call_is_promised_within_open_hours(asked: str, promised: str) -> None:
    assert HOURS.after(at(asked), dt.timedelta(hours=2)) == at(promised)


@given(st.integers(0, 60 * 24 * 60), st.integers(1, 600))
def test_a_promise_is_kept_while_somebody_is_there_and_never_too_early(
    minute: int, within: int
) -> None:
    asked = at("2026-11-01 00:00") + dt.timedelta(minutes=minute)
    promised = HOURS.after(asked, dt.timedelta(minutes=within))
    assert promised >= asked + dt.timedelta(minutes=within)
    assert HOURS.is_open(promised - dt.timedelta(minutes=1))


def test_a_desk_that_never_opens_still_gives_a_day() -> None:
    never = Hours([()] * 7, ZONE)
    assert never.after(at("2026-11-24 09:00"), dt.timedelta(hours=2)) == at("2026-11-24 11:00")


@pytest.mark.parametrize("text", ["8-17", "17:30-08:30", "08:00-25:00", "09:00-12:00,11:00-13:00"])
def test_hours_that_cannot_be_are_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="时间"):
        parse_spans(text)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("closed: [2027-01-01]", "closed：没有这一项"),
        ("holidays: 2027-01-01", "日期"),
        ("holidays: [now]", "日期"),
        ("hours: {2027-02-13: 17:30-08:30}", "时间"),
        ("{", "读不出来"),
    ],
)
def test_a_bad_holidays_file_is_refused_in_words(text: str, complaint: str, tmp_path: Path) -> None:
    file = tmp_path / "days.yml"
    file.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=f"days.yml.*{complaint}"):
        load(file)


def test_days_with_hours_of_their_own_are_read(tmp_path: Path) -> None:
    file = tmp_path / "days.yml"
    file.write_text('hours: {2027-02-13: "08:30-17:30", 2027-02-14: ""}', "utf-8")
    assert load(file).hours == {
        dt.date(2027, 2, 13): parse_spans("08:30-17:30"),
        dt.date(2027, 2, 14): (),
    }


@pytest.mark.parametrize("year", [2026, 2027])
def test_the_holidays_that_come_with_it_know_this_year_and_the_next(year: int) -> None:
    assert load().knows(year)
