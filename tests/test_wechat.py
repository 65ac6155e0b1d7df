"""An Official Account through the whole gateway, against a strict platform."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from conftest import Clock, Desk
from lines import Client, official, opened
from sqlalchemy import func, select
from wechat_platform import (
    APP_SECRET,
    KEY,
    TOKEN,
    TRANSFERRED,
    UNAVAILABLE,
    Official,
    Phone,
)

from actions.errors import StorageUnavailable
from actions.tables import messages, outbox
from audio import NotHeard, Transcript
from bot.app import Gateway
from bot.channels.media import Media
from bot.channels.wechat.customers import WechatCustomers
from bot.channels.wechat.listener import PATH, WechatListener
from bot.channels.wechat.menu import menu
from bot.commands import publish_wechat_menu
from bot.limits import RateLimit
from bot.settings import Settings
from bot.turn import Mode, Turn
from bot.understanding import Understood

HOURS_48 = dt.timedelta(hours=48)


@pytest.fixture
async def platform(clock: Clock) -> AsyncIterator[Official]:
    official_account = Official(clock)
    official_account.base_url = await official_account.start()  # type: ignore[attr-defined]
    yield official_account
    await official_account.stop()
    assert official_account.violations == []


@pytest.fixture
def options() -> dict[str, Any]:
    """Settings of the account beside the usual ones."""
    return {}


@pytest.fixture
async def gateway_and_client(
    settings: Settings, clock: Clock, platform: Official, options: dict[str, Any]
) -> AsyncIterator[tuple[Gateway, Client]]:
    base_url = platform.base_url  # type: ignore[attr-defined]
    section = official("safe", base_url=base_url, **options)
    async with opened(settings.model_copy(update={"wechat": section}), clock) as pair:
        platform.reach = str(pair[1].make_url("")).rstrip("/")
        yield pair


@pytest.fixture
def gateway(gateway_and_client: tuple[Gateway, Client]) -> Gateway:
    return gateway_and_client[0]


@pytest.fixture
def client(gateway_and_client: tuple[Gateway, Client]) -> Client:
    return gateway_and_client[1]


@pytest.fixture
def phone(platform: Official, gateway: Gateway) -> Phone:
    return Phone(platform, 1)


def listener(gateway: Gateway) -> WechatListener:
    found = gateway.platforms[0].listener
    assert isinstance(found, WechatListener)
    return found


def customers(gateway: Gateway) -> WechatCustomers:
    return listener(gateway)._customers


class Gate:
    """Understanding that waits until it is let go on."""

    def __init__(self) -> None:
        self.open = asyncio.Event()

    async def understand(self, text: str) -> Understood:
        await self.open.wait()
        return Understood("thank", "rules")


@pytest.fixture
def slow(gateway: Gateway) -> Gate:
    gate = Gate()
    gateway.switchboard._understanding = gate
    listener(gateway)._answer_s = 0.05
    return gate


async def served(new_desk: Callable[..., Awaitable[Desk]], phone: Phone) -> tuple[Desk, str]:
    """With an agent who has accepted the customer; the path of the conversation."""
    desk = await new_desk("wang", "小王")
    await phone.say("人工")
    waiting = (await desk.queue())["waiting"][0]
    await desk.post(f"/handoffs/{waiting['id']}/accept")
    await phone.hears("客服小王来了")
    return desk, f"/conversations/{waiting['conversation']}"


async def remarks(desk: Desk, talk: str, words: str) -> list[str]:
    """What the desk alone reads, as soon as `words` are among it."""
    found: list[str] = []
    while not any(words in one for one in found):
        shown = (await desk.get(talk))[1]["messages"]
        found = [one["text"] for one in shown if one["author"] == "desk"]
    return found


async def owed(gateway: Gateway) -> int:
    query = select(func.count()).select_from(outbox).where(outbox.c.settled.is_(None))
    return await gateway.database.read(lambda tx: tx.execute(query).scalar_one())


async def until_noted(gateway: Gateway) -> None:
    while await owed(gateway):
        await asyncio.sleep(0)


async def test_the_address_is_verified_with_the_echo(client: Client, platform: Official) -> None:
    query, _ = platform.sealed({"FromUserName": "o1", "MsgType": "text"})
    response = await client.get(PATH, params={**query, "echostr": "5927164873"})
    assert (response.status, await response.text()) == (200, "5927164873")
    response = await client.get(PATH, params={**query, "signature": "0" * 40, "echostr": "1"})
    assert response.status == 403


async def test_an_answer_in_time_is_in_the_response_and_costs_no_quota(
    phone: Phone, gateway: Gateway
) -> None:
    await phone.say("银行卡丢了怎么办")
    (shown,) = phone.chat.shown
    assert shown.passive
    assert "出处：" in shown.text
    assert "转人工" in phone.titles()
    assert phone.chat.quota.message == (phone.platform.clock(), 0)
    await until_noted(gateway)


async def test_a_choice_is_made_by_its_number(phone: Phone) -> None:
    await phone.say("我要投诉")
    await phone.tap("取消")
    assert "已取消" in phone.texts()[-1]
    await phone.say("８。")
    assert "已取消" in phone.texts()[-2], "a number that is not offered is read as words"


async def test_a_message_of_which_the_response_was_lost_gets_the_same_answer(
    phone: Phone, gateway: Gateway, platform: Official
) -> None:
    platform.responses_lost = 2
    await phone.say("我要投诉")
    assert (platform.posted, len(phone.texts())) == (3, 1)
    stored = select(func.count()).where(messages.c.author == "customer")
    assert await gateway.database.read(lambda tx: tx.scalar(stored)) == 1
    await until_noted(gateway)
    assert len(phone.texts()) == 1


async def test_where_the_platform_sends_only_twice_a_lost_response_is_made_good_too(
    phone: Phone, platform: Official
) -> None:
    platform.deliveries, platform.responses_lost = 2, 1
    await phone.say("你好")
    assert len(phone.texts()) == 1


async def test_a_slow_answer_comes_by_the_customer_service_api_and_once(
    phone: Phone, gateway: Gateway, slow: Gate, platform: Official
) -> None:
    await phone.say("谢谢你")
    assert phone.came == "nothing"
    assert platform.posted == 1
    slow.open.set()
    await phone.hears("不客气")
    assert not phone.chat.shown[0].passive
    await until_noted(gateway)
    assert await phone.again() == "nothing"
    assert len(phone.texts()) == 1


async def test_the_same_message_again_while_the_first_is_slow_is_answered_once(
    phone: Phone, slow: Gate
) -> None:
    await phone.say("谢谢你")
    again = asyncio.create_task(phone.again())
    await asyncio.sleep(0)
    slow.open.set()
    await again
    await phone.hears("不客气")
    assert sum("不客气" in text for text in phone.texts()) == 1


@pytest.mark.parametrize("options", [{"customer_service": False}])
async def test_an_account_without_the_api_gives_the_answer_to_the_next_message(
    phone: Phone, gateway: Gateway, slow: Gate
) -> None:
    await phone.say("谢谢你")
    assert phone.came == "nothing"
    slow.open.set()
    while not await gateway.database.read(
        lambda tx: tx.scalar(select(outbox.c.failure).where(outbox.c.lease.is_(None)))
    ):
        await asyncio.sleep(0)
    listener(gateway)._answer_s = 4
    await phone.say("谢谢")
    assert phone.came == "text"
    assert phone.texts()[0].count("不客气") == 2
    await until_noted(gateway)


@pytest.mark.parametrize("options", [{"customer_service": False}])
async def test_without_the_api_an_agent_is_told_that_the_words_wait(
    phone: Phone, new_desk: Callable[..., Awaitable[Desk]]
) -> None:
    desk = await new_desk("wang", "小王")
    await phone.say("人工")
    waiting = (await desk.queue())["waiting"][0]
    await desk.post(f"/handoffs/{waiting['id']}/accept")
    talk = f"/conversations/{waiting['conversation']}"
    assert len(await remarks(desk, talk, "没有客服接口")) == 1
    await desk.post(f"{talk}/messages", text="您好", id="m1")
    await phone.say("在吗")
    assert "客服小王来了" in phone.texts()[-1]
    assert "客服小王：您好" in phone.texts()[-1]


async def test_five_messages_after_each_of_the_customers_and_no_sixth(
    phone: Phone, new_desk: Callable[..., Awaitable[Desk]], clock: Clock, platform: Official
) -> None:
    desk, talk = await served(new_desk, phone)
    for number in range(6):
        await desk.post(f"{talk}/messages", text=f"第{number}句", id=f"m{number}")
        clock.forward(seconds=20)
        if number < 4:
            await phone.hears(f"第{number}句")
    told = await remarks(desk, talk, "最多回 5 条")
    assert len(told) == 1
    assert "下次说话时自动送到" in told[0]
    assert phone.chat.quota.message is not None
    assert phone.chat.quota.message[1] == 5
    await phone.say("在吗")
    assert "第4句" in phone.texts()[-1]
    assert "第5句" in phone.texts()[-1]
    assert platform.violations == []


async def test_with_few_messages_left_an_agents_words_gather_into_one(
    phone: Phone, new_desk: Callable[..., Awaitable[Desk]], clock: Clock
) -> None:
    desk, talk = await served(new_desk, phone)
    for number in range(12):
        await desk.post(f"{talk}/messages", text=f"第{number}句。", id=f"m{number}")
    clock.forward(seconds=15)
    await phone.hears("第9句")
    clock.forward(seconds=15)
    await phone.hears("第11句")
    said = "".join(phone.texts())
    assert [said.count(f"第{number}句。") for number in range(12)] == [1] * 12
    assert phone.chat.quota.message is not None
    assert phone.chat.quota.message[1] <= 5


async def test_what_the_platform_counts_goes_before_what_we_counted(
    phone: Phone, new_desk: Callable[..., Awaitable[Desk]], platform: Official
) -> None:
    desk, talk = await served(new_desk, phone)
    platform.refusals = [45047]
    await desk.post(f"{talk}/messages", text="您好", id="m1")
    await remarks(desk, talk, "条数已用完")
    await phone.say("在吗")
    assert "客服小王：您好" in phone.texts()[-1]


async def test_after_48_hours_nothing_is_sent_and_then_it_is_given_up_and_told(
    phone: Phone, new_desk: Callable[..., Awaitable[Desk]], clock: Clock, gateway: Gateway
) -> None:
    desk, talk = await served(new_desk, phone)
    before = len(phone.texts())
    clock.now += HOURS_48
    await desk.sign_in("wang")
    await desk.post(f"{talk}/messages", text="您好", id="m1")
    await remarks(desk, talk, "48 小时")
    clock.now += HOURS_48
    given_up = select(outbox.c.id).where(outbox.c.given_up)
    while not await gateway.database.read(lambda tx: tx.execute(given_up).all()):
        await asyncio.sleep(0)
    assert len(phone.texts()) == before


async def test_following_is_greeted_with_the_way_to_a_human(phone: Phone) -> None:
    assert await phone.event("subscribe", EventKey="") == "text"
    assert "转人工" in phone.texts()[-1]
    assert await phone.event("unsubscribe", EventKey="") == "nothing"


async def test_the_same_event_twice_is_one(phone: Phone) -> None:
    await phone.event("CLICK", EventKey="/complain")
    assert await phone.again() == "text"
    assert len(phone.texts()) == 1


async def test_one_tap_on_the_menu_opens_a_session_at_our_desk(
    phone: Phone, new_desk: Callable[..., Awaitable[Desk]], clock: Clock
) -> None:
    desk = await new_desk("wang", "小王")
    await phone.event("CLICK", EventKey="/human")
    (waiting,) = (await desk.queue())["waiting"]
    assert waiting["channel"] == "wechat"
    clock.forward(seconds=59)
    await desk.post(f"/handoffs/{waiting['id']}/accept")
    await phone.hears("客服小王来了")
    assert phone.chat.quota.event is not None
    assert phone.chat.quota.event[1] == 1


async def test_an_unknown_key_of_a_menu_is_greeted(phone: Phone) -> None:
    await phone.event("CLICK", EventKey="OLD_KEY")
    assert "消保小宝" in phone.texts()[-1]


@pytest.mark.parametrize("event", ["VIEW", "LOCATION", "TEMPLATESENDJOBFINISH", ""])
async def test_events_that_mean_nothing_to_us_are_only_confirmed(phone: Phone, event: str) -> None:
    assert await phone.event(event, EventKey="x") == "nothing"


async def test_a_place_is_answered_with_the_nearest_branches(phone: Phone) -> None:
    await phone.message("location", Location_X="39.90", Location_Y="116.45", Label="某处")
    assert phone.texts()[-1].index("城东") < phone.texts()[-1].index("城南")
    assert "示例数据" in phone.texts()[-1]
    await phone.message("location", Location_X="0.0", Location_Y="0.0", Label="海上")
    assert "没有找到" in phone.texts()[-1]
    await phone.message("location", Location_X="north", Location_Y="", Label="")
    assert "看不懂" in phone.texts()[-1]


@pytest.mark.parametrize("kind", ["video", "shortvideo", "link", "file", "hologram"])
async def test_what_cannot_be_read_is_said_so_with_the_way_on(phone: Phone, kind: str) -> None:
    await phone.message(kind, MediaId="x")
    assert "看不懂" in phone.texts()[-1]
    assert "转人工" in phone.titles()


class Ear:
    def __init__(self, text: str) -> None:
        self._text = text

    async def transcribe(self, audio: bytes, media_type: str) -> Transcript:
        assert (audio, media_type) == (b"#!AMR\n", "audio/amr")
        if not self._text:
            raise NotHeard("silence")
        return Transcript(self._text, 1.0)


async def test_the_platforms_own_recognition_is_used_where_it_is_there(phone: Phone) -> None:
    await phone.speak(b"#!AMR\n", recognition="我要投诉。")
    assert "登记投诉" in phone.texts()[-1]


async def test_without_it_we_listen_ourselves(phone: Phone, gateway: Gateway) -> None:
    await phone.speak(b"#!AMR\n", recognition="")
    assert "听不了语音" in phone.texts()[-1]
    customers(gateway)._media = Media(Ear("转人工"))
    await phone.speak(b"#!AMR\n")
    assert "排队" in phone.texts()[-1]
    customers(gateway)._media = Media(Ear(""))
    await phone.tap("不等了，问小宝")
    await phone.speak(b"#!AMR\n")
    assert "没听清" in phone.texts()[-1]


async def test_a_voice_note_that_the_platform_does_not_give_out_is_not_heard(
    phone: Phone, gateway: Gateway
) -> None:
    customers(gateway)._media = Media(Ear("你好"))
    await phone.message("voice", MediaId="gone", Format="amr")
    assert "没听清" in phone.texts()[-1]


async def test_a_picture_that_the_platform_does_not_give_out_is_asked_for_again(
    phone: Phone,
) -> None:
    await phone.message("image", MediaId="gone", PicUrl="http://127.0.0.1:1/never-fetched")
    assert "请再发一次" in phone.texts()[-1]


@pytest.mark.parametrize("options", [{"humans": "platform"}])
async def test_where_configured_the_platforms_own_agents_take_over(
    phone: Phone, clock: Clock, gateway: Gateway
) -> None:
    await phone.say("你好")
    await phone.say("人工")
    assert phone.texts()[-1] == TRANSFERRED
    await phone.say("还在吗")
    assert phone.texts()[-1] == TRANSFERRED, "until they have come it stays with them"
    await phone.event("kf_create_session", KfAccount="kf1")
    await phone.event("kf_close_session", KfAccount="kf1")
    await phone.say("你好")
    assert "消保小宝" in phone.texts()[-1]
    await phone.say("转人工")
    clock.forward(minutes=30)
    await phone.say("你好")
    assert "消保小宝" in phone.texts()[-1]
    await until_noted(gateway)


@pytest.mark.parametrize("options", [{"humans": "platform"}])
async def test_a_lost_transfer_is_made_again_and_a_click_opens_our_desk(
    phone: Phone, platform: Official, new_desk: Callable[..., Awaitable[Desk]]
) -> None:
    desk = await new_desk("wang", "小王")
    platform.responses_lost = 1
    await phone.say("人工")
    assert phone.texts() == [TRANSFERRED]
    assert (await desk.queue())["waiting"] == []
    await phone.event("CLICK", EventKey="/human")
    assert len((await desk.queue())["waiting"]) == 1


async def test_an_expired_token_is_renewed_and_the_message_still_goes_out(
    phone: Phone,
    gateway: Gateway,
    new_desk: Callable[..., Awaitable[Desk]],
    clock: Clock,
    platform: Official,
) -> None:
    desk, talk = await served(new_desk, phone)
    assert platform.fetched == 1
    platform.tokens.clear()  # somebody else has asked for another
    await desk.post(f"{talk}/messages", text="一", id="m1")
    await phone.hears("客服小王：一")
    assert (platform.fetched, platform.forced) == (2, 1)
    clock.forward(seconds=7_000)
    api = customers(gateway)._api
    assert api is not None
    assert await api._token.get() == await api._token.get()
    assert (platform.fetched, platform.forced) == (3, 1)


async def test_two_gateways_share_one_token(
    settings: Settings, clock: Clock, platform: Official
) -> None:
    base_url = platform.base_url  # type: ignore[attr-defined]
    with_it = settings.model_copy(update={"wechat": official("safe", base_url=base_url)})
    async with opened(with_it, clock) as (one, _), opened(with_it, clock) as (other, _):
        apis = [customers(gateway)._api for gateway in (one, other)]
        assert all(apis)
        calls = [api._token.get() for api in apis if api for _ in range(5)]
        assert len(set(await asyncio.gather(*calls))) == 1
    assert platform.fetched == 1


@pytest.mark.parametrize(
    ("code", "says"),
    [(40125, "AppSecret"), (48001, "权限"), (45009, "频繁"), (-1, "繁忙"), (99999, "99999")],
)
async def test_codes_that_pass_are_tried_again(
    phone: Phone,
    new_desk: Callable[..., Awaitable[Desk]],
    clock: Clock,
    platform: Official,
    gateway: Gateway,
    code: int,
    says: str,
) -> None:
    desk, talk = await served(new_desk, phone)
    platform.refusals = [code]
    await desk.post(f"{talk}/messages", text="您好", id="m1")
    failure = select(outbox.c.failure).where(outbox.c.settled.is_(None), outbox.c.attempts == 1)
    while not (why := await gateway.database.read(lambda tx: tx.scalar(failure))):
        await asyncio.sleep(0)
    assert says in why
    clock.forward(seconds=61)
    await phone.hears("客服小王：您好")


@pytest.mark.parametrize("trouble", ["is_out", "broken"])
async def test_an_outage_delays_and_loses_nothing(
    phone: Phone,
    new_desk: Callable[..., Awaitable[Desk]],
    clock: Clock,
    platform: Official,
    gateway: Gateway,
    trouble: str,
) -> None:
    desk, talk = await served(new_desk, phone)
    setattr(platform, trouble, 10)
    for number in range(3):
        await desk.post(f"{talk}/messages", text=f"第{number}句", id=f"m{number}")
    tried = select(outbox.c.id).where(outbox.c.attempts > 0)
    while not await gateway.database.read(lambda tx: tx.execute(tried).first()):
        await asyncio.sleep(0)
    setattr(platform, trouble, 0)
    clock.forward(seconds=61)
    await phone.hears("第2句")
    assert [sum(f"第{n}句" in text for text in phone.texts()) for n in range(3)] == [1, 1, 1]


async def test_a_database_that_is_gone_is_said_and_not_kept_silent(
    phone: Phone, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(_work: object) -> None:
        raise StorageUnavailable("disk full")

    monkeypatch.setattr(gateway.database, "write", gone)
    await phone.say("你好")
    assert "没能记下" in phone.texts()[-1]


async def test_whatever_breaks_the_customer_hears_something(
    phone: Phone, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_turn: Turn) -> None:
        raise ValueError("surprise")

    monkeypatch.setattr(gateway.switchboard, "hear", broken)
    await phone.say("你好")
    assert "转人工" in phone.texts()[-1]
    assert UNAVAILABLE not in phone.texts()


async def test_a_flood_is_told_once_a_minute_and_never_keeps_anybody_from_a_human(
    phone: Phone, gateway: Gateway
) -> None:
    customers(gateway)._limit = RateLimit(2)
    for _ in range(5):
        await phone.say("你好")
    assert sum("太快" in text for text in phone.texts()) == 1
    assert phone.came == "nothing"
    await phone.say("人工")
    assert "排队" in phone.texts()[-1]


async def test_a_long_answer_of_an_agent_goes_on_in_the_next_message(
    phone: Phone, new_desk: Callable[..., Awaitable[Desk]], clock: Clock
) -> None:
    desk, talk = await served(new_desk, phone)
    long = "。".join(f"这是很长的一段话里的第{number:03}小句" for number in range(100))
    await desk.post(f"{talk}/messages", text=long, id="m1")
    clock.forward(seconds=20)
    await phone.hears("第099小句")
    said = "".join(phone.texts())
    assert all(said.count(f"第{number:03}小句") == 1 for number in range(100))


async def post(client: Client, body: bytes, **query: str) -> int:
    return (await client.post(PATH, params=query, data=body)).status


async def test_forged_old_and_oversized_requests_are_refused(
    client: Client, platform: Official, clock: Clock, gateway: Gateway
) -> None:
    fields: dict[str, str | int] = {
        "FromUserName": "o1",
        "ToUserName": "gh",
        "MsgType": "text",
        "MsgId": 1,
        "Content": "人工",
    }
    query, body = platform.sealed(fields)
    assert await post(client, body) == 403
    assert await post(client, body, **{**query, "msg_signature": "0" * 40}) == 403
    assert await post(client, b"<xml/>", **query) == 403
    assert await post(client, b"x" * 70_000, **query) == 413
    clock.forward(minutes=11)
    assert await post(client, body, **query) == 403
    stored = select(func.count()).select_from(messages)
    assert await gateway.database.read(lambda tx: tx.scalar(stored)) == 0


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"FromUserName": "<script>", "MsgType": "text", "MsgId": 1},
        {"FromUserName": "o1", "MsgType": "text", "MsgId": "x" * 99},
        {"FromUserName": "o1", "MsgType": "text", "MsgId": 1, "Content": "\u200b"[:0]},
        {"FromUserName": "o1", "MsgType": "event"},
    ],
)
async def test_signed_nonsense_is_confirmed_and_changes_nothing(
    client: Client, platform: Official, fields: dict[str, Any]
) -> None:
    query, body = platform.sealed({"FromUserName": "", **fields})
    response = await client.post(PATH, params=query, data=body)
    assert (response.status, await response.text()) == (200, "success")


async def test_the_menu_is_published_by_a_command(
    settings: Settings, platform: Official, capsys: pytest.CaptureFixture[str]
) -> None:
    base_url = platform.base_url  # type: ignore[attr-defined]
    with_it = settings.model_copy(update={"wechat": official("safe", base_url=base_url)})
    platform.tokens.clear()
    # The command goes by the real clock, and so must the platform's.
    platform.clock = lambda: dt.datetime.now(dt.UTC)
    assert await publish_wechat_menu(with_it) == 0
    assert platform.menu == menu()
    assert platform.menu["button"][0]["name"] == "转人工"
    platform.is_out = True
    assert await publish_wechat_menu(with_it) == 1
    assert "没有发布" in capsys.readouterr().out


async def test_no_secret_gets_into_a_log(
    phone: Phone,
    new_desk: Callable[..., Awaitable[Desk]],
    platform: Official,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    desk, talk = await served(new_desk, phone)
    platform.refusals, platform.broken = [40001, -1], 1
    await desk.post(f"{talk}/messages", text="您好", id="m1")
    platform.is_out = True
    await phone.say("我的卡号是6228480402564890018")
    platform.is_out = False
    logged = "".join(
        f"{record.getMessage()} {record.exc_text}"
        for record in caplog.records
        if record.name != "aiohttp.access"  # the gateway writes its own, without the query
    )
    for secret in (TOKEN, KEY, APP_SECRET, "token-", "6228480402564890018", phone.user):
        assert secret not in logged


async def test_mode_human_is_silent_and_the_customer_reaches_the_agent(
    phone: Phone, new_desk: Callable[..., Awaitable[Desk]]
) -> None:
    desk, talk = await served(new_desk, phone)
    await phone.say("我想问贷款")
    assert phone.came == "nothing"
    shown = (await desk.get(talk))[1]
    assert shown["mode"] == Mode.HUMAN
    assert shown["messages"][-1]["text"] == "我想问贷款"


async def test_the_plain_page_still_answers_beside_it(client: TestClient[Any, Any]) -> None:
    response = await client.get("/healthz")
    assert response.status == web.HTTPOk.status_code
