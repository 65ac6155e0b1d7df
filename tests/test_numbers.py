from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from actions.numbers import compose, is_number

DAY = dt.date(2026, 11, 24)
serials = st.integers(1, 9_999)


def test_a_number_begins_with_the_day_on_which_it_was_given() -> None:
    assert compose(DAY, 1).startswith("202611240001")


@given(serials)
def test_every_number_is_a_number(serial: int) -> None:
    assert is_number(compose(DAY, serial))


@given(serials, st.integers(0, 12), st.integers(1, 9))
def test_one_misread_digit_is_always_found(serial: int, place: int, shift: int) -> None:
    digits = list(compose(DAY, serial))
    digits[place] = str((int(digits[place]) + shift) % 10)
    assert not is_number("".join(digits))


@given(st.text(max_size=20))
def test_other_text_is_never_an_error(text: str) -> None:
    assert is_number(text) in {True, False}
