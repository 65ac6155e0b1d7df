"""What the sentences share."""

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
    album: str = ""
    """The public address of 消保之声; "" where it has none."""
    recorded: bool = True
    """Whether calls are recorded."""


def day_in(day: dt.date, *, year: bool = False) -> str:
    """A day in Chinese."""
    return f"{day.year}年{day.month}月{day.day}日" if year else f"{day.month}月{day.day}日"


def join(before: str, text: str) -> str:
    """`text`, with `before` as a paragraph of its own in front of it."""
    return f"{before}\n\n{text}" if before else text
