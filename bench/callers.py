"""Many callers in a process of their own, so that their CPU is not counted as the bot's.

Reads a plan as JSON from standard input and prints what was heard as JSON: see Plan and Heard.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import random
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from audiosocket import FRAME_BYTES, RATE  # noqa: E402  # the path stands above
from caller import Caller, Heard, Speech, place  # noqa: E402

from audio.sound import decode  # noqa: E402

SPREAD_S = 2.0
"""Calls begin at any moment of so many seconds."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Who calls, and says what."""

    ports: Sequence[int]
    """One for each call."""
    says: Sequence[Sequence[str]]
    """The files of what each caller says, in turn."""
    noise: str
    """The file of what is on the line while nobody speaks."""
    stays_s: float | None = None
    """Callers who say nothing hang up after so long."""


@cache
def samples(file: str) -> bytes:
    """At 8 kHz, whatever the file has."""
    return decode(Path(file).read_bytes(), RATE).samples


@cache
def speech(file: str) -> Speech:
    return Speech.of(samples(file))


async def callers(plan: Plan) -> list[Heard]:
    """All calls, from the first to the end of the last."""
    line = samples(plan.noise)
    noise = [
        line[begin : begin + FRAME_BYTES]
        for begin in range(0, len(line) - FRAME_BYTES + 1, FRAME_BYTES)
    ]
    spoken = [[speech(file) for file in files] for files in plan.says]
    dice = random.Random(7)
    calls = []
    for port, says in zip(plan.ports, spoken, strict=True):

        def make(says: Sequence[Speech] = says) -> Caller:
            return Caller(says, noise, plan.stays_s)

        calls.append(place(port, make, dice.random() * SPREAD_S))
    return await asyncio.gather(*calls)


def main() -> None:
    plan = Plan(**json.load(sys.stdin))
    with suppress(PermissionError):
        # Telephones are machines of their own, which never wait for the bot's.
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    gc.disable()
    json.dump([asdict(heard) for heard in asyncio.run(callers(plan))], sys.stdout)


if __name__ == "__main__":
    main()
