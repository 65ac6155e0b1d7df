"""The bots that bench/calls.py calls: the gateway, Pipecat, and of both the media path alone."""

from __future__ import annotations

import json
import math
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from audiosocket import RATE
from caller import Speech

from audio.sound import decode

ROOT = Path(__file__).resolve().parent.parent
PIPECAT = ROOT / ".venv-pipecat/bin/python"
MEDIA = ROOT / "tests/lab/echo.py"
"""The gateway's lines with a prompt and an echo in place of the call logic."""
MEDIA_S = 20
"""How long the prompt of a media leg lasts."""
START_S = 60.0
TICKS = os.sysconf("SC_CLK_TCK")
Decisions = dict[str, list[float]]
"""By call: when, on the monotonic clock, it was decided that the caller had finished."""


@dataclass(frozen=True, slots=True)
class Bot:
    """What is called and measured."""

    name: str
    folder: Path
    """Named in the environment of its processes, by which they are known."""
    ports: Callable[[int], Sequence[int]]
    """Where each of so many calls goes."""
    decisions: Callable[[], Decisions]

    def cpu_s(self) -> float:
        """What all its processes have used so far."""
        spent, parents = {}, {}
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                if entry.name.isdigit():
                    fields = (entry / "stat").read_text("utf-8").rpartition(")")[2].split()
                    parents[int(entry.name)] = int(fields[1])
                    spent[int(entry.name)] = int(fields[11]) + int(fields[12])
        family = belonging(self.folder)
        while more := {pid for pid, parent in parents.items() if parent in family} - family:
            family |= more
        return sum(spent.get(pid, 0) for pid in family) / TICKS


@contextmanager
def gateway(folder: Path) -> Iterator[Bot]:
    """The whole of it, with Rasa; what it says has been recorded."""
    from conftest import free_port
    from e2e.live import live

    port = free_port()
    settings = telephone(port) | {
        "BOT__HEARING__MODEL": str(model()),
        "BOT__HEARING__CALLS": "100",
        "BOT__SPEAKING__ENGINE": "espeak",
        "BOT__SPEAKING__BACKGROUND": "false",
    }
    with leaving_nobody(folder), live(folder, **settings) as running:
        running.wait_for_rasa()
        record = [sys.executable, "-m", "bot", "voices"]
        subprocess.run(record, cwd=ROOT, env=running.environment, check=True, capture_output=True)
        database = folder / "xiaobao.sqlite3"
        yield Bot("gateway", folder, lambda n: [port] * n, lambda: stored_decisions(database))


@contextmanager
def gateway_media(folder: Path) -> Iterator[Bot]:
    """Its lines alone."""
    from conftest import free_port

    port = free_port()
    settings = telephone(port) | {"BOT__DATA_DIR": str(folder), "PROMPT_S": str(MEDIA_S)}
    with leaving_nobody(folder), running_bot([sys.executable, str(MEDIA)], port, folder, settings):
        yield Bot("gateway's lines", folder, lambda n: [port] * n, dict)


@contextmanager
def pipecat(folder: Path, *, hears: bool, shared: bool) -> Iterator[Bot]:
    """With a process for each call, as its documentation advises, or a `shared` one.

    Each is started beforehand, and its start is not counted.
    """
    from conftest import free_port

    sound = folder / "sound"
    sound.write_bytes(prompt() if hears else tone(MEDIA_S))
    open_ports: list[int] = []

    def ports(number: int) -> list[int]:
        while len(open_ports) < (1 if shared else number):
            port = free_port()
            command = [str(PIPECAT), str(ROOT / "bench/pipecat_bot.py"), str(port), str(sound)]
            heard = ["--model", str(model())] if hears else []
            stack.enter_context(running_bot([*command, *heard], port, folder, {}))
            open_ports.append(port)
        return open_ports * number if shared else open_ports[:number]

    name = f"Pipecat, {'one process' if shared else 'a process for each call'}"
    with ExitStack() as stack:
        yield Bot(name, folder, ports, lambda: printed_decisions(folder.glob("*.out")))


def telephone(port: int) -> dict[str, str]:
    """A gateway's settings, with nobody where Asterisk would be."""
    from conftest import free_port

    return {
        "BOT__TELEPHONE__ENABLED": "true",
        "BOT__TELEPHONE__AUDIOSOCKET_PORT": str(port),
        "BOT__TELEPHONE__MEDIA_PORT": str(free_port()),
        "BOT__TELEPHONE__HANDOFF_PORT": str(free_port()),
        "BOT__TELEPHONE__AMI_PORT": str(free_port()),
        "BOT__TELEPHONE__AMI_SECRET": "bench",
        "BOT__TELEPHONE__CALLS": "1000",
    }


@contextmanager
def running_bot(
    command: Sequence[str], port: int, folder: Path, settings: dict[str, str]
) -> Iterator[None]:
    """A process, once it listens; what it prints goes to <port>.out in `folder`."""
    log = folder / f"{port}.log"
    with (folder / f"{port}.out").open("wb") as out, log.open("wb") as errors:
        environment = {**os.environ, **settings, "BENCH_FOLDER": str(folder)}
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=errors)
    try:
        end = time.monotonic() + START_S
        while not listens(port):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{command} does not listen:\n{log.read_text('utf-8')}")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(20)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def leaving_nobody(folder: Path) -> Iterator[None]:
    """A watchdog outlives its gateway, but not the bench."""
    try:
        yield
    finally:
        for pid in belonging(folder):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + START_S
        while belonging(folder) and time.monotonic() < end:
            time.sleep(0.05)


def belonging(folder: Path) -> set[int]:
    """Processes that were told of this folder."""
    found = set()
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and str(folder).encode() in (entry / "environ").read_bytes():
                found.add(int(entry.name))
    return found


def stored_decisions(database: Path) -> Decisions:
    """From the times that the gateway keeps of each turn."""
    wall = time.time() - time.monotonic()
    found: Decisions = {}
    query = (
        "select uuid, at, text_ms + answer_ms + first_audio_ms from call_turns "
        "join calls on calls.id = call_turns.call where endpoint_ms is not null"
    )
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        for call, at, since_ms in connection.execute(query):
            heard = datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp() - wall
            found.setdefault(call, []).append(heard - since_ms / 1e3)
    return found


def printed_decisions(files: Iterator[Path]) -> Decisions:
    """From what Pipecat's processes have printed."""
    found: Decisions = {}
    for file in files:
        for line in file.read_text("utf-8").splitlines():
            one = json.loads(line)
            found.setdefault(one["call"], []).append(one["decided"])
    return found


def fixture() -> Path:
    return Path(os.environ["VOSK_FIXTURE"])


def model() -> Path:
    return fixture() / "vosk-fixture-cn"


def recording(name: str) -> str:
    return str(fixture() / "wav" / f"{name}.wav")


def prompt() -> bytes:
    """What Pipecat answers: some recordings, one after the other, then a little silence."""
    said = bytearray()
    for name in ("held_16", "held_35", "held_40", "held_47", "held_28", "held_20"):
        samples = decode(Path(recording(f"{name}_16k")).read_bytes(), RATE).samples
        said += b"".join(Speech.of(samples).frames)
    return bytes(said) + bytes(RATE // 10 * 2)


def tone(seconds: float) -> bytes:
    times = np.arange(int(RATE * seconds)) / RATE
    wave = 6_000 * np.sin(2 * math.pi * 350 * times)
    return wave.astype("<i2").tobytes() + bytes(RATE // 10 * 2)
