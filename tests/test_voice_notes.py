"""Voice notes from the phone to the answer: the platform's server, the real model, the dialogue."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
from conftest import Clock
from lines import PLATFORMS, PlatformLine, WechatLine
from speech import MODEL, needs_model, recording, silence
from wechat_platform import Phone

from audio import Sound
from audio.sound import encode, resampled
from bot.hearing_settings import Hearing
from bot.settings import Settings

pytestmark = needs_model


def opus(sound: Sound) -> bytes:
    """As Telegram sends voice notes."""
    return encode(resampled(sound, 48_000))


def amr(sound: Sound) -> bytes:
    """As WeChat and WeCom send them."""
    return encode(resampled(sound, 8_000), "amr", "libopencore_amrnb", 12_200)


FORMATS = {"telegram": opus, "wechat, safe mode": amr, "wecom": amr}


@dataclass
class Customer:
    """Who speaks instead of writing."""

    line: PlatformLine
    noted: Callable[[Sound], bytes]

    async def says(self, name: str) -> None:
        await self.line.speak(self.noted(recording(name)))


@pytest.fixture
def hearing() -> Hearing:
    return Hearing(model=MODEL, threads=2)


@pytest.fixture(params=FORMATS)
async def customer(
    request: pytest.FixtureRequest, settings: Settings, clock: Clock, hearing: Hearing
) -> AsyncIterator[Customer]:
    with_ears = settings.model_copy(update={"hearing": hearing})
    async with PLATFORMS[request.param](with_ears, clock) as bank:
        yield Customer(cast(PlatformLine, bank.line(1)), FORMATS[request.param])


async def test_a_spoken_question_is_answered_like_a_written_one(customer: Customer) -> None:
    await customer.says("common_12")
    (said,) = await customer.line.shown("挂失")
    assert "出处：" in said


async def test_a_human_is_one_spoken_word_away(customer: Customer) -> None:
    await customer.says("rengong_0")
    await customer.line.shown("排队")


async def test_a_complaint_is_begun_by_voice_and_goes_on_in_writing(customer: Customer) -> None:
    await customer.says("common_00")
    await customer.line.shown("登记投诉")
    await customer.line.say("柜员对我发火，多扣了二十块钱")
    await customer.line.shown("什么时候")


async def test_silence_is_asked_for_again(customer: Customer) -> None:
    await customer.line.speak(customer.noted(Sound(silence(3.0), 16_000)))
    await customer.line.shown("没听清")
    assert "转人工" in await customer.line.titles()


async def test_a_broken_file_is_asked_for_again(customer: Customer) -> None:
    await customer.line.speak(b"#!AMR\n and no sound")
    await customer.line.shown("没听清")


async def test_a_note_that_is_too_long_is_asked_for_in_pieces(customer: Customer) -> None:
    await customer.line.speak(customer.noted(Sound(silence(130.0), 16_000)))
    await customer.line.shown("不超过两分钟")


async def test_wechats_own_recognition_is_taken_where_it_is_there(
    settings: Settings, clock: Clock, hearing: Hearing
) -> None:
    with_ears = settings.model_copy(update={"hearing": hearing})
    async with PLATFORMS["wechat, safe mode"](with_ears, clock) as bank:
        line = cast(WechatLine, bank.line(1))
        phone = line._phone
        assert isinstance(phone, Phone)
        await phone.speak(amr(recording("common_12")), recognition="我要投诉。")
        await line.shown("登记投诉")


@pytest.mark.parametrize("hearing", [Hearing(model=Path("nowhere")), Hearing(enabled=False)])
async def test_without_a_model_the_customer_is_told_to_type(customer: Customer) -> None:
    await customer.says("common_12")
    await customer.line.shown("听不了语音")
    assert "转人工" in await customer.line.titles()


async def test_a_model_that_breaks_after_the_start_is_no_silence(
    settings: Settings, clock: Clock, tmp_path: Path
) -> None:
    """Its files are there, but it cannot be read."""
    for name in ("am/final.mdl", "conf/mfcc.conf", "conf/model.conf", "graph/HCLG.fst"):
        file = tmp_path / "broken" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"no model")
    broken = settings.model_copy(update={"hearing": Hearing(model=tmp_path / "broken")})
    async with PLATFORMS["telegram"](broken, clock) as bank:
        line = cast(PlatformLine, bank.line(1))
        await line.speak(opus(recording("common_12")))
        await line.shown("听不了语音")
        await line.say("银行卡丢了怎么办")
        await line.shown("挂失")
