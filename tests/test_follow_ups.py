"""What customers do about a complaint after its number, by words and by buttons."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from conftest import Chat, Clock
from sqlalchemy import Connection

from actions.complaint_rows import Entry
from actions.complaints import Complaint, State, Step
from actions.roles import Role
from actions.steps import Actor, Move
from bot.app import Gateway
from bot.conversations import Conversation
from bot.dialogue import Dialogue
from bot.rules import follow_up
from bot.turn import Address, Turn
from bot.understanding import Understood

STORY = "昨天在城东支行，柜员给我的信用卡多扣了二十块"
OTHER = "上周三在手机银行买的理财到期了不兑付"
OFFICER = Actor(1, frozenset({Role.OFFICER}))
APPROVER = Actor(2, frozenset({Role.APPROVER}))


@pytest.fixture
async def office(gateway: Gateway, client: Any, clock: Clock) -> Callable[..., Any]:
    """An officer, and an approver, who take steps."""
    for login, role in (("li", Role.OFFICER), ("zhao", Role.APPROVER)):
        await gateway.agents.add(login, login, "long-enough-7", clock(), roles=[role])

    async def move(number: str, *steps: Step, why: str = "事由", by: Actor = OFFICER) -> None:
        for step in steps:
            taken = Move(step, by, why)
            await gateway.database.write(partial(_take, gateway, number, taken, clock()))

    return move


def _take(gateway: Gateway, number: str, move: Move, now: dt.datetime, tx: Connection) -> None:
    _register(gateway).move(tx, number, move, now)


def _register(gateway: Gateway) -> Any:
    return gateway.switchboard._outcome._actions.register


async def get(gateway: Gateway, number: str) -> Complaint:
    found = await gateway.database.read(lambda tx: _register(gateway).get(tx, number))
    assert isinstance(found, Complaint)
    return found


async def timeline(gateway: Gateway, number: str) -> list[Entry]:
    found = await gateway.database.read(lambda tx: _register(gateway).timeline(tx, number))
    return list(found)


async def complain(chat: Chat, story: str = STORY) -> str:
    await chat.say(f"我要投诉，{story}，要求退钱，电话13812345678")
    await chat.tap("/submit")
    return str(chat.answer["replies"][0]["complaint"]["number"])


async def test_everything_in_one_sentence_gets_only_the_confirmation(chat: Chat) -> None:
    await chat.say(f"我要投诉，{STORY}，要求退钱，电话13812345678")
    assert "对不对" in chat.text()
    await chat.tap("/submit")
    assert "2026年12月9日" in chat.text()
    for word in ("查进度", "补充", "撤回", "核查", "12378"):
        assert word in chat.text()


async def test_the_buttons_after_registration_name_the_complaint(chat: Chat) -> None:
    number = await complain(chat)
    assert chat.buttons() == ["/progress", f"/supplement:{number}", f"/withdraw:{number}", "/human"]


async def test_a_proxys_complaint_is_registered_and_the_papers_are_announced(
    chat: Chat, gateway: Gateway
) -> None:
    await chat.say(f"替我妈投诉，{STORY}，要求退钱，电话13812345678")
    assert "授权委托书" in chat.text()
    await chat.say("替母亲王秀英，我是她女儿")
    await chat.tap("/submit")
    number = chat.answer["replies"][0]["complaint"]["number"]
    assert (await get(gateway, number)).draft.proxy == "替母亲王秀英，我是她女儿"


async def test_an_unnamed_customer_finds_the_progress_in_this_conversation(
    chat: Chat, gateway: Gateway
) -> None:
    await chat.say(f"匿名投诉，{STORY}，要求退钱")
    assert "对不对" in chat.text()
    await chat.tap("/submit")
    assert "记好编号" in chat.text()
    number = chat.answer["replies"][0]["complaint"]["number"]
    draft = (await get(gateway, number)).draft
    assert (draft.anonymous, draft.contact) == (True, "")
    await chat.say("查投诉进度")
    assert number in chat.text()


async def test_a_second_complaint_about_the_same_matter_is_linked_and_both_keep_their_numbers(
    chat: Chat, gateway: Gateway
) -> None:
    first = await complain(chat)
    second = await complain(chat, f"{STORY}，到现在没人管")
    assert second != first
    assert f"编号 {first} 关联" in chat.text()
    assert (await get(gateway, second)).related == (first,)


async def test_a_telephone_number_does_not_tell_a_stranger_of_its_owners_complaints(
    chat: Chat, new_chat: Callable[[], Chat], gateway: Gateway
) -> None:
    number = await complain(chat)
    stranger = new_chat()
    second = await complain(stranger)
    assert (await get(gateway, second)).related == (number,)
    assert number not in stranger.text()


async def test_a_withdrawal_is_asked_once_and_ends_the_complaint_that_day(
    chat: Chat, gateway: Gateway
) -> None:
    number = await complain(chat)
    await chat.say("我要撤回投诉")
    assert f"撤回编号 {number} 的投诉吗" in chat.text()
    assert (await get(gateway, number)).state is State.RECEIVED
    await chat.say("是的")
    assert "已经撤回" in chat.text()
    assert (await get(gateway, number)).state is State.WITHDRAWN
    await chat.say("补充一点：还有一件事")
    assert "已撤回" in chat.text()


@pytest.mark.parametrize("yes", ["我要撤回", "不投诉了", "是的", "撤回投诉", "/submit"])
async def test_whoever_says_it_again_means_it(chat: Chat, gateway: Gateway, yes: str) -> None:
    number = await complain(chat)
    await chat.tap(f"/withdraw:{number}")
    await (chat.tap(yes) if yes.startswith("/") else chat.say(yes))
    assert (await get(gateway, number)).state is State.WITHDRAWN


@pytest.mark.parametrize(
    "no", ["不", "取消", "算了", "不撤回", "投诉不撤回", "不要撤回投诉", "别撤", "/cancel"]
)
async def test_whoever_does_not_confirm_keeps_the_complaint(
    chat: Chat, gateway: Gateway, no: str
) -> None:
    number = await complain(chat)
    await chat.say("撤回投诉")
    await (chat.tap(no) if no.startswith("/") else chat.say(no))
    assert "照常处理" in chat.text()
    assert (await get(gateway, number)).state is State.RECEIVED


async def test_a_supplement_takes_the_next_message(chat: Chat, gateway: Gateway) -> None:
    number = await complain(chat)
    await chat.tap(f"/supplement:{number}")
    await chat.say("今天又扣了十块，为什么一直扣？")
    assert f"已补充到编号 {number}" in chat.text()
    last = (await timeline(gateway, number))[-1]
    assert (last.step, last.why) == (Step.SUPPLEMENT, "今天又扣了十块，为什么一直扣？")


async def test_a_secret_in_a_supplement_is_taken_out_and_warned_of(
    chat: Chat, gateway: Gateway
) -> None:
    number = await complain(chat)
    await chat.say("补充一点")
    await chat.say("他们问我要验证码，验证码是739164")
    assert "不要把密码" in chat.text()
    assert "739164" not in (await timeline(gateway, number))[-1].why


async def test_which_of_two_complaints_is_meant_is_asked_with_buttons(
    chat: Chat, gateway: Gateway
) -> None:
    first, second = await complain(chat), await complain(chat, OTHER)
    await chat.say("补充一点：昨天又扣了十块钱")
    assert chat.buttons()[:2] == [f"/answer:{second}", f"/answer:{first}"]
    assert first in chat.text()
    await chat.tap(f"/answer:{first}")
    assert "已补充" in chat.text()
    assert (await timeline(gateway, first))[-1].why == "补充一点：昨天又扣了十块钱"
    await chat.say(f"撤回投诉{second}")
    assert f"撤回编号 {second}" in chat.text()


async def test_only_an_open_complaint_can_be_meant(chat: Chat, gateway: Gateway) -> None:
    first, second = await complain(chat), await complain(chat, OTHER)
    await chat.tap(f"/withdraw:{second}")
    await chat.tap("/submit")
    await chat.say("补充一点")
    await chat.say("还有收据")
    assert (await timeline(gateway, first))[-1].step is Step.SUPPLEMENT


async def test_an_answer_can_be_disputed_once_with_a_reason(
    chat: Chat, gateway: Gateway, office: Callable[..., Any]
) -> None:
    number = await complain(chat)
    await office(number, Step.ACCEPT, Step.START)
    await office(number, Step.ANSWER, why="按合同收取，不予退还")
    await chat.say("查投诉进度")
    assert "按合同收取" in chat.text()
    assert f"/dispute:{number}" in chat.buttons()
    await chat.say("对答复不满意")
    await chat.say("凭什么说合同里写了，我没有签过")
    assert "核查" in chat.text()
    assert "2026年12月24日" not in chat.text()
    assert "12月24日" in chat.text()
    assert (await get(gateway, number)).state is State.DISPUTED
    await office(number, Step.ANSWER, why="核查后维持")
    await chat.say("我不服")
    assert "已经核查过一次" in chat.text()


async def test_a_dispute_after_its_days_is_told_at_once(
    chat: Chat, clock: Clock, office: Callable[..., Any]
) -> None:
    number = await complain(chat)
    await office(number, Step.ACCEPT, Step.START, Step.ANSWER)
    clock.forward(days=31)
    await chat.say("我不服")
    assert "已经过了" in chat.text()


async def test_a_button_of_somebody_elses_complaint_does_nothing(
    chat: Chat, new_chat: Callable[[], Chat], gateway: Gateway
) -> None:
    number = await complain(chat)
    stranger = new_chat()
    await stranger.tap(f"/withdraw:{number}")
    assert "没有查到" in stranger.text()
    await complain(stranger, OTHER)
    await stranger.tap(f"/withdraw:{number}")
    assert "没有查到" in stranger.text()
    await stranger.say(f"撤回投诉{number}")
    assert "没有查到" in stranger.text()
    assert (await get(gateway, number)).state is State.RECEIVED


async def test_progress_tells_the_last_step_and_an_extension_with_its_reason(
    chat: Chat, office: Callable[..., Any]
) -> None:
    number = await complain(chat)
    await office(number, Step.ACCEPT)
    await chat.say("查投诉进度")
    assert "11月24日，已经受理" in chat.text()
    assert "最迟12月9日" in chat.text()
    await office(number, Step.ASK_EXTENSION, why="要向发卡机构调单")
    await office(number, Step.EXTEND, why="同意", by=APPROVER)
    await office(number, Step.NOTE, why="客户情绪激动")
    await chat.say("查投诉进度")
    assert "已延长到12月24日，原因：要向发卡机构调单" in chat.text()
    assert "情绪" not in chat.text()


async def test_nothing_is_owed_for_what_has_ended(chat: Chat) -> None:
    number = await complain(chat)
    await chat.tap(f"/withdraw:{number}")
    await chat.tap("/submit")
    assert chat.answer["replies"][0]["complaint"]["due"] == ""
    await chat.say("查投诉进度")
    assert "最迟" not in chat.text()


@pytest.mark.parametrize("words", ["我要撤回投诉", "补充一点", "对答复不满意"])
async def test_a_human_is_one_step_away_at_every_new_question_and_it_goes_on_afterwards(
    chat: Chat, gateway: Gateway, office: Callable[..., Any], words: str
) -> None:
    number = await complain(chat)
    await office(number, Step.ACCEPT, Step.START, Step.ANSWER)
    await chat.say(words)
    asked = chat.text()
    await chat.say("人工")
    assert chat.answer["mode"] == "waiting"
    await chat.tap("/leave")
    await chat.tap("/repeat")
    assert asked in chat.text()


async def test_elders_get_two_choices_and_short_words_at_every_new_question(chat: Chat) -> None:
    await chat.tap("/elder_on")
    await chat.say(f"替我妈投诉，{STORY}，要求退钱，电话13812345678")
    assert len(chat.text()) <= 100
    await chat.say("替母亲，我是女儿")
    await chat.tap("/submit")
    for words in ("", "补充一点", "取消", "撤回投诉"):
        if words:
            await chat.say(words)
        for reply in chat.answer["replies"]:
            assert reply["buttons"][0]["payload"] == "/human"
            assert len(reply["buttons"]) <= 3


@pytest.mark.parametrize("words", ["我要撤回投诉", "补充投诉", "不投诉了"])
async def test_without_a_complaint_nothing_is_begun(
    chat: Chat, gateway: Gateway, words: str
) -> None:
    await chat.say(words)
    assert "没有查到" in chat.text()
    await chat.say("你好")
    assert chat.answer["route"] == "chat"


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("我要撤回投诉", Step.WITHDRAW),
        ("撤诉", Step.WITHDRAW),
        ("我不想投诉了", Step.WITHDRAW),
        ("那个投诉取消吧", Step.WITHDRAW),
        ("补充一点", Step.SUPPLEMENT),
        ("我还想再补充几句", Step.SUPPLEMENT),
        ("我有新的证据要补充", Step.SUPPLEMENT),
        ("对答复不满意", Step.DISPUTE),
        ("我不服", Step.DISPUTE),
        ("不满意，利息没退", Step.DISPUTE),
        ("我要申请核查", Step.DISPUTE),
        ("处理结果我不接受", Step.DISPUTE),
    ],
)
def test_the_words_for_each_step_are_heard(text: str, step: Step) -> None:
    assert follow_up(text) is step


@pytest.mark.parametrize(
    "text",
    [
        "怎么撤回投诉",
        "投诉以后还能撤回来吗",
        "转账能撤回吗",
        "补充养老保险怎么交",
        "补充医疗保险",
        "对处理结果不满意怎么办",
        "我对你们很不满意",
        "我要投诉",
        "取消我的年费",
        "加拿大汇款要几天",
    ],
)
def test_questions_and_other_matters_are_not(text: str) -> None:
    assert follow_up(text) is None


async def test_where_the_channel_reaches_the_customer_no_contact_is_asked(
    gateway: Gateway, clock: Clock
) -> None:
    dialogue: Dialogue = gateway.switchboard._dialogue
    turn = Turn(Address("telegram", "7"), "1", clock(), f"我要投诉，{STORY}，要求退钱")
    decision = dialogue.decide(Conversation(turn.address), turn, Understood("complain", "rules"))
    assert "对不对" in decision.replies[0].text
    assert "Telegram" in decision.replies[0].text
