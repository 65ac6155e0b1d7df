"""What the register of complaints promises, over every database that a bank may run."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from argon2 import PasswordHasher
from conftest import KEY, PASSWORD, START
from contracts.databases import KINDS, fresh
from memory_register import MemoryRegister, NoDatabase

from actions import journal
from actions.agents import Agents, everyone
from actions.complaint_search import Filter
from actions.complaints import Coding, Complaint, Draft, State, Step
from actions.database import Database
from actions.deadlines import Deadlines
from actions.errors import NotAllowed
from actions.privacy import Cipher
from actions.register import Origin, SqlRegister
from actions.roles import Role
from actions.steps import CUSTOMER_ACTOR, Actor, Move

ZONE = ZoneInfo("Asia/Shanghai")
DRAFT = Draft("柜台多扣了我二十块手续费", "信用卡", "上周五，城东支行", "退还费用", "13812345678")
CODING = Coding("前台/营业现场", "信用卡", "定价收费")
DESK = Origin("desk")


class Office:
    """A register with three people at it."""

    def __init__(
        self,
        database: Database | NoDatabase,
        register: SqlRegister | MemoryRegister,
        people: dict[str, Actor],
    ) -> None:
        self.database = database
        self.register = register
        self.people = people
        self.now = START

    async def receive(self, draft: Draft = DRAFT, origin: Origin = DESK) -> Complaint:
        return await self.database.write(
            lambda tx: self.register.receive(tx, origin, draft, self.now)
        )

    async def move(
        self,
        number: str,
        step: Step,
        who: str = "officer",
        seen: int | None = None,
        **more: Any,
    ) -> Complaint:
        by = self.people[who] if who else CUSTOMER_ACTOR
        move = Move(step, by, **{"why": "事由", **more})
        return await self.database.write(
            lambda tx: self.register.move(tx, number, move, self.now, seen)
        )

    async def read(self, work: Callable[..., Any], *arguments: Any) -> Any:
        return await self.database.read(lambda tx: work(tx, *arguments))

    async def search(self, **wanted: Any) -> list[str]:
        found = await self.read(self.register.search, Filter(**wanted))
        return [one.number for one in found]

    def later(self, days: int) -> None:
        self.now += dt.timedelta(days=days)


ROLES = {
    "officer": Role.OFFICER,
    "other": Role.OFFICER,
    "approver": Role.APPROVER,
    "senior": Role.SENIOR,
    "auditor": Role.AUDITOR,
    "agent": Role.AGENT,
}


@pytest.fixture(params=["memory", *KINDS])
async def office(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Office]:
    if request.param == "memory":
        people = {
            name: Actor(place, frozenset({role}))
            for place, (name, role) in enumerate(ROLES.items())
        }
        yield Office(NoDatabase(), MemoryRegister(Deadlines(), ZONE), people)
        return
    async with fresh(request.param, tmp_path) as database:
        cipher = Cipher([KEY])
        await database.prepare(cipher)
        agents = Agents(database, PasswordHasher(time_cost=1, memory_cost=64))
        for login, role in ROLES.items():
            await agents.add(login, login, PASSWORD, START, roles=[role])
        accounts = await database.read(everyone)
        people = {one.login: Actor(one.id, one.roles) for one in accounts}
        yield Office(database, SqlRegister(cipher, Deadlines(), ZONE), people)
        assert await database.read(journal.verify) is None


async def test_a_complaint_lives_from_receipt_to_its_end_and_every_step_is_kept(
    office: Office,
) -> None:
    number = (await office.receive()).number
    for step in (Step.ACCEPT, Step.START):
        await office.move(number, step)
    await office.move(number, Step.ANSWER, why="已退还二十元")
    await office.move(number, Step.CODE, coding=CODING)
    closed = await office.move(number, Step.CLOSE)
    assert closed.state is State.CLOSED
    assert closed.ended_on == office.register.today(START)
    assert closed.coding == CODING
    assert await office.read(office.register.get, number) == closed
    entries = await office.read(office.register.timeline, number)
    assert [entry.step for entry in entries] == [
        Step.RECEIVE,
        Step.ACCEPT,
        Step.START,
        Step.ANSWER,
        Step.CODE,
        Step.CLOSE,
    ]
    assert entries[3].why == "已退还二十元"
    assert entries[3].account == office.people["officer"].account


async def test_two_extensions_need_two_levels_of_approval(office: Office) -> None:
    complaint = await office.receive()
    number, received = complaint.number, complaint.received_on
    await office.move(number, Step.ACCEPT)
    await office.move(number, Step.ASK_EXTENSION)
    with pytest.raises(NotAllowed, match="角色"):
        await office.move(number, Step.EXTEND, "officer")
    extended = await office.move(number, Step.EXTEND, "approver")
    assert extended.due == received + dt.timedelta(days=30)
    await office.move(number, Step.ASK_EXTENSION)
    with pytest.raises(NotAllowed, match="高级审批人"):
        await office.move(number, Step.EXTEND, "approver")
    further = await office.move(number, Step.EXTEND, "senior")
    assert further.due == received + dt.timedelta(days=60)
    with pytest.raises(NotAllowed, match="不允许再延"):
        await office.move(number, Step.ASK_EXTENSION)


async def test_a_dispute_has_a_window_and_a_clock_of_its_own_and_comes_once(office: Office) -> None:
    number = (await office.receive()).number
    for step in (Step.ACCEPT, Step.START, Step.ANSWER):
        await office.move(number, step)
    office.later(30)
    disputed = await office.move(number, Step.DISPUTE, "", why="没有退钱")
    assert disputed.due == office.register.today(office.now) + dt.timedelta(days=30)
    assert disputed.owner is None
    answered = await office.move(number, Step.ANSWER, "other", why="核查后全额退还")
    assert answered.reviewed
    with pytest.raises(NotAllowed, match="已经核查过一次"):
        await office.move(number, Step.DISPUTE, "", why="还是不满意")


async def test_a_dispute_that_comes_too_late_is_told_where_else_to_turn(office: Office) -> None:
    number = (await office.receive()).number
    for step in (Step.ACCEPT, Step.START, Step.ANSWER):
        await office.move(number, step)
    office.later(31)
    with pytest.raises(NotAllowed, match="12378"):
        await office.move(number, Step.DISPUTE, "", why="没有退钱")


async def test_a_withdrawal_ends_the_complaint_the_same_day(office: Office) -> None:
    number = (await office.receive()).number
    office.later(2)
    withdrawn = await office.move(number, Step.WITHDRAW, "", why="")
    assert withdrawn.state is State.WITHDRAWN
    assert withdrawn.ended_on == office.register.today(office.now)


async def test_whoever_stepped_aside_cannot_touch_or_get_it_again(office: Office) -> None:
    number = (await office.receive()).number
    await office.move(number, Step.ACCEPT)
    await office.move(number, Step.RECUSE, why="当事人是亲属")
    with pytest.raises(NotAllowed, match="回避"):
        await office.move(number, Step.START)
    owner = office.people["officer"].account
    with pytest.raises(NotAllowed, match="回避"):
        await office.move(number, Step.ASSIGN, "approver", owner=owner)
    assigned = await office.move(
        number, Step.ASSIGN, "approver", owner=office.people["other"].account
    )
    assert assigned.owner == office.people["other"].account


async def test_a_transfer_begins_anew_at_the_other_branch_with_the_same_deadline(
    office: Office,
) -> None:
    complaint = await office.receive()
    await office.move(complaint.number, Step.ACCEPT)
    moved = await office.move(complaint.number, Step.TRANSFER, to="城东支行")
    assert (moved.state, moved.branch, moved.owner) == (State.RECEIVED, "城东支行", None)
    assert moved.due == complaint.due


async def test_an_auditor_changes_nothing(office: Office) -> None:
    number = (await office.receive()).number
    for step in Step:
        with pytest.raises(NotAllowed):
            await office.move(number, step, "auditor", to="x", owner=1, coding=CODING)


async def test_merging_into_a_number_that_does_not_exist_is_refused(office: Office) -> None:
    one, two = await office.receive(), await office.receive(replace(DRAFT, contact="不留"))
    with pytest.raises(NotAllowed, match="没有编号"):
        await office.move(one.number, Step.MERGE, to="2026112599991")
    merged = await office.move(one.number, Step.MERGE, to=two.number)
    assert (merged.state, merged.merged_into) == (State.MERGED, two.number)


async def test_the_same_customers_second_complaint_about_the_matter_is_linked(
    office: Office,
) -> None:
    first = await office.receive()
    office.later(3)
    again = await office.receive(replace(DRAFT, what="上次说的柜台多扣手续费，二十块还没退"))
    assert again.related == (first.number,)
    assert (await office.receive(replace(DRAFT, what="大堂经理说话很凶"))).related == ()
    stranger = replace(DRAFT, contact="13900000000")
    assert (await office.receive(stranger)).related == ()


async def test_two_strangers_who_both_want_to_be_answered_here_are_not_one_customer(
    office: Office,
) -> None:
    here = replace(DRAFT, contact="就在这里回复我")
    await office.receive(here)
    assert (await office.receive(here)).related == ()


async def test_sealed_text_is_found_by_its_words_and_by_the_telephone_number(
    office: Office,
) -> None:
    one = await office.receive()
    other = await office.receive(
        replace(DRAFT, what="大堂经理说话很凶，态度差", contact="13900000000")
    )
    assert await office.search(text="手续费") == [one.number]
    assert await office.search(text="139 0000 0000") == [other.number]
    assert await office.search(text="续手费") == []
    assert await office.search(text="城东支行") == [other.number, one.number]
    with pytest.raises(NotAllowed, match="两个字"):
        await office.search(text="凶")


async def test_search_narrows_by_everything_that_is_given(office: Office) -> None:
    one = await office.receive()
    office.later(1)
    two = await office.receive(replace(DRAFT, product="贷款", contact="不留"))
    await office.move(two.number, Step.ACCEPT)
    assert await office.search(states=frozenset({State.ACCEPTED})) == [two.number]
    assert await office.search(product="信用卡") == [one.number]
    assert await office.search(number=one.number[:8]) == [one.number]
    assert await office.search(received_from=two.received_on) == [two.number]
    assert await office.search(owner=office.people["officer"].account) == [two.number]
    assert await office.search(due_until=one.due) == [one.number]
    assert await office.search(before=two.number) == [one.number]
    assert await office.search(due_first=True, limit=1) == [one.number]


async def test_what_is_due_comes_soonest_first_and_an_answered_one_does_not(
    office: Office,
) -> None:
    one = await office.receive()
    office.later(1)
    two = await office.receive()
    three = await office.receive()
    for step in (Step.ACCEPT, Step.START, Step.ANSWER):
        await office.move(three.number, step)
    due = await office.read(office.register.due, two.due)
    assert [complaint.number for complaint in due] == [one.number, two.number]


async def test_a_customer_without_a_chat_stays_on_the_list_until_somebody_has_told_them(
    office: Office,
) -> None:
    number = (await office.receive()).number
    await office.move(number, Step.ACCEPT)
    assert await office.search(untold=True) == [number]
    await office.move(number, Step.TOLD, why="电话告知")
    assert await office.search(untold=True) == []


async def test_a_supplement_is_found_by_its_words(office: Office) -> None:
    number = (await office.receive()).number
    await office.move(number, Step.SUPPLEMENT, why="当时有位保安也在场")
    assert await office.search(text="保安") == [number]


async def test_pages_follow_each_other_without_gaps_in_either_order(office: Office) -> None:
    for days in (0, 2, 0, 1):
        office.later(days)
        await office.receive()
    for due_first in (False, True):
        whole = await office.search(due_first=due_first)
        pages: list[str] = []
        while page := await office.search(
            due_first=due_first, limit=3, before=pages[-1] if pages else ""
        ):
            pages += page
        assert pages == whole
        assert len(pages) == 4
    assert await office.read(office.register.count, Filter(limit=1, before=whole[1])) == 4


async def test_buckets_are_found_by_their_days_and_by_what_they_wait_for(office: Office) -> None:
    one = await office.receive()
    office.later(1)
    two = await office.receive()
    assert await office.search(due_from=two.due, due_until=two.due) == [two.number]
    await office.move(one.number, Step.ACCEPT)
    await office.move(one.number, Step.ASK_EXTENSION)
    assert await office.search(extension_asked=True) == [one.number]


async def test_a_step_on_a_view_that_is_no_longer_true_is_refused(office: Office) -> None:
    number = (await office.receive()).number
    await office.move(number, Step.ACCEPT, seen=1)
    with pytest.raises(NotAllowed, match="新的变化") as refused:
        await office.move(number, Step.START, seen=1)
    assert refused.value.code == "stale"
    await office.move(number, Step.START, seen=2)


async def test_what_was_merged_hears_the_answer_also_by_way_of_another_complaint(
    office: Office,
) -> None:
    first, second, last = [await office.receive() for _ in range(3)]
    await office.move(first.number, Step.MERGE, to=second.number)
    await office.move(second.number, Step.MERGE, to=last.number)
    merged = await office.read(office.register.merged, last.number)
    assert [one.number for one in merged] == [second.number, first.number]
    for number in (first.number, second.number):
        await office.move(number, Step.TOLD)
    for step in (Step.ACCEPT, Step.START):
        await office.move(last.number, step)
    await office.move(last.number, Step.ANSWER, why="已经退还")
    for number in (first.number, second.number):
        heard = (await office.read(office.register.timeline, number))[-1]
        assert (heard.step, heard.why, heard.untold) == (Step.ANSWER_MERGED, "已经退还", True)
    for who in office.people:
        with pytest.raises(NotAllowed):
            await office.move(first.number, Step.ANSWER_MERGED, who)


async def test_a_withdrawal_does_not_end_what_others_complained_of(office: Office) -> None:
    mine, theirs = await office.receive(), await office.receive()
    await office.move(mine.number, Step.MERGE, to=theirs.number)
    await office.move(theirs.number, Step.WITHDRAW, "", why="")
    again = await office.read(office.register.get, mine.number)
    assert (again.state, again.merged_into, again.ended_on) == (State.RECEIVED, "", None)
    assert again.due == mine.due
    assert mine.number in await office.search(untold=True)


async def test_who_could_not_be_told_in_the_chat_is_on_the_list(office: Office) -> None:
    number = (await office.receive()).number
    await office.database.write(lambda tx: office.register.not_told(tx, number))
    assert await office.search(untold=True) == [number]


async def test_of_two_officers_who_answer_at_once_one_is_refused(office: Office) -> None:
    number = (await office.receive()).number
    await office.move(number, Step.ACCEPT)
    await office.move(number, Step.START)
    done = await asyncio.gather(
        office.move(number, Step.ANSWER, "officer"),
        office.move(number, Step.ANSWER, "other"),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in done) == ["Complaint", "NotAllowed"]


async def test_fifty_writers_at_once_get_fifty_different_numbers(office: Office) -> None:
    received = await asyncio.gather(*(office.receive() for _ in range(50)))
    assert len({one.number for one in received}) == 50
