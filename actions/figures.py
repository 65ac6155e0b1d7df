"""How well customers reach a human: for elders and for the others apart.

An elder who gives up waiting is never a success: giving up counts as abandoned, whatever the bot
said afterwards, and only a conversation with a human can resolve anything here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from actions.queueing import HandoffState
from actions.tables import callbacks, handoffs

PROMPT_S = 15
"""Accepted so soon is what the service level counts."""
AGAIN = dt.timedelta(days=7)
"""Who asks for a human again within it had not been helped the first time."""
GONE = "gone"
"""The outcome of a conversation whose customer was not there any more."""


@dataclass(frozen=True, slots=True)
class Contact:
    """One request for a human."""

    conversation: int
    requested: dt.datetime
    state: HandoffState
    elder: bool
    in_hours: bool
    waited_s: int | None
    handling_s: int | None
    ended: dt.datetime | None
    outcome: str | None
    score: int | None
    promised: dt.datetime | None
    called: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Figures:
    """One group's figures. A share is 0 to 1; None where nothing could be counted."""

    requests: int
    out_of_hours: int
    """Requests outside working hours: counted here and nowhere below but among the callbacks."""
    accepted: int
    wait_p50_s: int | None
    wait_p95_s: int | None
    service_level: float | None
    """Accepted within `PROMPT_S` seconds, of all requests."""
    left: float | None
    """Abandoned, first definition: went away by themselves before anybody accepted."""
    lost: float | None
    """Abandoned, second definition: the first, and those who were gone when an agent came."""
    handling_p50_s: int | None
    resolved: float | None
    """First-contact resolution: ended with the matter settled, and did not come again."""
    satisfied: float | None
    """The best answer, of those who answered."""
    rated: int
    callbacks: int
    callbacks_in_time: float | None
    """Kept by the time promised, of those due."""


def read(tx: Connection, since: dt.datetime, until: dt.datetime) -> list[Contact]:
    """Every request made from `since` to `until`, in order."""
    names = ("conversation", "requested", "state", "elder", "in_hours")
    more = ("waited_s", "handling_s", "ended", "outcome", "score")
    query = (
        select(*(handoffs.c[name] for name in (*names, *more)))
        .add_columns(callbacks.c.promised, callbacks.c.done)
        .join_from(handoffs, callbacks, isouter=True)
        .where(handoffs.c.requested >= since, handoffs.c.requested < until)
        .order_by(handoffs.c.id)
    )
    return [
        Contact(
            row.conversation,
            row.requested,
            HandoffState(row.state),
            row.elder,
            row.in_hours,
            row.waited_s,
            row.handling_s,
            row.ended,
            row.outcome,
            row.score,
            row.promised,
            row.done,
        )
        for row in tx.execute(query)
    ]


def summarise(
    contacts: Sequence[Contact], settled: Collection[str], best: int, now: dt.datetime
) -> Figures:
    """The figures of `contacts`; `settled`: outcomes that settle the matter, `best`: top score."""
    open_ = [one for one in contacts if one.in_hours]
    waits = [one.waited_s for one in open_ if one.waited_s is not None]
    ended = [one for one in contacts if one.state is HandoffState.ENDED]
    lengths = [one.handling_s for one in ended if one.handling_s is not None]
    scores = [one.score for one in ended if one.score is not None]
    left = {one for one in open_ if one.state is HandoffState.LEFT and one.waited_s is None}
    gone = {one for one in open_ if one.outcome == GONE}
    due = [one for one in contacts if one.promised and (one.called or one.promised < now)]
    came_again = _came_again(contacts)
    return Figures(
        requests=len(contacts),
        out_of_hours=len(contacts) - len(open_),
        accepted=len(waits),
        wait_p50_s=percentile(waits, 50),
        wait_p95_s=percentile(waits, 95),
        service_level=_share(
            open_, lambda one: one.waited_s is not None and one.waited_s <= PROMPT_S
        ),
        left=_share(open_, left.__contains__),
        lost=_share(open_, (left | gone).__contains__),
        handling_p50_s=percentile(lengths, 50),
        resolved=_share(ended, lambda one: one.outcome in settled and one not in came_again),
        satisfied=scores.count(best) / len(scores) if scores else None,
        rated=len(scores),
        callbacks=sum(one.promised is not None for one in contacts),
        callbacks_in_time=_share(due, _in_time),
    )


def percentile(values: Sequence[int], percent: int) -> int | None:
    """The nearest-rank percentile; None of nothing."""
    if not values:
        return None
    rank = -(-len(values) * percent // 100)
    return sorted(values)[max(rank, 1) - 1]


def _share(contacts: Sequence[Contact], counts: Callable[[Contact], bool]) -> float | None:
    return sum(map(counts, contacts)) / len(contacts) if contacts else None


def _in_time(one: Contact) -> bool:
    return bool(one.called and one.promised and one.called <= one.promised)


def _came_again(contacts: Sequence[Contact]) -> set[Contact]:
    """Those whose customer asked for a human again within `AGAIN` after the end."""
    found = set()
    last: dict[int, Contact] = {}
    for one in contacts:
        before = last.get(one.conversation)
        if before and before.ended and one.requested - before.ended < AGAIN:
            found.add(before)
        last[one.conversation] = one
    return found
