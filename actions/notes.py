"""What agents write for each other about a customer; no customer ever sees it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, select

from actions import journal
from actions.database import insert_into
from actions.privacy import Cipher
from actions.tables import agents, notes


@dataclass(frozen=True, slots=True)
class Note:
    """One of them."""

    id: int
    name: str
    """Who wrote it."""
    text: str
    at: dt.datetime


class Notes:
    """Sealed, within the caller's transaction.

    They have a table of their own: nothing that reads messages for a customer can find them.
    """

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    def add(
        self,
        tx: Connection,
        conversation: int,
        agent: int,
        text: str,
        now: dt.datetime,
        key: str | None = None,
    ) -> None:
        """Keep `text`; what comes again with the same `key` is kept once."""
        values = {
            "conversation": conversation,
            "agent": agent,
            "content": self._cipher.seal(text),
            "at": now,
            "key": key,
        }
        row = insert_into(tx, notes).values(values).on_conflict_do_nothing()
        if tx.scalar(row.returning(notes.c.id)) is not None:
            journal.record(tx, now, f"agent:{agent}", "note.add", f"conversation:{conversation}")

    def of(self, tx: Connection, conversation: int) -> list[Note]:
        """Every note about this conversation, oldest first."""
        query = (
            select(notes, agents.c.name)
            .join_from(notes, agents)
            .where(notes.c.conversation == conversation)
            .order_by(notes.c.id)
        )
        rows = tx.execute(query)
        return [Note(row.id, row.name, self._cipher.open(row.content), row.at) for row in rows]
