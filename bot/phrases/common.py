"""What the sentences share: buttons, and numbers as one reads them out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bot.turn import Button

COMPLAIN_BUTTON = Button("我要投诉", "/complain")
CANCEL_BUTTON = Button("取消", "/cancel")


@dataclass(frozen=True)
class Words:
    """Sentences that name the bank or its hotline."""

    bank: str
    hotline: str
    zone: dt.tzinfo
    """In which days and times are told."""


_SPOKEN_DIGITS = str.maketrans("0123456789", "零幺二三四五六七八九")


def read_out(number: str) -> str:
    """A number as one reads it out: digit by digit, in groups of four."""
    groups = [number[start : start + 4] for start in range(0, len(number), 4)]
    return "，".join(groups).translate(_SPOKEN_DIGITS)


def join(before: str, text: str) -> str:
    """`text`, with `before` as a paragraph of its own in front of it."""
    return f"{before}\n\n{text}" if before else text
