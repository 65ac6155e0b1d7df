"""What the queue promises, over every database that a bank may run."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from conftest import KEY, START
from contracts.databases import KINDS, fresh
from contracts.test_storage import FLOOR, RULES, ZONE, call, customer, order
from sqlalchemy import Connection, func, select

from actions import figures, journal, oversight, presence, tables
from actions.agents import Agent
from actions.callbacks import Callbacks
from actions.database import Database
from actions.errors import NotAllowed
from actions.handoff import HandoffDesk
from actions.hours import Hours
from actions.notes import Notes
from actions.persons import Persons
from actions.privacy import Cipher
from actions.queueing import QueuePlace, Urgency
from actions.spans import parse_spans

HOURS = Hours([parse_spans("00:00-24:00")] * 7, ZONE)
DESK = HandoffDesk(RULES, HOURS)
CALLBACKS = Callbacks(Cipher([KEY]), HOURS, dt.timedelta(hours=2))
WANG, LI = Agent(1, "wang", "小王"), Agent(2, "li", "小李", team="信用卡")
LATER = START + dt.timedelta(minutes=5)


@pytest.fixture(params=KINDS)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    async with fresh(request.param, tmp_path) as database:
        await database.prepare(Cipher([KEY]))
        rows = [
            {"login": one.login, "name": one.name, "password": "-", "failures": 0, "team": one.team}
            for one in (WANG, LI)
        ]
        await database.write(lambda tx: tx.execute(tables.agents.insert(), rows))
        yield database


async def waiting_one(database: Database, urgency: Urgency = Urgency.NORMAL) -> tuple[int, int]:
    """A conversation that waits, and its request."""
    id_ = await customer(database, "a")
    await call(database, DESK, id_, urgency)
    return id_, (await database.read(FLOOR.waiting))[0].id


async def test_places_are_the_order_in_which_the_desk_takes_them(database: Database) -> None:
    dice = random.Random(7)  # noqa: S311 - no secret
    for number in range(30):
        id_ = await customer(database, str(number))
        await call(database, DESK, id_, dice.choice(list(Urgency)), dice.randrange(60))
    places = await database.read(lambda tx: FLOOR.places(tx, LATER))
    by_place = sorted(places, key=lambda id_: places[id_].position)
    assert by_place == await order(database, DESK)
    assert sorted(place.position for place in places.values()) == list(range(1, 31))
    for id_, place in places.items():
        assert await database.read(partial(FLOOR.place, conversation=id_, now=LATER)) == place


async def test_the_waiting_time_comes_from_the_last_customers_and_who_is_there(
    database: Database,
) -> None:
    for number, seconds in enumerate([10, 20, 30]):
        id_ = await customer(database, f"served {number}")
        await call(database, DESK, id_, Urgency.NORMAL)
        handoff = (await database.read(FLOOR.waiting))[0].id
        accepted = START + dt.timedelta(seconds=seconds)
        ended = accepted + dt.timedelta(seconds=300)

        def serve(
            tx: Connection,
            id_: int = id_,
            handoff: int = handoff,
            accepted: dt.datetime = accepted,
            ended: dt.datetime = ended,
        ) -> None:
            DESK.accept(tx, handoff, WANG, accepted)
            DESK.end(tx, id_, WANG.id, "solved", ended)

        await database.write(serve)
    id_, _ = await waiting_one(database)

    async def place() -> QueuePlace | None:
        return await database.read(lambda tx: FLOOR.place(tx, id_, LATER))

    nobody = await place()
    assert nobody is not None
    assert (nobody.eta_s, nobody.on_duty) == (None, 0)
    await database.write(lambda tx: presence.choose(tx, 1, presence.Status.READY, LATER))
    somebody = await place()
    assert somebody is not None
    assert (somebody.eta_s, somebody.on_duty) == (20, 1)


async def test_of_twenty_who_put_back_at_once_one_does(database: Database) -> None:
    _, handoff = await waiting_one(database)
    await database.write(lambda tx: DESK.accept(tx, handoff, WANG, START))
    put_back = [
        database.write(lambda tx: DESK.put_back(tx, handoff, WANG.id, LATER, "no_answer"))
        for _ in range(20)
    ]
    done = await asyncio.gather(*put_back)
    assert sum(one is not None for one in done) == 1
    assert await database.read(journal.verify) is None


async def test_an_acceptance_in_vain_is_none_and_the_wait_goes_on(database: Database) -> None:
    id_, handoff = await waiting_one(database)
    await database.write(lambda tx: DESK.accept(tx, handoff, WANG, START))
    await database.write(lambda tx: DESK.put_back(tx, handoff, WANG.id, LATER, "no_answer"))
    await database.write(lambda tx: DESK.accept(tx, handoff, LI, LATER))
    await database.write(lambda tx: DESK.attend(tx, id_, LATER))
    await database.write(lambda tx: DESK.transfer(tx, id_, LI.id, LATER, colleague=WANG.id))
    later = LATER + dt.timedelta(minutes=1)
    await database.write(lambda tx: DESK.accept(tx, handoff, WANG, later))
    row = await database.read(lambda tx: tx.execute(select(tables.handoffs)).one())
    assert row.waited_s == 300
    assert (row.accepted, row.held) == (LATER, later)


async def test_unattended_means_without_a_word_or_with_a_closed_desk(database: Database) -> None:
    id_, handoff = await waiting_one(database)

    async def found(seconds: int, up_since: dt.datetime = START) -> int:
        now = START + dt.timedelta(seconds=seconds)
        return len(await database.read(lambda tx: FLOOR.unattended(tx, now, up_since)))

    await database.write(lambda tx: DESK.accept(tx, handoff, WANG, START))
    assert [await found(29), await found(30)] == [0, 1]
    await database.write(lambda tx: DESK.attend(tx, id_, START))
    assert [await found(30), await found(119), await found(120)] == [0, 0, 1]
    restarted = START + dt.timedelta(seconds=100)
    assert [await found(120, restarted), await found(220, restarted)] == [0, 1]
    seen = START + dt.timedelta(seconds=150)
    await database.write(lambda tx: presence.beat(tx, WANG.id, seen))
    assert await found(200) == 0


async def test_twenty_promises_at_once_are_one_and_its_number_is_sealed(
    database: Database,
) -> None:
    id_, handoff = await waiting_one(database)
    promises = [
        database.write(lambda tx: CALLBACKS.promise(tx, id_, "nobody", START)) for _ in range(20)
    ]
    assert sum(await asyncio.gather(*promises)) == 1
    await database.write(lambda tx: CALLBACKS.note_contact(tx, id_, "打13812345678找我"))
    (promise,) = await database.read(CALLBACKS.open)
    assert (promise.contact, promise.promised) == ("13812345678", START + dt.timedelta(hours=2))
    sealed = await database.read(lambda tx: tx.scalar(select(tables.callbacks.c.contact)))
    assert sealed is not None
    assert b"13812345678" not in sealed
    assert await database.write(lambda tx: CALLBACKS.keep(tx, handoff, WANG.id, LATER))
    assert not await database.write(lambda tx: CALLBACKS.keep(tx, handoff, LI.id, LATER))


async def test_the_directory_is_filled_in_parts_and_filled_again(database: Database) -> None:
    persons = Persons(Cipher([KEY]))
    known = {f"1380000{number:04d}": 1950 for number in range(1_200)}
    assert await database.write(lambda tx: persons.fill(tx, known, START)) == (1_200, 0)
    known["13800000000"] = 1990
    assert await database.write(lambda tx: persons.fill(tx, known, START)) == (0, 1)

    def is_elder(tx: Connection) -> bool | None:
        return persons.is_elder(tx, persons.key(tx, "13800000000"), START.date())

    assert await database.read(is_elder) is False


async def test_figures_and_notes_are_read_back_as_they_were_written(database: Database) -> None:
    id_, handoff = await waiting_one(database, Urgency.ELDER)
    await database.write(lambda tx: DESK.accept(tx, handoff, WANG, START))
    await database.write(lambda tx: DESK.end(tx, id_, WANG.id, "solved", LATER))
    assert await database.write(lambda tx: DESK.rate(tx, id_, 3, LATER))
    (one,) = await database.read(lambda tx: figures.read(tx, START, LATER))
    assert (one.in_hours, one.waited_s, one.handling_s, one.score) == (True, 0, 300, 3)
    notes = Notes(Cipher([KEY]))
    await database.write(lambda tx: notes.add(tx, id_, WANG.id, "听力不好", LATER))
    (note,) = await database.read(lambda tx: notes.of(tx, id_))
    assert (note.name, note.text) == ("小王", "听力不好")


async def test_a_note_of_one_key_is_kept_once_also_when_it_comes_twice_at_once(
    database: Database,
) -> None:
    id_, other = await customer(database, "a"), await customer(database, "b")
    notes = Notes(Cipher([KEY]))

    async def add(conversation: int, key: str | None) -> None:
        await database.write(
            lambda tx: notes.add(tx, conversation, WANG.id, "听力不好", LATER, key)
        )

    keys = ("topic:1", "topic:1", "topic:2", None, None)
    await asyncio.gather(*(add(id_, key) for key in keys), add(other, "topic:1"))
    assert len(await database.read(lambda tx: notes.of(tx, id_))) == 4
    assert len(await database.read(lambda tx: notes.of(tx, other))) == 1
    noted = (
        select(func.count())
        .select_from(tables.journal)
        .where(tables.journal.c.action == "note.add")
    )
    assert await database.read(lambda tx: tx.scalar(noted)) == 5


async def test_who_took_part_beside_the_agent_is_known_until_it_goes_back(
    database: Database,
) -> None:
    id_, handoff = await waiting_one(database)
    await database.write(lambda tx: DESK.accept(tx, handoff, WANG, START))
    with pytest.raises(NotAllowed, match="您已接入这位客户"):
        await database.write(lambda tx: DESK.accept(tx, handoff, WANG, START))
    await database.write(lambda tx: oversight.join(tx, id_, LI.id, START))
    assert await database.read(lambda tx: FLOOR.guests_of(tx, handoff)) == {LI.id}
    await database.write(lambda tx: DESK.put_back(tx, handoff, WANG.id, LATER, "away"))
    assert await database.read(lambda tx: FLOOR.guests_of(tx, handoff)) == frozenset()
