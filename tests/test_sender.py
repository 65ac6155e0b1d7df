"""The sender of what customers are owed: a platform that works, and the ways in which one fails."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from conftest import KEY, Clock
from sqlalchemy import event

from actions.database import Database
from actions.outbox import Outbox
from actions.privacy import Cipher
from bot.channels import Accepted, Post
from bot.conversations import Conversation, ConversationStore
from bot.errors import DeliveryDelayed, DeliveryFailed
from bot.hub import Hub, outbox_topic
from bot.metrics import Metrics
from bot.phrases import Phrases
from bot.sender import AT_ONCE, Sender
from bot.transcripts import Transcripts
from bot.turn import Address, Author, ComplaintNote, Reply


class Platform:
    """A platform that keeps what it was sent, in parts of ten characters."""

    name = "push"
    give_up_after = dt.timedelta(hours=1)

    def __init__(self) -> None:
        self.got: dict[str, list[str]] = defaultdict(list)
        self.trouble: list[Exception] = []
        """Raised instead of the next deliveries."""
        self.gate = asyncio.Event()
        self.gate.set()
        self.busy: set[str] = set()
        self.most_busy = 0

    async def deliver(self, post: Post) -> AsyncGenerator[Accepted]:
        user = post.address.user
        assert user not in self.busy, "two senders have one customer"
        self.busy.add(user)
        self.most_busy = max(self.most_busy, len(self.busy))
        try:
            for letter in post.letters:
                text = letter.message.text
                parts = [text[start : start + 10] for start in range(0, len(text), 10)]
                for number, part in enumerate(parts[letter.parts :], letter.parts + 1):
                    await self.gate.wait()
                    if self.trouble:
                        raise self.trouble.pop(0)
                    self.got[user].append(part)
                    yield Accepted((letter.id,), 0 if number == len(parts) else number)
        finally:
            self.busy.discard(user)


class Office:
    """A sender with everything around it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.platform, self.database, self.clock = Platform(), database, clock
        self.outbox = Outbox(["push"])
        self.store = ConversationStore(Cipher([KEY]), self.outbox)
        self.hub, self.metrics = Hub(), Metrics()
        self.not_told: list[str] = []
        self.sender = self.new_sender()

    def new_sender(self) -> Sender:
        phrases = Phrases("银行", "95599", ZoneInfo("Asia/Shanghai"))
        return Sender(
            self.platform,
            self.outbox,
            self.database,
            self.store,
            phrases,
            self.hub,
            self.metrics,
            lambda _, number: self.not_told.append(number),
            self.clock,
        )

    async def customer(self, user: str = "a") -> int:
        new = Conversation(Address("push", user))
        return await self.database.write(lambda tx: self.store.save(tx, new, self.clock()))

    async def tell(self, id_: int, *texts: str) -> None:
        replies, now = [Reply(text) for text in texts], self.clock()
        await self.database.write(lambda tx: self.store.add_replies(tx, id_, replies, now))
        self.hub.ring(outbox_topic("push"))

    async def unsent(self) -> int:
        backlogs = await self.database.read(self.outbox.backlogs)
        return backlogs["push"].waiting if backlogs else 0

    async def remarks(self, id_: int) -> list[str]:
        transcripts = Transcripts(self.store)
        said = await self.database.read(lambda tx: transcripts.of_all(tx, [id_]))
        return [message.text for _, message in said if message.author is Author.DESK]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Let the running sender go on until `condition` holds; the test's time-out limits it."""
        while not condition():
            await asyncio.sleep(0)


@pytest.fixture
async def office(tmp_path: Path, clock: Clock) -> AsyncIterator[Office]:
    database = Database(f"sqlite:///{tmp_path / 'office.sqlite3'}")
    await database.prepare(Cipher([KEY]))
    yield Office(database, clock)
    await database.close()


async def test_messages_come_in_order_and_once(office: Office) -> None:
    ids = [await office.customer(str(number)) for number in range(40)]
    for id_ in ids:
        await office.tell(id_, "一", "二", "三")
    await office.sender.once()
    await office.sender.once()
    assert all(office.platform.got[str(number)] == ["一", "二", "三"] for number in range(40))
    assert 1 < office.platform.most_busy <= AT_ONCE
    assert await office.unsent() == 0


