"""WeCom customer service through the whole gateway, against a strict platform."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from conftest import Clock, Desk
from lines import Client, customer_service, opened
from sqlalchemy import func, select
from wechat_platform import OPEN_KFID, TOKEN, CustomerService, KfPhone

from actions.errors import StorageUnavailable
from actions.shared import SharedValues
from actions.tables import messages, outbox
from bot.app import Gateway
from bot.channels.wechat.signature import sign
from bot.channels.wecom.listener import PATH
from bot.channels.wecom.messages import customer_of, read, sent_at, user_of
from bot.settings import Settings
from bot.turn import Turn


@pytest.fixture
async def platform(clock: Clock) -> AsyncIterator[CustomerService]:
    service = CustomerService(clock)
    service.base_url = await service.start()  # type: ignore[attr-defined]
    yield service
    await service.stop()
    assert service.violations == []


@pytest.fixture
def options() -> dict[str, Any]:
    """Settings beside the usual ones."""
    return {}


@pytest.fixture
def settings(settings: Settings, platform: CustomerService, options: dict[str, Any]) -> Settings:
    base_url = platform.base_url  # type: ignore[attr-defined]
    return settings.model_copy(update={"wecom": customer_service(base_url=base_url, **options)})


@pytest.fixture
async def gateway_and_client(
    settings: Settings, clock: Clock, platform: CustomerService
) -> AsyncIterator[tuple[Gateway, Client]]:
    async with opened(settings, clock) as pair:
        platform.reach = str(pair[1].make_url("")).rstrip("/")
        yield pair


@pytest.fixture
def gateway(gateway_and_client: tuple[Gateway, Client]) -> Gateway:
    return gateway_and_client[0]


@pytest.fixture
def client(gateway_and_client: tuple[Gateway, Client]) -> Client:
    return gateway_and_client[1]


@pytest.fixture
def phone(platform: CustomerService, gateway: Gateway) -> KfPhone:
    return KfPhone(platform, 1)


async def served(new_desk: Callable[..., Awaitable[Desk]], phone: KfPhone) -> tuple[Desk, str]:
    desk = await new_desk("wang", "小王")
    await phone.say("人工")
    await phone.hears("排队")
    waiting = (await desk.queue())["waiting"][0]
    await desk.post(f"/handoffs/{waiting['id']}/accept")
    await phone.hears("客服小王来了")
    return desk, f"/conversations/{waiting['conversation']}"


async def remarks(desk: Desk, talk: str, words: str) -> list[str]:
    found: list[str] = []
    while not any(words in one for one in found):
        shown = (await desk.get(talk))[1]["messages"]
        found = [one["text"] for one in shown if one["author"] == "desk"]
    return found


async def test_the_address_is_verified_with_the_opened_echo(
    client: Client, platform: CustomerService
) -> None:
    query, _ = platform.sealed("")
    sealed = platform.envelope.seal("echo-51")
    query["msg_signature"] = sign(TOKEN, query["timestamp"], query["nonce"], sealed)
    response = await client.get(PATH, params={**query, "echostr": sealed})
    assert (response.status, await response.text()) == (200, "echo-51")
    response = await client.get(PATH, params={**query, "echostr": sealed[::-1]})
    assert response.status == 403


async def test_what_one_callback_announces_is_fetched_whole_and_answered_in_order(
    platform: CustomerService, phone: KfPhone
) -> None:
    platform.is_silent = True
    others = [KfPhone(platform, number) for number in range(2, 5)]
    for one in (phone, *others):
        for words in ("你好", "谢谢"):
            await one.say(words)
    platform.is_silent = False
    assert await platform.announce() == 200
    for one in (phone, *others):
        await one.hears("不客气")
        said = "".join(one.texts())
        assert said.index("消保小宝") < said.index("不客气")


async def test_a_page_that_comes_again_is_answered_once(
    platform: CustomerService, phone: KfPhone, gateway: Gateway
) -> None:
    await phone.say("我要投诉")
    await phone.hears("登记投诉")
    for _ in range(3):
        await phone.again()
    await phone.say("取消")
    await phone.hears("已取消")
    assert "".join(phone.texts()).count("登记投诉") == 1


async def test_after_a_restart_it_goes_on_at_the_cursor(
    settings: Settings, clock: Clock, platform: CustomerService
) -> None:
    phone = KfPhone(platform, 1)
    async with opened(settings, clock) as (_, client):
        platform.reach = str(client.make_url("")).rstrip("/")
        await phone.say("你好")
        await phone.hears("消保小宝")
    platform.is_silent = True  # nobody listens
    await phone.say("谢谢")
    clock.forward(minutes=1)
    async with opened(settings, clock) as (gateway, _):
        await phone.hears("不客气")
        stored = select(func.count()).where(messages.c.author == "customer")
        assert await gateway.database.read(lambda tx: tx.scalar(stored)) == 2
    assert platform.without_token >= 1


async def test_of_an_account_seen_for_the_first_time_old_messages_are_left_alone(
    platform: CustomerService, phone: KfPhone, clock: Clock
) -> None:
    platform.is_silent = True
    await phone.say("去年的投诉呢")
    clock.forward(minutes=11)
    platform.is_silent = False
    await phone.say("你好")
    await phone.hears("消保小宝")
    assert len(phone.texts()) == 1


async def test_a_customer_who_opens_the_chat_is_greeted_by_the_code(
    platform: CustomerService, phone: KfPhone
) -> None:
    await phone.enter()
    await phone.hears("转人工")
    assert phone.chat.quota.message is None
    await phone.tap("我要投诉")
    await phone.hears("登记投诉")


async def test_a_greeting_whose_code_has_run_out_is_not_forced(
    platform: CustomerService, phone: KfPhone, gateway: Gateway
) -> None:
    platform.codes.clear()
    phone.platform.is_silent = True
    await phone.enter()
    platform.codes.clear()
    platform.is_silent = False
    await platform.announce()
    rested = select(outbox.c.id).where(outbox.c.attempts == 1)
    while not await gateway.database.read(lambda tx: tx.execute(rested).first()):
        await asyncio.sleep(0)
    await phone.say("谢谢")
    await phone.hears("不客气")
    assert "消保小宝" in phone.texts()[0]


async def test_an_agents_words_keep_to_five_and_wait_for_the_customer(
    platform: CustomerService,
    phone: KfPhone,
    new_desk: Callable[..., Awaitable[Desk]],
    clock: Clock,
) -> None:
    desk, talk = await served(new_desk, phone)
    for number in range(6):
        await desk.post(f"{talk}/messages", text=f"第{number}句", id=f"m{number}")
        clock.forward(seconds=20)
        if number < 3:
            await phone.hears(f"第{number}句")
    await remarks(desk, talk, "最多回 5 条")
    assert phone.chat.quota.message is not None
    assert phone.chat.quota.message[1] == 5
    await phone.say("在吗")
    await phone.hears("第5句")
    said = "".join(phone.texts())
    assert [said.count(f"第{number}句") for number in range(6)] == [1] * 6


async def test_a_message_that_fails_afterwards_is_told_or_owed_again(
    platform: CustomerService,
    phone: KfPhone,
    new_desk: Callable[..., Awaitable[Desk]],
    clock: Clock,
) -> None:
    desk, talk = await served(new_desk, phone)
    phone.chat.gone = True
    await desk.post(f"{talk}/messages", text="您好", id="m1")
    clock.forward(seconds=15)  # few are left, so it waits for others to go with it
    assert "客户拒收" in (await remarks(desk, talk, "没有送到"))[0]
    phone.chat.gone = False
    await desk.post(f"{talk}/messages", text="再见", id="m2")
    clock.forward(seconds=15)
    await phone.hears("再见")
    late = platform._event(
        event_type="msg_send_fail",
        external_userid=phone.user,
        fail_msgid=platform.sent_keys[-1],
        fail_type=6,
    )
    platform.items.append(late)
    await platform.announce()
    await remarks(desk, talk, "最多回 5 条")
    await phone.say("在吗")
    await phone.hears("客服小王：再见", times=2)


@pytest.mark.parametrize("options", [{"humans": "platform"}])
async def test_where_configured_one_step_leads_into_the_platforms_own_queue(
    platform: CustomerService, phone: KfPhone
) -> None:
    await phone.say("你好")
    await phone.hears("消保小宝")
    await phone.tap("转人工")
    await phone.hears("转接微信里的人工客服")
    assert phone.chat.state == 2
    before = len(phone.texts())
    phone.chat.state = 3
    await phone.say("我想问贷款")
    await phone.ended()
    await phone.say("谢谢")
    await phone.hears("不客气")
    assert len(phone.texts()) == before + 1


@pytest.mark.parametrize("options", [{"humans": "platform"}])
async def test_where_that_queue_takes_nobody_our_desk_does(
    platform: CustomerService, phone: KfPhone, new_desk: Callable[..., Awaitable[Desk]]
) -> None:
    desk = await new_desk("wang", "小王")
    platform.pool_is_shut = True
    await phone.say("人工")
    await phone.hears("您")
    assert len((await desk.queue())["waiting"]) == 1


@pytest.mark.parametrize("options", [{"humans": "platform"}])
async def test_a_transfer_that_was_made_before_a_crash_counts(
    platform: CustomerService, phone: KfPhone, new_desk: Callable[..., Awaitable[Desk]]
) -> None:
    desk = await new_desk("wang", "小王")
    phone.chat.state = 2
    await phone.say("人工")
    other = KfPhone(platform, 2)
    await other.say("谢谢")
    await other.hears("不客气")
    assert (await desk.queue())["waiting"] == []


async def test_voice_place_and_other_things_are_answered(phone: KfPhone) -> None:
    await phone.speak(b"#!AMR\n")
    await phone.hears("听不了语音")
    await phone.message("location", latitude=39.9, longitude=116.45, name="某处", address="")
    await phone.hears("示例城东支行")
    await phone.message("file", media_id="gone")
    await phone.hears("请再发一次")
    for number, kind in enumerate(("video", "business_card", "hologram"), 1):
        await phone.message(kind, media_id="x")
        await phone.hears("看不懂", times=number)


async def test_trouble_with_fetching_is_waited_out(
    platform: CustomerService, phone: KfPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.wecom.sync._AGAIN_S", 0)
    platform.refusals = [-1, 45009]
    platform.broken = 2
    await phone.say("谢谢")
    await phone.hears("不客气")


async def test_an_item_that_breaks_us_does_not_stop_the_others(
    platform: CustomerService, phone: KfPhone, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear = gateway.switchboard.hear

    async def fragile(turn: Turn) -> Any:
        if turn.text == "炸":
            raise ValueError("surprise")
        return await hear(turn)

    monkeypatch.setattr(gateway.switchboard, "hear", fragile)
    await phone.say("炸")
    await phone.say("谢谢")
    await phone.hears("不客气")


async def test_a_message_that_cannot_be_stored_comes_again(
    platform: CustomerService, phone: KfPhone, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.wecom.sync._AGAIN_S", 0)
    hear, left = gateway.switchboard.hear, [3]

    async def full(turn: Turn) -> Any:
        if left[0]:
            left[0] -= 1
            raise StorageUnavailable("disk full")
        return await hear(turn)

    monkeypatch.setattr(gateway.switchboard, "hear", full)
    await phone.say("谢谢")
    await phone.hears("不客气")
    assert left == [0]


async def test_two_gateways_fetch_one_after_the_other_and_answer_once(
    settings: Settings, clock: Clock, platform: CustomerService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.wecom.sync._AGAIN_S", 0)
    phones = [KfPhone(platform, number) for number in range(10)]
    async with opened(settings, clock) as (_, one), opened(settings, clock) as (_, other):
        for number, phone in enumerate(phones):
            platform.reach = str((one, other)[number % 2].make_url("")).rstrip("/")
            await phone.say("谢谢")
        for phone in phones:
            await phone.hears("不客气")
    assert [len(phone.texts()) for phone in phones] == [1] * 10


async def test_the_cursor_is_sealed_and_known_by_account(phone: KfPhone, gateway: Gateway) -> None:
    await phone.say("谢谢")
    await phone.hears("不客气")
    shared = SharedValues(gateway.cipher)
    (name,) = await gateway.database.read(lambda tx: shared.names(tx, "cursor:"))
    assert name.endswith(OPEN_KFID)
    while not (found := await gateway.database.read(lambda tx: shared.get(tx, name))):
        await asyncio.sleep(0)
    assert found.value.startswith("c")


async def test_forged_and_old_callbacks_are_refused(
    client: Client, platform: CustomerService, clock: Clock
) -> None:
    query, body = platform.sealed("<xml><Event>kf_msg_or_event</Event></xml>")

    async def status(raw: bytes, **given: str) -> int:
        return (await client.post(PATH, params=given, data=raw)).status

    assert await status(body, **query) == 200
    assert await status(body) == 403
    assert await status(body, **{**query, "msg_signature": "0" * 40}) == 403
    assert await status(b"{}", **query) == 403
    clock.forward(minutes=11)
    assert await status(body, **query) == 403


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"msgid": 5, "msgtype": "text"},
        {"msgid": "a", "msgtype": ["text"]},
        {"msgid": "a", "msgtype": "text", "origin": 3, "text": "not an object"},
        {"msgid": "a" * 99, "msgtype": "text", "origin": 3},
        {"msgid": "a", "msgtype": "text", "origin": 5, "external_userid": "u", "open_kfid": "k"},
        {"msgid": "a", "msgtype": "event", "origin": 4, "event": {"event_type": "enter_session"}},
        {"msgid": "a", "msgtype": "event", "origin": 4, "event": None},
    ],
)
def test_items_that_are_not_as_they_should_be_mean_nothing(item: dict[str, Any]) -> None:
    assert read(item) is None
    assert sent_at(item) is None


def test_a_customer_is_known_by_account_and_id() -> None:
    assert customer_of(user_of("wm1", "wk1")) == ("wm1", "wk1")
