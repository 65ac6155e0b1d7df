"""A call is heard, with the real model: frames in, words out."""

from __future__ import annotations

import asyncio
import itertools
import random
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from speech import (
    MODEL,
    errors,
    heard,
    needs_model,
    recording,
    silence,
    transcripts,
    utterances,
)

from audio import AudioError, Expecting, Overloaded, Partial, SpeechBegan, Utterance
from audio.digits import arabic
from audio.ear import VoskEar
from audio.hearing import VoskHearing
from audio.listener import Listener
from audio.recognition import Recognition

pytestmark = needs_model
RATES = [16_000, 8_000]
CALLS = 3


@pytest.fixture
async def recognition() -> AsyncIterator[Recognition]:
    opened = Recognition(MODEL, threads=2)
    await opened.run()
    yield opened
    await opened.close()


@pytest.fixture
def hearing(recognition: Recognition) -> VoskHearing:
    return VoskHearing(recognition, CALLS)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("common_00", "我要投诉"),
        ("common_01", "转人工"),
        ("common_04", "是"),
        ("common_12", "我的银行卡丢了"),
        ("held_06", "银行卡和身份证一起丢了"),
    ],
)
async def test_what_is_said_becomes_words(
    hearing: VoskHearing, name: str, text: str, rate: int
) -> None:
    sound = recording(name, rate)
    began, *_, said = await heard(hearing.open(rate), sound.samples, rate)
    assert isinstance(began, SpeechBegan)
    assert isinstance(said, Utterance)
    assert said.transcript.text == text
    assert said.began < began.at <= said.ended < said.at


async def test_words_come_while_somebody_still_speaks(hearing: VoskHearing) -> None:
    sensed = await heard(hearing.open(16_000), recording("held_06").samples, 16_000)
    partials = [one for one in sensed if isinstance(one, Partial)]
    assert partials[0].text == "银行"
    assert partials[0].at < 1.5
    assert [one.at for one in partials] == sorted({one.at for one in partials})


@pytest.mark.parametrize("frame_s", [0.01, 0.02, 0.5])
async def test_the_words_do_not_depend_on_how_the_line_cuts_the_sound(
    hearing: VoskHearing, frame_s: float
) -> None:
    sound = recording("common_10")
    said = utterances(await heard(hearing.open(16_000), sound.samples, 16_000, frame_s))
    assert [one.transcript.text for one in said] == ["我要查投诉进度"]


async def test_a_number_is_written_in_digits(hearing: VoskHearing) -> None:
    ear = hearing.open(8_000)
    ear.expect(Expecting.NUMBER)
    (said,) = utterances(await heard(ear, recording("digits_1", 8_000).samples, 8_000))
    assert said.transcript.text == "13800234567"


async def test_a_number_said_in_two_groups_is_one_answer(hearing: VoskHearing) -> None:
    sound = recording("digits_1").samples
    middle = len(sound) * 9 // 20 // 2 * 2
    ear = hearing.open(16_000)
    ear.expect(Expecting.NUMBER, patient=True)
    parted = sound[:middle] + silence(1.8) + sound[middle:]
    said = utterances(await heard(ear, parted, 16_000))
    assert len(said) == 1
    assert said[0].transcript.text.endswith("4567")


async def test_other_readings_come_with_the_likeliest(hearing: VoskHearing) -> None:
    (said,) = utterances(await heard(hearing.open(16_000), recording("held_06").samples, 16_000))
    assert 0.0 < said.transcript.certainty < 1.0
    assert "银行卡和身份证一齐丢了" in said.transcript.others
    assert said.transcript.text not in said.transcript.others


@pytest.mark.parametrize("name", ["common_04", "common_05", "rengong_0", "common_01"])
async def test_at_a_narrow_question_its_words_and_the_wish_for_a_human_are_heard(
    hearing: VoskHearing, name: str
) -> None:
    (wanted,) = (one.text for one in transcripts() if one.id == name)
    ear = hearing.open(8_000)
    ear.expect(Expecting.CHOICE, ("是", "不是"))
    (said,) = utterances(await heard(ear, recording(name, 8_000).samples, 8_000))
    assert said.transcript.text == wanted


