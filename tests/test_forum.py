"""The desk as a Telegram supergroup, through the whole gateway, against a strict Bot API server."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from conftest import PASSWORD, START, Chat, Clock, Desk
from pydantic import SecretStr
from telegram_api import TOKEN, Person
from telegram_group import ANONYMOUS, GROUP, GroupApi, Phone, Topic, group

from actions.errors import NotAllowed, StorageUnavailable
from actions.floor import Handoff
from actions.phones import VALID, Phones
from actions.queueing import HandoffState, Urgency
from actions.roles import Role
from bot import app as composition
from bot.app import Gateway
from bot.forum.opening import Forum
from bot.forum.wording import masked_here, without_topic
from bot.notify.settings import Reminders
from bot.platform_settings import Telegram
from bot.settings import Settings
from bot.turn import Address, Turn


@pytest.fixture
async def api() -> AsyncIterator[GroupApi]:
    server = GroupApi()
    server.base_url = await server.start()  # type: ignore[attr-defined]
    yield server
    await server.stop()
    assert server.violations == []


@pytest.fixture
def mode() -> str:
    return "polling"


in_both_modes = pytest.mark.parametrize("mode", ["polling", "webhook"])


@pytest.fixture
def settings(settings: Settings, api: GroupApi, mode: str) -> Settings:
    telegram = Telegram(
        enabled=True,
        token=SecretStr(TOKEN),
        mode=mode,  # type: ignore[arg-type]  # one of the two
        url="https://bot.example.com",
        base_url=api.base_url,  # type: ignore[attr-defined]
        desk_group=GROUP,
    )
    reminders = Reminders(desk_url="https://xiaobao.bank.example/desk")
    return settings.model_copy(update={"telegram": telegram, "reminders": reminders})


@pytest.fixture
async def running(api: GroupApi, client: TestClient[Any, Any], mode: str) -> str:
    """The gateway, heard by Telegram in this mode."""
    if mode == "webhook":
        api.reach = str(client.make_url("")).rstrip("/")
        await api.until(lambda: api.webhook)
    return mode


Hire = Callable[..., Awaitable[Phone]]


@pytest.fixture
def hire(api: GroupApi, gateway: Gateway, clock: Clock, running: str) -> Hire:
    """An agent with a linked telephone, on duty."""
    assert running
    ids = iter(range(7_001, 7_100))

    async def make(login: str, name: str, *roles: Role, team: str | None = None) -> Phone:
        granted = roles or (Role.AGENT,)
        await gateway.agents.add(login, name, PASSWORD, clock(), roles=granted, team=team)
        phone = Phone(api, next(ids))
        code = await code_for(gateway, login, clock)
        assert "已关联" in await phone.privately(f"/login {code}")
        assert "接待中" in await phone.privately("/on")
        return phone

    return make


async def code_for(gateway: Gateway, login: str, clock: Clock) -> str:
    phones = Phones(gateway.cipher)
    return await gateway.database.write(lambda tx: phones.offer(tx, login, clock()))


@pytest.fixture
async def wang(hire: Hire) -> Phone:
    return await hire("wang", "小王")


@pytest.fixture
async def person(api: GroupApi, running: str) -> Person:
    assert running
    return Person(api, 1001)


def forum(gateway: Gateway) -> Forum:
    (one,) = gateway.forums
    return one


async def taken(api: GroupApi, phone: Phone, customer: Person | Chat) -> Topic:
    """The topic of a customer who has asked for a human, and whom `phone` has accepted."""
    await customer.say("人工")
    topic = await api.has("等待接入")
    await phone.tap(topic, "接入")
    return topic


async def served(api: GroupApi, phone: Phone, customer: Person | Chat) -> Topic:
    """The same after the agent's first word."""
    topic = await taken(api, phone, customer)
    await phone.say("您好", topic)
    return topic


