"""Complaints and their steps as rows: sealed on the way in, opened on the way out."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, Select, bindparam, func, select, union_all
from sqlalchemy.sql.expression import ColumnElement

from actions.complaints import Coding, Complaint, Draft, State, Step
from actions.privacy import Cipher
from actions.steps import Move
from actions.tables import complaint_steps, complaint_terms, complaints

_DRAFT = TypeAdapter(Draft)
_INSERT = complaints.insert().returning(complaints.c.id)
_ADD_STEP = complaint_steps.insert()
_WHOSE = union_all(
    select(complaint_terms.c.complaint).where(complaint_terms.c.term == bindparam("contact")),
    select(complaints.c.id).where(complaints.c.conversation == bindparam("conversation")),
)
_RECENT = (
    select(complaints)
    .where(complaints.c.id.in_(_WHOSE), complaints.c.received >= bindparam("since"))
    .order_by(complaints.c.id)
)
"""Built once: for the statements of every complaint, building them costs more than running them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a complaint's time line."""

    step: Step
    at: dt.datetime
    account: int | None
    """Who took the step; None for the customer."""
    state: State
    due: dt.date
    why: str
    to: str
    untold: bool
    """Whether the customer still has to be told, outside the chat."""


class ComplaintRows:
    """Works within the caller's transaction."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    def insert(self, tx: Connection, complaint: Complaint) -> int:
        """Store a new complaint; its row."""
        values = {
            **self._changing(complaint),
            "number": complaint.number,
            "conversation": complaint.conversation,
            "draft": self._cipher.seal(_DRAFT.dump_json(complaint.draft).decode()),
            "received": complaint.received,
            "received_on": complaint.received_on,
            "source": complaint.source,
            "product": complaint.draft.product[:40],
            "elder": complaint.elder,
            "related": ",".join(complaint.related),
        }
        return int(tx.execute(_INSERT, values).scalar_one())

    def update(self, tx: Connection, row: int, complaint: Complaint) -> None:
        """Store what a step has changed."""
        tx.execute(
            complaints.update().where(complaints.c.id == row).values(self._changing(complaint))
        )

    def _changing(self, complaint: Complaint) -> dict[str, Any]:
        coding = complaint.coding
        return {
            "state": complaint.state,
            "due": complaint.due,
            "branch": complaint.branch,
            "owner": complaint.owner,
            "extension": complaint.extension,
            "extension_asked_by": complaint.extension_asked_by,
            "answered_on": complaint.answered_on,
            "reviewed": complaint.reviewed,
            "ended_on": complaint.ended_on,
            "recused": ",".join(map(str, sorted(complaint.recused))),
            "merged_into": complaint.merged_into,
            "mediation_case": complaint.mediation_case,
            "code_channel": coding.channel if coding else None,
            "code_business": coding.business if coding else None,
            "code_cause": coding.cause if coding else None,
        }

    def locked(self, tx: Connection, number: str) -> tuple[int, Complaint] | None:
        """A complaint that nobody else can change until this transaction ends, and its row."""
        query = select(complaints).where(complaints.c.number == number).with_for_update()
        row = tx.execute(query).first()
        return (row.id, self._complaint(row)) if row else None

    def those(
        self,
        tx: Connection,
        *conditions: ColumnElement[bool],
        order: ColumnElement[Any] | None = None,
    ) -> list[Complaint]:
        """The complaints that fit all `conditions`."""
        query = select(complaints).where(*conditions)
        return self.read(tx, query if order is None else query.order_by(order))

    def read(self, tx: Connection, query: Select[Any]) -> list[Complaint]:
        """What a query over whole rows finds."""
        return [self._complaint(row) for row in tx.execute(query)]

    def stream(self, tx: Connection, query: Select[Any]) -> Iterator[Complaint]:
        """The same one by one: what is not asked for is not opened."""
        return (self._complaint(row) for row in tx.execute(query))

    def recent_of(
        self, tx: Connection, conversation: int | None, contact: int | None, since: dt.datetime
    ) -> list[Complaint]:
        """Complaints since `since` of this conversation or with this contact's term, in order."""
        whose = {"conversation": conversation, "contact": contact, "since": since}
        return [self._complaint(row) for row in tx.execute(_RECENT, whose)]

    def add_step(
        self,
        tx: Connection,
        row: int,
        complaint: Complaint,
        step: Step,
        now: dt.datetime,
        account: int | None,
        *,
        untold: bool,
        move: Move | None = None,
    ) -> None:
        """Append to the time line."""
        detail = {"why": move.why, "to": move.to} if move else {}
        values = {
            "complaint": row,
            "step": step,
            "at": now,
            "account": account,
            "state": complaint.state,
            "due": complaint.due,
            "detail": self._cipher.seal(json.dumps(detail, ensure_ascii=False)),
            "untold": untold,
        }
        tx.execute(_ADD_STEP, values)

    def mark_told(self, tx: Connection, row: int) -> None:
        """The customer knows everything now."""
        mine = complaint_steps.c.complaint == row
        tx.execute(complaint_steps.update().where(mine).values(untold=False))

    def mark_untold(self, tx: Connection, row: int) -> None:
        """The customer has not heard of the last step."""
        mine = complaint_steps.c.complaint == row
        last = select(func.max(complaint_steps.c.id)).where(mine).scalar_subquery()
        tx.execute(complaint_steps.update().where(complaint_steps.c.id == last).values(untold=True))

    def length(self, tx: Connection, row: int) -> int:
        """How many steps the time line has."""
        query = select(func.count()).where(complaint_steps.c.complaint == row)
        return tx.execute(query).scalar_one()

    def timeline(self, tx: Connection, number: str) -> list[Entry]:
        """Every step of one complaint, oldest first."""
        query = (
            select(complaint_steps)
            .join_from(complaint_steps, complaints)
            .where(complaints.c.number == number)
            .order_by(complaint_steps.c.id)
        )
        return [self._entry(row) for row in tx.execute(query)]

    def _entry(self, row: Row[Any]) -> Entry:
        detail = json.loads(self._cipher.open(row.detail))
        return Entry(
            Step(row.step),
            row.at,
            row.account,
            State(row.state),
            row.due,
            detail.get("why", ""),
            detail.get("to", ""),
            row.untold,
        )

    def _complaint(self, row: Row[Any]) -> Complaint:
        coded = row.code_channel and row.code_business and row.code_cause
        return Complaint(
            row.number,
            State(row.state),
            row.received,
            row.received_on,
            row.due,
            _DRAFT.validate_json(self._cipher.open(row.draft)),
            row.source,
            row.branch,
            row.conversation,
            row.elder,
            row.owner,
            row.extension,
            row.extension_asked_by,
            row.answered_on,
            row.reviewed,
            row.ended_on,
            frozenset(int(one) for one in row.recused.split(",") if one),
            row.merged_into,
            row.mediation_case,
            Coding(row.code_channel, row.code_business, row.code_cause) if coded else None,
            tuple(one for one in row.related.split(",") if one),
        )
