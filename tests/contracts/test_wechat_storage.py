"""What the stored side of WeChat promises, over every database that a bank may run."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from conftest import KEY, START
from contracts.databases import KINDS, fresh
from sqlalchemy import Connection

from actions.database import Database
from actions.ledger import EVENT, Ledgers
from actions.outbox import LEASE, Outbox
from actions.privacy import Cipher
from actions.responses import KEPT, Responses
from actions.shared import Shared, SharedValues
from bot.conversations import Conversation, ConversationStore
from bot.turn import Address, Author, Message, Reply, Route, Turn

CIPHER = Cipher([KEY])
OUTBOX = Outbox(["answers", "push"], ["answers"])
STORE = ConversationStore(CIPHER, OUTBOX)
LEDGERS, SHARED, RESPONSES = Ledgers(CIPHER), SharedValues(CIPHER), Responses(CIPHER)
HOUR, SECOND = dt.timedelta(hours=1), dt.timedelta(seconds=1)


@pytest.fixture(params=KINDS)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    async with fresh(request.param, tmp_path) as database:
        await database.prepare(CIPHER)
        yield database


async def customer(database: Database, channel: str = "answers") -> int:
    new = Conversation(Address(channel, "a"))
    return await database.write(lambda tx: STORE.save(tx, new, START))


async def hear(
    database: Database, id_: int, name: str, *answers: str, at: dt.datetime = START
) -> tuple[int, list[Message]]:
    turn = Turn(Address("answers", "a"), name, at, "你好")

    def store(tx: Connection) -> tuple[int, list[Message]]:
        said = STORE.add_turn(tx, id_, turn, "你好", Route.CHAT)
        replies = [Reply(text) for text in answers]
        return said.id, STORE.add_replies(tx, id_, replies, at, said.id)

    return await database.write(store)


async def test_an_answer_is_in_hand_of_its_response_and_else_it_is_sent(
    database: Database,
) -> None:
    id_ = await customer(database)
    turn, _ = await hear(database, id_, "m1", "一", "二")
    assert await database.write(lambda tx: OUTBOX.take(tx, "answers", START, 9)) == []
    assert await database.write(lambda tx: OUTBOX.claim(tx, id_, turn, START))
    later = START + LEASE
    (bundle,) = await database.write(lambda tx: OUTBOX.take(tx, "answers", later, 9))
    assert len(bundle.parcels) == 2
    assert not await database.write(lambda tx: OUTBOX.claim(tx, id_, turn, later))


async def test_on_a_channel_without_responses_answers_are_due_at_once(database: Database) -> None:
    id_ = await customer(database, "push")
    await hear(database, id_, "m1", "一")
    assert len(await database.write(lambda tx: OUTBOX.take(tx, "push", START, 9))) == 1


async def test_a_response_takes_what_was_kept_before_and_hands_on_what_does_not_fit(
    database: Database,
) -> None:
    id_ = await customer(database)
    await database.write(lambda tx: STORE.add_note(tx, id_, Author.AGENT, "零", START, "小王"))
    turn, _ = await hear(database, id_, "m1", "一")
    assert await database.write(lambda tx: OUTBOX.claim(tx, id_, turn, START))
    first, second = await database.read(lambda tx: OUTBOX.owed(tx, id_))
    await database.write(lambda tx: OUTBOX.settle(tx, [first.parcel.id], 0, START))
    await database.write(lambda tx: OUTBOX.hand_on(tx, turn, [second.parcel.id], START))
    (bundle,) = await database.write(lambda tx: OUTBOX.take(tx, "answers", START, 9))
    assert [one.id for one in bundle.parcels] == [second.parcel.id]


async def test_what_a_sender_has_in_hand_no_response_takes(database: Database) -> None:
    id_ = await customer(database)
    await database.write(lambda tx: STORE.add_note(tx, id_, Author.AGENT, "零", START, "小王"))
    await database.write(lambda tx: OUTBOX.take(tx, "answers", START, 9))
    turn, _ = await hear(database, id_, "m1", "一")
    assert not await database.write(lambda tx: OUTBOX.claim(tx, id_, turn, START))


async def test_a_response_is_kept_for_a_while_and_never_changed(database: Database) -> None:
    id_ = await customer(database)
    turn, _ = await hear(database, id_, "m1", "一")
    await database.write(lambda tx: RESPONSES.put(tx, {turn: "一"}, START))
    await database.write(lambda tx: RESPONSES.put(tx, {turn: "二"}, START))
    await database.write(lambda tx: RESPONSES.forget(tx, START + KEPT))
    assert await database.read(lambda tx: RESPONSES.get(tx, turn)) == "一"
    await database.write(lambda tx: RESPONSES.forget(tx, START + KEPT + SECOND))
    assert await database.read(lambda tx: RESPONSES.get(tx, turn)) is None


async def test_a_message_opens_five_and_a_click_three_and_a_new_one_opens_anew(
    database: Database,
) -> None:
    id_ = await customer(database)

    async def left(now: dt.datetime) -> int:
        standing = await database.read(lambda tx: LEDGERS.of(tx, id_, now))
        return standing.ledger.left(now)

    async def spend(now: dt.datetime) -> None:
        standing = await database.read(lambda tx: LEDGERS.of(tx, id_, now))
        kind = standing.ledger.spends(now)
        assert kind is not None
        await database.write(lambda tx: LEDGERS.keep(tx, id_, standing.ledger.spent(kind)))

    assert await left(START) == 0
    await hear(database, id_, "m1")
    assert await left(START) == 5
    for _ in range(4):
        await spend(START)
    await hear(database, id_, f"{EVENT}click", at=START + HOUR)
    assert await left(START + HOUR) == 1 + 3
    await spend(START + HOUR)
    assert await left(START + HOUR) == 1 + 2
    assert await left(START + HOUR + 60 * SECOND) == 1
    assert await left(START + 48 * HOUR) == 0
    await hear(database, id_, "m2", at=START + 50 * HOUR)
    assert await left(START + 50 * HOUR) == 5


async def test_a_code_runs_out_and_who_is_elsewhere_comes_back(database: Database) -> None:
    id_ = await customer(database)
    await database.write(lambda tx: LEDGERS.give_code(tx, id_, "c", START + SECOND))
    await database.write(lambda tx: LEDGERS.hand_over(tx, id_, START))
    standing = await database.read(lambda tx: LEDGERS.of(tx, id_, START))
    assert (standing.code, standing.elsewhere) == ("c", START)
    await database.write(lambda tx: LEDGERS.hand_over(tx, id_, None))
    standing = await database.read(lambda tx: LEDGERS.of(tx, id_, START + SECOND))
    assert (standing.code, standing.elsewhere) == ("", None)


async def test_of_many_one_renews_a_shared_value_and_who_was_too_slow_stores_nothing(
    database: Database,
) -> None:
    async def lease(now: dt.datetime) -> str | None:
        return await database.write(lambda tx: SHARED.lease(tx, "token:a", now, HOUR))

    leases = [one for one in await asyncio.gather(*(lease(START) for _ in range(8))) if one]
    assert len(leases) == 1
    assert await database.read(lambda tx: SHARED.get(tx, "token:a")) is None
    later = await lease(START + HOUR)
    assert later
    assert not await database.write(lambda tx: SHARED.put(tx, "token:a", leases[0], "old"))
    assert await database.write(lambda tx: SHARED.put(tx, "token:a", later, "new", START))
    assert await database.read(lambda tx: SHARED.get(tx, "token:a")) == Shared("new", START)
    await database.write(lambda tx: SHARED.release(tx, "token:a", later))
    assert await lease(START + HOUR)
    assert await database.read(lambda tx: SHARED.names(tx, "token:")) == ["token:a"]
