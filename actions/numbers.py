"""The numbers that customers are given: 13 digits, unique over everything that is registered."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from actions.database import next_number


def compose(day: dt.date, serial: int) -> str:
    """Date, serial of the day, check digit.

    The check digit (Luhn, ISO/IEC 7812-1 Annex B) finds any single digit misread on the telephone.
    """
    digits = f"{day:%Y%m%d}{serial:04d}"
    return digits + _check_digit(digits)


def is_number(text: str) -> bool:
    """Whether `text` can be such a number: its length and its check digit are right."""
    if not (text.isascii() and text.isdigit() and len(text) >= 13):
        return False
    return _check_digit(text[:-1]) == text[-1]


def issue(connection: Connection, day: dt.date) -> str:
    """The next number of `day`; given once, even to writers in parallel."""
    return compose(day, next_number(connection, f"day:{day:%Y%m%d}"))


def _check_digit(digits: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)