async def test_what_a_narrow_question_did_not_ask_for_is_heard_all_the_same(
    hearing: VoskHearing,
) -> None:
    ear = hearing.open(16_000)
    ear.expect(Expecting.CHOICE, ("是", "不是"))
    sensed = await heard(ear, recording("held_06").samples, 16_000)
    (said,) = utterances(sensed)
    assert said.transcript.text == "银行卡和身份证一起丢了"
    assert not any("unk" in one.text for one in sensed if isinstance(one, Partial))
    ear.expect(Expecting.ANYTHING)
    (said,) = utterances(await heard(ear, recording("common_12").samples, 16_000))
    assert said.transcript.text == "我的银行卡丢了"


async def test_several_sentences_of_one_call_are_told_apart(hearing: VoskHearing) -> None:
    ear, names = hearing.open(8_000), ("common_00", "common_07", "common_12", "common_01")
    pauses = [recording(name, 8_000).samples + silence(1.5, 8_000) for name in names]
    said = utterances(await heard(ear, b"".join(pauses), 8_000))
    texts = [one.transcript.text for one in said]
    assert texts == ["我要投诉", "好的", "我的银行卡丢了", "转人工"]
    assert all(one.at < two.began for one, two in itertools.pairwise(said))


async def test_the_fixture_is_understood_as_well_through_the_ear_as_its_report_says(
    hearing: VoskHearing,
) -> None:
    wrong = characters = 0
    for one in transcripts():
        if one.kind == "heldout":
            ear = hearing.open(8_000)
            said = utterances(await heard(ear, recording(one.id, 8_000).samples, 8_000))
            ear.close()
            wrong += errors(arabic(one.text), "".join(part.transcript.text for part in said))
            characters += len(one.text)
    assert wrong / characters < 0.03


def noise(seed: int, loudness: int) -> bytes:
    """Six seconds of it."""
    values = random.Random(seed)  # noqa: S311 - a sound, the same each time
    drawn = (values.randint(-loudness, loudness) for _ in range(6 * 16_000))
    return b"".join(value.to_bytes(2, "little", signed=True) for value in drawn)


NOISES = {
    "silence": silence(6.0),
    "line noise": noise(1, 400),
    "loud noise": noise(2, 30_000),
    "a whistle at full scale": b"\x00\x80\xff\x7f" * 48_000,
}


@pytest.mark.parametrize("kind", NOISES)
async def test_what_is_no_voice_has_no_words(hearing: VoskHearing, kind: str) -> None:
    ear, sound = hearing.open(16_000), NOISES[kind]
    sensed = [
        one for at in range(0, len(sound), 640) for one in await ear.hear(sound[at : at + 640])
    ]
    sensed += await ear.hear(silence(1.0))
    assert [one.transcript.text for one in utterances(sensed)] == []
    after = utterances(await heard(ear, recording("common_00").samples, 16_000))
    assert after[-1].transcript.text == "我要投诉"


async def test_half_samples_and_empty_frames_spoil_nothing(hearing: VoskHearing) -> None:
    sound, ear = recording("common_12").samples, hearing.open(16_000)
    framed = []
    for at in range(0, len(sound), 640):
        framed += await ear.hear(b"")
        framed += await ear.hear(b"\x01")
        framed += await ear.hear(sound[at : at + 640] + b"\x7f")
    framed += await ear.hear(silence(1.0))
    assert [one.transcript.text for one in utterances(framed)] == ["我的银行卡丢了"]


@pytest.mark.parametrize("rate", [0, 44_100, 48_000])
def test_a_rate_that_no_line_has_is_refused(hearing: VoskHearing, rate: int) -> None:
    with pytest.raises(ValueError, match=str(rate)):
        hearing.open(rate)


def test_one_call_too_many_is_refused_until_another_ends(hearing: VoskHearing) -> None:
    ears = [hearing.open(8_000) for _ in range(CALLS)]
    with pytest.raises(Overloaded):
        hearing.open(8_000)
    ears[0].close()
    ears[0].close()
    hearing.open(16_000)
    with pytest.raises(Overloaded):
        hearing.open(8_000)


