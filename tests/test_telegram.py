"""Telegram through the whole gateway, against a strict Bot API server."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import files
import pytest
from aiohttp.test_utils import TestClient
from conftest import Clock, Desk, Server
from listening import MODEL, heard, needs_espeak
from pydantic import SecretStr
from telegram_api import TOKEN, BotApi, Person, buttons, private

from actions.errors import StorageUnavailable
from audio import NotHeard, NotSpoken, Transcript
from audio.sound import decode
from bot import app as composition
from bot.app import Gateway
from bot.application import application
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.customers import TelegramCustomers
from bot.channels.telegram.listener import PATH, SECRET_HEADER, TelegramListener
from bot.limits import RateLimit
from bot.platform_settings import Telegram
from bot.settings import Settings
from bot.speaking_settings import Speaking
from bot.turn import Address, Button, Reply


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    server = BotApi()
    server.base_url = await server.start()  # type: ignore[attr-defined]
    yield server
    await server.stop()
    assert server.violations == []


@pytest.fixture
def settings(settings: Settings, api: BotApi) -> Settings:
    telegram = Telegram(
        enabled=True,
        token=SecretStr(TOKEN),
        base_url=api.base_url,  # type: ignore[attr-defined]
    )
    return settings.model_copy(update={"telegram": telegram})


@pytest.fixture
async def person(api: BotApi, client: TestClient[Any, Any]) -> Person:
    return Person(api, 1001)


def parts(gateway: Gateway) -> tuple[TelegramChannel, TelegramListener, TelegramCustomers]:
    (platform,) = gateway.platforms
    channel, listener = platform.channel, platform.listener
    assert isinstance(channel, TelegramChannel)
    assert isinstance(listener, TelegramListener)
    return channel, listener, listener._customers


async def test_a_question_is_answered_with_its_source_and_buttons(person: Person) -> None:
    await person.say("银行卡丢了怎么办")
    await person.hears("出处：")
    assert "转人工" in person.titles()


async def test_the_menu_is_set_at_the_start_in_chinese(person: Person, api: BotApi) -> None:
    await api.until(lambda: api.commands)
    assert [one["command"] for one in api.commands] == [
        "start",
        "human",
        "complaint",
        "progress",
        "elder",
        "help",
    ]
    assert all(one["description"][0] > "\u3000" for one in api.commands)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("/start", "我是农业银行的消保小宝"),
        ("/human", "正在为您转人工|已为您排队"),
        ("/human@xiaobao_bot", "已为您排队"),
        ("/complaint", "登记投诉"),
        ("/progress", "没有查到您的投诉"),
        ("/elder", "长辈版"),
        ("/help", "/complaint 我要投诉"),
        ("/rate 3", "/complaint 我要投诉"),
        ("/nonsense x", "/complaint 我要投诉"),
    ],
)
async def test_commands_do_what_the_menu_says(person: Person, command: str, says: str) -> None:
    await person.say(command)
    await person.api.until(person.texts)
    assert any(words in person.texts()[0] for words in says.split("|"))


async def test_a_human_is_one_tap_away_and_the_button_stops_turning(person: Person) -> None:
    await person.say("你好")
    await person.hears("小宝")
    await person.tap("转人工")
    await person.hears("排队")
    await person.api.until(lambda: person.api.answered)


async def test_an_elder_has_a_row_for_each_button_and_the_human_first(person: Person) -> None:
    await person.say("我七十三了，怎么投诉")
    await person.api.until(person.texts)
    await person.say("你好")
    await person.hears("小宝")
    rows = person.chat.shown[-1]["reply_markup"]["inline_keyboard"]
    assert rows[0][0]["text"] == "转人工"
    assert all(len(row) == 1 for row in rows)
    assert len(rows) <= 3


async def test_the_same_update_twice_is_answered_once(person: Person) -> None:
    await person.say("我要投诉")
    await person.hears("登记投诉")
    await person.again()
    await person.say("取消")
    await person.hears("已取消")
    assert sum("登记投诉" in text for text in person.texts()) == 1


async def test_an_edit_asks_to_send_it_again_and_changes_no_answer(person: Person) -> None:
    await person.say("我要投诉")
    await person.hears("登记投诉")
    await person.edit("我要表扬")
    await person.hears("重新发一次")
    await person.say("柜员对我发火，多扣了二十块钱")
    await person.hears("什么时候")


async def test_an_edit_to_the_wish_for_a_human_is_heard(person: Person) -> None:
    await person.say("人公智能")
    await person.api.until(person.texts)
    await person.edit("人工")
    await person.hears("排队")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"sticker": {"file_id": "s", "file_unique_id": "s", "width": 1, "height": 1,
                      "type": "regular", "is_animated": False, "is_video": False}}, "看不懂"),
        ({"document": {"file_id": "d", "file_unique_id": "d", "mime_type": "application/pdf"}},
         "没有收到，请再发一次"),
        ({"location": {"longitude": 116.4, "latitude": 39.9}}, "网点"),
        ({"dice": {"emoji": "x", "value": 3}}, "看不懂"),
    ],
)  # fmt: skip
async def test_what_is_no_text_is_answered_with_what_to_do(
    person: Person, content: dict[str, Any], says: str
) -> None:
    await person.send(**content)
    await person.hears(says)


async def test_a_group_is_told_once_that_only_private_chats_are_served(person: Person) -> None:
    group = {"id": -500, "type": "supergroup", "title": "群"}
    person.api.chat(-500)
    for _ in range(3):
        await person.send(chat=group, text="/human@xiaobao_bot")
    await person.say("你好")
    await person.hears("小宝")
    shown = person.api.chats[-500].shown
    assert len(shown) == 1
    assert "私聊" in shown[0]["text"]


async def test_an_update_of_an_unknown_shape_stops_nobody_and_is_in_no_log(
    person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    other = Person(person.api, 1003)
    await person.send(poll={"question": "我的卡号是6222", "id": "1"})
    await other.say("你好")
    await other.hears("小宝")
    await person.hears("出了点问题")
    assert "6222" not in caplog.text
    await person.say("你好")
    await person.hears("小宝")


async def test_a_bot_is_not_answered(person: Person) -> None:
    await person.send(text="你好", **{"from": {"id": 5, "is_bot": True, "first_name": "机器"}})
    await person.say("再见")
    await person.hears("平安")
    assert len(person.texts()) == 1


class Ear:
    def __init__(self, text: str) -> None:
        self.text = text

    async def transcribe(self, audio: bytes, media_type: str) -> Transcript:
        assert (audio[:4], media_type) == (b"OggS", "audio/ogg")
        if not self.text:
            raise NotHeard("noise")
        return Transcript(self.text, 0.9)


VOICE = b"OggS and some sound"


async def test_without_a_transcriber_a_voice_note_gets_one_sentence(person: Person) -> None:
    await person.file(VOICE, "voice")
    await person.hears("听不了语音")
    assert "转人工" in person.titles()


async def test_a_voice_note_is_heard_like_text(person: Person, gateway: Gateway) -> None:
    parts(gateway)[2]._media._transcriber = Ear("银行卡丢了怎么办")
    await person.file(VOICE, "voice")
    await person.hears("挂失")


async def test_a_voice_note_that_asks_for_a_human_gets_one(
    person: Person, gateway: Gateway
) -> None:
    parts(gateway)[2]._media._transcriber = Ear("转人工")
    await person.file(VOICE, "voice")
    await person.hears("排队")


async def test_what_was_not_heard_is_asked_for_again(person: Person, gateway: Gateway) -> None:
    parts(gateway)[2]._media._transcriber = Ear("")
    await person.file(VOICE, "voice")
    await person.hears("没听清", 1)
    parts(gateway)[2]._media._transcriber = Ear("你好")
    person.api.files.clear()
    await person.send(
        voice={"file_id": "gone", "file_unique_id": "g", "duration": 1, "mime_type": "audio/ogg"}
    )
    await person.hears("没听清", 2)


class Voice:
    def __init__(self) -> None:
        self.said: list[str] = []

    async def speak(self, text: str) -> bytes:
        if self.said:
            raise NotSpoken("only once")
        self.said.append(text)
        return VOICE


async def test_an_elder_hears_the_answer_and_gets_the_text_where_there_is_no_voice(
    person: Person, gateway: Gateway
) -> None:
    parts(gateway)[0]._speaker = voice = Voice()
    await person.say("你好")
    await person.hears("小宝")
    assert voice.said == []
    await person.say("/elder")
    await person.api.until(lambda: any("voice" in one for one in person.chat.shown))
    assert "慢一点" in voice.said[0]
    await person.say("谢谢")
    await person.hears("不客气")
    await person.say("再见")
    await person.hears("平安")


@needs_espeak
async def test_an_elder_hears_the_answer_by_the_voice_that_is_configured(
    settings: Settings, api: BotApi
) -> None:
    speaking = Speaking(engine="espeak", answers=True, background=False)
    gateway = composition.assemble(settings.model_copy(update={"speaking": speaking}))
    async with TestClient(Server(application(gateway))):
        person = Person(api, 1001)
        await person.say("/elder")
        await api.until(lambda: api.voices)
        assert b"OpusHead" in api.voices[0][:100]  # or a phone shows a file, and no voice note
        said = decode(api.voices[0], 16_000)
        assert said.seconds > 5
        if MODEL.is_dir():
            assert "慢慢说" in heard(said)


async def test_a_picture_is_kept_and_what_stands_under_it_is_answered(
    person: Person, gateway: Gateway
) -> None:
    await person.file(files.JPEG, "photo", caption="银行卡丢了怎么办")
    await person.hears("挂失")
    (kept,) = await gateway.database.read(lambda tx: gateway.attachments.sent_in(tx, 1))
    assert gateway.attachments.open(kept.id) == files.JPEG


async def test_a_paper_that_was_sent_as_a_file_is_kept_under_its_name(
    person: Person, gateway: Gateway
) -> None:
    await person.file(
        files.KINDS["application/pdf"],
        "document",
        file_name="对账单.pdf",
        mime_type="application/pdf",
    )
    await person.hears("收到")
    (kept,) = await gateway.database.read(lambda tx: gateway.attachments.sent_in(tx, 1))
    assert (kept.name, kept.media_type) == ("对账单.pdf", "application/pdf")


async def test_a_file_that_cannot_be_taken_or_fetched_is_told_with_what_to_do(
    person: Person,
) -> None:
    await person.file(b"MZ and more", "document", file_name="a.jpg", mime_type="image/jpeg")
    await person.hears("这个文件收不了")
    await person.send(photo=[{"file_id": "gone", "file_unique_id": "g", "width": 9, "height": 9}])
    await person.hears("没有收到，请再发一次")


async def test_the_tenth_file_of_a_complaint_is_refused_in_words(person: Person) -> None:
    for number in range(10):
        await person.file(files.png(8 + number), "photo")
    await person.hears("已经满了")


async def test_ones_own_contact_names_the_person_for_certain_and_a_friends_does_not(
    person: Person, gateway: Gateway, clock: Clock
) -> None:
    persons = gateway.queueing.persons
    known = {"13800001111": 1945}
    await gateway.database.write(lambda tx: persons.fill(tx, known, clock()))
    contact = {"phone_number": "+8613800001111", "first_name": "我", "user_id": 1}
    await person.send(contact=contact)
    await person.api.until(person.texts)
    assert len(person.chat.shown[-1]["reply_markup"]["inline_keyboard"][0]) >= 1
    first = len(person.texts())
    await person.send(contact={**contact, "user_id": person.id})
    await person.api.until(lambda: len(person.texts()) > first)
    await person.say("你好")
    await person.hears("小宝")
    assert person.chat.shown[-1]["reply_markup"]["inline_keyboard"][0][0]["text"] == "转人工"


async def test_a_payload_that_is_too_long_for_a_button_comes_back_whole(
    person: Person, gateway: Gateway, clock: Clock
) -> None:
    await person.say("我要投诉")
    await person.hears("登记投诉")
    long = "/answer:" + "退还多收的手续费并且赔礼道歉还要给我一个书面的说明和保证"
    address = Address("telegram", str(person.id))

    def offer(tx: Any) -> None:
        found = gateway.switchboard._store.find(tx, address)
        assert found is not None
        reply = Reply("选一个", buttons=(Button("都要", long),))
        gateway.switchboard._store.add_replies(tx, found[0].id, [reply], clock())

    await gateway.database.write(offer)
    gateway.hub.ring("outbox:telegram")
    await person.hears("选一个")
    data = next(buttons(person.chat.shown[-1]))["callback_data"]
    assert data.startswith("#")
    await person.tap("都要")
    await person.hears("哪项业务")
    stranger = Person(person.api, 1002)
    await stranger.press({"message_id": 1, "date": 0, "chat": private(1002)}, data)
    await stranger.hears("小宝")


async def test_a_very_long_message_comes_in_parts_within_the_limit(
    person: Person, gateway: Gateway, desk: Desk
) -> None:
    await person.say("人工")
    await person.hears("排队")
    queue = await desk.queue()
    waiting = queue["waiting"][0]
    await desk.post(f"/handoffs/{waiting['id']}/accept")
    text = "这是一句话。" * 600 + "\U0001f600" * 300
    await desk.post(f"/conversations/{waiting['conversation']}/messages", text=text, id="m")
    await person.api.until(lambda: "".join(person.texts()).endswith("\U0001f600"))
    said = "".join(person.texts())
    assert said.endswith(f"客服小王：{text}")


async def test_an_agents_message_comes_at_once_and_the_customers_goes_to_the_agent(
    person: Person, desk: Desk
) -> None:
    await person.say("人工")
    await person.hears("排队")
    waiting = (await desk.queue())["waiting"][0]
    await desk.post(f"/handoffs/{waiting['id']}/accept")
    await person.hears("客服小王来了")
    talk = f"/conversations/{waiting['conversation']}"
    await desk.post(f"{talk}/messages", text="您好，我在", id="a1")
    await person.hears("客服小王：您好，我在")
    await person.file(VOICE, "voice")
    await person.say("听得到吗")
    await person.api.until(lambda: person.api.pending == 0)
    shown = (await desk.get(talk))[1]["messages"]
    customers = [one["text"] for one in shown if one["author"] == "customer"]
    assert customers == ["人工", "（客户发来语音）", "听得到吗"]


async def test_a_blocked_bot_is_told_to_the_desk(
    person: Person, desk: Desk, gateway: Gateway
) -> None:
    await person.say("人工")
    await person.hears("排队")
    waiting = (await desk.queue())["waiting"][0]
    person.chat.blocked = True
    await desk.post(f"/handoffs/{waiting['id']}/accept")
    talk = f"/conversations/{waiting['conversation']}"
    remarks: list[str] = []
    while not remarks:
        shown = (await desk.get(talk))[1]["messages"]
        remarks = [one["text"] for one in shown if one["author"] == "desk"]
    assert "停用了 Telegram 机器人" in remarks[0]
    person.chat.blocked = False
    await person.say("我回来了")
    await desk.post(f"{talk}/messages", text="欢迎", id="a2")
    await person.hears("欢迎")


async def test_a_chat_that_is_gone_is_told_to_the_desk(person: Person, gateway: Gateway) -> None:
    person.chat.gone = True
    await person.say("人工")
    while b"given_up" not in gateway.metrics.render():
        await asyncio.sleep(0)


async def test_a_flood_is_waited_out_for_as_long_as_telegram_says(
    person: Person, clock: Clock, gateway: Gateway
) -> None:
    person.api.floods = [17]
    await person.say("你好")
    while b'outcome="delayed"' not in gateway.metrics.render():
        await asyncio.sleep(0)
    clock.forward(seconds=16)
    await gateway.senders[0].once()
    assert person.texts() == []
    clock.forward(seconds=1)
    await person.hears("小宝")


async def test_an_outage_loses_nothing_and_keeps_the_order(
    person: Person, clock: Clock, gateway: Gateway
) -> None:
    await person.say("你好")
    await person.hears("小宝")
    person.api.is_out = True
    await person.say("我要投诉")
    await person.say("柜员对我发火，多扣了二十块钱")
    await asyncio.sleep(0)
    person.api.is_out = False
    person.api.broken = 2
    while len(person.texts()) < 3:
        clock.forward(seconds=1)
        await asyncio.sleep(0.01)
    assert "登记投诉" in person.texts()[1]
    assert "什么时候" in person.texts()[2]


async def test_a_lost_answer_repeats_that_one_message_and_no_other(
    person: Person, clock: Clock
) -> None:
    person.api.answers_lost = 1
    await person.say("你好")
    await person.hears("小宝")
    while len(person.texts()) < 2:
        clock.forward(seconds=1)
        await asyncio.sleep(0.01)
    await person.say("再见")
    await person.hears("平安")
    assert len(person.texts()) == 3


async def test_an_update_is_confirmed_only_when_it_is_stored(
    person: Person, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = 0
    real = gateway.database.write

    async def full(work: Any) -> Any:
        nonlocal refused
        if refused < 2:
            refused += 1
            raise StorageUnavailable("disk full")
        return await real(work)

    monkeypatch.setattr("bot.channels.telegram.listener._FIRST_PAUSE_S", 0.0)
    monkeypatch.setattr(gateway.database, "write", full)
    await person.say("银行卡丢了怎么办")
    await person.hears("挂失")
    assert refused == 2
    await person.api.until(lambda: person.api.pending == 0)


async def test_two_pollers_are_told_of_and_one_goes_on(
    person: Person, settings: Settings, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    await person.say("你好")
    await person.hears("小宝")
    other = composition.assemble(settings, clock=clock)
    with caplog.at_level(logging.WARNING):
        listener = other.platforms[0].listener
        assert listener
        running = asyncio.create_task(listener.run())
        while "另一个程序" not in caplog.text:
            await asyncio.sleep(0.01)
        running.cancel()
    await person.say("再见")
    await person.hears("平安")
    await listener.close()
    await other.database.close()


async def test_the_token_is_in_no_log(
    person: Person, caplog: pytest.LogCaptureFixture, clock: Clock
) -> None:
    caplog.set_level(logging.INFO)
    person.api.broken = 1
    await person.say("你好")
    while not person.texts():
        clock.forward(seconds=1)
        await asyncio.sleep(0.01)
    assert TOKEN not in caplog.text


@pytest.fixture
async def hooked(settings: Settings, clock: Clock, api: BotApi) -> AsyncIterator[Person]:
    """A gateway in webhook mode."""
    telegram = settings.telegram.model_copy(
        update={"mode": "webhook", "url": "https://bot.example.com"}
    )
    gateway = composition.assemble(settings.model_copy(update={"telegram": telegram}), clock=clock)
    async with TestClient(Server(application(gateway))) as client:
        api.reach = str(client.make_url("")).rstrip("/")
        await api.until(lambda: api.webhook)
        yield Person(api, 1001)


async def test_by_webhook_it_is_the_same_also_when_delivered_twice(hooked: Person) -> None:
    await hooked.say("我要投诉")
    await hooked.hears("登记投诉")
    await hooked.again()
    await hooked.tap("取消")
    await hooked.hears("已取消")
    assert len(hooked.texts()) == 2


@pytest.mark.parametrize("secret", ["", "wrong", "\u00e9"])
async def test_a_webhook_without_the_secret_is_refused(hooked: Person, secret: str) -> None:
    headers = {SECRET_HEADER: secret}
    async with (
        aiohttp.ClientSession() as http,
        http.post(hooked.api.reach + PATH, json={}, headers=headers) as response,
    ):
        assert response.status == 403


async def test_too_many_messages_are_told_once_and_a_human_is_never_limited(
    person: Person, gateway: Gateway
) -> None:
    parts(gateway)[2]._limit = RateLimit(1)
    for _ in range(4):
        await person.say("你好")
    await person.say("人工")
    await person.hears("排队")
    assert sum("太快" in text for text in person.texts()) == 1
    assert sum("小宝" in text for text in person.texts()) == 1
