"""Registering the good rows of a sheet, each once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from actions.blind_index import BlindIndex
from actions.complaints import Step
from actions.imports.rows import Record
from actions.privacy import Cipher
from actions.register import Origin, SqlRegister
from actions.steps import Actor, Move
from actions.tables import complaints, imports

BATCH = 500
"""Rows of one transaction."""
SMALL_BATCH = 50
"""The same on SQLite, where a gateway's turns wait for it: a few tenths of a second."""
SOURCE = "import"
_LOCK = 7_261_002
"""PostgreSQL's advisory lock for imports; any constant of ours."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch."""

    stored: int
    known: int
    """Imported before, or twice in the file."""


class Importer:
    """Works within the caller's transaction."""

    def __init__(self, register: SqlRegister, cipher: Cipher, by: Actor, file: str) -> None:
        """`by`: the officer in whose name it is done; `file`: its name, for the notes."""
        self._register = register
        self._index = BlindIndex(cipher)
        self._by = by
        self._file = file

    def store(self, tx: Connection, records: Sequence[Record], now: dt.datetime) -> Outcome:
        """Register those that were not imported before. Raises NotAllowed."""
        if tx.dialect.name == "postgresql":
            tx.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        stored = 0
        for record in records:
            digest = self._index.digest(tx, record.identity())
            if tx.scalar(select(imports.c.complaint).where(imports.c.digest == digest)) is None:
                self._register_one(tx, record, digest, now)
                stored += 1
        return Outcome(stored, len(records) - stored)

    def _register_one(self, tx: Connection, record: Record, digest: str, now: dt.datetime) -> None:
        origin = Origin(
            SOURCE,
            elder=record.elder,
            branch=record.branch,
            account=self._by.account,
            received_on=record.received_on,
        )
        number = self._register.receive(tx, origin, record.draft, now).number
        note = Move(Step.NOTE, self._by, self._note(record))
        for move in (*record.moves(self._by), note):
            self._register.move(tx, number, move, now)
        row = select(complaints.c.id).where(complaints.c.number == number).scalar_subquery()
        tx.execute(imports.insert().values(digest=digest, complaint=row, at=now))

    def _note(self, record: Record) -> str:
        parts = [f"从 {self._file} 第 {record.row} 行导入"]
        parts += [f"来源：{record.source}"] if record.source else []
        parts += [f"原编号：{record.old_number}"] if record.old_number else []
        return "；".join(parts)
