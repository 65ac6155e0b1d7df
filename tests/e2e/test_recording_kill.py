"""A gateway that is killed during calls leaves recordings that play, and nothing plain."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from aiohttp.test_utils import TestClient
from call_sound import near, sides
from conftest import KEY, Server

from actions import call_search
from actions.call_search import Reader, Wanted
from actions.calls import Ending
from bot import app as composition
from bot.application import application
from bot.settings import Settings

HERE = Path(__file__).parent
SECONDS = 8.0
_LOST = 2.5
"""What may not have been a chunk yet."""


def killed(folder: Path) -> None:
    """Record until so much has been heard, then die at once."""
    environment = {"PYTHONPATH": f"{HERE.parent}:{HERE.parent.parent}", "PATH": ""}
    command = [sys.executable, str(HERE / "record_calls.py"), str(folder), str(SECONDS), KEY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as child:
        assert child.stdout
        assert child.stdout.readline() == "ready\n"
        child.kill()


async def test_after_a_kill_the_recordings_play_and_the_calls_have_an_end(
    tmp_path: Path, settings: Settings
) -> None:
    killed(tmp_path)
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or not any(
            mark in path.read_bytes() for mark in (b"OggS", b"Opus", b"libopus")
        )
    gateway = composition.assemble(settings)
    async with TestClient(Server(application(gateway))):
        await gateway.telephony.recording.keeping.once()
        everything = Reader(0, sees_all=True)
        calls = await gateway.database.read(lambda tx: call_search.search(tx, everything, Wanted()))
        assert [one.ending for one in calls] == [Ending.LOST, Ending.LOST]
        for call in calls:
            with gateway.telephony.recording.recordings.open(call.recording or "") as reader:
                assert not reader.check()
                caller, bank = sides(b"".join(reader.read(0, reader.size)))
            length = caller.shape[0] / 48_000
            assert SECONDS - _LOST < length < SECONDS
            assert near(caller, (0, length))
            assert near(bank, (0, length))
