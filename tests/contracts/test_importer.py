"""Each good row is registered once, with its steps on their days, on every database."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from argon2 import PasswordHasher
from conftest import KEY, PASSWORD, START
from contracts.databases import KINDS, fresh
from sqlalchemy import select

from actions import classification, journal, tables
from actions.agents import Agents, everyone
from actions.attachments import Attachments
from actions.complaint_search import Filter
from actions.complaints import Complaint, State, Step
from actions.database import Database
from actions.deadlines import Deadlines
from actions.errors import NotAllowed
from actions.imports.rows import Record, Rules, read_row
from actions.imports.store import Importer, Outcome
from actions.privacy import Cipher, new_key
from actions.register import SqlRegister
from actions.roles import Role
from actions.rotation import Rotation
from actions.steps import Actor

ZONE = ZoneInfo("Asia/Shanghai")
CIPHER = Cipher([KEY])
RULES = Rules(START.date(), Deadlines(), classification.load())
OPEN = {
    "received_on": "2026/11/20",
    "product": "信用卡",
    "what": "多扣了二十块手续费",
    "contact": "13812345678",
    "source": "网点",
    "old_number": "TS-7",
}
CLOSED = OPEN | {
    "received_on": "2026/1/5",
    "what": "大堂经理态度不好",
    "state": "已办结",
    "answered_on": "2026/1/15",
    "answer": "已经道歉",
    "ended_on": "2026/1/20",
    "channel": "营业现场",
    "business": "信用卡",
    "cause": "服务态度及质量",
}


def record(cells: dict[str, str], row: int = 2) -> Record:
    read = read_row(row, cells, RULES)
    assert isinstance(read, Record), read
    return read


class Office:
    """A register and the officer who imports."""

    def __init__(self, database: Database, officer: Actor) -> None:
        self.database = database
        self.officer = officer
        self.register = SqlRegister(CIPHER, Deadlines(), ZONE)

    async def store(self, *records: Record) -> Outcome:
        importer = Importer(self.register, CIPHER, self.officer, "台账.xlsx")
        return await self.database.write(lambda tx: importer.store(tx, records, START))

    async def all(self) -> list[Complaint]:
        return await self.database.read(lambda tx: self.register.search(tx, Filter()))


@pytest.fixture(params=KINDS)
async def office(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Office]:
    async with fresh(request.param, tmp_path) as database:
        await database.prepare(CIPHER)
        agents = Agents(database, PasswordHasher(time_cost=1, memory_cost=64))
        await agents.add("wang", "小王", PASSWORD, START, roles=[Role.OFFICER])
        [one] = await database.read(everyone)
        yield Office(database, Actor(one.id, one.roles))


async def test_an_open_complaint_keeps_its_day_of_receipt_and_its_deadline(office: Office) -> None:
    assert await office.store(record(OPEN)) == Outcome(1, 0)
    [one] = await office.all()
    assert (one.state, one.source) == (State.RECEIVED, "import")
    assert one.received_on == dt.date(2026, 11, 20)
    assert one.received.astimezone(ZONE).date() == one.received_on
    assert one.due == dt.date(2026, 12, 5)
    entries = await office.database.read(lambda tx: office.register.timeline(tx, one.number))
    assert [entry.step for entry in entries] == [Step.RECEIVE, Step.NOTE]
    assert entries[1].why == "从 台账.xlsx 第 2 行导入；来源：网点；原编号：TS-7"
    assert entries[1].account == office.officer.account


async def test_a_closed_complaint_has_its_steps_on_their_days_and_nobody_is_to_be_told(
    office: Office,
) -> None:
    await office.store(record(CLOSED))
    [one] = await office.all()
    assert (one.state, one.ended_on) == (State.CLOSED, dt.date(2026, 1, 20))
    assert one.answered_on == dt.date(2026, 1, 15)
    entries = await office.database.read(lambda tx: office.register.timeline(tx, one.number))
    assert [(entry.step, entry.at.astimezone(ZONE).date()) for entry in entries] == [
        (Step.RECEIVE, dt.date(2026, 1, 5)),
        (Step.ACCEPT, dt.date(2026, 1, 5)),
        (Step.START, dt.date(2026, 1, 5)),
        (Step.ANSWER, dt.date(2026, 1, 15)),
        (Step.CODE, dt.date(2026, 1, 20)),
        (Step.CLOSE, dt.date(2026, 1, 20)),
        (Step.NOTE, START.date()),
    ]
    assert entries[3].why == "已经道歉"
    assert (
        await office.database.read(lambda tx: office.register.search(tx, Filter(untold=True))) == []
    )


async def test_the_journal_says_when_it_was_really_written_down(office: Office) -> None:
    await office.store(record(CLOSED))
    rows = await office.database.read(lambda tx: tx.execute(select(tables.journal)).all())
    assert {row.at for row in rows if row.action.startswith("complaint.")} == {START}
    assert await office.database.read(journal.verify) is None


async def test_a_row_is_registered_once_also_where_its_state_has_moved_on(office: Office) -> None:
    both = [record(OPEN), record(CLOSED, 3)]
    assert await office.store(*both, record(OPEN, 9)) == Outcome(2, 1)
    assert await office.store(*both) == Outcome(0, 2)
    assert await office.store(record(OPEN | {"state": "处理中"})) == Outcome(0, 1)
    assert await office.store(record(OPEN | {"contact": "13900000000"})) == Outcome(1, 0)
    assert len(await office.all()) == 3


async def test_a_row_is_still_recognised_after_the_key_was_changed(
    office: Office, tmp_path: Path
) -> None:
    await office.store(record(OPEN))
    key = new_key()
    both = Cipher([key, KEY])
    async for _progress in Rotation(both, {"attachments": Attachments(both, tmp_path)}).run(
        office.database
    ):
        pass
    new = Cipher([key])
    importer = Importer(SqlRegister(new, Deadlines(), ZONE), new, office.officer, "b.xlsx")
    again = await office.database.write(lambda tx: importer.store(tx, [record(OPEN)], START))
    assert again == Outcome(0, 1)


async def test_of_a_batch_that_fails_nothing_is_stored(office: Office) -> None:
    """The account lost its role since the sheet was tried."""
    office.officer = replace(office.officer, roles=frozenset({Role.AGENT}))
    with pytest.raises(NotAllowed, match="角色"):
        await office.store(record(OPEN), record(CLOSED))
    assert await office.all() == []