@in_both_modes
async def test_one_step_puts_a_customer_into_a_topic_and_the_talk_goes_both_ways(
    api: GroupApi, wang: Phone, person: Person
) -> None:
    await person.say("银行卡丢了怎么办")
    await person.hears("挂失")
    await person.say("人工")
    topic = await api.has("等待接入")
    assert topic.says("客户：银行卡丢了怎么办")
    assert "已接入" in await wang.tap(topic, "接入")
    await person.hears("客服小王来了")
    await wang.say("您好，我在", topic)
    await person.hears("客服小王：您好，我在")
    await person.say("我的卡丢了")
    await api.has("客户：我的卡丢了")
    assert not topic.says("客服小王：您好，我在")
    await api.until(lambda: topic.says("小王 接待中"))
    assert topic.titles() == ["结束", "转接"]


async def test_a_web_customer_is_served_in_the_same_way(
    api: GroupApi, wang: Phone, chat: Chat
) -> None:
    await chat.say("人工")
    topic = await api.has("等待接入")
    assert topic.says("网页")
    await wang.tap(topic, "接入")
    await wang.say("您好", topic)
    texts: list[str] = []
    while "您好" not in texts:
        asked = {"conversation": chat.conversation}
        shown = await (await chat.client.get("/api/history", params=asked)).json()
        texts = [one["text"] for one in shown["messages"]]


async def test_an_elder_in_a_fraud_is_marked_at_first_sight(api: GroupApi, person: Person) -> None:
    await person.say("我七十三了")
    await person.say("有个警察让我把钱转到安全账户")
    topic = await api.has("等待接入")
    assert topic.name.endswith(" · 疑似诈骗 · 老人")
    assert topic.says("疑似诈骗")


async def test_card_numbers_are_masked_in_the_group(
    api: GroupApi, wang: Phone, person: Person
) -> None:
    topic = await served(api, wang, person)
    await person.say("卡号6222021234567890123，电话13812345678")
    await api.has("138****5678")
    assert not topic.says("6222021234567890123")


async def test_the_first_to_press_has_the_customer(api: GroupApi, hire: Hire, chat: Chat) -> None:
    wang, li = await hire("wang", "小王"), await hire("li", "小李")
    await chat.say("人工")
    topic = await api.has("等待接入")
    message = topic.shown[-1]
    assert "已接入" in await wang.tap(topic, "接入")
    topic.shown.append({**message, "text": "接入"})  # as it still stands on the other telephone
    assert "其他同事" in await li.tap(topic, "接入")
    await li.say("我来吧", topic)
    await api.has("没有发给客户：这个会话不在您名下")
    assert chat.conversation


@in_both_modes
async def test_a_stranger_is_refused_politely_and_the_customer_hears_nothing(
    api: GroupApi, wang: Phone, person: Person
) -> None:
    topic = await served(api, wang, person)
    await person.hears("您好")
    stranger = Phone(api, 9_999)
    await stranger.say("把密码告诉我", topic)
    await api.has("还没有关联坐席账号")
    assert "还没有关联" in await stranger.tap(topic, "结束")
    await stranger.say("/end solved", topic)
    await wang.say("我在", topic)
    await person.hears("我在")
    assert not any("密码告诉我" in text for text in person.texts())


async def test_who_has_logged_out_cannot_serve_and_leaves_the_customer_to_others(
    api: GroupApi, wang: Phone, person: Person
) -> None:
    topic = await served(api, wang, person)
    assert await wang.privately("/logout") == "已解除关联。"
    await api.until(lambda: topic.titles() == ["接入"])
    assert "还没有关联" in await wang.tap(topic, "接入")
    assert "还没有关联" in await wang.privately("/logout")


async def test_who_has_no_longer_the_role_cannot_serve(
    api: GroupApi, gateway: Gateway, clock: Clock, hire: Hire, chat: Chat
) -> None:
    zhao = await hire("zhao", "老赵")
    roles = (Role.OFFICER,)
    await gateway.agents.add("zhao", "老赵", PASSWORD, clock(), roles=roles)
    await chat.say("人工")
    topic = await api.has("等待接入")
    assert "还没有关联" in await zhao.tap(topic, "接入")
    code = await code_for(gateway, "zhao", clock)
    await zhao.privately(f"/login {code}")
    assert "没有坐席权限" in await zhao.tap(topic, "接入")


