"""What the keeping of calls promises, over every database that a bank may run."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
from conftest import KEY, PASSWORD, START
from contracts.databases import KINDS, fresh
from sqlalchemy import Connection

from actions import call_keeping, call_search, journal
from actions.agents import Agents
from actions.call_keeping import RECORDS, Concern, is_held
from actions.call_search import Reader, Wanted
from actions.calls import Calls, Ending, Recorded
from actions.complaints import Coding, Draft, Step
from actions.database import Database
from actions.deadlines import Deadlines
from actions.handoff import HandoffDesk
from actions.hours import Hours
from actions.privacy import Cipher
from actions.queueing import QueueRules, Urgency
from actions.register import Origin, SqlRegister
from actions.roles import Role
from actions.steps import CUSTOMER_ACTOR, Actor, Move
from bot.conversations import Conversation, ConversationStore
from bot.turn import Address

ZONE = ZoneInfo("Asia/Shanghai")
DRAFT = Draft("柜台多扣了我二十块手续费", "信用卡", "上周五", "退还费用", "13812345678")
CALLER = "13812345678"
EVERYTHING = Reader(0, sees_all=True)
MINUTE = dt.timedelta(minutes=1)
T = TypeVar("T")


class Exchange:
    """Where calls come in, and complaints are made in them."""

    def __init__(self, database: Database) -> None:
        cipher = Cipher([KEY])
        self.database, self.calls = database, Calls(cipher)
        self.store = ConversationStore(cipher)
        self.register = SqlRegister(cipher, Deadlines(), ZONE)

    async def write(self, work: Callable[[Connection], T]) -> T:
        return await self.database.write(work)

    async def caller(self, user: str = CALLER, person: str = "", channel: str = "hotline") -> int:
        who = Conversation(Address(channel, user), person=person)
        return await self.write(lambda tx: self.store.save(tx, who, START))

    async def call(
        self,
        conversation: int,
        began: dt.datetime = START,
        ending: Ending | None = Ending.BYE,
        recording: str | None = "a" * 32,
    ) -> int:
        def make(tx: Connection) -> int:
            row = self.calls.begin(
                tx, str(uuid.uuid4()), conversation, 8000, began, CALLER, recording
            )
            assert row
            if ending:
                recorded = Recorded(1_000, 60_000, 0) if recording else None
                self.calls.end(tx, row, began + MINUTE, ending, recorded)
            return row

        return await self.write(make)

    async def complain(self, conversation: int, at: dt.datetime) -> str:
        origin = Origin("hotline", conversation)
        made = await self.write(lambda tx: self.register.receive(tx, origin, DRAFT, at))
        return made.number

    async def take(self, number: str, step: Step, at: dt.datetime, **more: Any) -> None:
        by = CUSTOMER_ACTOR if step is Step.WITHDRAW else Actor(1, frozenset({Role.OFFICER}))
        await self.write(lambda tx: self.register.move(tx, number, Move(step, by, **more), at))

    async def found(self, reader: Reader = EVERYTHING, **wanted: Any) -> list[int]:
        calls = await self.database.read(
            lambda tx: call_search.search(tx, reader, Wanted(**wanted))
        )
        return [one.id for one in calls]

    async def due(self, now: dt.datetime, days: int = 180) -> list[int]:
        """Whose sound would be deleted."""
        before = now - dt.timedelta(days=days)
        over = await self.database.read(lambda tx: call_keeping.expired(tx, before))
        return [one.call for one in over if not is_held(one.concerns, now.astimezone(ZONE).date())]


@pytest.fixture(params=KINDS)
async def exchange(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Exchange]:
    async with fresh(request.param, tmp_path) as database:
        await database.prepare(Cipher([KEY]))
        yield Exchange(database)


async def test_a_call_is_read_as_it_was(exchange: Exchange) -> None:
    conversation = await exchange.caller()
    row = await exchange.call(conversation, ending=None)
    steps = {"endpoint": 600, "text": 40, "understanding": 5, "answer": 30, "first_audio": 90}
    key = {"endpoint": None, "text": None, "understanding": None, "answer": 20, "first_audio": 80}

    def go_on(tx: Connection) -> None:
        exchange.calls.add_turn(tx, row, 1, START + 10 * MINUTE, steps)
        exchange.calls.add_turn(tx, row, 2, START + 11 * MINUTE, key)

    await exchange.write(go_on)
    (unfinished,) = await exchange.database.read(exchange.calls.unfinished)
    assert (unfinished.id, unfinished.last) == (row, START + 11 * MINUTE)
    recorded = Recorded(5_000_000_000, 700_000, 1_500)
    await exchange.write(
        lambda tx: exchange.calls.end(tx, row, START + 12 * MINUTE, Ending.HUMAN, recorded)
    )
    await exchange.write(lambda tx: exchange.calls.end(tx, row, START, Ending.LOST, None))
    call = await exchange.database.read(lambda tx: call_search.find(tx, EVERYTHING, row))
    assert call
    assert (call.turns, call.elder) == (2, False)
    assert call.caller
    assert Cipher([KEY]).open(call.caller) == CALLER
    assert (call.began, call.ended, call.ending) == (START, START + 12 * MINUTE, Ending.HUMAN)
    assert (call.size, call.recorded_ms, call.missed_ms) == (5_000_000_000, 700_000, 1_500)
    first, second = await exchange.database.read(lambda tx: call_search.turns_of(tx, row))
    assert (first.ms, first.waited) == (steps, 760)
    assert (second.ms, second.waited) == (key, 100)


async def test_a_beginning_that_is_told_twice_is_one_call_and_one_that_comes_back_another(
    exchange: Exchange,
) -> None:
    conversation, id_ = await exchange.caller(), str(uuid.uuid4())

    def begin(began: dt.datetime) -> Awaitable[int]:
        return exchange.write(
            lambda tx: exchange.calls.begin(tx, id_, conversation, 8000, began, "", None)
        )

    first = await begin(START)
    assert await begin(START) == first
    assert await begin(START + 3 * MINUTE) != first


async def test_calls_are_found_by_day_and_end_a_page_at_a_time(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_search, "PAGE", 2)
    conversation = await exchange.caller()
    day = dt.timedelta(days=1)
    old = await exchange.call(conversation, START - day)
    lost = await exchange.call(conversation, ending=Ending.LOST)
    one, two = await exchange.call(conversation), await exchange.call(conversation)
    assert await exchange.found() == [two, one, lost]
    assert await exchange.found(before=one) == [lost, old]
    assert await exchange.found(since=START, until=START + day, before=lost) == []
    assert await exchange.found(until=START) == [old]
    assert await exchange.found(ending=Ending.LOST) == [lost]
    wanted = Wanted(before=one)
    assert await exchange.database.read(lambda tx: call_search.count(tx, EVERYTHING, wanted)) == 4


async def test_an_agent_sees_the_calls_of_whom_they_have_served(exchange: Exchange) -> None:
    agents = Agents(exchange.database)
    for login in ("wang", "li"):
        await agents.add(login, login, PASSWORD, START)
    mine, others = await exchange.caller("1"), await exchange.caller("2")
    served, unserved = await exchange.call(mine), await exchange.call(others)
    desk = HandoffDesk(QueueRules(dict.fromkeys(Urgency, MINUTE)), Hours([()] * 7, ZONE))
    wang = (await agents.sign_in("wang", PASSWORD, START))[0]

    def serve(tx: Connection) -> None:
        for conversation in (mine, others):
            desk.request(tx, conversation, Urgency.NORMAL, "客户要求人工", START, elder=False)
        desk.accept(tx, 1, wang, START)

    await exchange.write(serve)
    reader = Reader(wang.id, sees_all=False)
    assert await exchange.found(reader) == [served]
    assert await exchange.found(Reader(wang.id + 1, sees_all=False)) == []

    def look(tx: Connection) -> tuple[bool, ...]:
        return tuple(call_search.find(tx, reader, one) is not None for one in (served, unserved))

    assert await exchange.database.read(look) == (True, False)


async def test_a_complaint_belongs_to_the_call_in_which_it_was_made(exchange: Exchange) -> None:
    conversation, other = await exchange.caller(), await exchange.caller("other")
    call = await exchange.call(conversation)
    before = await exchange.call(conversation, START - 10 * MINUTE)
    theirs = await exchange.call(other)
    number = await exchange.complain(conversation, START + MINUTE / 2)
    await exchange.complain(conversation, START + 5 * MINUTE)
    calls = await exchange.database.read(lambda tx: call_search.search(tx, EVERYTHING, Wanted()))
    assert {one.id: one.complaints for one in calls} == {
        call: (number,),
        before: (),
        theirs: (),
    }


async def test_sound_is_due_after_its_days_and_forgotten_once(exchange: Exchange) -> None:
    call = await exchange.call(await exchange.caller())
    await exchange.call(await exchange.caller("no sound"), recording=None)
    later = START + dt.timedelta(days=181)
    assert await exchange.due(later - dt.timedelta(days=2)) == []
    assert await exchange.due(later) == [call]
    assert await exchange.database.read(exchange.calls.recordings) == {"a" * 32}
    for _ in range(2):
        await exchange.write(lambda tx: exchange.calls.forget_sound(tx, call, later, "满 180 天"))
    assert await exchange.due(later) == []
    assert await exchange.database.read(exchange.calls.recordings) == set()
    entries = await exchange.database.read(lambda tx: journal.about(tx, f"call:{call}"))
    assert [(one.actor, one.action) for one in entries] == [("recordings", "recording.delete")]


async def test_while_a_complaint_of_the_same_person_is_open_no_sound_of_theirs_goes(
    exchange: Exchange,
) -> None:
    call = await exchange.call(await exchange.caller(person="p"))
    chat = await exchange.caller("in the chat", person="p", channel="web")
    number = await exchange.complain(chat, START + dt.timedelta(days=150))
    later = START + dt.timedelta(days=200)
    assert await exchange.due(later) == []
    await exchange.take(number, Step.WITHDRAW, later)
    assert await exchange.due(later) == [call]


async def test_the_call_in_which_a_complaint_was_made_is_kept_three_years_after_its_end(
    exchange: Exchange,
) -> None:
    conversation = await exchange.caller()
    call = await exchange.call(conversation)
    number = await exchange.complain(conversation, START + MINUTE / 2)
    closed = START + dt.timedelta(days=30)
    await exchange.take(number, Step.WITHDRAW, closed)
    assert await exchange.due(START + dt.timedelta(days=181)) == []
    assert await exchange.due(closed + RECORDS) == []
    assert await exchange.due(closed + RECORDS + dt.timedelta(days=1)) == [call]


async def test_what_was_merged_is_open_as_long_as_what_it_goes_on_under(
    exchange: Exchange,
) -> None:
    call = await exchange.call(await exchange.caller(person="p"))
    chat = await exchange.caller("chat", person="p", channel="web")
    merged = await exchange.complain(chat, START)
    root = await exchange.complain(await exchange.caller("somebody else"), START)
    await Agents(exchange.database).add("officer", "专员", PASSWORD, START, roles=[Role.OFFICER])
    await exchange.take(merged, Step.MERGE, START + MINUTE, to=root, why="同一件事")
    later = START + dt.timedelta(days=200)
    assert await exchange.due(later) == []
    coding = Coding("前台/电子渠道/短信", "信用卡", "信息披露")
    for step in (Step.ACCEPT, Step.START, Step.CODE, Step.ANSWER, Step.CLOSE):
        await exchange.take(root, step, later, why="办好了", owner=1, coding=coding)
    assert await exchange.due(later) == [call]


def test_the_rule_of_keeping() -> None:
    day = START.date()
    assert not is_held([], day)
    assert is_held([Concern("1", None, in_call=False)], day)
    assert not is_held([Concern("1", day, in_call=False)], day)
    assert is_held([Concern("1", day, in_call=True)], day + RECORDS)
    assert not is_held([Concern("1", day, in_call=True)], day + RECORDS + dt.timedelta(days=1))
