"""Numbers as Chinese callers say them. Pure."""

from __future__ import annotations

import itertools

_DIGITS = "零一二三四五六七八九"
_SAID = str.maketrans("0123456789", _DIGITS)
_ON_THE_PHONE = str.maketrans("0123456789", "零幺二三四五六七八九")
_LONGEST = 16
"""Digits; a longer number is nobody's amount, and is read digit by digit."""
_MOBILE = (3, 4, 4)
_GROUP = 4


def spelled(digits: str) -> str:
    """Digit by digit, as a year is read: 二零二六."""
    return digits.translate(_SAID)


def dialled(digits: str) -> str:
    """Digit by digit with 幺 for one, as a hotline is read: 九五五九九, 幺幺零."""
    return digits.translate(_ON_THE_PHONE)


def grouped(number: str) -> str:
    """A long number in groups with pauses: 幺三八、零零幺三、八零零零.

    A mobile number is parted 3-4-4, and every other run of digits by fours; what is no digit parts
    them too.
    """
    runs = "".join(one if one.isascii() and one.isdigit() else " " for one in number).split()
    groups = itertools.chain.from_iterable(_groups(run) for run in runs)
    return "、".join(dialled(group) for group in groups)


def _groups(run: str) -> list[str]:
    if len(run) == sum(_MOBILE) and run[0] == "1":
        ends = list(itertools.accumulate(_MOBILE, initial=0))
    else:
        ends = [*range(0, len(run), _GROUP), len(run)]
    return [run[start:end] for start, end in itertools.pairwise(ends)]


def counted(digits: str) -> str:
    """A whole number as a quantity: 12,030 is 一万二千零三十. `digits`: ASCII digits only."""
    value = digits.lstrip("0") or "0"
    if len(value) > _LONGEST:
        return spelled(digits)
    if value == "0":
        return "零"
    said = _large(int(value))
    return said[1:] if said.startswith("一十") else said


def measured(number: str) -> str:
    """A number that may have a decimal point: 3.50 is 三点五零."""
    whole, point, rest = number.partition(".")
    return counted(whole) + (f"点{spelled(rest)}" if point else "")


def _large(value: int) -> str:
    for size, name in ((10**8, "亿"), (10**4, "万")):
        if value >= size:
            above, below = divmod(value, size)
            gap = "零" if below and below < size // 10 else ""
            return f"{_two(_large(above))}{name}{gap}{_large(below)}"
    return _small(value)


def _small(value: int) -> str:
    """Below ten thousand; "" for nothing."""
    said, is_gap = "", False
    for size, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, value = divmod(value, size)
        if not digit:
            is_gap = bool(said)
            continue
        word = "两" if digit == 2 and size == 1000 else _DIGITS[digit]
        said += ("零" if is_gap else "") + word + name
        is_gap = False
    return said


def _two(said: str) -> str:
    return "两" if said == "二" else said
