"""One call: greeting, questions, interruptions, silence, a human, goodbye."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from call_parts import QUICK, Line, Recorder, Telephone, telephone
from conftest import Clock

from actions.errors import StorageUnavailable
from bot.app import Gateway, words
from bot.call.waiting import Patience
from bot.channels import HOTLINE
from bot.recording_settings import Recordings
from bot.settings import Settings
from bot.turn import Address, Mode, Turn

NUMBER = "13800138000"
UNHURRIED = Patience(silence=3600, elders_silence=3600, hesitation=3600)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
async def opened(gateway: Gateway) -> Any:
    await gateway.database.prepare(gateway.cipher)
    yield gateway
    await gateway.database.close()


@pytest.fixture
def phone(opened: Gateway, clock: Clock, recorder: Recorder) -> Telephone:
    return telephone(opened, clock, recorder, UNHURRIED)


@pytest.fixture
def waiting_phone(opened: Gateway, clock: Clock, recorder: Recorder) -> Telephone:
    """Where silence is soon too long."""
    return telephone(opened, clock, recorder, QUICK)


def expected(phone: Telephone) -> str:
    return phone.ear.expected.value


async def test_the_first_sentence_names_the_way_to_a_human_and_the_recording(
    phone: Telephone,
) -> None:
    phone.dial()
    await phone.hears("小宝")
    first = phone.voice.said[0]
    assert "按零" in first
    assert "人工" in first
    assert "录音" in first
    phone.line.hang_up()
    await phone.over()


async def test_an_article_is_read_in_its_spoken_form_and_may_be_heard_again(
    phone: Telephone, opened: Gateway, recorder: Recorder
) -> None:
    phone.dial()
    await phone.hears("小宝")
    phone.say("银行卡丢了怎么办")
    spoken = opened.library.base.article("card-lost")
    assert spoken
    first = spoken.spoken.split("。")[0]
    await phone.hears(first)
    await phone.hears("要我再说一遍吗")
    phone.say("好的")
    await phone.hears(first)
    phone.say("再说一遍")
    await phone.hears(first)
    phone.line.hang_up()
    await phone.over()
    times = recorder.records[0].times[1]
    assert times.endpoint == pytest.approx(1.1)
    assert times.text == 0.01
    assert times.answer > 0
    assert recorder.records[0].ended == "hung_up"
    assert phone.ear.closed


async def test_a_cough_or_a_hum_stops_the_prompt_for_a_moment_only(phone: Telephone) -> None:
    phone.dial()
    await phone.hears("小宝")
    phone.line.hold()
    phone.say("银行卡丢了怎么办")
    await phone.hears("挂失")
    for nothing in ("", "嗯", "嗯嗯", "好的"):
        hushed = phone.line.hushed
        phone.say(nothing)
        await phone.hears("挂失")  # from the sentence in which it was interrupted
        assert phone.line.hushed > hushed
    phone.line.let()
    await phone.hears("要我再说一遍吗")
    phone.line.hang_up()
    await phone.over()


async def test_a_prompt_goes_on_when_whoever_began_to_speak_says_nothing(
    waiting_phone: Telephone,
) -> None:
    phone = waiting_phone
    phone.dial()
    phone.line.hold()
    await phone.hears("录音")
    phone.begin_to_speak()
    await phone.hears("录音")
    phone.line.hang_up()
    await phone.over()


async def test_words_in_the_middle_of_a_prompt_are_answered(phone: Telephone) -> None:
    phone.dial()
    phone.line.hold()
    await phone.hears("录音")
    phone.say("银行卡丢了怎么办")
    await phone.hears("挂失")
    phone.line.hang_up()
    await phone.over()


@pytest.mark.parametrize(
    ("said", "others"),
    [("人工", ()), ("转人工", ()), ("忍公", ()), ("银行", ("很行", "人工")), ("我要找真人", ())],
)
async def test_whoever_asks_for_a_human_gets_one_after_one_whole_sentence(
    phone: Telephone, opened: Gateway, said: str, others: tuple[str, ...]
) -> None:
    line = Line(NUMBER)
    phone.dial(line)
    await phone.hears("小宝")
    phone.say("我要投诉你们扣了我两百块钱")
    await phone.hears("业务")
    line.hold()
    phone.say(said, *others)
    await phone.hears("转人工")
    assert not line.ended.is_set()
    line.let()
    await phone.over()
    assert line.ended.is_set()
    assert phone.note.startswith("agent;reason=human;elder=0;summary=")
    key = await opened.database.read(lambda tx: opened.queueing.persons.key(tx, NUMBER))
    found = await opened.database.read(
        lambda tx: opened.switchboard._store.find(tx, Address(HOTLINE, key))
    )
    assert found
    assert found[0].mode is Mode.HUMAN


async def test_key_0_is_a_human_where_no_exchange_has_seen_to_it(phone: Telephone) -> None:
    phone.dial()
    phone.line.hold()
    await phone.hears("录音")
    phone.line.press("0")
    await phone.hears("转人工")
    phone.line.let()
    await phone.over()
    assert "reason=human" in phone.note


async def test_if_the_exchange_ends_the_leg_the_agent_is_told_what_was_said(
    phone: Telephone,
) -> None:
    phone.dial()
    await phone.hears("小宝")
    assert phone.note == "agent;reason=key0;elder=0;summary="
    phone.say("我七十三了，我电话13800138000，银行卡丢了怎么办")
    await phone.hears("要我再说一遍吗")
    phone.line.hang_up()
    await phone.over()
    assert phone.note.startswith("agent;reason=key0;elder=1;summary=%E6%88%91")
    assert "13800138000" not in phone.note


class Broken:
    """A switchboard that cannot, or does not, answer."""

    def __init__(self, *, hangs: bool) -> None:
        self.hangs = hangs

    async def hear(self, turn: Turn) -> Any:
        if self.hangs and turn.payload != "/call":
            await asyncio.Event().wait()
        raise StorageUnavailable("away")


@pytest.mark.parametrize("hangs", [True, False])
async def test_a_human_is_reached_though_nothing_can_be_stored(
    opened: Gateway, clock: Clock, recorder: Recorder, *, hangs: bool
) -> None:
    phone = telephone(opened, clock, recorder, UNHURRIED, Broken(hangs=hangs))
    phone.dial()
    await phone.hears("小宝")
    phone.say("人工")
    await phone.hears("转人工")
    await phone.over()
    assert "reason=human" in phone.note


async def test_a_question_that_cannot_be_answered_goes_to_a_human(
    opened: Gateway, clock: Clock, recorder: Recorder
) -> None:
    phone = telephone(opened, clock, recorder, UNHURRIED, Broken(hangs=False))
    phone.dial()
    await phone.hears("小宝")
    phone.say("银行卡丢了怎么办")
    await phone.hears("出了点问题")
    await phone.over()
    assert "reason=broken" in phone.note


async def test_a_fraud_in_progress_is_warned_of_and_goes_to_a_human_at_once(
    phone: Telephone,
) -> None:
    phone.dial()
    await phone.hears("小宝")
    phone.say("警察让我把钱转到安全账户")
    await phone.hears("不要转账")
    await phone.hears("转人工")
    await phone.over()
    assert "reason=fraud" in phone.note


async def test_silence_is_asked_about_then_a_human_is_offered_and_then_given(
    waiting_phone: Telephone,
) -> None:
    phone = waiting_phone
    phone.dial()
    await phone.hears("您还在听吗")
    await phone.hears("要帮您转人工吗")
    await phone.hears("马上为您转人工")
    await phone.over()
    assert "reason=silence" in phone.note


async def test_a_noise_that_goes_on_is_silence(waiting_phone: Telephone) -> None:
    phone = waiting_phone
    phone.dial()
    await phone.hears("小宝")
    phone.say("")
    await phone.hears("没听清")
    phone.say("")
    await phone.hears("您还在听吗")
    phone.say("")
    await phone.hears("要帮您转人工吗")
    phone.line.hang_up()
    await phone.over()


async def test_an_offered_human_is_taken_with_a_plain_yes(phone: Telephone) -> None:
    phone.dial()
    await phone.hears("小宝")
    for _ in range(2):
        phone.say("嗡嗡嗡呜呜呜呜")
    await phone.hears("要帮您转人工吗")
    phone.say("好的")
    await phone.hears("马上为您转人工")
    await phone.over()
    assert "reason=human" in phone.note


async def test_a_complaint_gets_its_number_by_telephone(phone: Telephone, opened: Gateway) -> None:
    phone.dial(Line(NUMBER))
    await phone.hears("小宝")
    phone.say("我要投诉")
    await phone.hears("发生了什么事")
    assert expected(phone) == "story"
    phone.say("你们上周三在城东支行收了我两百块短信费也没有告诉我")
    await phone.hears("怎么解决")
    phone.say("把钱退给我")
    await phone.hears("电话")
    await phone.hears("就打现在这个电话")
    assert expected(phone) == "number"
    phone.say("就打这个电话")
    await phone.hears("您听听对不对")
    await phone.hears(NUMBER)
    assert expected(phone) == "choice"
    phone.say("电话错了，是13900139000")
    await phone.hears("13900139000")
    phone.say("没问题提交")
    await phone.hears("编号是")
    phone.say("再见")
    await phone.hears("祝您平安")
    await phone.over()
    assert phone.note == "bye"


async def test_who_calls_again_hears_how_the_complaint_stands(phone: Telephone) -> None:
    await test_a_complaint_gets_its_number_by_telephone(phone, None)  # type: ignore[arg-type]
    phone.dial(Line(NUMBER))
    await phone.hears("小宝")
    phone.say("查投诉进度")
    await phone.hears("编号")
    phone.line.hang_up()
    await phone.over()


async def test_a_lesson_is_told_by_telephone_and_the_next_one_after_it(
    phone: Telephone, opened: Gateway
) -> None:
    phone.dial()
    await phone.hears("小宝")
    phone.say("我要听课")
    await phone.hears("您想听哪一方面")
    phone.say("信用卡")
    chapters = {one.title: one.articles for one in opened.speech.album.chapters()}
    first, second = chapters["信用卡"][:2]
    await phone.hears(first.title)
    await phone.hears("正确答案")
    await phone.hears(second.title)
    await phone.hears("要听下一课吗")
    phone.say("好的")
    await phone.hears(second.title)
    phone.say("下一课")
    await phone.hears(chapters["信用卡"][2].title)
    phone.line.hang_up()
    await phone.over()


async def test_elders_are_spoken_to_slowly_and_waited_for(phone: Telephone) -> None:
    phone.dial()
    await phone.hears("小宝")
    phone.say("你说慢一点")
    await phone.hears("慢一点")
    await phone.hears("小宝")
    assert phone.voice.slow[-1]
    assert phone.ear.patient
    phone.line.hang_up()
    await phone.over()


async def test_an_elder_is_known_by_the_number_that_only_the_exchange_tells(
    phone: Telephone, opened: Gateway, clock: Clock
) -> None:
    persons = opened.queueing.persons
    await opened.database.write(lambda tx: persons.fill(tx, {NUMBER: 1945}, clock()))
    line = Line()
    phone.watch.callers[line.call] = NUMBER
    phone.dial(line)
    await phone.hears("小宝")
    phone.say("银行卡丢了怎么办")
    await phone.hears("挂失")
    assert phone.voice.slow[-1]
    phone.say("转人工")
    await phone.over()
    assert "elder=1" in phone.note


def test_where_nothing_is_recorded_the_greeting_does_not_say_so(settings: Settings) -> None:
    silent = settings.model_copy(update={"recordings": Recordings(enabled=False)})
    assert words(silent).call_greeting().text == words(settings).call_greeting().text.replace(
        "，本次通话会录音", ""
    )


async def test_louder_is_louder_until_it_cannot_be(phone: Telephone) -> None:
    phone.dial()
    await phone.hears("小宝")
    for _ in range(2):
        phone.say("大声点")
        await phone.hears("好的，我大声一点")
        await phone.hears("小宝")
    phone.say("听不见")
    await phone.hears("最大声")
    phone.line.hang_up()
    await phone.over()


async def test_keys_choose_repeat_and_stop(phone: Telephone) -> None:
    phone.dial(Line(NUMBER))
    await phone.hears("小宝")
    phone.say("我要投诉你们乱收我两百块信用卡年费，退给我")
    await phone.hears("什么时候")
    phone.line.press("*")
    await phone.hears("什么时候")
    phone.line.press("7")
    await phone.hears("没有用到")
    phone.say("上周三，城东支行")
    await phone.hears("就打现在这个电话")
    phone.line.press("1")
    await phone.hears("您听听对不对")
    phone.line.press("#")
    phone.line.press("1")
    await phone.hears("编号是")
    phone.line.hang_up()
    await phone.over()


async def test_an_intake_that_was_cut_off_goes_on_in_the_next_call(phone: Telephone) -> None:
    phone.dial(Line(NUMBER))
    await phone.hears("小宝")
    phone.say("我要投诉你们乱收我两百块信用卡年费")
    await phone.hears("什么时候")
    phone.line.hang_up()
    await phone.over()
    phone.dial(Line(NUMBER))
    await phone.hears("我们接着来")
    await phone.hears("什么时候")
    phone.line.hang_up()
    await phone.over()


async def test_two_calls_of_one_number_do_not_mix(
    phone: Telephone, opened: Gateway, clock: Clock, recorder: Recorder
) -> None:
    phone.dial(Line(NUMBER))
    await phone.hears("小宝")
    phone.say("我要投诉你们乱收我两百块信用卡年费")
    await phone.hears("什么时候")
    other = Telephone(phone.hotline, phone.hearing, phone.voice, phone.watch)
    first = phone.ear
    other.dial(Line(NUMBER))
    await asyncio.sleep(0)
    other.place = phone.place
    await other.hears("小宝")
    assert other.ear is not first
    other.say("银行卡丢了怎么办")
    await other.hears("挂失")
    for one in (phone, other):
        one.line.hang_up()
        await one.over()


async def test_a_call_that_nobody_took_in_the_queue_comes_back_and_is_promised_a_call(
    phone: Telephone, opened: Gateway, clock: Clock
) -> None:
    first = Line(NUMBER)
    phone.dial(first)
    await phone.hears("小宝")
    phone.say("人工")
    await phone.hears("转人工")
    await phone.over()
    clock.forward(minutes=3)
    phone.dial(Line(NUMBER, first.call))
    await phone.hears("给您回电")
    await phone.hears("您现在这个号码")
    await phone.over()
    assert phone.note == "bye"
    [promise] = await opened.database.read(opened.queueing.callbacks.open)
    assert promise.contact == NUMBER
    assert promise.channel == HOTLINE


@pytest.mark.parametrize("number", [NUMBER, ""])
async def test_a_human_is_reached_also_while_a_call_back_is_promised(
    phone: Telephone, number: str
) -> None:
    first = Line(number)
    phone.dial(first)
    await phone.hears("小宝")
    phone.say("人工")
    await phone.hears("转人工")
    await phone.over()
    second = Line(number, first.call)
    second.hold()
    phone.dial(second)
    await phone.hears("让您久等了")
    phone.say("不要回电，我就要人工")
    await phone.hears("马上为您转人工")
    second.let()
    await phone.over()
    assert phone.note.startswith("agent;reason=human")


async def test_who_hides_their_number_is_asked_for_it(phone: Telephone, opened: Gateway) -> None:
    first = Line()
    phone.dial(first)
    await phone.hears("小宝")
    first.hang_up()
    await phone.over()
    phone.dial(Line(call=first.call))
    await phone.hears("您的电话号码")
    assert expected(phone) == "number"
    phone.say("13900139000")
    await phone.hears("号码记下了")
    await phone.over()
    [promise] = await opened.database.read(opened.queueing.callbacks.open)
    assert promise.contact == "13900139000"


async def test_one_call_too_many_goes_to_a_human_with_one_sentence(phone: Telephone) -> None:
    phone.hearing.is_full = True
    phone.dial()
    await phone.hears("打进来的人很多")
    await phone.over()
    assert "reason=overload" in phone.note


async def test_a_caller_who_cannot_be_heard_any_more_goes_to_a_human(phone: Telephone) -> None:
    phone.dial()
    await phone.hears("小宝")
    phone.ear.is_broken = True
    phone.line.voice()
    await phone.hears("出了点问题")
    await phone.over()
    assert "reason=broken" in phone.note


async def test_who_has_nothing_more_to_ask_hears_goodbye(phone: Telephone) -> None:
    phone.dial()
    await phone.hears("小宝")
    phone.say("银行卡丢了怎么办")
    for declined in ("嗯知道了", "不用了"):
        await phone.hears("接着问")
        phone.say(declined)
        await phone.hears("您想问什么")
        phone.say("银行卡丢了怎么办")
    await phone.hears("接着问")
    phone.say("不用了谢谢")
    await phone.hears("祝您平安")
    await phone.over()
    assert phone.note == "bye"


async def test_a_farewell_is_taken_back_when_the_caller_speaks_on(phone: Telephone) -> None:
    phone.dial()
    await phone.hears("小宝")
    phone.line.hold()
    phone.say("再见")
    await phone.hears("再见")
    phone.say("银行卡丢了怎么办")
    await phone.hears("挂失")
    assert not phone.line.ended.is_set()
    assert phone.note != "bye"
    phone.line.hang_up()
    await phone.over()
