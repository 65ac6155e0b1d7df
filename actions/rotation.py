"""Sealing everything again with the newest key, beside gateways that go on working."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from sqlalchemy import Column, Connection, Select, bindparam, func, select

from actions import tables
from actions.database import Database
from actions.errors import WrongKey
from actions.privacy import Cipher

SEALED: tuple[Column[bytes], ...] = (
    tables.meta.c.value,
    tables.conversations.c.state,
    tables.messages.c.content,
    tables.complaints.c.draft,
    tables.complaint_steps.c.detail,
    tables.attachments.c.name,
    tables.service_requests.c.details,
    tables.callbacks.c.contact,
    tables.calls.c.caller,
    tables.notes.c.content,
    tables.gaps.c.question,
    tables.shared_values.c.value,
    tables.ledgers.c.code,
    tables.responses.c.content,
)
"""Every column that holds sealed text; a test compares it with the tables."""
_BATCH = 200
"""Rows of one transaction: short enough for a customer's turn to wait for."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one column is."""

    column: str
    seen: int
    total: int
    resealed: int


class SealedFiles(Protocol):
    """A folder of sealed files. Everything blocks."""

    def ids(self) -> list[str]:
        """Every file."""

    def is_current(self, id_: str, /) -> bool:
        """Whether the newest key opens this file; one that is gone needs none."""

    def reseal(self, id_: str, /) -> None:
        """Seal it with the newest key. Raises WrongKey, StorageUnavailable."""


class Rotation:
    """Stateless: what the newest key opens is left alone, so it can be broken off at any point."""

    def __init__(self, cipher: Cipher, folders: Mapping[str, SealedFiles]) -> None:
        """`folders`: the sealed files, by what they are called among the columns."""
        self._cipher = cipher
        self._folders = folders

    async def run(self, database: Database) -> AsyncGenerator[Progress]:
        """Seal everything anew, telling how far it is after each batch.

        Every running gateway must have the new key by now. Raises StorageUnavailable, and WrongKey
        where something was sealed with a key that is not among the present ones.
        """
        for column in SEALED:
            async for progress in self._column(database, column):
                yield progress
        for name, files in self._folders.items():
            async for progress in self._files(name, files):
                yield progress

    def left(self, tx: Connection) -> int:
        """How many values and files still need an older key."""
        values = sum(
            not self._cipher.is_current(value) for column in SEALED for value in _values(tx, column)
        )
        return values + sum(
            not files.is_current(id_) for files in self._folders.values() for id_ in files.ids()
        )

    async def _files(self, name: str, files: SealedFiles) -> AsyncGenerator[Progress]:
        ids, resealed = await asyncio.to_thread(files.ids), 0
        for seen, id_ in enumerate(ids, 1):
            resealed += await asyncio.to_thread(_file, name, files, id_)
            if seen % _BATCH == 0 or seen == len(ids):
                yield Progress(name, seen, len(ids), resealed)

    async def _column(self, database: Database, column: Column[bytes]) -> AsyncGenerator[Progress]:
        page, key = _first_page(column)
        name = f"{column.table.name}.{column.name}"
        count = select(func.count()).select_from(column.table)
        total = await database.read(lambda tx: tx.scalar(count) or 0)
        seen = resealed = 0
        rows = await database.read(partial(_rows, page))
        while rows:
            changes = await asyncio.to_thread(self._changes, name, rows)
            if changes:
                await database.write(partial(_replace, column, changes))
            seen, resealed = seen + len(rows), resealed + len(changes)
            yield Progress(name, seen, max(total, seen), resealed)
            rows = await database.read(partial(_rows, page.where(key > rows[-1][0])))

    def _changes(self, name: str, rows: list[tuple[Any, bytes]]) -> list[dict[str, Any]]:
        changes = []
        for key, value in rows:
            if not self._cipher.is_current(value):
                try:
                    changes.append({"row": key, "old": value, "new": self._cipher.reseal(value)})
                except WrongKey as error:
                    raise WrongKey(
                        f"{name}（{key}）现有的密钥都打不开，请补上当时的密钥"
                    ) from error
        return changes


def _file(name: str, files: SealedFiles, id_: str) -> bool:
    """Whether the file was sealed anew."""
    if files.is_current(id_):
        return False
    try:
        files.reseal(id_)
    except WrongKey as error:
        raise WrongKey(f"{name}（{id_}）现有的密钥都打不开，请补上当时的密钥") from error
    return files.is_current(id_)  # not one that somebody with the old key still writes


def _first_page(column: Column[bytes]) -> tuple[Select[Any], Column[Any]]:
    """The first rows of a column's table, and the key by which the next ones follow."""
    [key] = column.table.primary_key
    return select(key, column).where(column.is_not(None)).order_by(key).limit(_BATCH), key


def _values(tx: Connection, column: Column[bytes]) -> Iterator[bytes]:
    """All of a column, a page at a time."""
    page, key = _first_page(column)
    rows = _rows(page, tx)
    while rows:
        yield from (value for _, value in rows)
        rows = _rows(page.where(key > rows[-1][0]), tx)


def _rows(page: Select[Any], tx: Connection) -> list[tuple[Any, bytes]]:
    return [(row[0], row[1]) for row in tx.execute(page)]


def _replace(column: Column[bytes], changes: list[dict[str, Any]], tx: Connection) -> None:
    """Where a gateway has changed a row since, it has sealed it with the newest key itself."""
    [key] = column.table.primary_key
    unchanged = column.table.update().where(key == bindparam("row"), column == bindparam("old"))
    tx.execute(unchanged.values({column: bindparam("new")}), changes)
