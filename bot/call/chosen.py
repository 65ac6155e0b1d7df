"""What a caller chose or wants of the line, by keys or by words. Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from enum import Enum

from pypinyin import lazy_pinyin

from bot.turn import Button

_ORDINAL = re.compile(r"第?([一二三四五六1-6])(?:个|项|种|条)?[吧啊呀。]*")
_NUMERALS = {numeral: place for place, numeral in enumerate("一二三四五六")}
_LIKE_ENOUGH = 0.6
"""Of the sounds that were said, so many stand in the title."""
_LONGER = 3
"""Characters that what was said may be longer than the title; else it is an answer of its own."""


class Wish(Enum):
    """How a line is to sound."""

    LOUDER = "louder"
    SOFTER = "softer"
    FASTER = "faster"
    SLOWER = "slower"


_WISHES = (
    (
        Wish.SOFTER,
        re.compile(r"小(?:点|一点|些)?声|声音?(?:小|轻)(?:点|一点|些)|声音太(?:大|响)|太吵"),
    ),
    (
        Wish.LOUDER,
        re.compile(
            r"(?:大|响|高)(?:点|一点|些)?声|声音?(?:大|响|高)(?:点|一点|些)|声音太(?:小|轻)|听不[见到清]"
        ),
    ),
    (Wish.FASTER, re.compile(r"(?:说|讲)?(?:得|的)?(?:太慢|快(?:点|一点|些))")),
    (Wish.SLOWER, re.compile(r"(?:说|讲)?(?:得|的)?(?:太快|慢(?:点|一点|些)|慢慢(?:说|讲))")),
)
_LONGEST = 10
"""Characters; longer sentences are about something else."""
_HUMS = frozenset("嗯哦啊噢呃唉额诶哎喔")
_NODS = frozenset({"好", "对", "是", "好的", "对对", "是的", "好好", "对的", "行"})


def chosen(buttons: Sequence[Button], readings: Iterable[str]) -> Button | None:
    """The button that was meant; None where what was said is something else."""
    for said in readings:
        bare = re.sub(r"\W", "", said)
        if (found := _ORDINAL.fullmatch(bare)) is not None:
            place = _NUMERALS.get(found[1])
            place = int(found[1]) - 1 if place is None else place
            return buttons[place] if place < len(buttons) else None
        ranked = sorted(
            ((_likeness(bare, button.title), -place) for place, button in enumerate(buttons)),
            reverse=True,
        )
        if ranked and ranked[0][0] >= _LIKE_ENOUGH:
            return buttons[-ranked[0][1]]
    return None


def line_wish(text: str) -> Wish | None:
    """How the line is to sound; None where the words are about something else."""
    bare = re.sub(r"\W", "", text)
    if len(bare) > _LONGEST:
        return None
    return next((wish for wish, pattern in _WISHES if pattern.search(bare)), None)


def only_listens(text: str, *, is_asked: bool) -> bool:
    """Whether it is a hum or a nod while we speak, and no reason to stop.

    `is_asked`: a yes or no is being asked for, so a nod is the answer.
    """
    bare = re.sub(r"\W", "", text)
    return set(bare) <= _HUMS or (not is_asked and bare in _NODS)


def _likeness(said: str, title: str) -> float:
    """Share of the sounds said, two by two, that stand in the title."""
    title = re.sub(r"\W", "", title)
    if not said or len(said) > len(title) + _LONGER:
        return 0.0
    mine, theirs = (lazy_pinyin(one) for one in (said, title))
    if len(mine) < 2:
        return float(mine == theirs)
    pairs = set(itertools.pairwise(mine))
    return len(pairs & set(itertools.pairwise(theirs))) / len(pairs)
