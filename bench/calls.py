"""The hotline under load, beside a Pipecat bot with the same Vosk model and the same callers.

Prints what callers hear: how soon they are answered and how soon a prompt that they speak into is
quiet, what a call costs, and how many calls are held without a hole in what is said. Callers are
in a process of their own, and hang up only when all is said.

A late frame leaves a hole of more than 40 ms in what the bot is saying, or was replaced by silence.
Held is a number of calls of which none was lost and no frame was late. The endpoint's own wait is
a choice (ours lets elders pause, Pipecat's default is 0.2 s), so that what comes after the decision
is what can be compared. CPU is that of all of the bot's processes, ours with Rasa's.

    VOSK_FIXTURE=… bench/calls.py [--only gateway] [--only pipecat] [--only media]
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import bots  # noqa: E402  # the paths stand above
from bots import Bot, Decisions, recording  # noqa: E402
from caller import Heard, Turn  # noqa: E402
from callers import Plan  # noqa: E402

QUESTIONS = ("05", "11", "15", "16", "17", "25", "28", "45")
"""Of the fixture's held-out sentences: questions that an article answers, said without a pause."""
TURNS = 3
LEVELS = (5, 10, 15, 20, 30, 40, 60)
MEDIA_LEVELS = (20, 50, 100, 200)
MEDIA_S = 15.0
SETTLES_S = 1.0
"""Until the gateway has stored the times of its last turns."""
Open = Callable[[Path], AbstractContextManager[Bot]]


@dataclass(frozen=True, slots=True)
class Level:
    """What so many calls at once led to."""

    heard: Sequence[Heard]
    cpu_s: float
    decisions: Decisions

    @property
    def turns(self) -> list[tuple[Heard, Turn]]:
        return [(call, turn) for call in self.heard for turn in call.turns]

    @property
    def holes(self) -> int:
        return sum(len(call.holes) for call in self.heard)

    @property
    def lost(self) -> int:
        return sum(call.lost for call in self.heard)

    @property
    def is_held(self) -> bool:
        return not (self.holes or self.lost)

    def cpu_ms(self) -> float:
        """Of a second of one call."""
        return self.cpu_s * 1e3 / sum(call.ended - call.began for call in self.heard)

    def first_audio(self) -> list[float]:
        """From the end of speech to the first sound of the answer."""
        return [turn.answered - turn.ended for _, turn in self.turns if turn.answered]

    def after_decision(self) -> list[float]:
        """From the decision that the caller had finished to the first sound of the answer."""
        found = []
        for call, turn in self.turns:
            made = self.decisions.get(call.call, ())
            before = [at for at in made if turn.answered and turn.began < at <= turn.answered]
            if turn.answered and before:
                found.append(turn.answered - before[-1])
        return found

    def hushed(self) -> list[float]:
        """From the beginning of speech to the last sound of the prompt."""
        return [turn.hushed - turn.began for _, turn in self.turns if turn.hushed is not None]

    def deaf(self) -> int:
        """Prompts that went on although the caller spoke."""
        return sum(turn.barged and turn.hushed is None for _, turn in self.turns)

    def unanswered(self) -> int:
        return sum(turn.answered is None for _, turn in self.turns)


def measured(bot: Bot, plan: Plan) -> Level:
    """These calls, all at once."""
    before = bot.cpu_s()
    command = [sys.executable, str(ROOT / "bench/callers.py")]
    called = subprocess.run(
        command, input=json.dumps(asdict(plan)), text=True, stdout=subprocess.PIPE, check=True
    )
    spent = bot.cpu_s() - before
    heard = [
        Heard(**{**one, "turns": [Turn(**turn) for turn in one["turns"]]})
        for one in json.loads(called.stdout)
    ]
    time.sleep(SETTLES_S)
    return Level(heard, spent, bot.decisions())


def questions(bot: Bot, number: int) -> Plan:
    """Every other caller's recordings have 16 kHz; the line has 8."""
    says = [
        [
            recording(f"held_{QUESTIONS[(call + turn) % len(QUESTIONS)]}_{('8k', '16k')[call % 2]}")
            for turn in range(TURNS)
        ]
        for call in range(number)
    ]
    return Plan(bot.ports(number), says, recording("silence_line_8k"))


