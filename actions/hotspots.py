"""堵点: complaints of the last days by cause, and within a cause by likeness of text. Pure."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from actions.excerpt import excerpt
from actions.likeness import grouped, resembling

MOST = 5_000
"""Complaints compared at once, the newest ones."""
WATCHED_DAYS = 30
"""So long after a cause was put right, complaints of its kind are counted."""
_ALIKE = 0.3
"""Overlap of pairs of characters: on a diverse set, what is above tells of the same thing."""
_STRICTER = 0.1
_STRICTEST = 0.6
_TOO_MANY = 50
_TOO_MUCH = 1 / 3
"""A larger group than both, of a cause's complaints, is parted at a stricter threshold: among many
texts, chains of chance links appear."""
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Case:
    """What is looked at of one complaint."""

    number: str
    text: str
    received_on: dt.date
    cause: str
    confirmed: bool
    """Whether a person has confirmed the cause; otherwise it is suggested."""
    elder: bool = False
    branch: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """The days that are looked at, and as many before them."""

    first: dt.date
    last: dt.date

    @property
    def before(self) -> dt.date:
        """The first of as many days before."""
        return self.first - (self.last - self.first) - dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many complaints, how many of them are known how."""

    count: int
    before: int | None
    """In as many days before; None where those could not all be looked at."""
    share: float
    """Of all complaints of the period, 0 to 1."""
    suggested: int
    """Of `count`, those whose cause nobody has confirmed."""
    elders: int


@dataclass(frozen=True, slots=True)
class Hotspot:
    """Complaints that tell of the same thing."""

    tally: Tally
    branches: tuple[tuple[str, int], ...]
    """With their number of complaints, the most first."""
    examples: tuple[str, ...]
    """Masked and shortened."""
    numbers: tuple[str, ...]
    """Newest first."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause with its 堵点, the largest first."""

    path: str
    tally: Tally
    hotspots: tuple[Hotspot, ...]
    single: int
    """Complaints that are like no other one."""


def hotspots(cases: Sequence[Case], period: Period, *, whole: bool = True) -> list[Cause]:
    """The causes of the period's complaints, the most frequent first.

    `cases` reach back to `period.before`, which is what trends are told by; not `whole` where they
    do not.
    """
    now = sum(period.first <= one.received_on <= period.last for one in cases)
    causes = Counter(one.cause for one in cases if one.received_on >= period.first)
    by_cause = {path: [one for one in cases if one.cause == path] for path in causes}
    found = [_cause(path, by_cause[path], period, now, whole=whole) for path in causes]
    return sorted(found, key=lambda one: (-one.tally.count, one.path))


def still_coming(models: Sequence[str], cause: str, later: Iterable[Case]) -> list[str]:
    """Numbers of `later` complaints with this cause that are like one of the texts in `models`."""
    same = [one for one in later if one.cause == cause]
    if not same or not models:
        return []
    like = resembling([one.text for one in same], models, _ALIKE)
    return [one.number for one, fits in zip(same, like, strict=True) if fits]


def _cause(path: str, cases: list[Case], period: Period, total: int, *, whole: bool) -> Cause:
    labels = _grouped([one.text for one in cases])
    groups: list[list[Case]] = [[] for _ in range(max(labels) + 1)]
    for label, case in zip(labels, cases, strict=True):
        groups[label].append(case)
    present = [[one for one in group if one.received_on >= period.first] for group in groups]
    shown = [group for group, now in zip(groups, present, strict=True) if len(now) > 1]
    made = [_hotspot(group, period, total, whole=whole) for group in shown]
    made.sort(key=lambda one: (-one.tally.count, one.numbers))
    single = sum(len(now) == 1 for now in present)
    return Cause(path, _tally(cases, period, total, whole=whole), tuple(made), single)


def _grouped(texts: Sequence[str], least: float = _ALIKE) -> list[int]:
    """A label for each text; groups that took in too much are parted again."""
    labels = [int(label) for label in grouped(texts, least)]
    number = Counter(labels)
    for label in [one for one in number if number[one] > max(_TOO_MANY, len(texts) * _TOO_MUCH)]:
        if least >= _STRICTEST:
            break
        places = [place for place, one in enumerate(labels) if one == label]
        parts = _grouped([texts[place] for place in places], least + _STRICTER)
        free = max(labels) + 1
        for place, part in zip(places, parts, strict=True):
            labels[place] = free + part
    return labels


def _hotspot(group: Sequence[Case], period: Period, total: int, *, whole: bool) -> Hotspot:
    now = [one for one in group if one.received_on >= period.first]
    now.sort(key=lambda one: (one.received_on, one.number), reverse=True)
    branches = Counter(one.branch for one in now)
    return Hotspot(
        _tally(group, period, total, whole=whole),
        tuple(sorted(branches.items(), key=lambda one: (-one[1], one[0]))),
        tuple(dict.fromkeys(excerpt(one.text) for one in now))[:_EXAMPLES],
        tuple(one.number for one in now),
    )


def _tally(cases: Iterable[Case], period: Period, total: int, *, whole: bool) -> Tally:
    cases = list(cases)
    now = [one for one in cases if one.received_on >= period.first]
    return Tally(
        len(now),
        len(cases) - len(now) if whole else None,
        len(now) / total,
        sum(not one.confirmed for one in now),
        sum(one.elder for one in now),
    )
