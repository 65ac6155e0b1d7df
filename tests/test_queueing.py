"""The pure rules of the queue."""

from __future__ import annotations

import datetime as dt

import pytest
from conftest import START
from hypothesis import given
from hypothesis import strategies as st

from actions.queueing import Load, QueueRules, Urgency

SECOND = dt.timedelta(seconds=1)
RULES = QueueRules(
    {Urgency.FRAUD: 86_400 * SECOND, Urgency.ELDER: 600 * SECOND, Urgency.NORMAL: 0 * SECOND}
)
URGENCIES = st.sampled_from(Urgency)
SECONDS = st.integers(0, 10_000_000)


@given(URGENCIES, URGENCIES, SECONDS)
def test_nobody_is_passed_by_who_comes_more_than_a_day_later(
    mine: Urgency, theirs: Urgency, seconds: int
) -> None:
    later = START + 86_400 * SECOND + seconds * SECOND
    assert RULES.rank(START, mine) <= RULES.rank(later, theirs)


@given(URGENCIES, SECONDS)
def test_who_was_accepted_once_goes_before_everybody_of_the_same_day(
    urgency: Urgency, seconds: int
) -> None:
    earlier = START - min(seconds, 86_400) * SECOND
    assert RULES.front(START) < RULES.rank(earlier, urgency)


@given(st.integers(1, 500), st.integers(0, 20), st.integers(0, 60))
def test_a_later_place_is_never_promised_a_shorter_wait(
    position: int, on_duty: int, open_: int
) -> None:
    load = Load(on_duty, open_, 5, 300)
    now, next_ = RULES.estimate(position, load), RULES.estimate(position + 1, load)
    assert (now is None) == (next_ is None) == (on_duty == 0)
    if now is not None and next_ is not None and position > on_duty * RULES.seats - open_:
        assert now <= next_


@pytest.mark.parametrize(
    ("position", "load", "seconds"),
    [
        (1, Load(2, 0, 8, 300), 8),  # a free seat: as long as it took lately
        (6, Load(2, 0, 8, 300), 8),
        (7, Load(2, 0, 8, 300), 50),  # a seat becomes free every 50 s
        (1, Load(2, 6, 8, 300), 50),
        (12, Load(2, 6, 8, 300), 600),
        (1, Load(0, 0, 8, 300), None),  # nobody is there
        (1, Load(2, 0, None, None), None),  # nothing is known yet
        (1, Load(2, 6, 8, None), None),
    ],
)
def test_the_wait_is_estimated_from_what_happened_lately(
    position: int, load: Load, seconds: int | None
) -> None:
    assert RULES.estimate(position, load) == seconds


@pytest.mark.parametrize(
    ("waited", "on_duty", "eta_s", "why"),
    [
        (0, 0, None, "nobody"),
        (0, 1, 100, None),
        (0, 1, 600, "long_wait"),
        (600, 1, None, "long_wait"),
        (599, 1, None, None),
    ],
)
def test_a_call_is_promised_where_nobody_is_there_or_it_takes_too_long(
    waited: int, on_duty: int, eta_s: int | None, why: str | None
) -> None:
    assert RULES.needs_callback(waited * SECOND, on_duty, eta_s) == why
