"""What an officer looks for, and the statement that finds it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ScalarSelect, Select, and_, exists, select, tuple_
from sqlalchemy.sql.expression import ColumnElement

from actions.complaints import RUNNING, State
from actions.tables import complaint_steps, complaint_terms, complaints


@dataclass(frozen=True, slots=True)
class Filter:
    """Everything that is given must fit."""

    text: str = ""
    """Words of the complaint, or a telephone number; at least two characters."""
    number: str = ""
    """The beginning of a number."""
    states: frozenset[State] = frozenset()
    owner: int | None = None
    branch: str | None = None
    product: str = ""
    cause: str = ""
    """The path of a leaf of the cause axis, or the beginning of one."""
    source: str = ""
    elder: bool | None = None
    received_from: dt.date | None = None
    received_until: dt.date | None = None
    due_until: dt.date | None = None
    """Only those to which an answer is owed by that day."""
    due_from: dt.date | None = None
    """Only those to which an answer is owed, but not before that day."""
    extension_asked: bool = False
    """Only those whose extension waits for an approval."""
    untold: bool = False
    """Only those whose customers must still be told something outside the chat."""
    due_first: bool = False
    before: str = ""
    """Only what comes after this number in the order that is asked for: the next page."""
    limit: int = 50


def matching(wanted: Filter, terms: Sequence[int]) -> Select[Any]:
    """The complaints that fit `wanted` and have all of `terms`, the rarest of which comes first."""
    query = select(complaints).where(*_conditions(wanted))
    newest = complaints.c.id.desc()
    if terms:
        # The search walks the rarest term's complaints, which lie in the index in their order.
        query = query.join_from(complaint_terms, complaints).where(
            complaint_terms.c.term == terms[0]
        )
        newest = complaint_terms.c.complaint.desc()
    for term in terms[1:]:
        other = complaint_terms.alias()
        query = query.where(
            exists().where(other.c.term == term, other.c.complaint == complaint_terms.c.complaint)
        )
    if wanted.due_first:
        return query.order_by(complaints.c.due, complaints.c.id)
    return query.order_by(newest)


def _conditions(wanted: Filter) -> Iterable[ColumnElement[bool]]:
    columns = complaints.c
    given: list[tuple[object, Callable[[], ColumnElement[bool]]]] = [
        (wanted.number, lambda: columns.number.startswith(wanted.number, autoescape=True)),
        (wanted.states, lambda: columns.state.in_(sorted(wanted.states))),
        (wanted.product, lambda: columns.product == wanted.product),
        (wanted.cause, lambda: columns.code_cause.startswith(wanted.cause, autoescape=True)),
        (wanted.source, lambda: columns.source == wanted.source),
        (wanted.received_from, lambda: columns.received_on >= wanted.received_from),
        (wanted.received_until, lambda: columns.received_on <= wanted.received_until),
        (wanted.due_until, lambda: and_(_owed(), columns.due <= wanted.due_until)),
        (wanted.due_from, lambda: and_(_owed(), columns.due >= wanted.due_from)),
        (wanted.extension_asked, lambda: columns.extension_asked_by.is_not(None)),
        (wanted.untold, lambda: columns.id.in_(_UNTOLD)),
        (wanted.before, lambda: _after(wanted)),
        (wanted.owner is not None, lambda: columns.owner == wanted.owner),
        (wanted.branch is not None, lambda: columns.branch == wanted.branch),
        (wanted.elder is not None, lambda: columns.elder == wanted.elder),
    ]
    return [condition() for value, condition in given if value]


_UNTOLD = select(complaint_steps.c.complaint).where(complaint_steps.c.untold)


def _owed() -> ColumnElement[bool]:
    return complaints.c.state.in_(sorted(RUNNING))


def _after(wanted: Filter) -> ColumnElement[bool]:
    """What comes after `wanted.before` in the order that `matching` gives."""
    row, due = _of(wanted.before, "id"), _of(wanted.before, "due")
    if wanted.due_first:
        return tuple_(complaints.c.due, complaints.c.id) > tuple_(due, row)
    return complaints.c.id < row


def _of(number: str, column: str) -> ScalarSelect[Any]:
    return select(complaints.c[column]).where(complaints.c.number == number).scalar_subquery()
