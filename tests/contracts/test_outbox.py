"""What the outbox promises, over every database that a bank may run."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from conftest import KEY, START
from contracts.databases import KINDS, fresh
from sqlalchemy import Connection, select

from actions import journal
from actions.database import Database
from actions.outbox import AT_ONCE, LEASE, Backlog, Bundle, Outbox
from actions.privacy import Cipher
from actions.tables import outbox
from bot.conversations import Conversation, ConversationStore
from bot.turn import Address, Author, Reply

OUTBOX = Outbox(["push"])
STORE = ConversationStore(Cipher([KEY]), OUTBOX)
A_SECOND = dt.timedelta(seconds=1)


@pytest.fixture(params=KINDS)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    async with fresh(request.param, tmp_path) as database:
        await database.prepare(Cipher([KEY]))
        yield database


async def customer(database: Database, user: str = "a", channel: str = "push") -> int:
    conversation = Conversation(Address(channel, user))
    return await database.write(lambda tx: STORE.save(tx, conversation, START))


async def tell(database: Database, id_: int, *texts: str) -> list[int]:
    replies = [Reply(text) for text in texts]
    said = await database.write(lambda tx: STORE.add_replies(tx, id_, replies, START))
    return [message.id for message in said]


async def take(
    database: Database, now: dt.datetime = START, limit: int = 100, only: int | None = None
) -> list[Bundle]:
    return await database.write(lambda tx: OUTBOX.take(tx, "push", now, limit, only))


async def settle(database: Database, bundle: Bundle) -> None:
    ids = [parcel.id for parcel in bundle.parcels]
    await database.write(lambda tx: OUTBOX.accepted(tx, bundle, ids, 0, START))


async def test_what_is_said_is_owed_to_customers_of_pushed_channels_only(
    database: Database,
) -> None:
    pushed, web = await customer(database), await customer(database, "b", "web")
    said = await tell(database, pushed, "一", "二")
    await tell(database, web, "三")
    await database.write(
        lambda tx: STORE.add_note(tx, pushed, Author.AGENT, "四", START, name="小王")
    )
    await database.write(lambda tx: STORE.add_remark(tx, pushed, "给坐席看的", START))
    (bundle,) = await take(database)
    assert bundle.conversation == pushed
    assert [one.message for one in bundle.parcels][:2] == said
    assert len(bundle.parcels) == 3


async def test_a_transaction_that_fails_owes_nothing(database: Database) -> None:
    id_ = await customer(database)

    def half(tx: Connection) -> None:
        STORE.add_replies(tx, id_, [Reply("一")], START)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await database.write(half)
    assert await take(database) == []


async def test_a_customer_is_taken_by_one_of_many_takers(database: Database) -> None:
    ids = [await customer(database, str(number)) for number in range(30)]
    for id_ in ids:
        await tell(database, id_, "一", "二")
    taken = await asyncio.gather(*(take(database, limit=7) for _ in range(12)))
    conversations = [bundle.conversation for bundles in taken for bundle in bundles]
    assert len(conversations) == len(set(conversations))
    while more := await take(database, limit=7):
        conversations += [bundle.conversation for bundle in more]
    assert sorted(conversations) == ids


async def test_nothing_later_is_taken_while_something_earlier_is_under_way(
    database: Database,
) -> None:
    id_ = await customer(database)
    await tell(database, id_, *map(str, range(AT_ONCE + 3)))
    (bundle,) = await take(database)
    assert len(bundle.parcels) == AT_ONCE
    await tell(database, id_, "更晚的")
    assert await take(database) == []
    await settle(database, bundle)
    (rest,) = await take(database)
    assert len(rest.parcels) == 4
    assert rest.parcels[0].id > bundle.parcels[-1].id


async def test_a_lease_that_ran_out_is_taken_over_and_goes_on_at_the_same_part(
    database: Database,
) -> None:
    id_ = await customer(database)
    await tell(database, id_, "一", "二")
    (dead,) = await take(database)
    await database.write(lambda tx: OUTBOX.accepted(tx, dead, [dead.parcels[0].id], 2, START))
    assert await take(database, START + LEASE - A_SECOND) == []
    (mine,) = await take(database, START + LEASE)
    assert [parcel.parts for parcel in mine.parcels] == [2, 0]
    assert mine.lease != dead.lease


async def test_who_lost_the_lease_changes_nothing_but_what_the_platform_took(
    database: Database,
) -> None:
    id_ = await customer(database)
    await tell(database, id_, "一", "二")
    (late,) = await take(database)
    now = START + LEASE
    (mine,) = await take(database, now)
    await database.write(lambda tx: OUTBOX.postpone(tx, late, now, "慢"))
    await database.write(lambda tx: OUTBOX.release(tx, late, now))
    assert not await database.write(lambda tx: OUTBOX.give_up(tx, late, "慢", now, everything=True))
    assert await take(database, now) == []
    await database.write(lambda tx: OUTBOX.accepted(tx, late, [late.parcels[0].id], 0, now))
    left = await database.read(lambda tx: OUTBOX.next_of(tx, mine))
    assert left is not None
    assert left.id == mine.parcels[1].id


async def test_what_is_postponed_holds_back_what_follows(database: Database) -> None:
    id_ = await customer(database)
    await tell(database, id_, "一")
    (bundle,) = await take(database)
    due = START + 10 * A_SECOND
    await database.write(lambda tx: OUTBOX.postpone(tx, bundle, due, "平台忙"))
    await tell(database, id_, "二")
    assert await take(database, due - A_SECOND) == []
    assert not await database.read(lambda tx: OUTBOX.due(tx, "push", due - A_SECOND))
    assert await database.read(lambda tx: OUTBOX.due(tx, "push", due))
    (again,) = await take(database, due)
    assert [parcel.attempts for parcel in again.parcels] == [1, 0]


async def test_a_customer_who_can_be_reached_again_need_not_wait(database: Database) -> None:
    id_ = await customer(database)
    await tell(database, id_, "一")
    (bundle,) = await take(database)
    await database.write(lambda tx: OUTBOX.wake(tx, id_, START))
    assert await take(database) == [], "what is under way is not woken"
    much_later = START + dt.timedelta(days=1)
    await database.write(lambda tx: OUTBOX.postpone(tx, bundle, much_later, "超过 48 小时"))
    assert await take(database) == []
    await database.write(lambda tx: OUTBOX.wake(tx, id_, START))
    assert len(await take(database, only=id_)) == 1


async def test_one_customers_messages_can_be_taken_alone(database: Database) -> None:
    first, second = await customer(database, "a"), await customer(database, "b")
    for id_ in (first, second):
        await tell(database, id_, "一")
    assert [one.conversation for one in await take(database, only=second)] == [second]
    assert await take(database, only=second) == []
    assert [one.conversation for one in await take(database)] == [first]


async def test_giving_up_is_of_one_message_or_of_all_and_journalled(database: Database) -> None:
    id_ = await customer(database)
    await tell(database, id_, "一", "二", "三")
    (bundle,) = await take(database)
    one = await database.write(
        lambda tx: OUTBOX.give_up(tx, bundle, "消息有误", START, everything=False)
    )
    rest = await database.write(
        lambda tx: OUTBOX.give_up(tx, bundle, "客户停用", START, everything=True)
    )
    assert (len(one), len(rest)) == (1, 2)
    assert await take(database, START + LEASE) == []
    rows = await database.read(lambda tx: tx.execute(select(outbox)).all())
    assert [(row.given_up, row.failure) for row in rows] == [
        (True, "消息有误"),
        (True, "客户停用"),
        (True, "客户停用"),
    ]
    assert await database.read(journal.verify) is None


async def test_the_backlog_is_told_by_channel(database: Database) -> None:
    assert await database.read(OUTBOX.backlogs) == {}
    id_ = await customer(database)
    await tell(database, id_, "一", "二")
    assert await database.read(OUTBOX.backlogs) == {"push": Backlog(2, START)}
    (bundle,) = await take(database)
    await settle(database, bundle)
    assert await database.read(OUTBOX.backlogs) == {}