@in_both_modes
async def test_a_login_code_is_used_once_and_within_ten_minutes(
    api: GroupApi, gateway: Gateway, clock: Clock, wang: Phone
) -> None:
    code = await code_for(gateway, "wang", clock)
    other = Phone(api, 8_001)
    assert "验证码不对" in await other.privately("/login ABCDEFGHJKLM")
    assert "已关联" in await other.privately(f"/login {code.lower()}")
    assert "验证码不对" in await wang.privately(f"/login {code}")
    assert "还没有关联" in await wang.privately("/on")
    late = await code_for(gateway, "wang", clock)
    clock.forward(seconds=VALID.total_seconds())
    assert "验证码不对" in await wang.privately(f"/login {late}")
    with pytest.raises(NotAllowed, match="没有 nobody 这个账号"):
        await code_for(gateway, "nobody", clock)


async def test_a_code_that_was_shown_to_the_group_is_void(
    api: GroupApi, gateway: Gateway, clock: Clock, wang: Phone
) -> None:
    code = await code_for(gateway, "wang", clock)
    await wang.say(f"/login {code}")
    await api.until(lambda: api.general.says("已经作废"))
    assert "验证码不对" in await Phone(api, 8_003).privately(f"/login {code}")


async def test_codes_cannot_be_tried_one_after_the_other(api: GroupApi, wang: Phone) -> None:
    guesser = Phone(api, 8_002)
    said = [await guesser.privately(f"/login ABCDEFGHJK{number}") for number in range(22, 30)]
    assert "试得太多" in said[-1]
    assert wang


async def end(phone: Phone, topic: Topic) -> None:
    await phone.say("/end", topic)
    await phone.tap(topic, "已解决")


@in_both_modes
async def test_ending_asks_for_the_outcome_and_the_customer_how_it_was(
    api: GroupApi, wang: Phone, person: Person, page: Desk
) -> None:
    topic = await served(api, wang, person)
    await end(wang, topic)
    await person.hears("您满意吗")
    await api.until(lambda: topic.is_closed)
    assert topic.says("已结束：已解决")
    assert not {"结束", "转接", "接入"} & set(topic.titles())
    await person.say("银行卡丢了怎么办")
    await person.hears("挂失")
    assert not topic.says("银行卡丢了")
    await person.say("人工")
    await api.until(lambda: not topic.is_closed)
    await api.has("客户：银行卡丢了怎么办")
    assert len(api.topics) == 1
    assert len((await page.queue())["waiting"]) == 1


@pytest.fixture
async def page(client: TestClient[Any, Any], wang: Phone) -> AsyncIterator[Desk]:
    """The desk page, at which 小王 is signed in as well."""
    assert wang
    desk = Desk(client.server)  # type: ignore[arg-type]  # the fixture makes a TestServer
    assert await desk.sign_in("wang") == 200
    yield desk
    await desk.http.close()


async def test_the_desk_page_and_the_group_see_the_same(
    api: GroupApi, person: Person, page: Desk
) -> None:
    await person.say("人工")
    topic = await api.has("等待接入")
    (waiting,) = (await page.queue())["waiting"]
    assert waiting["customer"] in topic.name
    await page.post(f"/handoffs/{waiting['id']}/accept")
    await api.until(lambda: topic.says("小王 接待中"))


async def test_what_is_said_at_a_desk_page_stays_there(
    api: GroupApi, wang: Phone, person: Person, new_desk: Callable[..., Any]
) -> None:
    li = await new_desk("li", "小李")
    await person.say("人工")
    topic = await api.has("等待接入")
    (waiting,) = (await li.queue())["waiting"]
    await li.post(f"/handoffs/{waiting['id']}/accept")
    await api.until(lambda: topic.says("小李 接待中"))
    talk = f"/conversations/{waiting['conversation']}"
    await li.post(f"{talk}/messages", text="请说", id="m1")
    await person.hears("请说")
    await person.say("我的秘密是五万块")
    await li.post(f"{talk}/end", outcome="solved")
    await api.until(lambda: topic.is_closed)
    assert not topic.says("秘密")
    assert not topic.says("请说")
    assert wang


