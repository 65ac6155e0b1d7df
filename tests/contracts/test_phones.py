"""What agents' telephones and the topics promise, over every database that a bank may run."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import KEY, PASSWORD, START
from contracts.databases import KINDS, fresh
from sqlalchemy import func, select

from actions import journal, presence
from actions.agents import Agents
from actions.database import Database
from actions.errors import NotAllowed
from actions.phones import DUTY, VALID, Phones
from actions.privacy import Cipher
from actions.shared import SharedValues
from actions.tables import journal as rows
from actions.topics import Topic, Topics
from bot.conversations import Conversation, ConversationStore
from bot.turn import Address

PHONES, TOPICS = Phones(Cipher([KEY])), Topics()
USER = 7_000_000_001
A_SECOND = dt.timedelta(seconds=1)


@pytest.fixture(params=KINDS)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    async with fresh(request.param, tmp_path) as database:
        await database.prepare(Cipher([KEY]))
        for login in ("wang", "li"):
            await Agents(database).add(login, login, PASSWORD, START)
        yield database


async def offer(database: Database, login: str = "wang", now: dt.datetime = START) -> str:
    return await database.write(lambda tx: PHONES.offer(tx, login, now))


async def link(
    database: Database, code: str, user: int = USER, now: dt.datetime = START
) -> str | None:
    agent = await database.write(lambda tx: PHONES.link(tx, user, code, now))
    return agent.login if agent else None


async def test_a_code_links_once(database: Database) -> None:
    code = await offer(database)
    users = (USER, USER + 1, USER + 2)
    linked = await asyncio.gather(*(link(database, code, user) for user in users))
    assert sorted(one or "" for one in linked) == ["", "", "wang"]


async def test_who_says_their_code_again_is_linked_and_nobody_else(database: Database) -> None:
    code = await offer(database)
    assert [await link(database, code) for _ in range(2)] == ["wang", "wang"]
    assert await link(database, code, now=START + 2 * VALID) == "wang"
    assert await link(database, code, USER + 1) is None
    linked = select(func.count()).select_from(rows).where(rows.c.action == "phone.link")
    assert await database.read(lambda tx: tx.scalar(linked)) == 1
    await database.write(lambda tx: PHONES.unlink(tx, USER, START))
    assert await link(database, code) is None


async def test_one_who_says_a_code_twice_at_the_same_time_is_linked(database: Database) -> None:
    code = await offer(database)
    assert await asyncio.gather(*(link(database, code) for _ in range(3))) == ["wang"] * 3


async def test_a_code_ends_after_ten_minutes_and_with_the_next_one(database: Database) -> None:
    first, second = await offer(database), await offer(database)
    assert await link(database, first) is None
    assert await link(database, second, now=START + VALID) is None
    with pytest.raises(NotAllowed, match="nobody"):
        await offer(database, "nobody")


async def test_an_account_has_one_telephone_and_a_telephone_one_account(
    database: Database,
) -> None:
    assert await link(database, await offer(database)) == "wang"
    assert await link(database, await offer(database), USER + 1) == "wang"
    assert await database.read(lambda tx: PHONES.agent(tx, USER)) is None
    assert await link(database, await offer(database, "li"), USER + 1) == "li"
    await database.write(lambda tx: PHONES.unlink(tx, USER + 1, START))
    assert await database.read(lambda tx: PHONES.agent(tx, USER + 1)) is None
    assert await database.read(journal.verify) is None


async def test_a_new_password_ends_the_link(database: Database) -> None:
    await link(database, await offer(database))
    await Agents(database).add("wang", "wang", PASSWORD, START)
    assert await database.read(lambda tx: PHONES.agent(tx, USER)) is None


async def test_duty_is_a_days_work_and_says_what_an_open_desk_says(database: Database) -> None:
    await link(database, await offer(database))
    agent = await database.read(lambda tx: PHONES.agent(tx, USER))
    assert agent is not None
    assert not await database.write(lambda tx: PHONES.beat(tx, START))
    await database.write(lambda tx: PHONES.begin(tx, agent.id, START))
    assert await database.write(lambda tx: PHONES.beat(tx, START))
    assert await database.read(lambda tx: presence.on_duty(tx, START)) == 1
    assert not await database.write(lambda tx: PHONES.beat(tx, START + DUTY))
    await database.write(lambda tx: PHONES.end(tx, agent.id))
    assert await database.read(lambda tx: PHONES.on_duty(tx, START)) == frozenset()


async def test_a_topic_is_kept_as_it_stands(database: Database) -> None:
    store = ConversationStore(Cipher([KEY]))
    new = Conversation(Address("web", "a"))
    id_ = await database.write(lambda tx: store.save(tx, new, START))
    topic = Topic(id_, thread=5_000_000_000, reached=7)
    assert await database.read(lambda tx: TOPICS.of(tx, id_)) == Topic(id_)
    for one in (topic, replace(topic, reached=9, shows="waiting")):
        await database.write(lambda tx, one=one: TOPICS.save(tx, one))  # type: ignore[misc]
        assert await database.read(lambda tx: TOPICS.of(tx, id_)) == one
    assert await database.read(lambda tx: TOPICS.in_thread(tx, 5_000_000_000)) == id_
    assert await database.read(lambda tx: TOPICS.in_thread(tx, 6)) is None
    assert await database.read(TOPICS.busy) == {}


async def test_a_lease_that_was_lost_cannot_be_held_on_to(database: Database) -> None:
    shared, lasts = SharedValues(Cipher([KEY])), dt.timedelta(seconds=60)
    mine = await database.write(lambda tx: shared.lease(tx, "x", START, lasts))
    assert mine is not None
    later = START + lasts
    assert await database.write(lambda tx: shared.hold(tx, "x", mine, later))
    theirs = await database.write(lambda tx: shared.lease(tx, "x", later, lasts))
    assert theirs is not None
    assert not await database.write(lambda tx: shared.hold(tx, "x", mine, later + lasts))
