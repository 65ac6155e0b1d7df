"""What the 溯源整改 page is sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from actions.cases import watched_until
from actions.hotspots import MOST, Case, Cause, Hotspot, Period, Tally
from actions.improvement import STAGE_LABELS, TURN_LABELS, Improvement, Past
from actions.steps import Actor
from bot.turn import Json

_ACTIONS = {
    "improvement.open": "新建",
    **{f"improvement.{turn}": label for turn, label in TURN_LABELS.items()},
}


def period(cases: Sequence[Case], period: Period, *, whole: bool) -> Json:
    """The days that are looked at, and how many complaints they have."""
    now = sum(one.received_on >= period.first for one in cases)
    return {
        "first": period.first.isoformat(),
        "total": now,
        "before": len(cases) - now if whole else None,
        "most": None if whole else MOST,
    }


def cause(found: Cause, tasks: Sequence[Improvement]) -> Json:
    """A cause with its 堵点."""
    return {
        "path": found.path,
        **_tally(found.tally),
        "single": found.single,
        "hotspots": [_hotspot(one, tasks) for one in found.hotspots],
    }


def _hotspot(found: Hotspot, tasks: Sequence[Improvement]) -> Json:
    numbers = set(found.numbers)
    return {
        **_tally(found.tally),
        "branches": [{"name": name, "count": count} for name, count in found.branches],
        "examples": list(found.examples),
        "numbers": list(found.numbers),
        "tasks": [
            {"id": one.id, "title": one.plan.title}
            for one in tasks
            if not numbers.isdisjoint(one.numbers)
        ],
    }


def _tally(tally: Tally) -> Json:
    return {
        "count": tally.count,
        "before": tally.before,
        "share": round(tally.share, 4),
        "suggested": tally.suggested,
        "elders": tally.elders,
    }


def task(found: Improvement, by: Actor, names: Mapping[int, str], today: dt.date) -> Json:
    """An improvement task, and what `by` can do with it."""
    plan = found.plan
    return {
        "id": found.id,
        "title": plan.title,
        "change": plan.change,
        "owner": names.get(plan.owner, ""),
        "due": plan.due.isoformat(),
        "cause": plan.cause,
        "stage": found.stage,
        "label": STAGE_LABELS[found.stage],
        "overdue": found.overdue(today),
        "done_on": found.done_on.isoformat() if found.done_on else None,
        "numbers": list(found.numbers),
        "turns": [{"id": turn, "label": TURN_LABELS[turn]} for turn in found.turns(by)],
    }


def past(entry: Past, names: Mapping[int, str]) -> Json:
    """One line of a task's history."""
    account = entry.actor.removeprefix("agent:")
    known = names.get(int(account), "") if account.isdigit() else ""
    return {
        "at": entry.at.isoformat(),
        "who": known or entry.actor,
        "what": _ACTIONS.get(entry.action, entry.action),
        "why": entry.detail,
    }


def after(found: Improvement, again: Sequence[str], today: dt.date) -> Json | None:
    """What still comes after the task was done; None while it is not."""
    if found.done_on is None:
        return None
    until = watched_until(found.done_on)
    return {
        "count": len(again),
        "numbers": list(again),
        "until": until.isoformat(),
        "over": today > until,
    }