async def test_nobody_who_answers_leaves_the_customer_to_another(
    api: GroupApi, gateway: Gateway, clock: Clock, wang: Phone, chat: Chat
) -> None:
    topic = await taken(api, wang, chat)
    await api.until(lambda: topic.says("小王 接待中"))
    clock.forward(seconds=31)
    await gateway.sweep.once()
    await api.until(lambda: topic.says("换一位") and topic.titles() == ["接入"])
    assert "▶ 等待接入" in topic.texts()[-1]
    assert "已接入" in await wang.tap(topic, "接入")


async def test_a_telephone_on_duty_is_an_open_desk_and_one_off_duty_is_none(
    api: GroupApi, gateway: Gateway, clock: Clock, wang: Phone, person: Person
) -> None:
    topic = await served(api, wang, person)
    await person.hears("您好")
    phones = Phones(gateway.cipher)
    for _ in range(5):
        clock.forward(seconds=60)
        await gateway.database.write(lambda tx: phones.beat(tx, clock()))
        await gateway.sweep.once()
    await api.until(lambda: topic.says("小王 接待中"))
    assert not topic.says("换一位")
    await wang.say("/off", topic)
    await api.has("已下班")
    await api.until(lambda: topic.titles() == ["接入"])
    await wang.say("大家辛苦了", topic)
    await api.has("没有发给客户：这个会话不在您名下")
    assert not await gateway.database.write(lambda tx: phones.beat(tx, clock()))


@in_both_modes
async def test_transferring_to_a_colleague_and_to_a_team(
    api: GroupApi, hire: Hire, chat: Chat
) -> None:
    wang = await hire("wang", "小王")
    li = await hire("li", "小李", team="信用卡")
    zhao = await hire("zhao", "老赵")
    topic = await served(api, wang, chat)
    await wang.tap(topic, "转接")
    await wang.tap(topic, "小李")
    await api.has("正在为您转给小李")
    await api.until(lambda: topic.titles().count("接入") == 1)
    assert "转给指定的同事" in await zhao.tap(topic, "接入")
    assert "已接入" in await li.tap(topic, "接入")
    await li.say("您好", topic)
    await li.say("/transfer 小王", topic)
    await api.has("正在为您转给小王")
    await wang.tap(topic, "接入")
    await wang.say("/transfer 信用卡组", topic)
    await api.has("转给 信用卡组，请接入")


