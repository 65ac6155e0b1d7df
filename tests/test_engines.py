"""The voices themselves: espeak-ng, the online service in whose place a strict one stands, VITS."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from conftest import free_port
from edge_service import EdgeService, edge_service
from listening import heard, likeness, needs_espeak, needs_model

from audio import NotSpoken, Sound
from audio.edge import Edge
from audio.engine import Resting
from audio.espeak import Espeak, missing
from audio.levels import ends_quietly, silence, tidied, tone
from audio.neural import Neural, problems

TEXT = "银行卡和身份证一起丢了。"
VOICE = "zh-CN-XiaoxiaoNeural"
pytestmark = needs_espeak


@pytest.fixture
async def service() -> AsyncIterator[EdgeService]:
    async with edge_service() as service:
        yield service


def edge(first_s: float = 5.0, gap_s: float = 5.0) -> Edge:
    return Edge(VOICE, first_s=first_s, gap_s=gap_s)


@needs_model
@pytest.mark.parametrize("pace", [1.0, 0.8])
async def test_espeak_can_be_understood(pace: float) -> None:
    assert likeness(heard(await Espeak().say(TEXT, pace)), TEXT[:-1]) > 0.8


async def test_an_elder_is_spoken_to_more_slowly() -> None:
    usual, slow = await Espeak().say(TEXT), await Espeak().say(TEXT, 0.8)
    assert slow.seconds > 1.15 * usual.seconds


async def test_text_that_looks_like_an_option_is_only_said() -> None:
    assert (await Espeak().say("--version 您好")).seconds > 0.5


async def test_without_the_program_nothing_is_said_and_the_operator_told_what_to_install() -> None:
    with pytest.raises(NotSpoken, match="cannot be started"):
        await Espeak(program="no-such-espeak").say(TEXT)
    assert "apt install espeak-ng" in missing("no-such-espeak")
    assert missing() == ""


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("sleep 60", "in time"),
        ("exit 3", "failed"),
        ("true", "no sound"),
        ("cat", "no sound"),
        ("kill -9 $$", "failed"),
    ],
)
async def test_a_program_that_does_not_speak_is_given_up(
    tmp_path: Path, script: str, why: str
) -> None:
    program = tmp_path / "espeak"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(NotSpoken, match=why):
        await Espeak(program=str(program), silence_s=0.2).say(TEXT)


@needs_model
async def test_the_service_is_asked_for_a_voice_and_understood(service: EdgeService) -> None:
    sound = await edge().say(TEXT, 0.8)
    assert sound.rate == 24_000
    assert service.asked == [(TEXT, "-20", "-12Hz")]
    assert likeness(heard(sound), TEXT[:-1]) > 0.8


async def test_characters_of_markup_reach_the_service_as_themselves(service: EdgeService) -> None:
    await edge().say("存款<五万&大于零。")
    assert service.asked[0][0] == "存款<五万&大于零。"


@pytest.mark.parametrize("tells", ["before", "after", "never"])
async def test_a_whole_sentence_is_taken_however_the_service_tells_of_it(
    service: EdgeService, tells: str
) -> None:
    service.tells = tells
    assert (await edge().say(TEXT)).seconds > 2


@pytest.mark.parametrize("tells", ["before", "after", "never"])
@pytest.mark.parametrize("part", [0.1, 0.5, 0.85])
async def test_a_sentence_that_was_cut_is_no_recording(
    service: EdgeService, part: float, tells: str
) -> None:
    whole = await edge().say(TEXT)
    service.tells = tells
    service.cut_after = int(whole.seconds * 6_000 * part)
    with pytest.raises(NotSpoken, match=r"too short|early|middle of a word"):
        await edge().say(TEXT)


async def test_a_part_of_the_sentences_is_not_the_whole(service: EdgeService) -> None:
    service.tells_of = "银行卡和身份证。"
    with pytest.raises(NotSpoken, match="4 of 11 characters are missing"):
        await edge().say(TEXT)


@pytest.mark.parametrize("status", [403, 429, 500])
async def test_a_refusal_is_one_of_ours(service: EdgeService, status: int) -> None:
    service.status = status
    with pytest.raises(NotSpoken, match=str(status)):
        await edge().say(TEXT)


async def test_silence_at_the_beginning_and_in_the_middle_is_not_waited_for(
    service: EdgeService,
) -> None:
    service.silent = True
    with pytest.raises(NotSpoken, match="too long"):
        await edge(first_s=0.2).say(TEXT)
    service.silent, service.stalls_after = False, 3_000
    with pytest.raises(NotSpoken, match="too long"):
        await edge(gap_s=0.2).say(TEXT)


async def test_an_answer_without_sound_is_one_of_ours(service: EdgeService) -> None:
    service.no_audio = True
    with pytest.raises(NotSpoken, match="NoAudioReceived"):
        await edge().say(TEXT)


async def test_without_a_network_the_service_is_one_of_the_voices_that_fail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("edge_tts.communicate.WSS_URL", f"ws://127.0.0.1:{free_port()}/?x=1")
    with pytest.raises(NotSpoken, match="ClientConnectorError"):
        await edge().say(TEXT)


async def test_after_three_failures_the_service_is_left_alone_for_a_while(
    service: EdgeService,
) -> None:
    now = [0.0]
    engine = Resting(edge(), failures=3, rest_s=60, clock=lambda: now[0])
    service.status = 429
    for _ in range(5):
        with pytest.raises(NotSpoken):
            await engine.say(TEXT)
    assert service.connections == 3
    now[0], service.status = 61.0, 0
    await engine.say(TEXT)
    await engine.say(TEXT)
    assert service.connections == 5


async def test_one_more_failure_after_the_rest_begins_the_next(service: EdgeService) -> None:
    now = [0.0]
    engine = Resting(edge(), failures=3, rest_s=60, clock=lambda: now[0])
    service.status = 500
    for _ in range(3):
        with pytest.raises(NotSpoken):
            await engine.say(TEXT)
    now[0] = 61.0
    for _ in range(2):
        with pytest.raises(NotSpoken):
            await engine.say(TEXT)
    assert service.connections == 4


async def test_a_folder_that_is_no_voice_is_said_to_be_so(tmp_path: Path) -> None:
    told = "\n".join(problems(tmp_path))
    assert "没有 model.onnx" in told
    assert "没有 lexicon.txt" in told
    with pytest.raises(NotSpoken, match="没有 tokens"):
        await Neural(tmp_path).load()
    with pytest.raises(NotSpoken, match="not loaded"):
        await Neural(tmp_path).say(TEXT)


VITS = Path(__file__).parent / "payloads/vits"
needs_sherpa = pytest.mark.skipif(
    "没有安装" in "".join(problems(VITS)), reason="sherpa-onnx is not installed"
)


@needs_sherpa
async def test_a_vits_model_speaks_and_more_slowly_and_lower_for_elders() -> None:
    voice = Neural(VITS)
    await voice.load()
    usual, slow = await voice.say("您好您好。"), await voice.say("您好您好。", 0.8)
    assert usual.rate == 16_000
    assert slow.rate < usual.rate
    assert slow.seconds == pytest.approx(usual.seconds / 0.8, rel=0.05)


@needs_sherpa
async def test_a_file_that_is_no_model_does_not_end_the_gateway(tmp_path: Path) -> None:
    for name in ("model.onnx", "tokens.txt", "lexicon.txt"):
        (tmp_path / name).write_text("x 1\n")
    with pytest.raises(NotSpoken, match="cannot be loaded"):
        await Neural(tmp_path).load()


async def test_recordings_are_equally_loud_and_begin_at_once() -> None:
    said = await Espeak().say(TEXT)
    quiet = Sound(bytes(said.samples), said.rate)
    padded = Sound(bytes(said.rate * 2) + quiet.samples + bytes(said.rate * 4), said.rate)
    assert tidied(padded).seconds == pytest.approx(tidied(said).seconds, abs=0.05)
    assert tidied(padded).seconds < said.seconds
    assert tidied(silence(1, 8_000)).samples == b""


async def test_speech_that_breaks_off_does_not_end_quietly() -> None:
    said = await Espeak().say(TEXT)
    assert ends_quietly(said)
    assert not ends_quietly(Sound(said.samples[: len(said.samples) // 4 * 2], said.rate))
    assert ends_quietly(silence(1, 8_000))


def test_the_sign_of_life_can_be_heard() -> None:
    assert len(tidied(tone(8_000)).samples) > 8_000