async def test_two_gateways_share_the_customers(office: Office) -> None:
    ids = [await office.customer(str(number)) for number in range(60)]
    for id_ in ids:
        await office.tell(id_, "一", "二")
    await asyncio.gather(office.sender.once(), office.new_sender().once())
    assert [office.platform.got[str(number)] for number in range(60)] == [["一", "二"]] * 60


async def test_a_running_sender_hears_of_news_and_ends_with_the_gateway(office: Office) -> None:
    id_ = await office.customer()
    running = asyncio.create_task(office.sender.run())
    await office.tell(id_, "一")
    await office.until(lambda: office.platform.got["a"] == ["一"])
    await office.tell(id_, "二")
    await office.until(lambda: office.platform.got["a"] == ["一", "二"])
    office.hub.close()
    await running


async def test_what_is_under_way_when_the_gateway_stops_is_noted_and_the_rest_is_due_at_once(
    office: Office,
) -> None:
    id_ = await office.customer()
    office.platform.gate.clear()
    running = asyncio.create_task(office.sender.run())
    await office.tell(id_, "一", "二")
    await office.until(lambda: bool(office.platform.busy))
    office.hub.close()
    await office.until(lambda: office.sender._stopping)
    office.platform.gate.set()
    await running
    assert office.platform.got["a"] == ["一"]
    await office.new_sender().once()
    assert office.platform.got["a"] == ["一", "二"]


async def test_a_refusal_for_now_is_tried_again_after_growing_pauses(
    office: Office, clock: Clock
) -> None:
    id_ = await office.customer()
    office.platform.trouble = [DeliveryDelayed("忙") for _ in range(3)]
    await office.tell(id_, "一", "二")
    tries = 0
    for _ in range(10):
        before = len(office.platform.trouble)
        await office.sender.once()
        tries += before - len(office.platform.trouble)
        clock.forward(seconds=1)
    assert (tries, office.platform.got["a"]) == (3, ["一", "二"])  # after 1, 2 and 4 seconds


async def test_the_platforms_own_pause_is_kept_for_everyone_where_it_says_so(
    office: Office, clock: Clock
) -> None:
    first, second = await office.customer("a"), await office.customer("b")
    office.platform.trouble = [DeliveryDelayed("太快", 30, everyone=True)]
    await office.tell(first, "一")
    await office.sender.once()
    await office.tell(second, "二")
    clock.forward(seconds=29)
    await office.sender.once()
    assert not any(office.platform.got.values())
    clock.forward(seconds=1)
    await office.sender.once()
    assert dict(office.platform.got) == {"a": ["一"], "b": ["二"]}


async def test_one_customers_trouble_does_not_hold_up_the_others(office: Office) -> None:
    office.platform.trouble = [DeliveryDelayed("忙", 30), ValueError("surprise")]
    for user in "abcd":
        await office.tell(await office.customer(user), user)
    await office.sender.once()
    assert len([user for user in "abcd" if office.platform.got[user]]) == 2
    assert await office.unsent() == 2


async def test_a_long_message_goes_on_at_the_part_that_was_not_taken(
    office: Office, clock: Clock
) -> None:
    id_ = await office.customer()
    office.platform.trouble = []
    await office.tell(id_, "零一二三四五六七八九" * 2 + "完")
    office.platform.gate.clear()
    sending = asyncio.create_task(office.sender.once())
    await office.until(lambda: bool(office.platform.busy))
    office.platform.trouble = [DeliveryDelayed("断网")]
    office.platform.gate.set()
    await sending
    assert office.platform.got["a"] == []
    clock.forward(seconds=1)
    await office.sender.once()
    assert office.platform.got["a"] == ["零一二三四五六七八九"] * 2 + ["完"]


async def test_what_the_platform_never_takes_is_told_to_the_agent_and_the_rest_goes_on(
    office: Office,
) -> None:
    id_ = await office.customer()
    office.platform.trouble = [DeliveryFailed("内容不被接受")]
    await office.tell(id_, "一", "二")
    await office.sender.once()
    assert office.platform.got["a"] == ["二"]
    (remark,) = await office.remarks(id_)
    assert "内容不被接受" in remark