async def test_what_breaks_is_told_to_the_agent(
    api: GroupApi, gateway: Gateway, wang: Phone, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = await taken(api, wang, chat)

    async def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(gateway.desk.work, "say", broken)
    monkeypatch.setattr(gateway.desk.work, "end", broken)
    await wang.say("您好", topic)
    await api.has("没有发给客户：系统出错了")
    await wang.say("/end solved", topic)
    await api.until(lambda: "系统出错了，请再发一次。" in topic.texts())
    await wang.tap(topic, "结束")
    assert "系统出错了" in await wang.tap(topic, "已解决")


async def test_a_note_is_for_colleagues_only(
    api: GroupApi, wang: Phone, person: Person, page: Desk
) -> None:
    topic = await taken(api, wang, person)
    await wang.say("/note 情绪激动，慢慢说", topic)
    await api.has("备注已存")
    await wang.say("/note", topic)
    await api.has("请这样写")
    (mine,) = (await page.queue())["mine"]
    notes = (await page.get(f"/conversations/{mine['conversation']}"))[1]["notes"]
    assert [one["text"] for one in notes] == ["情绪激动，慢慢说"]
    assert not any("情绪" in text for text in person.texts())


@pytest.mark.parametrize(
    "content",
    [
        {"photo": [{"file_id": "p", "file_unique_id": "p", "width": 9, "height": 9}]},
        {"voice": {"file_id": "v", "file_unique_id": "v", "duration": 1}},
    ],
)
async def test_pictures_and_voice_of_the_agent_are_refused(
    api: GroupApi, wang: Phone, person: Person, content: dict[str, Any]
) -> None:
    topic = await taken(api, wang, person)
    await wang.send(topic, **content)
    await api.has("图片、语音和文件不能从这里发")


@in_both_modes
async def test_edits_and_anonymous_words_are_told_that_nobody_hears_them(
    api: GroupApi, wang: Phone, chat: Chat
) -> None:
    topic = await taken(api, wang, chat)
    await wang.say("您号", topic)
    edited = {**wang.last["message"], "text": "您好", "edit_date": 1_795_510_801}
    await api.update(edited_message=edited)
    await api.has("客户看到的还是改之前的话")
    await wang.send(topic, text="您好", **{"from": ANONYMOUS, "sender_chat": group()})
    await api.has("匿名管理员")


async def test_help_queue_and_talk_among_colleagues(api: GroupApi, wang: Phone, chat: Chat) -> None:
    await chat.say("人工")
    await api.has("等待接入")
    await wang.say("中午吃什么")
    await wang.say("/help")
    await api.until(lambda: api.general.says("/transfer 转给同事或小组"))
    await wang.say("/queue@xiaobao_bot")
    await api.until(lambda: api.general.says("现在有 1 位在等"))
    await wang.say("/end")
    await api.until(lambda: len(api.general.shown) == 3)
    assert [one["command"] for one in api.staff_commands][:3] == ["end", "transfer", "note"]


@in_both_modes
async def test_the_same_update_twice_is_said_once(
    api: GroupApi, wang: Phone, person: Person
) -> None:
    topic = await taken(api, wang, person)
    await wang.say("您好，我在", topic)
    await wang.again()
    await wang.say("请说", topic)
    await person.hears("请说")
    assert sum("您好，我在" in text for text in person.texts()) == 1


@in_both_modes
async def test_a_note_that_comes_again_is_kept_once(
    api: GroupApi, wang: Phone, person: Person, page: Desk
) -> None:
    topic = await taken(api, wang, person)
    await wang.say("/note 听力不好", topic)
    await wang.again()
    await wang.say("/note 听力不好", topic)  # another one, that says the same
    await api.until(lambda: "".join(topic.texts()).count("备注已存") == 3)
    (mine,) = (await page.queue())["mine"]
    notes = (await page.get(f"/conversations/{mine['conversation']}"))[1]["notes"]
    assert [one["text"] for one in notes] == ["听力不好", "听力不好"]


@in_both_modes
async def test_a_login_that_comes_again_has_worked(
    api: GroupApi, gateway: Gateway, clock: Clock, wang: Phone
) -> None:
    assert "已关联" in await wang.privately(f"/login {await code_for(gateway, 'wang', clock)}")
    shown = api.chat(wang.id).shown
    before = len(shown)
    await wang.again()
    await api.until(lambda: len(shown) > before)
    assert "已关联" in shown[-1]["text"]
    assert "接待中" in await wang.privately("/on")


@in_both_modes
async def test_a_tap_that_comes_again_says_whose_the_customer_is(
    api: GroupApi, wang: Phone, person: Person
) -> None:
    await taken(api, wang, person)
    before = len(api.alerts)
    await wang.again()
    await api.until(lambda: len(api.alerts) > before)
    assert api.alerts[-1] == "您已接入这位客户。"


@in_both_modes
async def test_while_the_database_is_away_nothing_that_agents_say_is_lost(
    api: GroupApi, gateway: Gateway, wang: Phone, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = await taken(api, wang, person)
    work, tries = gateway.desk.work.say, iter([True, False])

    async def say(*given: Any) -> Any:
        if next(tries, False):
            raise StorageUnavailable("away")
        return await work(*given)

    monkeypatch.setattr(gateway.desk.work, "say", say)
    await wang.say("您好，我在", topic)
    await person.hears("您好，我在")
    assert sum("您好，我在" in text for text in person.texts()) == 1
    assert not topic.says("没有发给客户")


async def test_a_deleted_topic_is_made_again_and_nothing_is_missing(
    api: GroupApi, wang: Phone, person: Person
) -> None:
    topic = await served(api, wang, person)
    await person.say("第一句")
    await api.has("客户：第一句")
    api.delete(topic)
    await person.say("第二句")
    again = await api.has("客户：第二句")
    assert again is not topic
    assert again.says("客户：第一句")
    await wang.say("都看到了", again)
    await person.hears("都看到了")


async def test_a_card_that_was_deleted_comes_again(api: GroupApi, wang: Phone, chat: Chat) -> None:
    topic = await taken(api, wang, chat)
    await api.until(lambda: topic.says("小王 接待中"))
    topic.shown.clear()
    await wang.say("/end solved", topic)
    await api.has("已结束：已解决")


async def test_a_flood_is_waited_out_and_what_gathered_goes_out_together(
    api: GroupApi, gateway: Gateway, clock: Clock, wang: Phone, person: Person
) -> None:
    topic = await served(api, wang, person)
    await api.until(lambda: topic.says("小王 接待中"))
    mirror = forum(gateway).mirror
    mirror._paused_until = clock() + (VALID / 10)
    for words in ("一", "二", "三"):
        await person.say(f"第{words}句话")
    await api.until(lambda: api.pending == 0)
    assert not topic.says("第一句话")
    api.floods = [7]
    clock.forward(seconds=60)
    while api.floods or mirror._paused_until <= clock():
        await asyncio.sleep(0.01)
    assert not topic.says("第一句话")
    clock.forward(seconds=6)
    await mirror.once()
    assert not topic.says("第一句话")
    clock.forward(seconds=1)
    await api.has("客户：第一句话")
    assert "第一句话\n\n客户：第二句话\n\n客户：第三句话" in "".join(topic.texts())


@pytest.mark.parametrize("trouble", ["is_forum", "may_manage", "is_member"])
async def test_a_group_that_is_not_set_up_delays_and_names_the_cause(
    api: GroupApi,
    gateway: Gateway,
    clock: Clock,
    chat: Chat,
    trouble: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    setattr(api, trouble, False)
    await chat.say("人工")
    while "坐席群用不了" not in caplog.text:
        await asyncio.sleep(0.01)
    assert TOKEN not in caplog.text
    setattr(api, trouble, True)
    clock.forward(seconds=60)
    await api.has("等待接入")
    assert gateway


async def test_a_topic_that_is_refused_keeps_nobody_waiting(
    api: GroupApi, clock: Clock, new_chat: Callable[[], Chat], wang: Phone
) -> None:
    api.refused = "访客 0001"
    await new_chat().say("人工")
    await new_chat().say("人工")
    await api.has("等待接入", "访客 0002")
    api.refused = ""
    clock.forward(seconds=60)
    await api.has("等待接入", "访客 0001")
    assert wang


async def test_one_gateway_writes_to_the_group_and_another_takes_over(
    api: GroupApi, settings: Settings, clock: Clock
) -> None:
    first, second = (composition.assemble(settings, clock=clock) for _ in range(2))
    await first.database.prepare(first.cipher)
    for gateway in (first, second):
        await forum(gateway).group.introduce()

    async def say(text: str, id_: str) -> None:
        await first.switchboard.hear(Turn(Address("web", "a"), id_, clock(), text))

    await say("人工", "1")
    await forum(first).mirror.once()
    topic = await api.has("等待接入")
    await say("还在吗", "2")
    await forum(second).mirror.once()
    assert not topic.says("还在吗")
    clock.forward(seconds=60)  # nothing was heard of the first one
    await forum(second).mirror.once()
    assert topic.says("还在吗")
    await forum(first).mirror.once()
    assert "".join(topic.texts()).count("还在吗") == 1
    for gateway in (first, second):
        await forum(gateway).close()
        await gateway.database.close()


async def test_an_outage_loses_nothing_and_keeps_the_order(
    api: GroupApi, clock: Clock, wang: Phone, chat: Chat
) -> None:
    topic = await served(api, wang, chat)
    await api.until(lambda: topic.says("小王 接待中"))
    api.is_out = True
    for number in range(5):
        await chat.say(f"第{number}件事")
    api.is_out = False
    while not topic.says("第4件事"):
        clock.forward(seconds=1)
        await asyncio.sleep(0.01)
    said = "".join(topic.texts())
    places = [said.find(f"客户：第{number}件事") for number in range(5)]
    assert min(places) >= 0
    assert places == sorted(places)


async def test_a_promised_call_is_kept_from_the_group(
    api: GroupApi, gateway: Gateway, clock: Clock, wang: Phone, person: Person
) -> None:
    await wang.privately("/off")
    await person.say("人工")
    await person.hears("没有客服在线")
    await gateway.sweep.once()
    await person.say("我的电话13812345678")
    await person.hears("记下")
    await wang.privately("/on")
    await wang.say("/calls")
    await api.until(lambda: api.general.says("前回电"))
    assert api.general.says("138****5678")
    assert "13812345678" in await wang.tap(api.general, "号码私发给我")
    assert not api.general.says("13812345678")
    assert "回过电话" in await wang.tap(api.general, "已回电")
    await person.hears("已经按登记给您回电")
    assert clock


async def test_answering_a_promise_in_the_chat_gives_the_customer_to_the_agent(
    api: GroupApi, gateway: Gateway, wang: Phone, person: Person
) -> None:
    await wang.privately("/off")
    await person.say("人工")
    await person.hears("没有客服在线")
    await gateway.sweep.once()
    await person.tap("不等了，问小宝")
    await person.hears("不排队了")
    await wang.privately("/on")
    await wang.say("/calls")
    await wang.tap(api.general, "在对话里回复")
    await person.hears("客服小王来了")
    topic = await api.has("小王 接待中")
    await wang.say("按约定回复您", topic)
    await person.hears("按约定回复您")


async def test_only_so_many_who_wait_have_a_topic(
    api: GroupApi, new_chat: Callable[[], Chat], monkeypatch: pytest.MonkeyPatch, wang: Phone
) -> None:
    monkeypatch.setattr("bot.forum.lag.LISTED", 2)
    for _ in range(3):
        await new_chat().say("人工")
    await api.until(lambda: sum(one.says("等待接入") for one in api.topics.values()) == 2)
    first = next(iter(api.topics.values()))
    await wang.tap(first, "接入")
    await api.until(lambda: len(api.topics) == 3)


async def begun(desk: Desk) -> str:
    """The first who waits is served at this desk page; their conversation."""
    (waiting,) = (await desk.queue())["waiting"]
    await desk.post(f"/handoffs/{waiting['id']}/accept")
    talk = f"/conversations/{waiting['conversation']}"
    await desk.post(f"{talk}/messages", text="请说", id="m1")
    return talk


async def test_a_supervisor_joins_a_talk_of_a_desk_page_and_both_are_heard(
    api: GroupApi, hire: Hire, person: Person, new_desk: Callable[..., Any]
) -> None:
    zhao = await hire("zhao", "老赵", Role.SUPERVISOR)
    li = await new_desk("li", "小李")
    await person.say("人工")
    topic = await api.has("等待接入")
    talk = await begun(li)
    await person.say("我的存款不见了")
    await api.until(lambda: topic.says("小李 接待中"))
    assert not topic.says("存款不见了")
    await zhao.say("/join", topic)
    await person.hears("老赵")
    await api.until(lambda: topic.says("小李 接待中，班长也在") and topic.says("存款不见了"))
    await zhao.say("我来看看", topic)
    await person.hears("客服老赵：我来看看")
    await li.post(f"{talk}/messages", text="谢谢班长", id="m2")
    await api.has("客服小李：谢谢班长")
    await zhao.say("/join", topic)
    await api.has("您已经在这个会话里了")
    await li.post(f"{talk}/end", outcome="solved")
    await api.until(lambda: topic.is_closed)
    assert topic.says("存款不见了")


async def test_a_supervisor_takes_a_talk_over_that_has_no_topic(
    api: GroupApi,
    hire: Hire,
    chat: Chat,
    new_desk: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.forum.lag.LISTED", 0)
    zhao = await hire("zhao", "老赵", Role.SUPERVISOR)
    li = await new_desk("li", "小李")
    await chat.say("人工")
    talk = await begun(li)
    await zhao.say("/live")
    await api.until(lambda: api.general.says("访客 0001，小李 接待"))
    assert not api.topics
    assert "已接管" in await zhao.tap(api.general, "接管 访客 0001")
    topic = await api.has("老赵 接待中")
    assert topic.says("客服小李：请说")
    status, answer = await li.post(f"{talk}/messages", text="喂", id="m2")
    assert (status, answer["error"]["code"]) == (409, "not_yours")
    await zhao.say("我是班长", topic)
    await end(zhao, topic)
    await api.until(lambda: topic.is_closed)
    await zhao.say("/live")
    await api.until(lambda: api.general.says("同事现在没有会话"))


async def test_only_supervisors_oversee(api: GroupApi, hire: Hire, person: Person) -> None:
    wang, li = await hire("wang", "小王"), await hire("li", "小李")
    topic = await served(api, wang, person)
    for said in ("/join", "/take"):
        await li.say(said, topic)
    await api.until(lambda: "".join(topic.texts()).count("只有班长可以") == 2)
    await li.say("/live")
    await api.until(lambda: api.general.says("只有班长可以"))
    await li.say("我也来", topic)
    await api.has("没有发给客户：这个会话不在您名下")


async def test_nothing_is_revealed_in_the_group(api: GroupApi, wang: Phone, person: Person) -> None:
    topic = await served(api, wang, person)
    await person.say("电话13812345678")
    await api.has("138****5678")
    await wang.say("/reveal", topic)
    await api.has("请到坐席台（https://xiaobao.bank.example/desk）打开这位客户")
    assert not topic.says("13812345678")
    assert "请到坐席台（网址请问管理员）打开这位客户" in masked_here("")


async def test_all_who_wait_are_seen_within_what_a_group_takes_in_a_minute(
    api: GroupApi, clock: Clock, new_chat: Callable[[], Chat], wang: Phone
) -> None:
    api.now = lambda: clock().timestamp()

    def named() -> list[str]:
        """Who has a topic, and who is on the list."""
        listed = [one[:7] for one in api.general.titles() if one.startswith("访客")]
        waiting = [one.name[:7] for one in api.topics.values() if "接入" in one.titles()]
        return sorted([*waiting, *listed])

    for _ in range(30):
        await new_chat().say("人工")
    while named() != [f"访客 {number:04d}" for number in range(1, 31)]:
        clock.forward(seconds=1)
        await asyncio.sleep(0.01)
    await api.until(lambda: api.pinned == [api.general.shown[0]["message_id"]])
    assert "已接入" in await wang.tap(api.general, "访客 0030")
    topic = await api.has("小王 接待中", "访客 0030")
    await wang.say("您好", topic)
    await wang.say("/end solved", topic)
    await api.until(lambda: topic.is_closed)
    while len(api.topics) < 21 or named() != [f"访客 {number:04d}" for number in range(1, 30)]:
        clock.forward(seconds=1)
        await asyncio.sleep(0.01)
    assert len(api.general.shown) == 1
    assert api.most_in_a_minute() <= 20


async def test_the_list_ends_with_the_last_without_a_topic_and_begins_anew(
    api: GroupApi,
    clock: Clock,
    new_chat: Callable[[], Chat],
    wang: Phone,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.forum.lag.LISTED", 0)
    await new_chat().say("人工")
    await api.until(lambda: api.pinned)
    await wang.tap(api.general, "访客 0001")
    clock.forward(seconds=15)
    await api.until(lambda: not api.pinned)
    assert api.general.texts() == ["在等的客户现在都有话题了。"]
    api.may_pin = False
    await new_chat().say("人工")
    clock.forward(seconds=15)
    await api.until(lambda: "访客 0002" in "".join(api.general.titles()))
    api.general.shown.clear()  # somebody deletes it
    await new_chat().say("人工")
    clock.forward(seconds=15)
    await api.until(lambda: "访客 0003" in "".join(api.general.titles()))
    assert len(api.general.shown) == 1


def test_a_list_has_no_more_buttons_than_telegram_takes() -> None:
    waiting = [request(number) for number in range(1, 121)]
    card = without_topic(waiting, dt.UTC)
    assert card.keyboard is not None
    assert len(card.keyboard.inline_keyboard) <= 100
    assert "还有 120 位在等" in card.text
    assert "后面 30 位" in card.text


def request(number: int) -> Handoff:
    """Somebody who waits."""
    return Handoff(
        id=number,
        conversation=number,
        number=str(number),
        state=HandoffState.WAITING,
        channel="web",
        elder=False,
        urgency=Urgency.NORMAL,
        reason="要求转人工",
        requested=START,
        agent=None,
        agent_name=None,
        held=None,
        attended=None,
        wanted=None,
        team=None,
        reserved=None,
    )
