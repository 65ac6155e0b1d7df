"""Real calls through a real Asterisk: whatever befalls the gateway, the caller reaches a human."""

from __future__ import annotations

import json
import re
import wave
from pathlib import Path

import pytest
from telephone_lab import ECHO, LAB, copied, lab, needs_lab, results

from bot.settings import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), needs_lab]


async def test_every_call_ends_as_it_should(tmp_path: Path) -> None:
    status, printed = await lab("run", "tests/lab/lines.json", out=tmp_path)
    assert status == 0, printed
    echoed = [one for one in results(tmp_path) if "echo" in one["name"]]
    assert len(echoed) == 4
    for call in echoed:
        [said] = [begin for begin, _ in call["caller_speech"]]
        # The caller's clock may see the echo in the very millisecond of the tone.
        heard = min(abs(begin - said) for begin, _ in call["bot_speech"])
        assert heard < 0.5, call["name"]


@pytest.mark.parametrize("entry", ["audiosocket", "websocket16"])
async def test_thirty_calls_at_once_are_answered_and_echoed(tmp_path: Path, entry: str) -> None:
    limits = {"failed_calls": 0, "calls_without_audio": 0}
    status, printed = await lab(
        "load",
        *("--calls", "30", "--seconds", "6", "--entry", entry, "--expect", json.dumps(limits)),
        out=tmp_path,
        bot="env BOT__TELEPHONE__CALLS=100 " + ECHO,
    )
    assert status == 0, printed


SECRET = "0123456789abcdef"
BOT = f"env BOT__TELEPHONE__AMI_USER=xiaobao BOT__TELEPHONE__AMI_SECRET={SECRET} {ECHO}"
ENTRIES = """
[from-pstn]
exten => audiosocket,1,Goto(xiaobao,s,1)
exten => websocket,1,Answer()
 same => n,Set(CALLUUID=${UUID()})
"""


def deployed(folder: Path, *, agents: bool = True, **settings: str) -> Path:
    """A lab whose exchange runs deploy/asterisk, on the lab's ports; its program.

    `settings`: of the dialplan's globals.
    """
    program = copied(folder)
    ours = {one.name: one.read_text("utf-8") for one in (ROOT / "deploy/asterisk").glob("*.conf")}
    dialplan = ours["extensions.conf"]
    [by_socket] = re.findall(r"^;same => n\(bot\),(.*)$", dialplan, re.MULTILINE)
    dialplan += f"{ENTRIES} same => n,{by_socket}\n same => n,Goto(after-bot,s,1)\n"
    for name, value in settings.items():
        line = re.compile(rf"^XIAOBAO_{name}=.*$", re.MULTILINE)
        dialplan = line.sub(f"XIAOBAO_{name}={value}", dialplan)
    if agents:
        ours["queues.conf"] += "member => PJSIP/agent\n"
    ours["extensions.conf"] = dialplan
    section = ours["manager.conf"][ours["manager.conf"].index("[xiaobao]") :]
    theirs = (LAB / "asterisk/manager.conf").read_text("utf-8")
    ours["manager.conf"] = theirs + section.replace("CHANGE-ME", SECRET)
    for name, text in ours.items():
        placed = re.sub(r"(127\.0\.0\.1:)(909[234])", r"\g<1>1\2", text)
        (folder / "asterisk" / name).write_text(placed, "utf-8")
    return program


async def log_of(scenarios: str, program: Path, out: Path) -> str:
    """Play these calls through our dialplan; what Asterisk did."""
    path = f"tests/lab/{scenarios}.json"
    status, printed = await lab("run", path, out=out, bot=BOT, program=program)
    assert status == 0, printed
    return (out / "lab/asterisk-full.log").read_text("utf-8", "replace")


async def test_the_dialplan_to_copy_does_what_it_says(tmp_path: Path) -> None:
    log = await log_of("deployed", deployed(tmp_path / "changed"), tmp_path)
    assert re.search(r'ExecIf\("PJSIP/caller-\w+", "[1-9]\d*\?Set\(QUEUE_PRIO=2\)"\)', log)


async def test_where_nobody_answers_the_same_call_comes_back_to_the_bot(tmp_path: Path) -> None:
    program = deployed(tmp_path / "changed", agents=False, WAIT="2")
    log = await log_of("nobody", program, tmp_path)
    calls = re.findall(r"Called AudioSocket/127\.0\.0\.1:19092/([0-9a-f-]{36})/", log)
    assert len(calls) == 2
    assert len(set(calls)) == 1
    assert [int(prio) for prio in re.findall(r'"QUEUE_PRIO=(\d)"', log)] == [0, 1, 2, 3]


async def test_where_the_exchange_records_it_says_so_first_and_key_0_works_meanwhile(
    tmp_path: Path,
) -> None:
    changed = tmp_path / "changed"
    program = deployed(changed, RECORDINGS="/srv/lab/spool/monitor", NOTICE="/srv/lab/ua/notice")
    with wave.open(str(changed / "ua/notice.wav"), "wb") as file:
        file.setparams((1, 2, 8_000, 0, "NONE", ""))
        file.writeframes(b"\x00\x20\x00\xe0" * 8_000)
    log = await log_of("recorded", program, tmp_path)
    assert len(re.findall(r'Executing .* MixMonitor\("PJSIP/caller', log)) == 1
