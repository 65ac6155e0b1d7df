"""The register of complaints: one row each, sealed, numbered, with the day it is due."""

from __future__ import annotations

import datetime as dt
from typing import Any, Protocol

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, select

from actions import journal, numbers
from actions.complaints import Complaint, Draft, State
from actions.deadlines import Deadlines
from actions.privacy import Cipher
from actions.tables import complaints

_DRAFT = TypeAdapter(Draft)


class ComplaintRegister(Protocol):
    """Where complaints are kept. Each call works within the caller's transaction."""

    def receive(
        self, connection: Connection, conversation: int, draft: Draft, now: dt.datetime
    ) -> Complaint:
        """Register a complaint; it has its number and due date when this returns.

        Raises StorageUnavailable; then, as in any transaction, nothing is stored.
        """

    def of(self, connection: Connection, conversation: int) -> list[Complaint]:
        """The complaints of this conversation's customer, newest first."""

    def find(self, connection: Connection, conversation: int, number: str) -> Complaint | None:
        """The customer's complaint; None also where it is someone else's."""


class SqlRegister:
    """The register in our database."""

    def __init__(self, cipher: Cipher, deadlines: Deadlines, zone: dt.tzinfo) -> None:
        """`zone`: where the bank's days begin and end."""
        self._cipher = cipher
        self._deadlines = deadlines
        self._zone = zone

    def receive(
        self, connection: Connection, conversation: int, draft: Draft, now: dt.datetime
    ) -> Complaint:
        """See ComplaintRegister."""
        today = now.astimezone(self._zone).date()
        complaint = Complaint(
            numbers.issue(connection, today),
            State.RECEIVED,
            now,
            self._deadlines.decision(today),
            draft,
        )
        connection.execute(
            complaints.insert().values(
                number=complaint.number,
                conversation=conversation,
                state=complaint.state,
                draft=self._cipher.seal(_DRAFT.dump_json(draft).decode()),
                received=now,
                due=complaint.due,
            )
        )
        journal.record(
            connection,
            now,
            f"conversation:{conversation}",
            "complaint.receive",
            f"complaint:{complaint.number}",
            draft.product,
        )
        return complaint

    def of(self, connection: Connection, conversation: int) -> list[Complaint]:
        """See ComplaintRegister."""
        query = (
            select(complaints)
            .where(complaints.c.conversation == conversation)
            .order_by(complaints.c.id.desc())
        )
        return [self._complaint(row) for row in connection.execute(query)]

    def find(self, connection: Connection, conversation: int, number: str) -> Complaint | None:
        """See ComplaintRegister."""
        query = select(complaints).where(
            complaints.c.conversation == conversation, complaints.c.number == number
        )
        row = connection.execute(query).first()
        return self._complaint(row) if row else None

    def _complaint(self, row: Row[Any]) -> Complaint:
        draft = _DRAFT.validate_json(self._cipher.open(row.draft))
        return Complaint(row.number, State(row.state), row.received, row.due, draft)
