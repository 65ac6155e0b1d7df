"""Real calls, through a real Asterisk, to the whole gateway: real Rasa, Vosk, Silero and espeak-ng.

What the callers heard is read by the same small model that hears them.
"""

from __future__ import annotations

import asyncio
import json
import shlex
import sys
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from conftest import KEY
from e2e.live import with_model
from speech import MODEL, WAV, errors, needs_model
from sqlalchemy import func, select
from telephone_lab import copied, lab, needs_lab, results

from actions import tables
from actions.database import Database
from actions.privacy import Cipher
from audio.recogniser import Recogniser
from audio.speech_model import SpeechModel
from bot.turn import Json

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900), needs_lab, needs_model]

COMPLAINT = (
    (3.0, "common_00"),  # 我要投诉
    (12.0, "held_48"),  # 柜台工作人员态度很不好
    (22.0, "held_59"),  # 去年十月二十六号上午
    (31.0, "held_57"),  # 损失了三万五千块钱
    (40.0, "digits_1"),  # 一三八零零二三四五六七
    (54.0, "common_06"),  # 对
    (68.0, "common_08"),  # 不用了谢谢
)
AGENT = {"reached_agent": True, "agent_delay_ms_max": 1_500}


def said(*lines: tuple[float, str]) -> list[Json]:
    return [{"at": at, "wav": f"{WAV}/{name}_8k.wav"} for at, name in lines]


def scenario(name: str, duration: float, expect: Json, **more: Any) -> Json:
    return {"name": name, "entry": "audiosocket", "duration": duration, "expect": expect, **more}


SCENARIOS = [
    scenario(
        "question and goodbye",
        60,
        {"reached_agent": False, "closed_by": "pbx", "response_ms_max": 3_000},
        say=said((3.0, "common_12"), (25.0, "common_08")),
    ),
    scenario("complaint", 100, {"reached_agent": False, "closed_by": "pbx"}, say=said(*COMPLAINT)),
    scenario(
        "key 0",
        8,
        {**AGENT, "handoff_header_contains": "reason=key0"},
        keys=[{"at": 2.0, "key": "0"}],
    ),
    scenario(
        "人工",
        20,
        {**AGENT, "handoff_header_contains": "reason=human"},
        say=said((3.0, "rengong_1")),
    ),
    scenario(
        "转人工 by WebSocket",
        20,
        {**AGENT, "handoff_header_contains": "reason=human"},
        entry="websocket16",
        say=said((3.0, "held_01")),
    ),
    scenario("silence", 90, {**AGENT, "handoff_header_contains": "reason=silence"}),
    scenario(
        "killed",
        12,
        {"reached_agent": True, "fault_to_agent_ms_max": 2_500},
        faults=[{"at": 2.0, "do": "kill"}],
    ),
    scenario(
        "frozen, and no key",
        20,
        {"reached_agent": True, "fault_to_agent_ms_max": 7_000},
        faults=[{"at": 2.0, "do": "freeze"}],
    ),
    scenario(
        "unreachable", 8, {"reached_agent": True, "bot_end_to_agent_ms_max": 2_000}, bot="down"
    ),
]


def heard_by_caller(model: SpeechModel, call: Json) -> str:
    """What the bot said, as far as the small model understands it."""
    recogniser = Recogniser(model, 8_000)
    with wave.open(call["recordings"]["to_caller"]) as file:
        samples = file.readframes(file.getnframes())
    recogniser.begin()
    for at in range(0, len(samples), 3_200):
        recogniser.hear(samples[at : at + 3_200])
    return recogniser.finish().text


def sounds_like(words: str, heard: str) -> bool:
    """Whether `heard` holds them but for a few characters."""
    windows = (heard[at : at + len(words)] for at in range(len(heard)))
    return min(errors(words, window) for window in windows) <= len(words) // 3


GATEWAY = (
    f"env BOT__SECURITY__KEY={KEY} BOT__HEARING__MODEL={MODEL} BOT__SPEAKING__ENGINE=espeak "
    "BOT__SPEAKING__BACKGROUND=false"
)
BOT = f"{shlex.quote(sys.executable)} -m bot"


async def played(
    scenarios: Sequence[Json], folder: Path, bot: str, program: Path | None = None
) -> dict[str, Json]:
    """What became of these calls, by name."""
    play = folder / "scenarios.json"
    play.write_text(json.dumps({"scenarios": scenarios}, ensure_ascii=False), "utf-8")
    status, printed = await lab(
        "run", str(play), out=folder, bot=f"{GATEWAY} {bot}", program=program
    )
    assert status == 0, printed
    return {call["name"]: call for call in results(folder)}


async def test_calls_from_the_greeting_to_the_goodbye_and_to_a_human_whatever_breaks(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    with_model(data)
    calls = await played(SCENARIOS, tmp_path, f"{BOT} serve")
    model = await asyncio.to_thread(SpeechModel, MODEL)
    assert "挂失" in heard_by_caller(model, calls["question and goodbye"])
    assert sounds_like("您的投诉已经登记", heard_by_caller(model, calls["complaint"]))
    assert "人工" in unquote(calls["人工"]["handoff_header"])
    database = Database(f"sqlite:///{data / 'xiaobao.sqlite3'}")
    count = await database.read(
        lambda tx: tx.scalar(select(func.count()).select_from(tables.complaints))
    )
    recorded = await database.read(
        lambda tx: tx.execute(select(tables.calls.c.ending, tables.calls.c.size)).all()
    )
    await database.close()
    assert count == 1
    assert len(recorded) >= 7


async def test_an_elder_is_known_by_the_number_that_the_exchange_tells(tmp_path: Path) -> None:
    data, number = tmp_path / "data", "13800138000"
    with_model(data)
    program = copied(tmp_path / "exchange")
    telephones = tmp_path / "exchange/asterisk/pjsip.conf"
    telephones.write_text(
        telephones.read_text("utf-8").replace(
            "[caller](phone)", f"[caller](phone)\ncallerid=<{number}>"
        ),
        "utf-8",
    )
    directory = tmp_path / "directory.csv"
    directory.write_text(f"number,birth_year\n{number},1945\n", "utf-8")
    before = f"{BOT} directory {shlex.quote(str(directory))} --apply"
    first = scenario("key 0", 8, AGENT, keys=[{"at": 2.0, "key": "0"}])  # while Rasa starts
    elder = scenario(
        "转人工",
        25,
        {**AGENT, "handoff_header_contains": "reason=human;elder=1"},
        say=said((4.0, "held_01")),
    )
    await played(
        [first, elder], tmp_path, f"bash -c {shlex.quote(f'{before} && exec {BOT} serve')}", program
    )
    database = Database(f"sqlite:///{data / 'xiaobao.sqlite3'}")
    last = select(tables.calls.c.caller).order_by(tables.calls.c.id.desc()).limit(1)
    sealed = await database.read(lambda tx: tx.scalar(last))
    await database.close()
    assert Cipher([KEY]).open(sealed or b"") == number
