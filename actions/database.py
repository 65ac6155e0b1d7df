"""The database: SQLite (WAL) by default, PostgreSQL where a bank runs it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from sqlalchemy import (
    Connection,
    Engine,
    Table,
    bindparam,
    create_engine,
    event,
    make_url,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from actions import tables
from actions.digest_key import DIGEST_KEY
from actions.errors import StorageUnavailable, WrongKey
from actions.privacy import Cipher

_MIGRATIONS = Path(__file__).parent / "migrations"
_KEY_PROBE = "key-probe"
_THREADS = 8

T = TypeVar("T")


class Database:
    """Work on the data: many readers, and writers that get all or nothing.

    Work is a plain function of a connection. It runs in a thread of its own from its first
    statement to its commit, so that a transaction costs the event loop two switches, not two for
    each statement.
    """

    def __init__(self, url: str) -> None:
        """`url`: SQLAlchemy's, with the pysqlite or psycopg driver."""
        self.url = make_url(url)
        self._is_sqlite = self.url.get_backend_name() == "sqlite"
        self._engine = (
            _sqlite(url) if self._is_sqlite else create_engine(url, pool_size=2 * _THREADS)
        )
        self._reading = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._readers = ThreadPoolExecutor(_THREADS, "database-reader")
        # SQLite has one writer; queueing for one thread is fair and costs no busy-waiting.
        self._writers = ThreadPoolExecutor(1 if self._is_sqlite else _THREADS, "database-writer")

    async def prepare(self, cipher: Cipher) -> None:
        """Bring the tables up to date, and make sure that `cipher` opens what they hold.

        Raises StorageUnavailable, and WrongKey where the data was sealed with another key.
        """

        def bring_up(tx: Connection) -> None:
            _migrate(tx)
            query = select(tables.meta.c.value).where(tables.meta.c.name == _KEY_PROBE)
            probe = tx.scalar(query)
            if probe is None:
                tx.execute(
                    tables.meta.insert().values(name=_KEY_PROBE, value=cipher.seal(_KEY_PROBE))
                )
            elif cipher.open(probe) != _KEY_PROBE:
                raise WrongKey("密钥与数据库不符")
            if not tx.scalar(select(tables.meta.c.name).where(tables.meta.c.name == DIGEST_KEY)):
                made = cipher.seal(secrets.token_hex(32))
                tx.execute(tables.meta.insert().values(name=DIGEST_KEY, value=made))

        await asyncio.get_running_loop().run_in_executor(self._writers, self._bring_up, bring_up)

    def _bring_up(self, work: Callable[[Connection], None]) -> None:
        """One transaction, in SQLite without foreign keys: a table that is altered is made anew.

        While the old one is dropped, others refer to it; what they refer to is checked at the end.
        """
        with _translated(), self._engine.connect() as connection:
            if not self._is_sqlite:
                with connection.begin():
                    return work(connection)
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                work(connection)
                if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise StorageUnavailable(f"数据库里有对不上的记录：{tuple(broken)}")
                connection.commit()
            finally:
                connection.rollback()
                connection.exec_driver_sql("PRAGMA foreign_keys = ON")

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` finds. Raises StorageUnavailable, and whatever `work` raises."""

        def look_up() -> T:
            with _translated(), self._reading.connect() as connection:
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._readers, look_up)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """`work` as one transaction: committed when it returns, undone when it raises.

        Raises StorageUnavailable when the database cannot take it; then nothing is stored.
        """

        def transact() -> T:
            with _translated(), self._engine.begin() as tx:
                if self._is_sqlite:  # the lock first, so that no reader has to become a writer
                    tx.exec_driver_sql("BEGIN IMMEDIATE")
                return work(tx)

        return await asyncio.get_running_loop().run_in_executor(self._writers, transact)

    async def close(self) -> None:
        """Finish the work under way and give every connection back."""
        await asyncio.to_thread(self._writers.shutdown)
        await asyncio.to_thread(self._readers.shutdown)
        self._engine.dispose()


class _translated:  # noqa: N801 - reads as a verb where it is used
    """Foreign errors leave as ours; programming errors stay what they are."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DBAPIError | OSError):
            raise StorageUnavailable(str(getattr(error, "orig", error))) from error


def _sqlite(url: str) -> Engine:
    engine = create_engine(url, pool_size=2 * _THREADS, connect_args={"timeout": 10})

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # a transaction begins where we say, not at a guess
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        # Every commit is on disk before it is answered: a complaint's number survives a power cut.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    return engine


def _migrate(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def insert_into(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that can say what to do where the row is there already (ON CONFLICT)."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def _count_up(insert: Any) -> Any:
    counters = tables.counters
    return (
        insert(counters)
        .values(name=bindparam("name"), value=1)
        .on_conflict_do_update(
            index_elements=[counters.c.name], set_={"value": counters.c.value + 1}
        )
        .returning(counters.c.value)
    )


_COUNT_UP = {"sqlite": _count_up(sqlite.insert), "postgresql": _count_up(postgresql.insert)}


def next_number(connection: Connection, name: str) -> int:
    """The next of the counter `name`, from 1 on; never given twice, also to writers in parallel."""
    statement = _COUNT_UP[connection.dialect.name]
    return int(connection.execute(statement, {"name": name}).scalar_one())
