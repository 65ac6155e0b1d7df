"""What storage promises, over every database that a bank may run."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from conftest import KEY, START
from contracts.databases import KINDS, fresh
from sqlalchemy import Connection, select

from actions import journal, tables
from actions.agents import Agent
from actions.complaints import Draft
from actions.database import Database
from actions.deadlines import Deadlines
from actions.errors import NotAllowed, WrongKey
from actions.floor import Floor
from actions.handoff import HandoffDesk
from actions.hours import Hours
from actions.numbers import is_number
from actions.privacy import Cipher, new_key
from actions.queueing import QueueRules, Urgency
from actions.register import Origin, SqlRegister
from actions.spans import parse_spans
from bot.conversations import Conversation, ConversationStore
from bot.turn import Address

ZONE = ZoneInfo("Asia/Shanghai")
DRAFT = Draft("多扣了二十块", "信用卡", "上周五，城东支行", "退还费用", "13812345678")
HEAD_STARTS = {
    Urgency.FRAUD: dt.timedelta(days=1),
    Urgency.ELDER: dt.timedelta(minutes=10),
    Urgency.NORMAL: dt.timedelta(),
}
RULES = QueueRules(HEAD_STARTS)
FLOOR = Floor(RULES)


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
    return HandoffDesk(RULES, Hours([parse_spans("00:00-24:00")] * 7, ZONE))


async def customer(database: Database, user: str) -> int:
    store, conversation = ConversationStore(Cipher([KEY])), Conversation(Address("web", user))
    return await database.write(lambda tx: store.save(tx, conversation, START))


async def call(
    database: Database, queue: HandoffDesk, id_: int, urgency: Urgency, minute: int = 0
) -> None:
    now = START + dt.timedelta(minutes=minute)
    await database.write(lambda tx: queue.request(tx, id_, urgency, "客户要求人工", now))


async def order(database: Database, queue: HandoffDesk) -> list[int]:
    return [one.conversation for one in await database.read(FLOOR.waiting)]


async def test_preparing_twice_changes_nothing(database: Database) -> None:
    await database.prepare(Cipher([KEY]))


async def test_a_database_of_another_key_is_refused_at_the_start(database: Database) -> None:
    with pytest.raises(WrongKey):
        await database.prepare(Cipher([new_key()]))


async def test_a_complaint_is_found_by_its_customer_only(
    database: Database, register: SqlRegister
) -> None:
    mine, other = await customer(database, "a"), await customer(database, "b")
    received = await database.write(
        lambda tx: register.receive(tx, Origin("web", mine), DRAFT, START)
    )
    number = received.number
    assert await database.read(lambda tx: register.find(tx, mine, number)) == received
    assert await database.read(lambda tx: register.find(tx, other, number)) is None
    assert await database.read(lambda tx: register.of(tx, other)) == []


async def test_the_day_of_receipt_is_the_banks_day_and_not_utcs(
    database: Database, register: SqlRegister
) -> None:
    late = dt.datetime(2026, 11, 24, 20, 0, tzinfo=dt.UTC)  # already the 25th in Shanghai
    mine = await customer(database, "a")
    received = await database.write(
        lambda tx: register.receive(tx, Origin("web", mine), DRAFT, late)
    )
    assert received.number.startswith("20261125")
    assert received.due == dt.date(2026, 12, 10)


async def test_fifty_writers_at_once_get_fifty_different_numbers(
    database: Database, register: SqlRegister
) -> None:
    ids = [await customer(database, str(number)) for number in range(50)]

    async def complain(id_: int) -> str:
        received = await database.write(
            lambda tx: register.receive(tx, Origin("web", id_), DRAFT, START)
        )
        return received.number

    numbers = await asyncio.gather(*map(complain, ids))
    assert len(set(numbers)) == 50
    assert all(map(is_number, numbers))
    assert await database.read(journal.verify) is None


async def test_a_transaction_that_fails_leaves_neither_complaint_nor_journal_entry(
    database: Database, register: SqlRegister
) -> None:
    mine = await customer(database, "a")

    def fail(tx: Connection) -> None:
        register.receive(tx, Origin("web", mine), DRAFT, START)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await database.write(fail)
    assert await database.read(lambda tx: register.of(tx, mine)) == []
    assert await database.read(lambda tx: tx.execute(select(tables.journal)).all()) == []


async def test_a_changed_journal_entry_is_found(database: Database, register: SqlRegister) -> None:
    mine = await customer(database, "a")
    for _ in range(3):
        await database.write(lambda tx: register.receive(tx, Origin("web", mine), DRAFT, START))

    def forge(tx: Connection) -> int:
        second = select(tables.journal.c.id).order_by(tables.journal.c.id).offset(1).limit(1)
        id_ = tx.execute(second).scalar_one()
        tx.execute(tables.journal.update().where(tables.journal.c.id == id_).values(actor="nobody"))
        return int(id_)

    forged = await database.write(forge)
    assert await database.read(journal.verify) == forged


async def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    writing, go_on = threading.Event(), threading.Event()

    def write(tx: Connection) -> None:
        tx.execute(tables.meta.insert().values(name="probe", value=b"1"))
        writing.set()
        assert go_on.wait(10)

    def value(tx: Connection) -> bytes | None:
        return tx.scalar(select(tables.meta.c.value).where(tables.meta.c.name == "probe"))

    task = asyncio.create_task(database.write(write))
    assert await asyncio.to_thread(writing.wait, 10)
    assert await database.read(value) is None
    go_on.set()
    await task
    assert await database.read(value) == b"1"


async def test_a_customer_who_leaves_in_the_middle_does_not_undo_what_was_under_way(
    database: Database, register: SqlRegister
) -> None:
    mine = await customer(database, "a")
    writing = threading.Event()

    def write(tx: Connection) -> None:
        writing.set()
        register.receive(tx, Origin("web", mine), DRAFT, START)

    task = asyncio.create_task(database.write(write))
    assert await asyncio.to_thread(writing.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await customer(database, "the next writer")  # over SQLite, waits for the one before
    async with asyncio.timeout(10):
        while not await database.read(lambda tx: register.of(tx, mine)):
            await asyncio.sleep(0.01)


async def test_the_queue_orders_by_urgency_and_lets_nobody_wait_for_ever(
    database: Database, queue: HandoffDesk
) -> None:
    arrivals = [
        ("first", Urgency.NORMAL, 0),
        ("second", Urgency.NORMAL, 5),
        ("elder", Urgency.ELDER, 12),
        ("fraud", Urgency.FRAUD, 13),
    ]
    ids = {user: await customer(database, user) for user, _, _ in arrivals}
    for user, urgency, minute in arrivals:
        await call(database, queue, ids[user], urgency, minute)
    expected = [ids[user] for user in ("fraud", "first", "elder", "second")]
    assert await order(database, queue) == expected
    place = await database.read(lambda tx: FLOOR.place(tx, ids["elder"], START))
    assert place is not None
    assert place.position == 3


async def test_asking_again_never_costs_the_place_and_fraud_betters_it(
    database: Database, queue: HandoffDesk
) -> None:
    early, late = await customer(database, "early"), await customer(database, "late")
    for minute, id_ in enumerate([early, late, early]):
        await call(database, queue, id_, Urgency.NORMAL, minute)
    assert await order(database, queue) == [early, late]
    await call(database, queue, late, Urgency.FRAUD)
    assert await order(database, queue) == [late, early]


async def test_twenty_agents_who_accept_at_once_share_one_customer_with_nobody(
    database: Database, queue: HandoffDesk
) -> None:
    await call(database, queue, await customer(database, "a"), Urgency.NORMAL)

    def hire(tx: Connection) -> list[int]:
        rows = [
            {"login": f"a{number}", "name": "小王", "password": "-", "failures": 0}
            for number in range(20)
        ]
        tx.execute(tables.agents.insert(), rows)
        return list(tx.scalars(select(tables.agents.c.id)))

    agents = await database.write(hire)
    handoff = (await database.read(FLOOR.waiting))[0].id

    async def accept(agent: int) -> bool:
        try:
            await database.write(
                lambda tx: queue.accept(tx, handoff, Agent(agent, "a", "小王"), START)
            )
        except NotAllowed:
            return False
        return True

    assert sum(await asyncio.gather(*map(accept, agents))) == 1


async def test_the_waiting_time_is_told_only_when_it_can_honestly_be_said(
    database: Database, queue: HandoffDesk
) -> None:
    waiting = await customer(database, "waiting")
    await call(database, queue, waiting, Urgency.NORMAL)
    place = await database.read(lambda tx: FLOOR.place(tx, waiting, START))
    assert place is not None
    assert place.eta_s is None