async def test_of_a_complaint_whose_news_does_not_arrive_the_officers_learn(
    office: Office,
) -> None:
    id_ = await office.customer()
    office.platform.trouble = [DeliveryFailed("内容不被接受")]
    note = ComplaintNote("2026112400018", "已受理", "2026-12-09")
    news = [Reply("您的投诉已受理", complaint=note), Reply("谢谢")]
    await office.database.write(lambda tx: office.store.add_replies(tx, id_, news, office.clock()))
    await office.sender.once()
    assert office.platform.got["a"] == ["谢谢"]
    assert office.not_told == ["2026112400018"]


async def test_a_customer_who_blocked_us_is_one_remark_and_not_one_for_each_message(
    office: Office,
) -> None:
    id_ = await office.customer()
    office.platform.trouble = [DeliveryFailed("客户停用了机器人", unreachable=True)]
    await office.tell(id_, *map(str, range(12)))
    await office.sender.once()
    (remark,) = await office.remarks(id_)
    assert "12 条" in remark
    assert await office.unsent() == 0


async def test_after_the_set_time_it_is_given_up_and_the_agent_is_told(
    office: Office, clock: Clock
) -> None:
    id_ = await office.customer()
    office.platform.trouble = [DeliveryDelayed("网络不通") for _ in range(100)]
    await office.tell(id_, "一")
    while await office.unsent():
        await office.sender.once()
        clock.forward(seconds=60)
    (remark,) = await office.remarks(id_)
    assert "网络不通" in remark
    assert 3_500 < (clock() - Clock().now).total_seconds() < 3_800


async def test_customers_do_not_see_what_the_desk_is_told(office: Office) -> None:
    id_ = await office.customer()
    office.platform.trouble = [DeliveryFailed("内容不被接受")]
    await office.tell(id_, "一")
    await office.sender.once()
    transcripts = Transcripts(office.store)
    seen = await office.database.read(lambda tx: transcripts.transcript(tx, id_))
    later = await office.database.read(lambda tx: transcripts.later(tx, id_, 0))
    assert [message.text for message in (*seen, *later)] == ["一", "一"]


async def test_what_was_sent_while_the_database_was_gone_is_noted_and_not_sent_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = await office.customer()
    monkeypatch.setattr("bot.sender._POLL_S", 0)
    await office.tell(id_, "一")
    office.platform.gate.clear()
    sending = asyncio.create_task(office.sender.once())
    await office.until(lambda: bool(office.platform.busy))
    refused = 0

    def full(connection: object, cursor: object, statement: str, *_rest: object) -> None:
        nonlocal refused
        if statement.startswith("UPDATE outbox") and refused < 3:
            refused += 1
            raise OSError("disk full")

    event.listen(office.database._engine, "before_cursor_execute", full)
    office.platform.gate.set()
    await sending
    event.remove(office.database._engine, "before_cursor_execute", full)
    await office.sender.once()
    assert (refused, office.platform.got["a"]) == (3, ["一"])


async def test_whatever_fails_at_random_nothing_is_lost_doubled_or_out_of_order(
    office: Office, clock: Clock
) -> None:
    dice = random.Random(20)  # noqa: S311 - no secret
    users = [str(number) for number in range(25)]
    ids = {user: await office.customer(user) for user in users}
    told: dict[str, list[str]] = defaultdict(list)
    senders = [office.sender, office.new_sender()]
    for step in range(60):
        for user in dice.sample(users, 5):
            told[user].append(f"{step}")
            await office.tell(ids[user], f"{step}")
        office.platform.trouble = [
            dice.choice([DeliveryDelayed("忙"), DeliveryDelayed("慢", 3), OSError("断了")])
            for _ in range(dice.randrange(4))
        ]
        await asyncio.gather(*(sender.once() for sender in senders))
        clock.forward(seconds=dice.randrange(4))
    office.platform.trouble = []
    while await office.unsent():
        clock.forward(seconds=60)
        await office.sender.once()
    assert dict(office.platform.got) == dict(told)
