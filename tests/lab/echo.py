"""The real lines with the simplest call logic there is: a tone, then an echo.

Key 9 passes the caller on, # ends the call, 5 blocks the event loop for ever, 7 breaks the logic.
"""

from __future__ import annotations

import array
import asyncio
import logging
import math
import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bot.call.line import Key, Line
from bot.lines.legs import Watched
from bot.lines.opening import Lines, open_watch
from bot.settings import load

PROMPT_S = float(os.environ.get("PROMPT_S", "2"))


def tone(rate: int, seconds: float) -> bytes:
    step = 2 * math.pi * 350 / rate
    wave = (int(6000 * math.sin(step * number)) for number in range(int(rate * seconds)))
    return array.array("h", wave).tobytes()


class Echo:
    """An Answer."""

    def __init__(self, watch: Watched) -> None:
        self._watch = watch
        self._tones = {rate: tone(rate, PROMPT_S) for rate in (8_000, 16_000)}

    async def answer(self, line: Line) -> None:
        self._watch.note(line.call, "agent;reason=key0;elder=0;summary=")
        prompt = asyncio.create_task(self._prompt(line))
        try:
            async for item in line.incoming():
                if isinstance(item, Key):
                    if item.digit in "9#":
                        await self._part(line, item.digit)
                        return
                    if item.digit == "5":
                        time.sleep(3_600)
                    if item.digit == "7":
                        raise RuntimeError("the logic breaks")
                elif prompt.done():
                    await line.play(item)
        finally:
            prompt.cancel()

    async def _prompt(self, line: Line) -> None:
        await line.play(self._tones[line.rate])
        await line.played()

    async def _part(self, line: Line, digit: str) -> None:
        await line.hush()
        await line.play(tone(line.rate, 0.3))
        await line.played()
        note = "bye" if digit == "#" else "agent;reason=human;elder=1;summary="
        self._watch.note(line.call, note)


async def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")
    settings = load(secrets=False)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    watch = open_watch(settings)
    lines = Lines(settings, watch, Echo(watch))
    await lines.open()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    await lines.close()
    print(f"late frames: {lines.pacer.late}", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
