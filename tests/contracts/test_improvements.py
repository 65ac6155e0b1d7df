"""What improvement tasks promise, over every database that a bank may run."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from argon2 import PasswordHasher
from conftest import KEY, PASSWORD, START
from contracts.databases import KINDS, fresh
from hypothesis import given
from hypothesis import strategies as st

from actions import journal
from actions.agents import Agents, everyone
from actions.complaints import Draft
from actions.database import Database
from actions.deadlines import Deadlines
from actions.errors import NotAllowed
from actions.improvement import COURSE, Improvement, Plan, Stage, Turn, objection
from actions.improvements import Improvements
from actions.privacy import Cipher
from actions.register import Origin, SqlRegister
from actions.roles import Role
from actions.steps import Actor

TODAY = dt.date(2026, 11, 24)
DRAFT = Draft("年费扣了三百六", "信用卡", "上周五", "退费", "13812345678")


class Office:
    """Tasks, and three people."""

    def __init__(self, database: Database, people: dict[str, Actor], number: str) -> None:
        self.database = database
        self.people = people
        self.number = number
        self.tasks = Improvements()

    def plan(self, **more: Any) -> Plan:
        owner = self.people["officer"].account
        assert owner is not None
        whole = Plan("年费规则写进开卡告知", "开卡时口头并书面告知", owner, TODAY, "定价收费")
        return replace(whole, **more)

    async def open(self, who: str = "officer", **more: Any) -> int:
        numbers = more.pop("numbers", [self.number])
        plan, by = self.plan(**more), self.people[who]
        return await self.database.write(lambda tx: self.tasks.open(tx, plan, numbers, by, START))

    async def move(self, id_: int, turn: Turn, who: str = "officer", **more: Any) -> Improvement:
        by, why, plan = self.people[who], more.get("why", "事由"), more.get("plan")
        await self.database.write(
            lambda tx: self.tasks.move(tx, id_, turn, by, why, START, TODAY, plan)
        )
        return await self.database.read(lambda tx: self.tasks.get(tx, id_))


@pytest.fixture(params=KINDS)
async def office(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Office]:
    async with fresh(request.param, tmp_path) as database:
        cipher = Cipher([KEY])
        await database.prepare(cipher)
        agents = Agents(database, PasswordHasher(time_cost=1, memory_cost=64))
        roles = {"officer": Role.OFFICER, "approver": Role.APPROVER, "auditor": Role.AUDITOR}
        for login, role in roles.items():
            await agents.add(login, login, PASSWORD, START, roles=[role])
        accounts = await database.read(everyone)
        people = {one.login: Actor(one.id, one.roles) for one in accounts}
        register = SqlRegister(cipher, Deadlines(), ZoneInfo("Asia/Shanghai"))
        complaint = await database.write(
            lambda tx: register.receive(tx, Origin("web"), DRAFT, START)
        )
        yield Office(database, people, complaint.number)


async def test_a_task_goes_from_opening_to_its_check_and_the_journal_tells_how(
    office: Office,
) -> None:
    id_ = await office.open()
    await office.move(id_, Turn.START)
    done = await office.move(id_, Turn.FINISH, why="已更新告知书")
    assert (done.stage, done.done_on, done.numbers) == (Stage.DONE, TODAY, (office.number,))
    checked = await office.move(id_, Turn.CHECK, "approver", why="抽查三个网点")
    assert checked.stage is Stage.CHECKED
    past = await office.database.read(lambda tx: office.tasks.history(tx, id_))
    assert [one.action for one in past] == [
        f"improvement.{what}" for what in ("open", "start", "finish", "check")
    ]
    assert past[-1].detail == "抽查三个网点"
    assert past[-1].actor == office.people["approver"].name
    assert await office.database.read(journal.verify) is None


async def test_nobody_checks_their_own_work(office: Office) -> None:
    id_ = await office.open()
    await office.move(id_, Turn.START)
    await office.move(id_, Turn.FINISH, "approver")
    for who in ("officer", "approver"):
        with pytest.raises(NotAllowed, match="其他同事"):
            await office.move(id_, Turn.CHECK, who)


async def test_who_only_reads_changes_nothing(office: Office) -> None:
    with pytest.raises(NotAllowed, match="只能查看"):
        await office.open("auditor")
    id_ = await office.open()
    with pytest.raises(NotAllowed, match="只能查看"):
        await office.move(id_, Turn.START, "auditor")


async def test_every_turn_needs_a_reason(office: Office) -> None:
    id_ = await office.open()
    with pytest.raises(NotAllowed, match="请写明"):
        await office.move(id_, Turn.START, why=" ")


async def test_another_day_is_written_down_with_the_old_one(office: Office) -> None:
    id_ = await office.open()
    later = TODAY + dt.timedelta(days=10)
    changed = await office.move(id_, Turn.CHANGE, plan=office.plan(due=later), why="等系统排期")
    assert (changed.plan.due, changed.stage) == (later, Stage.OPEN)
    past = await office.database.read(lambda tx: office.tasks.history(tx, id_))
    assert past[-1].detail == "等系统排期（期限 2026-11-24 → 2026-12-04）"


async def test_a_task_sent_back_is_not_done(office: Office) -> None:
    id_ = await office.open()
    await office.move(id_, Turn.START)
    await office.move(id_, Turn.FINISH)
    again = await office.move(id_, Turn.REOPEN, "approver")
    assert (again.stage, again.done_on, again.done_by) == (Stage.IN_PROGRESS, None, None)


async def test_what_is_to_be_done_first_stands_first(office: Office) -> None:
    late = await office.open(due=TODAY + dt.timedelta(days=9))
    soon = await office.open(due=TODAY + dt.timedelta(days=2))
    past = await office.open(due=TODAY - dt.timedelta(days=9))
    for turn, who in ((Turn.START, "officer"), (Turn.FINISH, "officer"), (Turn.CHECK, "approver")):
        await office.move(past, turn, who)
    tasks = await office.database.read(office.tasks.list)
    assert [task.id for task in tasks] == [soon, late, past]
    assert [task.overdue(TODAY + dt.timedelta(days=3)) for task in tasks] == [True, False, False]


async def test_only_known_complaints_and_people_make_a_task(office: Office) -> None:
    with pytest.raises(NotAllowed, match="编号"):
        await office.open(numbers=["2026112499999"])
    for owner in (999, office.people["auditor"].account):
        with pytest.raises(NotAllowed, match="负责人"):
            await office.open(owner=owner)
    with pytest.raises(NotAllowed, match="刷新"):
        await office.move(999, Turn.START)


async def test_personal_numbers_in_a_plan_are_masked(office: Office) -> None:
    id_ = await office.open(title="回电13812345678", change="x" * 990 + "01012345678")
    plan = (await office.database.read(lambda tx: office.tasks.get(tx, id_))).plan
    assert plan.title == "回电138****5678"
    assert len(plan.change) <= 1_000


@given(turns=st.lists(st.tuples(st.sampled_from(Turn), st.sampled_from([1, 2, 3])), max_size=12))
def test_no_turn_leads_past_the_table_and_a_check_is_always_anothers(
    turns: list[tuple[Turn, int]],
) -> None:
    task = Improvement(1, Plan("", "", 1, TODAY, ""), Stage.OPEN, START)
    for turn, account in turns:
        by = Actor(account, frozenset({Role.OFFICER}))
        assert (turn in task.turns(by)) == (objection(task, turn, by) is None)
        if objection(task, turn, by):
            continue
        assert task.stage in COURSE[turn]
        if turn is Turn.CHECK:
            assert account not in {task.plan.owner, task.done_by}
        done = account if turn is Turn.FINISH else task.done_by
        task = replace(task, stage=COURSE[turn][task.stage], done_by=done)
