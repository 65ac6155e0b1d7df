"""A new key: everything is sealed anew, beside gateways at work, and broken off where you like."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import files
import pytest
from conftest import KEY, START
from contracts.databases import KINDS, fresh
from sqlalchemy import LargeBinary, select

from actions import rotation, tables
from actions.attachments import Attachments
from actions.complaint_search import Filter
from actions.complaints import Draft, Step
from actions.database import Database
from actions.deadlines import Deadlines
from actions.errors import WrongKey
from actions.privacy import Cipher, new_key
from actions.recordings import Recordings
from actions.register import Origin, SqlRegister
from actions.rotation import SEALED, Progress, Rotation
from actions.steps import CUSTOMER_ACTOR, Move
from actions.uploads import check

ZONE = ZoneInfo("Asia/Shanghai")
NEW = new_key()
NO_FILES = Path(__file__).parent / "there are no files"
OLD_ONLY, BOTH, NEW_ONLY = Cipher([KEY]), Cipher([NEW, KEY]), Cipher([NEW])


def test_every_sealed_column_is_on_the_list() -> None:
    binary = {
        column
        for table in tables.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert set(SEALED) == binary


def register(cipher: Cipher) -> SqlRegister:
    return SqlRegister(cipher, Deadlines(), ZONE)


def draft(number: int) -> Draft:
    return Draft(f"多扣了{number}块手续费", "信用卡", "上周五", "退钱", "13812345678")


async def receive(database: Database, cipher: Cipher, number: int) -> str:
    one = await database.write(
        lambda tx: register(cipher).receive(tx, Origin("desk"), draft(number), START)
    )
    return one.number


@pytest.fixture(params=KINDS)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    async with fresh(request.param, tmp_path) as database:
        await database.prepare(OLD_ONLY)
        yield database


def rotation_of(cipher: Cipher, folder: Path = NO_FILES) -> Rotation:
    return Rotation(cipher, {"attachments": Attachments(cipher, folder)})


async def rotate(database: Database) -> list[Progress]:
    return [progress async for progress in rotation_of(BOTH).run(database)]


async def test_afterwards_the_new_key_alone_opens_and_finds_everything(database: Database) -> None:
    number = await receive(database, OLD_ONLY, 20)
    assert await database.read(rotation_of(BOTH).left) > 0
    progress = await rotate(database)
    assert {one.column for one in progress} >= {"meta.value", "complaints.draft"}
    assert await database.read(rotation_of(BOTH).left) == 0
    await database.prepare(NEW_ONLY)
    found = await database.read(lambda tx: register(NEW_ONLY).search(tx, Filter(text="手续费")))
    assert [(one.number, one.draft) for one in found] == [(number, draft(20))]
    [entry] = await database.read(lambda tx: register(NEW_ONLY).timeline(tx, number))
    assert entry.step is Step.RECEIVE
    with pytest.raises(WrongKey):
        await database.prepare(OLD_ONLY)


async def test_broken_off_it_goes_on_and_a_third_run_has_nothing_to_do(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "_BATCH", 2)
    for number in range(5):
        await receive(database, OLD_ONLY, number)
    before = await database.read(rotation_of(BOTH).left)
    broken = rotation_of(BOTH).run(database)
    async for progress in broken:
        if progress.column == "complaints.draft":
            break
    await broken.aclose()
    left = await database.read(rotation_of(BOTH).left)
    assert 0 < left < before
    again = await rotate(database)
    last = {one.column: one for one in again}
    assert sum(one.resealed for one in last.values()) == left
    assert all(one.resealed == 0 for one in await rotate(database))
    assert last["complaints.draft"].seen == last["complaints.draft"].total == 5


async def test_what_a_gateway_changes_meanwhile_is_not_undone(database: Database) -> None:
    await receive(database, OLD_ONLY, 20)
    column = tables.complaints.c.draft
    page = select(tables.complaints.c.id, column)
    rows = await database.read(lambda tx: rotation._rows(page, tx))
    changes = rotation_of(BOTH)._changes("complaints.draft", rows)
    changed = BOTH.seal("what the gateway wrote")
    await database.write(lambda tx: tx.execute(tables.complaints.update().values(draft=changed)))
    await database.write(lambda tx: rotation._replace(column, changes, tx))
    assert await database.read(lambda tx: tx.scalar(select(column))) == changed


async def test_gateways_with_both_keys_go_on_working_beside_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "_BATCH", 3)
    numbers = [await receive(database, OLD_ONLY, number) for number in range(10)]

    async def work(number: str) -> None:
        supplement = Move(Step.SUPPLEMENT, CUSTOMER_ACTOR, "还有一件事")
        later = START + dt.timedelta(hours=1)
        await database.write(lambda tx: register(BOTH).move(tx, number, supplement, later))

    jobs: list[Any] = [work(number) for number in numbers]
    jobs += [receive(database, BOTH, number) for number in range(10, 15)]
    await asyncio.gather(rotate(database), *jobs)
    assert await database.read(rotation_of(BOTH).left) == 0
    found = await database.read(lambda tx: register(NEW_ONLY).search(tx, Filter()))
    assert len(found) == 15
    new = register(NEW_ONLY)
    lines = await database.read(lambda tx: [new.timeline(tx, number) for number in numbers])
    assert {tuple(entry.why for entry in entries) for entries in lines} == {("", "还有一件事")}


async def test_what_no_present_key_opens_is_named_by_its_place(database: Database) -> None:
    await receive(database, OLD_ONLY, 20)
    foreign = Cipher([new_key()]).seal("lost")
    await database.write(lambda tx: tx.execute(tables.complaints.update().values(draft=foreign)))
    with pytest.raises(WrongKey, match=r"complaints\.draft（1）"):
        await rotate(database)


async def test_files_are_sealed_anew_too_and_one_that_no_key_opens_is_named(
    database: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    kept = Attachments(OLD_ONLY, folder).write(
        [check("小票.jpg", files.JPEG), check("录音.png", files.png())]
    )
    rotating = rotation_of(BOTH, folder)
    assert await database.read(rotating.left) >= len(kept)
    last = [progress async for progress in rotating.run(database)][-1]
    assert last == Progress("attachments", 2, 2, 2)
    assert await database.read(rotating.left) == 0
    assert Attachments(NEW_ONLY, folder).open(kept[1].id) == files.png()
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    (foreign,) = Attachments(Cipher([new_key()]), folder).write([check("a.jpg", files.JPEG)])
    with pytest.raises(WrongKey, match=foreign.id):
        _ = [progress async for progress in rotating.run(database)]


async def test_recordings_are_sealed_anew_but_for_one_that_is_being_written(
    database: Database, tmp_path: Path
) -> None:
    old = Recordings(OLD_ONLY, tmp_path)
    for name, content in (("a" * 32, b"a call"), ("b" * 32, b"another")):
        writer = old.begin(name)
        writer.add(content)
        writer.finish()
    written = old.begin("c" * 32)
    written.add(b"it goes on")
    rotating = Rotation(BOTH, {"recordings": Recordings(BOTH, tmp_path)})
    last = [progress async for progress in rotating.run(database)][-1]
    assert last == Progress("recordings", 3, 3, 2)
    assert await database.read(rotating.left) == 1
    written.add(b" as before")
    written.finish()
    last = [progress async for progress in rotating.run(database)][-1]
    assert last == Progress("recordings", 3, 3, 1)
    assert await database.read(rotating.left) == 0
    with Recordings(NEW_ONLY, tmp_path).open("c" * 32) as reader:
        assert reader.check()
        assert b"".join(reader.read(0, reader.size)) == b"it goes on as before"
