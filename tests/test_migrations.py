"""A database that an earlier version made is brought up to date with everything in it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from conftest import KEY
from sqlalchemy import create_engine, inspect, select

from actions import tables
from actions.database import _MIGRATIONS, Database
from actions.privacy import Cipher

NOW = "2026-11-24 08:00:00"


def at_revision(file: Path, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


@pytest.mark.parametrize("revision", ["0002", "0003", "0010"])
async def test_who_was_signed_in_and_what_was_registered_is_still_there(
    tmp_path: Path, revision: str
) -> None:
    file = tmp_path / "old.sqlite3"
    at_revision(file, revision)
    cipher = Cipher([KEY])
    with closing(sqlite3.connect(file)) as old, old:
        old.execute("PRAGMA foreign_keys = ON")
        old.execute(
            "INSERT INTO agents (id, login, name, password, failures) "
            "VALUES (1, 'wang', '小王', 'x', 0)"
        )
        old.execute("INSERT INTO sessions (token, agent, expires) VALUES ('t', 1, ?)", [NOW])
        old.execute(
            "INSERT INTO conversations (id, channel, user, mode, elder, state, created, updated) "
            "VALUES (1, 'web', 'u', 'bot', 0, ?, ?, ?)",
            [cipher.seal("{}"), NOW, NOW],
        )
        old.execute(
            "INSERT INTO complaints (number, conversation, state, draft, received, due) "
            "VALUES ('2026112400018', 1, 'received', ?, ?, '2026-12-09')",
            [cipher.seal("{}"), NOW],
        )
    database = Database(f"sqlite:///{file}")
    await database.prepare(cipher)
    await database.prepare(cipher)  # and once more, as at the next start
    agent = select(tables.agents.c.login).join(tables.sessions)
    assert await database.read(lambda tx: tx.scalar(agent)) == "wang"
    received = select(tables.complaints.c.received_on)
    assert str(await database.read(lambda tx: tx.scalar(received))) == "2026-11-24"
    with pytest.raises(Exception, match="FOREIGN KEY"):  # they are kept again
        await database.write(lambda tx: tx.execute(tables.agents.delete()))
    await database.close()


async def test_the_migrations_lead_to_the_tables_that_the_code_knows(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.sqlite3'}")
    await database.prepare(Cipher([KEY]))

    def columns(name: str) -> set[str]:
        return {column.name for column in tables.metadata.tables[name].columns}

    found = await database.read(
        lambda tx: {
            name: {column["name"] for column in inspect(tx).get_columns(name)}
            for name in inspect(tx).get_table_names()
            if name != "alembic_version"
        }
    )
    assert found == {name: columns(name) for name in tables.metadata.tables}
    await database.close()
