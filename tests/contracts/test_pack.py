"""The monthly pack out of a seeded register: its figures are those of a hand count."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from argon2 import PasswordHasher
from conftest import KEY, PASSWORD, START
from contracts.databases import KINDS, fresh
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from actions import classification
from actions.agents import Agents, everyone
from actions.cases import Cases
from actions.coding import Coder
from actions.complaints import Coding, Draft, Step
from actions.database import Database
from actions.deadlines import Deadlines
from actions.errors import NotAllowed
from actions.improvement import Plan, Turn
from actions.improvements import Improvements
from actions.pack import maker
from actions.pack.figures import Answers, Month, figures, per_month, shares
from actions.pack.maker import Pack
from actions.privacy import Cipher
from actions.register import Origin, SqlRegister
from actions.roles import Role
from actions.steps import CUSTOMER_ACTOR, Actor, Move

ZONE = ZoneInfo("Asia/Shanghai")
OCTOBER = Month(dt.date(2026, 10, 1))
MADE = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 24)
CODER = Coder(classification.load())
FEE = "信用卡年费扣了我三百六，一次都没有刷过，要求退还年费"
LIKE = "没刷过的信用卡扣了年费三百六，要求退还，我叫王秀英"
ATM = "取款机把我的卡吞了，屏幕黑了，等了一个钟头没有人来"
FEE_CODE = Coding("前台/电子渠道/短信", "信用卡", "定价收费")


class Archive:
    """A register whose past can be written."""

    def __init__(self, database: Database, people: dict[str, Actor]) -> None:
        self.database = database
        self.people = people
        self.register = SqlRegister(Cipher([KEY]), Deadlines(), ZONE)
        self.cases = Cases(self.register, CODER)
        self.given = 0

    async def receive(self, day: str, text: str, phone: str = "", **more: Any) -> str:
        self.given += 1
        contact = phone or f"1381234{self.given:04d}"
        draft = Draft(text, "信用卡", "上周五，城东支行", "退费", contact)
        origin, now = Origin("web", **more), at(day)
        made = await self.database.write(lambda tx: self.register.receive(tx, origin, draft, now))
        return made.number

    async def take(
        self, number: str, step: Step, day: str, who: str = "officer", **more: Any
    ) -> None:
        by = self.people[who] if who else CUSTOMER_ACTOR
        move, now = Move(step, by, **{"why": "事由", **more}), at(day)
        await self.database.write(lambda tx: self.register.move(tx, number, move, now))

    async def answer(self, number: str, day: str) -> None:
        for step in (Step.ACCEPT, Step.START, Step.ANSWER):
            await self.take(number, step, day)

    async def pack(self, month: Month = OCTOBER, made: dt.datetime = MADE) -> Pack:
        return await self.database.read(
            lambda tx: maker.make(tx, month, self.cases, Deadlines(), "农业银行", ZONE, made)
        )


def at(text: str) -> dt.datetime:
    """A day, at noon; or a day and a time, where the bank is."""
    moment = dt.datetime.fromisoformat(text)
    return moment.replace(hour=moment.hour or 12, tzinfo=ZONE)


@pytest.fixture(params=KINDS)
async def archive(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Archive]:
    async with fresh(request.param, tmp_path) as database:
        await database.prepare(Cipher([KEY]))
        agents = Agents(database, PasswordHasher(time_cost=1, memory_cost=64))
        for login, role in (("officer", Role.OFFICER), ("approver", Role.APPROVER)):
            await agents.add(login, f"{login}的名字", PASSWORD, START, roles=[role])
        accounts = await database.read(everyone)
        yield Archive(database, {one.login: Actor(one.id, one.roles) for one in accounts})


@pytest.fixture
async def seeded(archive: Archive) -> Archive:
    """Seven complaints in October, one in September, one a year before; what is due is written."""
    last_year = await archive.receive("2025-10-20", ATM)
    await archive.answer(last_year, "2025-10-22")
    disputed = await archive.receive("2026-09-15", ATM)
    await archive.answer(disputed, "2026-09-20")
    await archive.take(disputed, Step.DISPUTE, "2026-10-08", "")
    await archive.take(disputed, Step.MEDIATE, "2026-10-20", to="调解〔2026〕8号")
    closed = await archive.receive("2026-10-02", FEE, "13900000001", elder=True)
    await archive.answer(closed, "2026-10-05")  # 3 days
    await archive.take(closed, Step.CODE, "2026-10-06", coding=FEE_CODE)
    await archive.take(closed, Step.CLOSE, "2026-10-06")
    late = await archive.receive("2026-10-03", LIKE, branch="城东支行")  # due 18 October
    await archive.answer(late, "2026-10-20")  # 17 days
    await archive.take(late, Step.CODE, "2026-10-20", coding=FEE_CODE)
    await archive.receive("2026-10-04", "柜员说话难听，嫌老人动作慢")  # due 19 October
    withdrawn = await archive.receive("2026-10-10", "利息算得不对")
    await archive.take(withdrawn, Step.WITHDRAW, "2026-10-10", "")
    extended = await archive.receive("2026-10-12", "房贷提前还款要排队三个月")
    await archive.take(extended, Step.ACCEPT, "2026-10-13")
    await archive.take(extended, Step.ASK_EXTENSION, "2026-10-20")
    await archive.take(extended, Step.EXTEND, "2026-10-20", "approver")  # due 11 November
    await archive.receive("2026-10-15", FEE, "13900000001")  # due 30 October; about the same
    after = await archive.receive("2026-10-31T23:30", "保安不让我坐着等")
    await archive.answer(after, "2026-11-02")
    return archive


async def test_the_figures_are_those_of_a_hand_count(seeded: Archive) -> None:
    found = await seeded.database.read(lambda tx: figures(tx, OCTOBER, ZONE, Deadlines(), TODAY))
    assert (found.total, found.repeat, found.elders) == (7, 1, 1)
    assert found.answers == Answers((3, 17), in_time=1, late=1)
    assert (found.answers.within(0.5), found.answers.within(0.9)) == (3, 17)
    assert (found.open, found.overdue) == (7, 2)
    for step in (Step.EXTEND, Step.DISPUTE, Step.WITHDRAW, Step.MEDIATE):
        assert found.steps[step] == 1
    spread = await seeded.database.read(lambda tx: shares(tx, OCTOBER))
    assert spread.business == {"": 5, "信用卡": 2}
    assert spread.branch == {"": 6, "城东支行": 1}


async def test_other_months_are_counted_as_they_stood_then(seeded: Archive) -> None:
    def look(tx: Connection) -> Any:
        return [figures(tx, OCTOBER.later(back), ZONE, Deadlines(), TODAY) for back in (-1, -12, 1)]

    september, last_year, november = await seeded.database.read(look)
    assert (september.total, september.answers.days, september.open) == (1, (5,), 2)
    assert (last_year.total, last_year.answers.days, last_year.overdue) == (1, (2,), 0)
    assert (november.total, november.answers.days) == (0, (2,))
    months = await seeded.database.read(lambda tx: per_month(tx, OCTOBER))
    assert len(months) == 13
    numbers = {str(month): number for month, number in months if number}
    assert numbers == {"2025年10月": 1, "2026年9月": 1, "2026年10月": 7}


async def test_page_and_pdf_tell_the_month_without_personal_data(seeded: Archive) -> None:
    pack = await seeded.pack()
    words = re.sub(r"<[^>]+>", "", re.sub(r"<svg.*?</svg>", "", pack.html, flags=re.DOTALL))
    for sentence in (
        "2026年10月收到投诉 7 件，比上月多 6 件（+600.0%）；比去年同月多 6 件（+600.0%）。",
        "业务上最多的是“信用卡”，2 件，占已确认的 100.0%。",
        "另有 5 件还没有确认分类。",
        "60 岁及以上或使用长辈版的客户投诉 1 件，占 14.3%。",
        "当月答复 2 件，一半在 3 天内，九成在 17 天内；15 天内答复的占 50.0%。",
        "超过期限的有 3 件（答复晚了 1 件，月末还没答复 2 件）；为同一件事再来投诉的有 1 件。",
        "最大的一组有 3 件，原因是“定价收费”。",
        "没有正在进行的整改任务。",
    ):
        assert sentence in words
    assert "王秀英" not in words
    assert not re.search(r"1\d{10}|20261\d{8}", words)
    assert pack.pdf.startswith(b"%PDF")
    assert pack.html.count("<svg") == 8
    assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", pack.html)


async def test_the_same_data_gives_the_same_bytes(seeded: Archive) -> None:
    first, second = await seeded.pack(), await seeded.pack()
    assert first == second
    later = await seeded.pack(made=MADE + dt.timedelta(days=1))
    assert later.html == first.html.replace("2026-11-24", "2026-11-25")


async def test_a_month_without_complaints_says_so(archive: Archive) -> None:
    pack = await archive.pack()
    assert "2026年10月没有收到投诉；上月 0 件，去年同月 0 件。" in pack.html
    assert "这个月没有答复投诉。" in pack.html
    assert "月末没有未办完的投诉。" in pack.html
    assert "<svg" not in pack.html
    assert pack.pdf.startswith(b"%PDF")


async def test_tasks_are_told_with_what_still_comes(seeded: Archive) -> None:
    owner = seeded.people["officer"].account
    assert owner is not None
    number = await seeded.receive("2026-10-07", FEE)
    tasks = Improvements()
    plan = Plan("年费规则写进开卡告知", "书面告知", owner, dt.date(2026, 10, 20), "定价收费")
    late = Plan("网点加一台叫号机", "加设备", owner, dt.date(2026, 10, 25), "服务态度及质量")
    by, day = seeded.people["officer"], dt.date(2026, 10, 8)

    def work(tx: Connection) -> None:
        done = tasks.open(tx, plan, [number], by, at("2026-10-07"))
        tasks.open(tx, late, [number], by, at("2026-10-07"))
        for turn in (Turn.START, Turn.FINISH):
            tasks.move(tx, done, turn, by, "已办", at("2026-10-08"), day)

    await seeded.database.write(work)
    html = (await seeded.pack()).html
    assert "改后仍有 1 件" in html  # that of 15 October
    assert "有 2 项整改任务，其中 1 项已过期限。" in html
    assert "officer的名字" in html
    assert "整改任务" in (await seeded.pack(OCTOBER.later(-1))).html
    assert "没有正在进行的整改任务。" in (await seeded.pack(OCTOBER.later(-1))).html


@pytest.mark.parametrize("text", ["2026-13", "10月", "", "2026-10-01"])
def test_a_month_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(NotAllowed, match="2026-10"):
        maker.parse_month(text, TODAY)


def test_a_month_to_come_is_refused() -> None:
    assert maker.parse_month("2026-11", TODAY) == Month(dt.date(2026, 11, 1))
    with pytest.raises(NotAllowed, match="还没有到"):
        maker.parse_month("2026-12", TODAY)


@given(day=st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1)), months=st.integers(-200, 200))
def test_months_follow_each_other(day: dt.date, months: int) -> None:
    month = Month(day.replace(day=1))
    assert month.later(months).later(-months) == month
    assert month.last + dt.timedelta(days=1) == month.later(1).first


@given(days=st.lists(st.integers(0, 90), min_size=1), share=st.sampled_from([0.5, 0.9]))
def test_so_many_were_answered_within_the_days_that_are_said(days: list[int], share: float) -> None:
    within = Answers(tuple(sorted(days)), 0, 0).within(share)
    assert within is not None
    assert sum(one <= within for one in days) >= share * len(days)
    assert sum(one < within for one in days) < share * len(days)
