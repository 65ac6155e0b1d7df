"""What the keeping of files promises, over every database that a bank may run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import files
import pytest
from conftest import KEY, START
from contracts.databases import KINDS, fresh

from actions.attachments import Attachments, Kept
from actions.complaints import Draft, Step
from actions.database import Database
from actions.deadlines import Deadlines
from actions.errors import NotAllowed, StorageUnavailable, WrongKey
from actions.privacy import Cipher, new_key
from actions.register import Origin, SqlRegister
from actions.steps import CUSTOMER_ACTOR, Move
from actions.uploads import MAX_FILES, check
from bot.conversations import Conversation, ConversationStore
from bot.turn import Address, Route, Turn

DRAFT = Draft("柜台多扣了我二十块手续费", "信用卡", "上周五", "退还费用", "13812345678")


class Box:
    """One customer's conversation, and where their files are kept."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder
        self.cipher = Cipher([KEY])
        self.attachments = Attachments(self.cipher, folder)
        self.register = SqlRegister(self.cipher, Deadlines(), ZoneInfo("Asia/Shanghai"))
        self.conversation = self.message = 0

    async def open(self) -> None:
        store, address = ConversationStore(self.cipher), Address("web", "u")
        self.conversation = await self.database.write(
            lambda tx: store.save(tx, Conversation(address), START)
        )
        turn = Turn(address, "1", START)
        said = await self.database.write(
            lambda tx: store.add_turn(tx, self.conversation, turn, "［图片］", Route.CHAT)
        )
        self.message = said.id

    async def send(self, number: int = 1) -> list[Kept]:
        kept = self.attachments.write([check("小票.png", files.png())] * number)
        await self.database.write(
            lambda tx: self.attachments.add(tx, self.conversation, self.message, kept, START)
        )
        return kept

    async def complain(self) -> str:
        origin = Origin("web", self.conversation)
        complaint = await self.database.write(
            lambda tx: self.register.receive(tx, origin, DRAFT, START)
        )
        return complaint.number

    async def join(self, number: str) -> tuple[int, int]:
        return await self.database.write(
            lambda tx: self.attachments.join(tx, self.conversation, number, START)
        )


@pytest.fixture(params=KINDS)
async def box(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Box]:
    async with fresh(request.param, tmp_path) as database:
        await database.prepare(Cipher([KEY]))
        box = Box(database, tmp_path / "attachments")
        await box.open()
        yield box


async def test_files_go_with_the_complaint_and_are_read_again(box: Box) -> None:
    await box.send(2)
    number = await box.complain()
    assert await box.database.read(lambda tx: box.attachments.of(tx, number)) == []
    assert await box.join(number) == (2, 0)
    assert await box.join(number) == (0, 0)
    kept = await box.database.read(lambda tx: box.attachments.of(tx, number))
    assert [one.name for one in kept] == ["小票.png", "小票.png"]
    assert {box.attachments.open(one.id) for one in kept} == {files.png()}
    sent = await box.database.read(lambda tx: box.attachments.sent_in(tx, box.conversation))
    assert {one.id for one in sent} == {one.id for one in kept}


async def test_a_complaint_takes_nine_files_and_says_how_many_it_did_not(box: Box) -> None:
    number = await box.complain()
    await box.send(MAX_FILES - 2)
    assert await box.join(number) == (MAX_FILES - 2, 0)
    await box.send(5)
    assert await box.join(number) == (2, 3)
    with pytest.raises(NotAllowed, match="最多9个"):
        await box.send(MAX_FILES - 2)


async def test_a_transaction_that_fails_names_no_file_and_a_later_start_removes_it(
    box: Box,
) -> None:
    named = await box.send()
    box.message = 10_000_000
    with pytest.raises(StorageUnavailable):
        await box.send()
    assert len(list(box.folder.iterdir())) == 2
    later = (box.folder / named[0].id).stat().st_mtime + 3_600
    assert await box.database.read(lambda tx: box.attachments.tidy(tx, later)) == 1
    assert [path.name for path in box.folder.iterdir()] == [named[0].id]


async def test_files_of_another_key_stay_closed_and_older_keys_open_them(box: Box) -> None:
    (kept,) = await box.send()
    fresh_key = new_key()
    with pytest.raises(WrongKey):
        Attachments(Cipher([fresh_key]), box.folder).open(kept.id)
    both = Attachments(Cipher([fresh_key, KEY]), box.folder)
    assert both.open(kept.id) == files.png()


async def test_the_customer_can_do_what_the_state_allows_and_nothing_more(box: Box) -> None:
    first, second = await box.complain(), await box.complain()
    move = Move(Step.WITHDRAW, CUSTOMER_ACTOR)
    await box.database.write(lambda tx: box.register.move(tx, first, move, START))
    standings = await box.database.read(
        lambda tx: box.register.standing(tx, box.conversation, START)
    )
    assert {one.complaint.number: set(one.can) for one in standings} == {
        second: {Step.WITHDRAW, Step.SUPPLEMENT},
        first: set(),
    }


async def test_files_sent_at_the_same_time_are_all_kept(box: Box) -> None:
    await asyncio.gather(*(box.send() for _ in range(5)))
    number = await box.complain()
    assert await box.join(number) == (5, 0)
