"""A month of complaints in numbers, counted by the database: no text is opened."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Column, ColumnElement, Connection, Row, and_, case, func, or_, select

from actions.complaints import OPEN, RUNNING, State, Step
from actions.deadlines import Deadlines
from actions.tables import complaint_steps, complaints

MONTHS = 13
"""Shown in a row: the month, the same one of last year, and those between."""


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month where the bank is."""

    first: dt.date

    @property
    def last(self) -> dt.date:
        """Its last day."""
        return self.later(1).first - dt.timedelta(days=1)

    def later(self, months: int) -> Month:
        """The month so many months later, or earlier."""
        years, month = divmod(self.first.month - 1 + months, 12)
        return Month(dt.date(self.first.year + years, month + 1, 1))

    def has(self, column: ColumnElement[dt.date]) -> ColumnElement[bool]:
        """Whether a day lies in the month."""
        return column.between(self.first, self.last)

    def moments(self, zone: dt.tzinfo) -> tuple[dt.datetime, dt.datetime]:
        """Its beginning, and the beginning of the next."""
        begins = (
            dt.datetime.combine(day, dt.time(), zone) for day in (self.first, self.later(1).first)
        )
        return next(begins), next(begins)

    def __str__(self) -> str:
        return f"{self.first.year}年{self.first.month}月"


@dataclass(frozen=True, slots=True)
class Answers:
    """How long first answers took: those given in the month."""

    days: tuple[int, ...]
    """From receipt to answer, in ascending order."""
    in_time: int
    """Answered within the days that the law gives without an extension."""
    late: int
    """Answered after their due day, extensions included."""

    def within(self, share: float) -> int | None:
        """The days in which this share of them was answered; None where there was no answer."""
        return self.days[math.ceil(share * len(self.days)) - 1] if self.days else None


@dataclass(frozen=True, slots=True)
class Figures:
    """One month."""

    month: Month
    total: int
    repeat: int
    """About the same matter as an earlier one of the same customer."""
    elders: int
    answers: Answers
    steps: Mapping[Step, int]
    """Complaints with which this happened in the month."""
    open: int
    """At the month's end."""
    overdue: int
    """Of those, without the answer that was due."""


@dataclass(frozen=True, slots=True)
class Shares:
    """The month's complaints by what was confirmed about them."""

    business: Mapping[str, int]
    cause: Mapping[str, int]
    channel: Mapping[str, int]
    branch: Mapping[str, int]


def figures(
    tx: Connection, month: Month, zone: dt.tzinfo, deadlines: Deadlines, today: dt.date
) -> Figures:
    """The month's numbers; of one that is not over, up to `today`."""
    columns = complaints.c
    elder = func.sum(case((columns.elder, 1), else_=0))
    related = func.sum(case((columns.related != "", 1), else_=0))
    query = select(func.count(), related, elder).where(month.has(columns.received_on))
    total, repeat, elders = tx.execute(query).one()
    opened, overdue = _standing(tx, month, zone, min(today, month.last))
    return Figures(
        month,
        int(total),
        int(repeat or 0),
        int(elders or 0),
        _answers(tx, month, zone, deadlines),
        _steps(tx, month, zone),
        opened,
        overdue,
    )


def shares(tx: Connection, month: Month) -> Shares:
    """By business, cause and channel as confirmed ("" where not), and by branch."""
    columns = complaints.c
    axes = (columns.code_business, columns.code_cause, columns.code_channel, columns.branch)
    return Shares(*(_by(tx, month, column) for column in axes))


def per_month(tx: Connection, month: Month) -> Sequence[tuple[Month, int]]:
    """The complaints of this month and of the twelve before it."""
    months = [month.later(step) for step in range(1 - MONTHS, 1)]
    received = complaints.c.received_on
    query = (
        select(received, func.count())
        .where(received.between(months[0].first, month.last))
        .group_by(received)
    )
    number: Counter[dt.date] = Counter()
    for day, count in tx.execute(query):
        number[day.replace(day=1)] += count
    return [(one, number[one.first]) for one in months]


def _by(tx: Connection, month: Month, column: Column[str]) -> dict[str, int]:
    name = func.coalesce(column, "")
    query = select(name, func.count()).where(month.has(complaints.c.received_on)).group_by(name)
    found = [(str(label), int(count)) for label, count in tx.execute(query)]
    return dict(sorted(found, key=lambda one: (-one[1], one[0])))


def _answers(tx: Connection, month: Month, zone: dt.tzinfo, deadlines: Deadlines) -> Answers:
    steps, (start, end) = complaint_steps.c, month.moments(zone)
    order = func.row_number().over(partition_by=steps.complaint, order_by=steps.id)
    given = (
        select(steps.complaint, steps.at, steps.due, order.label("place"))
        .where(steps.step.in_([Step.ANSWER, Step.MEDIATION_AGREED]), steps.at < end)
        .subquery()
    )
    query = (
        select(complaints.c.received_on, given.c.at, given.c.due)
        .join_from(given, complaints, given.c.complaint == complaints.c.id)
        .where(given.c.place == 1, given.c.at >= start)
    )
    rows = [(row.received_on, row.at.astimezone(zone).date(), row.due) for row in tx.execute(query)]
    return Answers(
        tuple(sorted(max(0, (answered - received).days) for received, answered, _ in rows)),
        sum(answered <= deadlines.decision(received) for received, answered, _ in rows),
        sum(answered > due for _, answered, due in rows),
    )


def _steps(tx: Connection, month: Month, zone: dt.tzinfo) -> dict[Step, int]:
    steps, (start, end) = complaint_steps.c, month.moments(zone)
    query = (
        select(steps.step, func.count(steps.complaint.distinct()))
        .where(steps.at >= start, steps.at < end)
        .group_by(steps.step)
    )
    return {Step(step): int(count) for step, count in tx.execute(query)}


def _standing(tx: Connection, month: Month, zone: dt.tzinfo, day: dt.date) -> tuple[int, int]:
    """How many complaints were open on `day` at night, and how many of them overdue.

    How a complaint stood then, its last step before tells; one that was written down only later had
    been received.
    """
    columns, steps, (_, end) = complaints.c, complaint_steps.c, month.moments(zone)
    unended = and_(
        columns.received_on <= day, or_(columns.ended_on.is_(None), columns.ended_on > day)
    )
    last = (
        select(columns.id, func.max(steps.id).label("step"))
        .outerjoin_from(
            complaints, complaint_steps, and_(steps.complaint == columns.id, steps.at < end)
        )
        .where(unended)
        .group_by(columns.id)
        .subquery()
    )
    state = func.coalesce(steps.state, State.RECEIVED.value)
    due = func.coalesce(steps.due, columns.due)
    query = (
        select(state.label("state"), due.label("due"), func.count().label("number"))
        .select_from(last.join(complaints, columns.id == last.c.id))
        .outerjoin(complaint_steps, steps.id == last.c.step)
        .group_by(state, due)
    )
    rows: Sequence[Row[tuple[str, dt.date, int]]] = tx.execute(query).all()
    opened = [row for row in rows if State(row.state) in OPEN]
    late = [row for row in opened if State(row.state) in RUNNING and row.due < day]
    return sum(row.number for row in opened), sum(row.number for row in late)
