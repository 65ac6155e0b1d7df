"""Voice notes become words, with the real model."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from speech import MODEL, needs_model, needs_people, people, recording, silence

from audio import Deaf, NotHeard, Sound, TooLong
from audio.recognition import Recognition
from audio.sound import encode, resampled
from audio.transcriber import VoskTranscriber

AMR = ("amr", "libopencore_amrnb", 12_200)
"""What WeChat sends."""


@pytest.fixture
async def recognition() -> AsyncIterator[Recognition]:
    opened = Recognition(MODEL, threads=2)
    await opened.run()
    yield opened
    await opened.close()


def note(sound: Sound) -> bytes:
    """OGG with Opus, as Telegram sends it."""
    return encode(resampled(sound, 48_000))


@needs_model
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("common_12", "我的银行卡丢了"),
        ("common_01", "转人工"),
        ("held_05", "我的存折不见了怎么挂失"),
        ("digits_1", "13800234567"),
    ],
)
async def test_a_telegram_note_becomes_words(
    recognition: Recognition, name: str, text: str
) -> None:
    heard = await VoskTranscriber(recognition).transcribe(note(recording(name)), "audio/ogg")
    assert heard.text == text
    assert 0.0 < heard.certainty <= 1.0


@needs_model
async def test_a_wechat_note_becomes_words_and_the_type_may_be_wrong(
    recognition: Recognition,
) -> None:
    audio = encode(recording("common_12", 8_000), *AMR)
    for media_type in ("audio/amr", "audio/ogg", ""):
        heard = await VoskTranscriber(recognition).transcribe(audio, media_type)
        assert heard.text == "我的银行卡丢了"


@needs_model
async def test_sentences_with_long_pauses_are_one_text(recognition: Recognition) -> None:
    pieces = (recording(name).samples + silence(2.5) for name in ("common_12", "common_01"))
    heard = await VoskTranscriber(recognition).transcribe(
        note(Sound(b"".join(pieces), 16_000)), "audio/ogg"
    )
    assert heard.text == "我的银行卡丢了转人工"


@needs_model
@pytest.mark.parametrize(
    "audio",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"OggS and no sound", id="no file"),
        pytest.param(note(Sound(silence(4.0), 16_000)), id="silence"),
        pytest.param(note(Sound(random.Random(3).randbytes(128_000), 16_000)), id="noise"),  # noqa: S311
        pytest.param(encode(Sound(b"\x00\x20" * 40 + b"\x00\xe0" * 40, 16_000)), id="a click"),
    ],
)
async def test_what_holds_no_speech_is_not_heard(recognition: Recognition, audio: bytes) -> None:
    with pytest.raises(NotHeard):
        await VoskTranscriber(recognition).transcribe(audio, "audio/ogg")


@needs_model
async def test_a_note_of_more_than_two_minutes_is_told_apart(recognition: Recognition) -> None:
    with pytest.raises(TooLong):
        await VoskTranscriber(recognition).transcribe(
            note(Sound(silence(125.0), 16_000)), "audio/ogg"
        )


@needs_model
@needs_people
async def test_another_persons_speech_gives_some_text_and_never_an_error(
    recognition: Recognition,
) -> None:
    """The fixture model understands no real people; to it they are another language."""
    _, sound = next(people())
    heard = await VoskTranscriber(recognition).transcribe(note(sound), "audio/ogg")
    assert heard.text
    assert heard.certainty < 0.9


@needs_model
async def test_many_notes_at_once_are_each_heard(recognition: Recognition) -> None:
    names = {"common_00": "我要投诉", "common_12": "我的银行卡丢了", "rengong_1": "人工"}
    transcriber = VoskTranscriber(recognition)
    notes = [note(recording(name)) for name in [*names] * 3]
    heard = await asyncio.gather(*(transcriber.transcribe(one, "audio/ogg") for one in notes))
    assert [one.text for one in heard] == [*names.values()] * 3
    assert len(recognition._recognisers[16_000]) <= 2


@needs_model
async def test_a_note_that_comes_before_the_model_is_read_waits_for_it() -> None:
    recognition = Recognition(MODEL, threads=1)
    early = asyncio.create_task(
        VoskTranscriber(recognition).transcribe(note(recording("common_00")), "audio/ogg")
    )
    await recognition.run(ready_for=2)
    assert (await early).text == "我要投诉"
    await recognition.close()


async def test_without_a_model_there_is_nothing_to_hear_with(tmp_path: Path) -> None:
    recognition = Recognition(tmp_path, threads=1)
    await recognition.run()
    with pytest.raises(Deaf):
        await VoskTranscriber(recognition).transcribe(b"", "audio/ogg")
    await recognition.close()
