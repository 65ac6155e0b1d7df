"""What linking promises, over every database that a bank may run."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from conftest import KEY, START
from contracts.databases import KINDS, fresh
from sqlalchemy import select

from actions import journal
from actions.database import Database
from actions.links import CODES_AN_HOUR, TRIES_AN_HOUR, VALID, Joined, Links
from actions.privacy import Cipher
from actions.tables import link_codes
from bot.conversations import Conversation, ConversationStore
from bot.turn import Address

LINKS = Links(Cipher([KEY]))
STORE = ConversationStore(Cipher([KEY]))
A_SECOND = dt.timedelta(seconds=1)


@pytest.fixture(params=KINDS)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    async with fresh(request.param, tmp_path) as database:
        await database.prepare(Cipher([KEY]))
        yield database


async def customer(database: Database, user: str, person: str = "") -> int:
    new = Conversation(Address("web", user), person=person)
    return await database.write(lambda tx: STORE.save(tx, new, START))


async def offer(database: Database, id_: int, now: dt.datetime = START) -> str | None:
    return await database.write(lambda tx: LINKS.offer(tx, id_, now))


async def code_for(database: Database, id_: int, now: dt.datetime = START) -> str:
    code = await offer(database, id_, now)
    assert code is not None
    return code


async def join(database: Database, id_: int, code: str, now: dt.datetime = START) -> Joined:
    return (await database.write(lambda tx: LINKS.join(tx, id_, code, now)))[0]


async def linked(database: Database, id_: int) -> list[int]:
    return await database.read(lambda tx: LINKS.of(tx, id_))


async def test_a_code_links_two_conversations_once(database: Database) -> None:
    one, other, third = [await customer(database, user) for user in "abc"]
    code = await code_for(database, one)
    assert (len(code), code.isdecimal()) == (8, True)
    assert await linked(database, one) == [one]
    assert await join(database, other, code) is Joined.LINKED
    assert await linked(database, one) == await linked(database, other) == [one, other]
    assert await join(database, third, code) is Joined.WRONG
    assert await database.read(journal.verify) is None


async def test_a_code_is_not_stored_as_it_is(database: Database) -> None:
    code = await code_for(database, await customer(database, "a"))
    stored = await database.read(lambda tx: tx.scalar(select(link_codes.c.digest)))
    assert stored is not None
    assert code not in stored


async def test_a_code_ends_after_ten_minutes_and_with_the_next_one(database: Database) -> None:
    one, other = await customer(database, "a"), await customer(database, "b")
    old = await code_for(database, one)
    assert await join(database, other, old, START + VALID) is Joined.WRONG
    first = await code_for(database, one)
    second = await code_for(database, one)
    assert await join(database, other, first) is Joined.WRONG
    assert await join(database, other, second, START + VALID - A_SECOND) is Joined.LINKED


async def test_of_many_who_type_a_code_at_once_one_is_linked(database: Database) -> None:
    one = await customer(database, "a")
    others = [await customer(database, f"{number}") for number in range(10)]
    code = await code_for(database, one)
    outcomes = await asyncio.gather(*(join(database, other, code) for other in others))
    assert outcomes.count(Joined.LINKED) == 1
    assert outcomes.count(Joined.WRONG) == 9


async def test_wrong_codes_are_limited_and_then_even_the_right_one_waits(
    database: Database,
) -> None:
    one, other = await customer(database, "a"), await customer(database, "b")
    code = await code_for(database, one)
    wrong = "00000000" if code != "00000000" else "11111111"
    for _ in range(TRIES_AN_HOUR):
        assert await join(database, other, wrong) is Joined.WRONG
    assert await join(database, other, code) is Joined.LATER
    later = START + dt.timedelta(hours=1)
    code = await code_for(database, one, later)
    assert await join(database, other, code, later) is Joined.LINKED


async def test_guessing_with_many_conversations_is_limited_too(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actions.links.TRIES_OF_ALL", 3)
    code = await code_for(database, await customer(database, "a"))
    wrong = "00000000" if code != "00000000" else "11111111"
    outcomes = [
        await join(database, await customer(database, f"{number}"), wrong) for number in range(4)
    ]
    assert outcomes == [Joined.WRONG] * 3 + [Joined.LATER]


async def test_codes_are_limited(database: Database) -> None:
    id_ = await customer(database, "a")
    codes = [await offer(database, id_) for _ in range(CODES_AN_HOUR + 1)]
    assert None not in codes[:-1]
    assert codes[-1] is None
    assert await offer(database, id_, START + dt.timedelta(hours=1)) is not None


async def test_ones_own_code_is_not_used_up_by_typing_it_in_the_same_place(
    database: Database,
) -> None:
    one, other = await customer(database, "a"), await customer(database, "b")
    code = await code_for(database, one)
    assert await join(database, one, code) is Joined.OWN
    assert await join(database, other, code) is Joined.LINKED
    assert await join(database, other, await code_for(database, one)) is Joined.ALREADY


async def test_persons_whom_the_bank_knows_as_two_are_never_linked(database: Database) -> None:
    one, other = await customer(database, "a", "k1"), await customer(database, "b", "k2")
    assert await join(database, other, await code_for(database, one)) is Joined.OTHERS
    assert await linked(database, one) == [one]


async def test_groups_of_channels_grow_together_and_take_the_banks_key(
    database: Database,
) -> None:
    a, b, c, d = [await customer(database, user) for user in "abcd"]
    assert await join(database, b, await code_for(database, a)) is Joined.LINKED
    assert await join(database, d, await code_for(database, c)) is Joined.LINKED
    assert await join(database, d, await code_for(database, a)) is Joined.LINKED
    assert await linked(database, c) == [a, b, c, d]
    await database.write(lambda tx: LINKS.recognised(tx, b, "bank-key"))
    assert await linked(database, d) == [a, b, c, d]
    assert await database.read(lambda tx: LINKS.person(tx, c)) == "bank-key"


async def test_who_leaves_is_alone_and_the_others_stay_together(database: Database) -> None:
    a, b, c = [await customer(database, user) for user in "abc"]
    await join(database, b, await code_for(database, a))
    await join(database, c, await code_for(database, a))
    assert await database.write(lambda tx: LINKS.leave(tx, b, START))
    assert await linked(database, b) == [b]
    assert await linked(database, a) == [a, c]
    assert not await database.write(lambda tx: LINKS.leave(tx, b, START))