def legs(bot: Bot, number: int) -> Plan:
    """Callers who only listen."""
    return Plan(bot.ports(number), [()] * number, recording("silence_line_8k"), MEDIA_S)


def spread(seconds: Sequence[float]) -> str:
    """p50 and p95 in milliseconds, as a cell of a table."""
    if not seconds:
        return "–"
    ordered = sorted(seconds)
    p95 = ordered[math.ceil(len(ordered) * 0.95) - 1]
    return f"{ordered[len(ordered) // 2] * 1e3:.0f} / {p95 * 1e3:.0f}"


def climb(
    bot: Bot, levels: Sequence[int], plan: Callable[[Bot, int], Plan], row: Callable[[Level], str]
) -> None:
    """More and more calls at once, until they are not held any more."""
    held = 0
    for number in levels:
        level = measured(bot, plan(bot, number))
        behind = max(call.behind for call in level.heard) * 1e3
        print(
            f"| {bot.name} | {number} | {level.lost} | {level.holes} | {row(level)} | "
            f"{level.cpu_ms():.1f} | {behind:.0f} |",
            flush=True,
        )
        if not level.is_held:
            break
        held = number
    print(f"| **{bot.name}** | **held: {held}** |", flush=True)


def call_row(level: Level) -> str:
    cells = (
        spread(level.first_audio()),
        spread(level.after_decision()),
        level.unanswered(),
        spread(level.hushed()),
        level.deaf(),
    )
    return " | ".join(map(str, cells))


def media_row(level: Level) -> str:
    return spread([call.greeted - call.began for call in level.heard if call.greeted])


def calls_table(sides: Sequence[Open]) -> None:
    print(
        "\n| bot | calls | lost | late frames | end of speech → first audio, p50 / p95 ms | "
        "decision → first audio | no answer | barge-in | not interrupted | "
        "CPU ms per s of call | callers late ms |\n|" + "---|" * 11
    )
    for side in sides:
        with tempfile.TemporaryDirectory() as folder, side(Path(folder)) as bot:
            measured(bot, questions(bot, 4))  # all is read and loaded once
            climb(bot, LEVELS, questions, call_row)


def media_table(sides: Sequence[Open]) -> None:
    print(
        "\n| media path alone | calls | lost | late frames | call → first audio, p50 / p95 ms | "
        "CPU ms per s of call | callers late ms |\n|" + "---|" * 7
    )
    for side in sides:
        with tempfile.TemporaryDirectory() as folder, side(Path(folder)) as bot:
            climb(bot, MEDIA_LEVELS, legs, media_row)


def machine() -> None:
    print(
        f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores, "
        f"Python {platform.python_version()}, Vosk {version('vosk')} with the fixture's model; "
        f"callers say held_{', '.join(QUESTIONS)} of the fixture, from 8 kHz A-law and 16 kHz, "
        f"{TURNS} each, into what the bot is saying"
    )
    if bots.PIPECAT.exists():
        asks = "import importlib.metadata as m, platform as p; "
        asks += "print('Pipecat', m.version('pipecat-ai') + ', Python', p.python_version())"
        command = [str(bots.PIPECAT), "-c", asks]
        print(subprocess.run(command, text=True, check=True, stdout=subprocess.PIPE).stdout.strip())
    else:
        print("Pipecat is left out: its environment is missing; `scripts/setup pipecat` makes it.")


def main() -> None:
    parts = ("gateway", "pipecat", "media")
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--only", action="append", choices=parts)
    wanted = reader.parse_args().only or parts
    if "VOSK_FIXTURE" not in os.environ:
        sys.exit("VOSK_FIXTURE must name the folder of the Vosk fixture: its model and recordings")
    machine()
    has_pipecat = bots.PIPECAT.exists()
    sides: list[Open] = [bots.gateway] if "gateway" in wanted else []
    if "pipecat" in wanted and has_pipecat:
        sides += [partial(bots.pipecat, hears=True, shared=shared) for shared in (False, True)]
    if sides:
        calls_table(sides)
    if "media" in wanted:
        also = [partial(bots.pipecat, hears=False, shared=True)] if has_pipecat else []
        media_table([bots.gateway_media, *also])
    print(
        "\nAims: decision → first audio at most 250 ms; 10 calls held per core; of the media path "
        "at most 3 CPU ms per s of call, and 100 legs held."
    )


if __name__ == "__main__":
    main()