async def test_before_the_model_is_read_and_without_one_no_call_is_taken(tmp_path: Path) -> None:
    recognition = Recognition(tmp_path, 1)
    hearing = VoskHearing(recognition, 5)
    with pytest.raises(Overloaded, match="not read"):
        hearing.open(8_000)
    await recognition.run()
    with pytest.raises(Overloaded, match="not read"):
        hearing.open(8_000)
    await recognition.close()


async def test_where_recognition_is_behind_new_calls_are_refused_and_nobody_waits(
    recognition: Recognition, hearing: VoskHearing
) -> None:
    gate = threading.Event()
    stuck = [recognition.work(gate.wait) for _ in range(2)]
    ear = hearing.open(8_000)
    sound = recording("common_00", 8_000).samples
    sensed = [
        one for at in range(0, len(sound), 320) for one in await ear.hear(sound[at : at + 320])
    ]
    assert sensed == []
    assert hearing.backlog_s > 1.0
    with pytest.raises(Overloaded, match="behind"):
        hearing.open(8_000)
    gate.set()
    await asyncio.gather(*stuck)
    (said,) = utterances(await heard(ear, silence(0.1, 8_000), 8_000))
    assert said.transcript.text == "我要投诉"
    assert hearing.backlog_s == 0.0
    hearing.open(8_000)


async def test_many_calls_that_are_not_behind_have_no_backlog(recognition: Recognition) -> None:
    """Frames that wait until a thread's work is worth it are no backlog, however many calls."""
    hearing = VoskHearing(recognition, 100)
    for _ in range(100):
        await hearing.open(8_000).hear(silence(0.06, 8_000))
    assert hearing.backlog_s == 0.0


async def test_calls_at_once_do_not_mix_and_each_is_heard_by_one_thread_at_a_time(
    hearing: VoskHearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy: set[int] = set()
    hear: Callable[..., Any] = Listener.hear

    def watched(self: Listener, samples: bytes) -> Any:
        assert id(self.recogniser) not in busy
        busy.add(id(self.recogniser))
        try:
            return hear(self, samples)
        finally:
            busy.discard(id(self.recogniser))

    monkeypatch.setattr(Listener, "hear", watched)
    names = {"common_00": "我要投诉", "common_12": "我的银行卡丢了", "rengong_1": "人工"}
    rounds = [
        heard(hearing.open(16_000), recording(name).samples, 16_000, frame_s=0.1) for name in names
    ]
    said = [utterances(sensed)[0].transcript.text for sensed in await asyncio.gather(*rounds)]
    assert said == list(names.values())


async def left(ear: VoskEar) -> None:
    """The call has ended, and so has what a thread was doing for it."""
    ear.close()
    while ear._work:
        await asyncio.wait({ear._work})


async def test_a_recogniser_goes_to_the_next_call_without_a_word_of_the_last(
    recognition: Recognition, hearing: VoskHearing
) -> None:
    ear = hearing.open(16_000)
    half = recording("held_06").samples[:64_000]
    for at in range(0, len(half), 640):
        await ear.hear(half[at : at + 640])
    await left(ear)
    assert await ear.hear(half) == []
    (used,) = recognition._recognisers[16_000]
    again = hearing.open(16_000)
    said = utterances(await heard(again, recording("common_00").samples, 16_000))
    assert [one.transcript.text for one in said] == ["我要投诉"]
    assert recognition._recognisers[16_000] == []
    await left(again)
    assert recognition._recognisers[16_000] == [used]


async def test_a_recogniser_that_fails_ends_this_call_only(
    recognition: Recognition, hearing: VoskHearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    ear = hearing.open(16_000)

    def fails(_self: Listener, _samples: bytes) -> Any:
        raise RuntimeError("out of memory")

    with monkeypatch.context() as patch:
        patch.setattr(Listener, "hear", fails)
        with pytest.raises(AudioError):
            await heard(ear, silence(1.0), 16_000, frame_s=0.1)
    await left(ear)
    assert not any(recognition._recognisers.values())
    said = utterances(await heard(hearing.open(16_000), recording("common_00").samples, 16_000))
    assert said[0].transcript.text == "我要投诉"
