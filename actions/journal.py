"""The journal: who did what, append-only, each entry sealed to the one before by its digest."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from actions.privacy import mask
from actions.tables import journal

_START = "0" * 64
_PAGE = 1_000
"""Entries read at once."""
_LOCK = 7_261_001
"""PostgreSQL's advisory lock for the journal's end; any constant of ours."""
_WAIT = select(func.pg_advisory_xact_lock(_LOCK))
_LAST = select(journal.c.digest).order_by(journal.c.id.desc()).limit(1)
_APPEND = journal.insert()


def record(
    connection: Connection,
    at: dt.datetime,
    actor: str,
    action: str,
    subject: str,
    detail: str = "",
) -> None:
    """Append one entry within the caller's transaction. `detail` is masked here."""
    if connection.dialect.name == "postgresql":
        connection.execute(_WAIT)
    entry = _entry(at, actor, action, subject, mask(detail)[:500])
    previous = connection.scalar(_LAST) or _START
    connection.execute(_APPEND, {**entry, "at": at, "digest": _digest(previous, entry)})


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal."""

    at: dt.datetime
    actor: str
    action: str
    detail: str
    digest: str


def about(connection: Connection, subject: str) -> list[Entry]:
    """What was done to `subject`, oldest first."""
    query = select(journal).where(journal.c.subject == subject).order_by(journal.c.id)
    return [
        Entry(row.at, row.actor, row.action, row.detail, row.digest)
        for row in connection.execute(query)
    ]


def verify(connection: Connection) -> int | None:
    """The id of the first entry that was changed, or follows one that was; None if all is whole."""
    previous, reached = _START, 0
    while True:
        query = select(journal).where(journal.c.id > reached).order_by(journal.c.id).limit(_PAGE)
        rows = connection.execute(query).all()
        for row in rows:
            entry = _entry(row.at, row.actor, row.action, row.subject, row.detail)
            if row.digest != _digest(previous, entry):
                return int(row.id)
            previous, reached = row.digest, row.id
        if len(rows) < _PAGE:
            return None


def _entry(at: dt.datetime, actor: str, action: str, subject: str, detail: str) -> dict[str, str]:
    """What the digest covers, the same when written and when read back."""
    return {
        "at": at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        "actor": actor,
        "action": action,
        "subject": subject,
        "detail": detail,
    }


def _digest(previous: str, entry: dict[str, str]) -> str:
    canonical = json.dumps(entry, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256((previous + canonical).encode()).hexdigest()
