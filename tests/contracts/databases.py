"""The databases over which contract suites run: SQLite always, PostgreSQL where there is one."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from actions.database import Database

POSTGRES = "TEST_POSTGRES_URL"
"""For example postgresql+psycopg://postgres@127.0.0.1:5432/postgres; a user that may create."""

KINDS = [
    "sqlite",
    pytest.param(
        "postgres",
        marks=pytest.mark.skipif(
            POSTGRES not in os.environ, reason=f"no PostgreSQL: {POSTGRES} is not set"
        ),
    ),
]


@asynccontextmanager
async def fresh(kind: str, folder: Path) -> AsyncIterator[Database]:
    """An empty database of this kind, gone afterwards."""
    if kind == "sqlite":
        database = Database(f"sqlite:///{folder / 'contract.sqlite3'}")
        yield database
        await database.close()
        return
    server = make_url(os.environ[POSTGRES])
    name = f"test_{uuid.uuid4().hex[:12]}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    database = Database(server.set(database=name).render_as_string(hide_password=False))
    try:
        yield database
    finally:
        await database.close()
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name}"))
        engine.dispose()
