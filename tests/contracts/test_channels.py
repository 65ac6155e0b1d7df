"""What every channel promises, over each of them; tests/lines.py says how to add one."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import cast

import files
import pytest
from aiohttp.test_utils import TestServer
from conftest import PASSWORD, Clock, Desk
from lines import LINES, PLATFORMS, Bank, Line, PlatformLine, WebLine

from bot.settings import Settings

STORY = "柜员给我多扣了二十块手续费，还对我发火"
SignIn = Callable[[Bank], Awaitable[Desk]]


@pytest.fixture(params=LINES)
async def bank(
    request: pytest.FixtureRequest, settings: Settings, clock: Clock
) -> AsyncIterator[Bank]:
    async with LINES[request.param](settings, clock) as bank:
        yield bank


@pytest.fixture(params=PLATFORMS)
async def platform(
    request: pytest.FixtureRequest, settings: Settings, clock: Clock
) -> AsyncIterator[Bank]:
    async with PLATFORMS[request.param](settings, clock) as bank:
        yield bank


@pytest.fixture
def line(bank: Bank) -> Line:
    return bank.line(1)


@pytest.fixture
async def sign_in(clock: Clock) -> AsyncIterator[SignIn]:
    desks: list[Desk] = []

    async def make(bank: Bank) -> Desk:
        await bank.gateway.agents.add("wang", "小王", PASSWORD, clock())
        assert isinstance(bank.client.server, TestServer)
        desk = Desk(bank.client.server)
        desks.append(desk)
        assert await desk.sign_in("wang") == 200
        return desk

    yield make
    for desk in desks:
        await desk.http.close()


async def accept(desk: Desk) -> str:
    """Take the first who waits; the path of the conversation."""
    waiting = (await desk.queue())["waiting"][0]
    status, _ = await desk.post(f"/handoffs/{waiting['id']}/accept")
    assert status == 200
    return f"/conversations/{waiting['conversation']}"


async def test_a_turn_goes_in_and_a_reply_comes_out(line: Line) -> None:
    await line.say("银行卡丢了怎么办")
    await line.shown("挂失")
    assert "转人工" in await line.titles()


async def test_replies_come_in_the_order_of_the_turns(line: Line) -> None:
    questions = ["你好", "谢谢", "再见"]
    for question in questions:
        await line.say(question)
    said = "".join(await line.shown("祝您平安"))  # a platform may put several into one message
    assert 0 <= said.index("我是农业银行的消保小宝") < said.index("不客气") < said.index("祝您平安")


async def test_a_turn_that_arrives_twice_is_answered_once(line: Line) -> None:
    await line.say("我要投诉")
    await line.shown("登记投诉")
    await line.again()
    await line.say("取消")
    said = "".join(await line.shown("已取消"))
    assert [said.count(words) for words in ("登记投诉", "已取消")] == [1, 1]


async def test_a_human_is_one_step_away_by_word_and_by_button(bank: Bank) -> None:
    by_word, by_button = bank.line(1), bank.line(2)
    await by_word.say("人工")
    await by_word.shown("排队")
    await by_button.say("我要投诉")
    await by_button.shown("登记投诉")
    await by_button.tap("转人工")
    await by_button.shown("排队")


async def test_an_elder_gets_the_human_first_and_at_most_two_choices(line: Line) -> None:
    await line.say("我七十三了")
    await line.shown("。")
    await line.say("你好")
    await line.shown("我是农业银行的消保小宝")
    titles = await line.titles()
    assert titles[0] == "转人工"
    assert len(titles) <= 3


ANSWERS = {
    "业务": "信用卡",
    "什么时候": "上周五，城东支行",
    "怎么解决": "退还费用",
    "电话": "13812345678",
}


async def told_everything(line: Line) -> None:
    """Answer what is asked until all of it is read back; platforms know how to reach us."""
    while "对不对" not in (said := (await line.shown(""))[-1]):
        await line.say(next(answer for asked, answer in ANSWERS.items() if asked in said))
        while (await line.shown(""))[-1] == said:
            await asyncio.sleep(0.01)


async def submitted(line: Line) -> tuple[str, str]:
    """The complaint's number, and what was said with it."""
    await line.tap("没问题，提交")
    said = (await line.shown("您的投诉已经登记，编号"))[-1]
    return re.findall(r"\d{13,}", said)[0], said


