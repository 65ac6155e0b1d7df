"""Gathers a month's pack out of the database, and gives its page and its PDF."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from actions import journal
from actions.agents import everyone
from actions.cases import Cases
from actions.complaints import Complaint
from actions.deadlines import Deadlines
from actions.errors import NotAllowed
from actions.hotspots import MOST, Period, hotspots
from actions.improvement import Improvement, Stage
from actions.improvements import Improvements
from actions.pack import printed, story
from actions.pack.figures import Month, figures, per_month, shares
from actions.pack.story import Findings, Spot, Task

_SPOTS = 8
_LOOKING_BACK = dt.timedelta(days=60)
"""So long before the month a task may have been done to be shown still."""


@dataclass(frozen=True, slots=True)
class Pack:
    """Both forms of one month."""

    html: str
    pdf: bytes


def parse_month(text: str, today: dt.date) -> Month:
    """The month in `2026-10`. Raises NotAllowed for anything else, and for one not yet begun."""
    try:
        month = Month(dt.datetime.strptime(text, "%Y-%m").date())  # noqa: DTZ007 - a month has no zone
    except ValueError as error:
        raise NotAllowed("bad_month", f"月份请写成 2026-10，不是 {text}。") from error
    if month.first > today:
        raise NotAllowed("bad_month", f"{month}还没有到，请写今天以前的月份。")
    return month


def make(
    tx: Connection,
    month: Month,
    cases: Cases,
    deadlines: Deadlines,
    bank: str,
    zone: dt.tzinfo,
    made: dt.datetime,
) -> Pack:
    """The pack, as the data is now. Takes some seconds; raises StorageUnavailable."""
    today = made.astimezone(zone).date()
    now, before, year_before = (
        figures(tx, month.later(back), zone, deadlines, today) for back in (0, -1, -12)
    )
    found = Findings(
        now,
        before,
        year_before,
        per_month(tx, month),
        shares(tx, month),
        _spots(tx, month, cases),
        _tasks(tx, month, cases, today),
        deadlines.decision_days,
    )
    title = f"{bank}消费投诉月报（{month}）"
    sections = story.sections(found)
    return Pack(
        printed.page(title, made.astimezone(zone), sections),
        printed.pdf(title, made.astimezone(zone), sections),
    )


def note(tx: Connection, month: Month, now: dt.datetime) -> None:
    """Journal that the pack was made."""
    journal.record(tx, now, "operator", "pack.make", f"pack:{month.first:%Y-%m}")


def _spots(tx: Connection, month: Month, cases: Cases) -> Sequence[Spot]:
    period = Period(month.first, month.last)
    received: Sequence[Complaint] = cases.read(tx, month.later(-1).first, month.last)
    whole = len(received) < MOST
    causes = hotspots(cases.coded(received), period, whole=whole)
    spots = [Spot(cause.path, one) for cause in causes for one in cause.hotspots]
    spots.sort(key=lambda one: (-one.hotspot.tally.count, one.cause, one.hotspot.numbers))
    return spots[:_SPOTS]


def _tasks(tx: Connection, month: Month, cases: Cases, today: dt.date) -> Sequence[Task]:
    names = {one.id: one.name for one in everyone(tx)}
    day = min(today, month.last)
    shown = [task for task in Improvements().list(tx) if _concerns(task, month)]
    return [
        Task(
            task,
            names.get(task.plan.owner, ""),
            task.overdue(day),
            _again(tx, task, cases, today) if task.done_on else None,
        )
        for task in shown
    ]


def _again(tx: Connection, task: Improvement, cases: Cases, today: dt.date) -> int:
    models, later = cases.after(tx, task, today)
    return len(cases.still_coming(task, models, later))


def _concerns(task: Improvement, month: Month) -> bool:
    """Whether the task was there in the month, and is not long since settled."""
    if task.opened.date() > month.last:
        return False
    if task.stage is not Stage.CHECKED or task.done_on is None:
        return True
    return task.done_on >= month.first - _LOOKING_BACK
