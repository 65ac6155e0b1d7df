"""What storage promises, over every database that a bank may run."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from conftest import KEY, START
from contracts.databases import KINDS, fresh
from sqlalchemy import select

from actions import journal, tables
from actions.complaints import Draft
from actions.database import Database
from actions.deadlines import Deadlines
from actions.errors import NotAllowed, WrongKey
from actions.handoff import HandoffDesk, Urgency
from actions.numbers import is_number
from actions.privacy import Cipher, new_key
from actions.register import SqlRegister
from bot.conversations import Conversation, ConversationStore
from bot.turn import Address

ZONE = ZoneInfo("Asia/Shanghai")
DRAFT = Draft("多扣了二十块", "信用卡", "上周五，城东支行", "退还费用", "13812345678")
HEAD_STARTS = {
    Urgency.FRAUD: dt.timedelta(days=1),
    Urgency.ELDER: dt.timedelta(minutes=10),
    Urgency.NORMAL: dt.timedelta(),
}


@pytest.fixture(params=KINDS)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    async with fresh(request.param, tmp_path) as database:
        await database.prepare(Cipher([KEY]))
        yield database


@pytest.fixture
def register() -> SqlRegister:
    return SqlRegister(Cipher([KEY]), Deadlines(), ZONE)


@pytest.fixture
def queue() -> HandoffDesk:
    return HandoffDesk(HEAD_STARTS, ZONE)


async def customer(database: Database, user: str) -> int:
    async with database.write() as connection:
        conversation = Conversation(Address("web", user))
        return await ConversationStore(Cipher([KEY])).save(connection, conversation, START)


async def test_preparing_twice_changes_nothing(database: Database) -> None:
    await database.prepare(Cipher([KEY]))


async def test_a_database_of_another_key_is_refused_at_the_start(database: Database) -> None:
    with pytest.raises(WrongKey):
        await database.prepare(Cipher([new_key()]))


async def test_a_complaint_is_found_by_its_customer_only(
    database: Database, register: SqlRegister
) -> None:
    mine, other = await customer(database, "a"), await customer(database, "b")
    async with database.write() as connection:
        received = await register.receive(connection, mine, DRAFT, START)
    async with database.read() as connection:
        assert await register.find(connection, mine, received.number) == received
        assert await register.find(connection, other, received.number) is None
        assert await register.of(connection, other) == []


async def test_the_day_of_receipt_is_the_banks_day_and_not_utcs(
    database: Database, register: SqlRegister
) -> None:
    late = dt.datetime(2026, 11, 24, 20, 0, tzinfo=dt.UTC)  # already the 25th in Shanghai
    mine = await customer(database, "a")
    async with database.write() as connection:
        received = await register.receive(connection, mine, DRAFT, late)
    assert received.number.startswith("20261125")
    assert received.due == dt.date(2026, 12, 10)


async def test_fifty_writers_at_once_get_fifty_different_numbers(
    database: Database, register: SqlRegister
) -> None:
    ids = [await customer(database, str(number)) for number in range(50)]

    async def complain(id_: int) -> str:
        async with database.write() as connection:
            return (await register.receive(connection, id_, DRAFT, START)).number

    numbers = await asyncio.gather(*map(complain, ids))
    assert len(set(numbers)) == 50
    assert all(map(is_number, numbers))
    async with database.read() as connection:
        assert await journal.verify(connection) is None


async def test_a_transaction_that_fails_leaves_neither_complaint_nor_journal_entry(
    database: Database, register: SqlRegister
) -> None:
    mine = await customer(database, "a")

    async def fail() -> None:
        async with database.write() as connection:
            await register.receive(connection, mine, DRAFT, START)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    async with database.read() as connection:
        assert await register.of(connection, mine) == []
        assert (await connection.execute(select(tables.journal))).all() == []


async def test_a_changed_journal_entry_is_found(database: Database, register: SqlRegister) -> None:
    mine = await customer(database, "a")
    for _ in range(3):
        async with database.write() as connection:
            await register.receive(connection, mine, DRAFT, START)
    async with database.write() as connection:
        second = select(tables.journal.c.id).order_by(tables.journal.c.id).offset(1).limit(1)
        id_ = await connection.scalar(second)
        await connection.execute(
            tables.journal.update().where(tables.journal.c.id == id_).values(actor="nobody")
        )
    async with database.read() as connection:
        assert await journal.verify(connection) == id_


async def test_the_queue_orders_by_urgency_and_lets_nobody_wait_for_ever(
    database: Database, queue: HandoffDesk
) -> None:
    async def wait(user: str, urgency: Urgency, minute: int) -> int:
        id_ = await customer(database, user)
        async with database.write() as connection:
            now = START + dt.timedelta(minutes=minute)
            await queue.request(connection, id_, urgency, "客户要求人工", now)
        return id_

    first = await wait("first", Urgency.NORMAL, 0)
    second = await wait("second", Urgency.NORMAL, 5)
    elder = await wait("elder", Urgency.ELDER, 12)
    fraud = await wait("fraud", Urgency.FRAUD, 13)
    async with database.read() as connection:
        order = [one.conversation for one in await queue.waiting(connection)]
        place = await queue.place(connection, elder, on_duty=1)
    assert order == [fraud, first, elder, second]
    assert place is not None
    assert place.position == 3


async def test_asking_again_never_costs_the_place_and_fraud_betters_it(
    database: Database, queue: HandoffDesk
) -> None:
    early, late = await customer(database, "early"), await customer(database, "late")
    for minute, (id_, urgency) in enumerate(
        [
            (early, Urgency.NORMAL),
            (late, Urgency.NORMAL),
            (early, Urgency.NORMAL),
        ]
    ):
        async with database.write() as connection:
            now = START + dt.timedelta(minutes=minute)
            await queue.request(connection, id_, urgency, "客户要求人工", now)
    async with database.read() as connection:
        assert [one.conversation for one in await queue.waiting(connection)] == [early, late]
    async with database.write() as connection:
        await queue.request(connection, late, Urgency.FRAUD, "疑似诈骗", START)
    async with database.read() as connection:
        assert [one.conversation for one in await queue.waiting(connection)] == [late, early]


async def test_twenty_agents_who_accept_at_once_share_one_customer_with_nobody(
    database: Database, queue: HandoffDesk
) -> None:
    id_ = await customer(database, "a")
    async with database.write() as connection:
        await queue.request(connection, id_, Urgency.NORMAL, "客户要求人工", START)
        for number in range(20):
            row = {"login": f"a{number}", "name": "小王", "password": "-", "failures": 0}
            await connection.execute(tables.agents.insert().values(row))
    async with database.read() as connection:
        agents = (await connection.scalars(select(tables.agents.c.id))).all()
        handoff = (await queue.waiting(connection))[0].id

    async def accept(agent: int) -> bool:
        try:
            async with database.write() as connection:
                await queue.accept(connection, handoff, agent, START)
        except NotAllowed:
            return False
        return True

    assert sum(await asyncio.gather(*map(accept, agents))) == 1


async def test_the_waiting_time_is_told_only_when_it_can_honestly_be_said(
    database: Database, queue: HandoffDesk
) -> None:
    waiting = await customer(database, "waiting")
    async with database.write() as connection:
        await queue.request(connection, waiting, Urgency.NORMAL, "客户要求人工", START)
    async with database.read() as connection:
        place = await queue.place(connection, waiting, on_duty=2)
    assert place is not None
    assert place.eta_s is None