async def test_a_complaint_is_taken_in_to_its_number(line: Line) -> None:
    await line.say(f"我要投诉，{STORY}")
    await line.shown("登记投诉")
    await told_everything(line)
    _, said = await submitted(line)
    assert "2026年12月9日" in said


async def test_a_picture_in_the_middle_of_a_complaint_is_kept_with_it(
    bank: Bank, line: Line
) -> None:
    await line.say(f"我要投诉，{STORY}")
    await line.shown("登记投诉")
    await line.picture(files.png())
    await line.shown("图片收到了")
    await told_everything(line)
    number, _ = await submitted(line)
    database, attachments = bank.gateway.database, bank.gateway.attachments
    (kept,) = await database.read(lambda tx: attachments.of(tx, number))
    assert attachments.open(kept.id) == files.png()


async def test_an_agents_message_comes_by_itself_and_the_answer_reaches_the_agent(
    bank: Bank, line: Line, sign_in: SignIn, clock: Clock
) -> None:
    desk = await sign_in(bank)
    await line.say("人工")
    await line.shown("排队")
    talk = await accept(desk)
    await line.shown("客服小王来了")
    for number in range(5):
        await desk.post(f"{talk}/messages", text=f"第{number}句", id=f"m{number}")
        await desk.post(f"{talk}/messages", text=f"第{number}句", id=f"m{number}")
    clock.forward(seconds=15)  # where few messages are left, they go out together
    said = "".join(await line.shown("第4句"))
    assert re.findall(r"第\d句", said) == [f"第{n}句" for n in range(5)]
    await line.say("我听到了")
    messages: list[str] = []
    while "我听到了" not in messages:
        messages = [one["text"] for one in (await desk.get(talk))[1]["messages"]]
    await desk.post(f"{talk}/end", outcome="solved")
    await line.shown("已结束这次服务")
    await line.shown("满意吗")
    assert "满意" in await line.titles()


async def test_a_voice_note_is_answered_also_where_nobody_can_hear_it(platform: Bank) -> None:
    line = cast(PlatformLine, platform.line(1))
    await line.speak(b"OggS and some sound")
    await line.shown("听不了语音")
    assert "转人工" in await line.titles()


async def test_what_cannot_be_delivered_is_told_to_the_agent(
    platform: Bank, sign_in: SignIn
) -> None:
    desk, line = await sign_in(platform), cast(PlatformLine, platform.line(1))
    await line.say("人工")
    await line.shown("排队")
    await line.vanish()
    talk = await accept(desk)
    await desk.post(f"{talk}/messages", text="您好", id="m")
    remarks: list[str] = []
    while not remarks:
        messages = (await desk.get(talk))[1]["messages"]
        remarks = [one["text"] for one in messages if one["author"] == "desk"]
    assert "没有送到客户" in remarks[0]


async def test_one_person_on_two_channels_is_one_time_line_at_the_desk(
    platform: Bank, sign_in: SignIn
) -> None:
    desk, there = await sign_in(platform), platform.line(1)
    page = WebLine(platform.client)
    await page.say("我七十三了")
    await page.say("绑定")
    code = (await page.shown("绑定码是"))[-1].partition("绑定 ")[2][:8]
    await there.say("信用卡被多扣了钱")
    await there.say(f"绑定{code}")
    await there.shown("已经绑定")
    await page.shown("刚刚和这里绑定了")
    await there.say("人工")
    await there.shown("排队")
    talk = await accept(desk)
    shown = (await desk.get(talk))[1]
    by_customer = [one for one in shown["messages"] if one["author"] == "customer"]
    assert [(one["text"], one.get("channel")) for one in by_customer] == [
        ("我七十三了", "web"),
        ("绑定", "web"),
        ("信用卡被多扣了钱", None),
        (f"绑定{code}", None),
        ("人工", None),
    ]
    assert (shown["linked"], shown["elder"]) == (1, True)
    await there.say("解除绑定")
    await there.shown("已经解除绑定")
    shown = (await desk.get(talk))[1]
    assert shown["linked"] == 0
