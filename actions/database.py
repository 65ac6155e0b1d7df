"""The database: SQLite (WAL) by default, PostgreSQL where a bank runs it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, event, make_url, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from actions import tables
from actions.errors import StorageUnavailable, WrongKey
from actions.privacy import Cipher

_MIGRATIONS = Path(__file__).parent / "migrations"
_KEY_PROBE = "key-probe"


class Database:
    """Connections: many readers, and writers that get all or nothing."""

    def __init__(self, url: str) -> None:
        """`url`: SQLAlchemy's, with the aiosqlite or asyncpg driver."""
        self.url = make_url(url)
        self._is_sqlite = self.url.get_backend_name() == "sqlite"
        self._engine = _sqlite(url) if self._is_sqlite else create_async_engine(url, pool_size=10)
        self._reader = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        # SQLite has one writer; queueing here is fair and costs no busy-waiting.
        self._one_writer = asyncio.Lock() if self._is_sqlite else None

    async def prepare(self, cipher: Cipher) -> None:
        """Bring the tables up to date, and make sure that `cipher` opens what they hold.

        Raises StorageUnavailable, and WrongKey where the data was sealed with another key.
        """
        async with self.write() as connection:
            await connection.run_sync(_migrate)
            query = select(tables.meta.c.value).where(tables.meta.c.name == _KEY_PROBE)
            probe = await connection.scalar(query)
            if probe is None:
                await connection.execute(
                    tables.meta.insert().values(name=_KEY_PROBE, value=cipher.seal(_KEY_PROBE))
                )
            elif cipher.open(probe) != _KEY_PROBE:
                raise WrongKey("密钥与数据库不符")

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for looking things up. Raises StorageUnavailable."""
        with _translated():
            async with self._reader.connect() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """One transaction: committed when the block ends, undone when it raises.

        Raises StorageUnavailable when the database cannot take it; then nothing is stored.
        """
        turn: AbstractAsyncContextManager[Any] = self._one_writer or nullcontext()
        with _translated():
            async with turn, self._engine.begin() as connection:
                yield connection

    async def close(self) -> None:
        """Give every connection back."""
        await self._engine.dispose()


class _translated:  # noqa: N801 - reads as a verb where it is used
    """Foreign errors leave as ours; programming errors stay what they are."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DBAPIError | OSError):
            raise StorageUnavailable(str(getattr(error, "orig", error))) from error


def _sqlite(url: str) -> AsyncEngine:
    engine = create_async_engine(url, pool_size=8, connect_args={"timeout": 10})

    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where on_begin says, not at a guess
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        # Every commit is on disk before it is answered: a complaint's number survives a power cut.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Connection) -> None:
        if connection.get_isolation_level() != "AUTOCOMMIT":
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _migrate(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def next_number(connection: AsyncConnection, name: str) -> int:
    """The next of the counter `name`, from 1 on; never given twice, also to writers in parallel."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = (
        dialect.insert(tables.counters)
        .values(name=name, value=1)
        .on_conflict_do_update(
            index_elements=[tables.counters.c.name], set_={"value": tables.counters.c.value + 1}
        )
        .returning(tables.counters.c.value)
    )
    value = await connection.scalar(statement)
    if value is None:
        raise SQLAlchemyError("the counter returned nothing")
    return int(value)
