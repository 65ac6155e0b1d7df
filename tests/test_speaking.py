"""The operator's side of the voices: what is recorded, the command, the checks, the background."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
import yaml
from conftest import Clock
from listening import needs_espeak

from audio.engine import Engine
from audio.phrasing import NUMBERS, sentences
from audio.reading import readable
from bot import app as composition
from bot import voices as command
from bot.app import Gateway
from bot.settings import ROOT, Settings
from bot.speaking import opening
from bot.speaking.problems import findings
from bot.speaking_settings import Speaking

FEW = ["您好。", "编号是", "零"]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """So little to record that a test can wait for it."""
    monkeypatch.setattr(opening, "reviewed", lambda _phrases, _articles: list(FEW))


def speaking(settings: Settings, **changes: object) -> Settings:
    changed = Speaking.model_validate({"engine": "espeak", "background": False, **changes})
    return settings.model_copy(update={"speaking": changed})


def test_what_is_recorded_is_what_is_said(gateway: Gateway) -> None:
    texts = gateway.speech.texts()
    says = gateway.phrases
    wanted = [
        says.no_voice(),
        says.greeting().spoken,
        says.fraud_warning().spoken,
        says.still_there().spoken,
        says.rated(kept=True).text,
        says.rated(kept=False).text,
        "请您说说发生了什么事，一两句话就可以。",
    ]
    for text in wanted:
        assert set(sentences(readable(text))) <= set(texts), text
    assert texts[0] in readable(says.no_voice())
    assert {*NUMBERS, "编号是", "我们最迟在", "下一位就是您"} <= set(texts)
    for article in gateway.library.reviewed.approved:
        assert set(sentences(article.spoken)) <= set(texts)


def test_nothing_of_a_customer_is_among_it(gateway: Gateway) -> None:
    """Made-up numbers stand in for customers' own, and even they are left out."""
    joined = "\n".join(gateway.speech.texts())
    assert not re.search("[零幺一二三四五六七八九]{7,}", joined.replace("、", ""))
    assert len(gateway.speech.texts()) == len(set(gateway.speech.texts()))


def test_remarks_for_agents_are_not_read_to_customers(gateway: Gateway) -> None:
    assert not any("没有客服接口" in text for text in gateway.speech.texts())


@needs_espeak
@pytest.mark.usefixtures("few")
async def test_the_command_records_what_is_missing_and_drops_what_is_not_used(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = speaking(settings)
    assert await command.voices(settings, None, check=True) == 1
    assert "还有 6 段没有录" in capsys.readouterr().out
    assert await command.voices(settings, None, check=False) == 0
    assert "原有 0 段；新录 espeak 6 段" in capsys.readouterr().out
    assert await command.voices(settings, "espeak", check=True) == 0
    monkeypatch.setattr(opening, "reviewed", lambda _phrases, _articles: ["您好。", "再见。"])
    assert await command.voices(settings, None, check=False) == 0
    told = capsys.readouterr().out
    assert "原有 2 段；新录 espeak 2 段" in told
    assert "删去不再用的 4 段" in told


@needs_espeak
@pytest.mark.usefixtures("few")
async def test_recording_with_one_voice_keeps_the_recordings_of_the_others(
    settings: Settings, tmp_path: Path
) -> None:
    await command.voices(speaking(settings), None, check=False)
    before = sorted((tmp_path / "voice/recordings").glob("*/*"))
    edge = settings.model_copy(update={"speaking": Speaking(engine="edge")})
    await command.voices(edge, "espeak", check=False)
    assert sorted((tmp_path / "voice/recordings").glob("*/*")) == before


@needs_espeak
@pytest.mark.usefixtures("few")
async def test_where_the_service_cannot_be_reached_espeak_stands_in_and_it_is_said(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge_tts.communicate.WSS_URL", "ws://127.0.0.1:9/?x=1")
    edge = settings.model_copy(update={"speaking": Speaking(engine="edge")})
    assert await command.voices(edge, None, check=False) == 0
    told = capsys.readouterr().out
    assert "新录 espeak 6 段" in told
    assert "次：edge-tts: ClientConnectorError" in told
    assert await command.voices(edge, None, check=True) == 1  # the next run tries the service again


async def test_a_voice_that_is_not_there_is_named_before_anything_starts(
    settings: Settings, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    local = speaking(settings, local_model=tmp_path)
    assert await command.voices(local, "local", check=False) == 1
    assert f"{tmp_path} 里没有 model.onnx" in capsys.readouterr().out


@needs_espeak
@pytest.mark.usefixtures("few")
async def test_the_gateway_records_what_is_missing_while_it_runs(
    settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.speaking.studio._PAUSE_S", 0)
    gateway = composition.assemble(speaking(settings, background=True), clock=clock)
    await gateway.speech.studio.catch_up()
    assert await asyncio.to_thread(gateway.speech.studio.missing) == 0


@pytest.mark.usefixtures("few")
async def test_a_folder_that_cannot_be_written_is_logged_and_stops_nothing(
    settings: Settings, clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "voice").write_text("no folder")
    gateway = composition.assemble(speaking(settings, background=True), clock=clock)
    await gateway.speech.studio.catch_up()
    assert "cannot be written" in caplog.text
    assert [sound.rate async for sound in gateway.speech.voices.speak("您好。")]


def test_a_missing_espeak_is_a_remark_and_a_problem_only_where_it_is_the_only_voice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shutil.which", lambda _program: None)
    assert findings(Speaking()).problems == ()
    assert "apt install espeak-ng" in findings(Speaking()).remarks[0]
    assert "apt install espeak-ng" in findings(Speaking(engine="espeak")).problems[0]


def test_giving_customers_words_to_the_service_is_told_to_the_operator() -> None:
    assert any("境外" in one for one in findings(Speaking(edge_dynamic=True)).remarks)


def test_customers_words_go_to_no_service_unless_that_is_set(settings: Settings) -> None:
    engines = {
        dynamic: [engine.name for engine in open_live(settings, edge_dynamic=dynamic)]
        for dynamic in (False, True)
    }
    assert engines == {False: ["espeak"], True: ["edge", "espeak"]}


def open_live(settings: Settings, **changes: object) -> tuple[Engine, ...]:
    changed = speaking(settings, engine="edge", **changes)
    return composition.assemble(changed).speech.voices._live


@pytest.mark.parametrize(
    "wrong",
    [
        {"engine": "nobody"},
        {"voice": "Xiaoxiao"},
        {"elder_pace": 1.5},
        {"patience_ms": 10},
        {"public_url": "xiaobao.example"},
        {"public_url": "https://xiaobao.example/"},
    ],
)
def test_unfit_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Speaking.model_validate(wrong)


def test_the_file_as_it_is_delivered_says_what_the_settings_say() -> None:
    section = yaml.safe_load((ROOT / "config.yml").read_text("utf-8"))["gateway"]["speaking"]
    assert Speaking.model_validate(section) == Speaking()
