"""Real calls through a real Asterisk: whatever befalls the gateway, the caller reaches a human."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from telephone_lab import ECHO, lab, needs_lab, results

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), needs_lab]


async def test_every_call_ends_as_it_should(tmp_path: Path) -> None:
    status, printed = await lab("run", "tests/lab/lines.json", out=tmp_path)
    assert status == 0, printed
    echoed = [one for one in results(tmp_path) if "echo" in one["name"]]
    assert len(echoed) == 4
    for call in echoed:
        [said] = [begin for begin, _ in call["caller_speech"]]
        heard = min(begin - said for begin, _ in call["bot_speech"] if begin > said)
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
