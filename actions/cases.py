"""Complaints as they are compared: out of the register, with a cause, be it only suggested."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import Connection

from actions.coding import Coder
from actions.complaint_search import Filter
from actions.complaints import Complaint, State
from actions.hotspots import MOST, WATCHED_DAYS, Case, still_coming
from actions.improvement import Improvement
from actions.register import ComplaintRegister

_MODELS = 100
"""Of a task's complaints, so many are compared with later ones, the newest."""


class Cases:
    """Reading belongs into a transaction; comparing takes a while and belongs into a thread."""

    def __init__(self, register: ComplaintRegister, coder: Coder) -> None:
        self._register = register
        self._coder = coder

    def read(self, tx: Connection, first: dt.date, last: dt.date) -> list[Complaint]:
        """The complaints received on these days, the newest MOST of them, newest first."""
        wanted = Filter(received_from=first, received_until=last, limit=MOST)
        return self._register.search(tx, wanted)

    def coded(self, complaints: Sequence[Complaint]) -> list[Case]:
        """The same with their causes; what goes on under another number counts there."""
        kept = [one for one in complaints if one.state is not State.MERGED]
        uncoded = [one for one in kept if one.coding is None]
        causes = self._coder.causes([one.draft.what for one in uncoded])
        suggested = {one.number: cause for one, cause in zip(uncoded, causes, strict=True)}
        return [
            Case(
                one.number,
                one.draft.what,
                one.received_on,
                one.coding.cause if one.coding else suggested[one.number],
                one.coding is not None,
                one.elder,
                one.branch,
            )
            for one in kept
        ]

    def after(
        self, tx: Connection, task: Improvement, today: dt.date
    ) -> tuple[list[str], list[Complaint]]:
        """Of a task that is done: the texts it was about, and what came in the days after."""
        if task.done_on is None:
            return [], []
        models = [self._register.get(tx, number) for number in task.numbers[-_MODELS:]]
        first = task.done_on + dt.timedelta(days=1)
        later = self.read(tx, first, min(today, watched_until(task.done_on)))
        return [one.draft.what for one in models if one], later

    def still_coming(
        self, task: Improvement, models: Sequence[str], later: Sequence[Complaint]
    ) -> list[str]:
        """Numbers of those among `later` that tell of what the task was to end."""
        return still_coming(models, task.plan.cause, self.coded(later))


def watched_until(done_on: dt.date) -> dt.date:
    """The last day on which complaints are counted against a task that was done then."""
    return done_on + dt.timedelta(days=WATCHED_DAYS)
