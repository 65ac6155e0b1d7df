"""Telephone calls as the desk's page is sent them: masked. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from actions.call_search import Call, TurnSteps
from actions.calls import ENDING_LABELS, STEPS, Ending
from actions.figures import percentile
from bot import wire
from bot.desk.charts import Series, stacked
from bot.desk.rows import customer_name
from bot.turn import Json, Message

STEP_LABELS = {
    "endpoint": "断句",
    "text": "转文字",
    "understanding": "理解",
    "answer": "决定",
    "first_audio": "开口",
}
"""In the order of time; on the page `answer` is without what understanding took."""
_COLOURS = ("#5b2a91", "#2f6db3", "#1d8a73", "#c08a00", "#a8442a")
_HIDDEN = 4
"""Digits of a telephone number that nobody sees."""
_EXTENSION = 6
"""Digits of a number that is no telephone number."""


def caller(number: str) -> str:
    """The number from which was called, without its middle; "" where it was not shown."""
    number = re.sub(r"^(\+|00)?86(?=1\d{10}$)|[-+ ()]", "", number)
    if not number.isdecimal():
        return ""
    if len(number) <= _EXTENSION:
        return number
    head = (len(number) - _HIDDEN) // 2
    return f"{number[:head]}{'*' * _HIDDEN}{number[head + _HIDDEN :]}"


def row(call: Call, number: str) -> Json:
    """One line of the list. `number`: from which was called."""
    return {
        "id": call.id,
        "at": call.began.isoformat(timespec="seconds"),
        "customer": customer_name(call.conversation),
        "caller": caller(number),
        "seconds": int((call.ended - call.began).total_seconds()) if call.ended else None,
        "ending": call.ending,
        "label": ENDING_LABELS[call.ending] if call.ending else "正在通话",
        "turns": call.turns,
        "elder": call.elder,
        "complaints": list(call.complaints),
        "sound": sound(call),
    }


def sound(call: Call) -> str:
    """Whether there is something to hear: none, deleted, live, cut or whole."""
    if call.recording is None:
        return "none"
    if call.deleted:
        return "deleted"
    if call.ended is None:
        return "live"
    return "cut" if call.size is None else "whole"


def whole(call: Call, number: str, said: Sequence[Message], turns: Sequence[TurnSteps]) -> Json:
    """Everything about one call but its sound."""
    return {
        **row(call, number),
        "deleted": call.deleted.isoformat(timespec="seconds") if call.deleted else None,
        "recorded_s": None if call.recorded_ms is None else call.recorded_ms / 1_000,
        "missed_s": call.missed_ms / 1_000,
        "messages": [{**wire.line(one), "second": _second(one.at, call)} for one in said],
        "steps": list(STEP_LABELS.values()),
        "times": [
            {
                "number": one.number,
                "second": _second(one.at, call),
                "ms": _parts(one),
                "waited": one.waited,
            }
            for one in turns
        ],
    }


def _second(at: dt.datetime, call: Call) -> float:
    return round((at - call.began).total_seconds(), 1)


def _parts(turn: TurnSteps) -> list[int | None]:
    """Each step's milliseconds, as they follow one another."""
    ms = {**turn.ms, "answer": (turn.ms["answer"] or 0) - (turn.ms["understanding"] or 0)}
    return [ms[step] for step in STEPS]


def chart(turns: Sequence[TurnSteps]) -> str:
    """Where each turn's time went, as SVG."""
    parts = [_parts(one) for one in turns]
    series = [
        Series(name, colour, [one[place] for one in parts])
        for place, (name, colour) in enumerate(zip(STEP_LABELS.values(), _COLOURS, strict=True))
    ]
    labels = [str(one.number) for one in turns]
    return stacked("每一轮的时间（毫秒）", "", labels, series)


def figures(turns: Sequence[TurnSteps]) -> list[Json]:
    """How long each step took, and all of them as the caller felt it: half, and 95 of 100."""
    parts = [_parts(one) for one in turns]
    columns: list[tuple[str, list[int]]] = [("客户说完到小宝开口", [one.waited for one in turns])]
    columns += [
        (label, [ms for ms in (one[place] for one in parts) if ms is not None])
        for place, label in enumerate(STEP_LABELS.values())
    ]
    return [
        {"name": name, "p50": percentile(values, 50), "p95": percentile(values, 95)}
        for name, values in columns
    ]


ENDINGS = [[ending, ENDING_LABELS[ending]] for ending in Ending]
"""What can be chosen: values and labels."""
