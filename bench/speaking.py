"""How soon a caller hears the first sound, and what a voice that fails costs.

Real parts: recordings on disk, the real espeak-ng, a server on loopback in place of the online
service. `make bench-speaking`; the table is kept in docs/benchmarks.md.
"""

from __future__ import annotations

import asyncio
import logging
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from edge_service import edge_service  # noqa: E402

from audio.edge import Edge  # noqa: E402
from audio.engine import Engine, Resting  # noqa: E402
from audio.espeak import Espeak  # noqa: E402
from audio.phrasing import NUMBERS, fixed_words, sentences  # noqa: E402
from audio.reading import readable  # noqa: E402
from audio.recordings import Recordings, Shelf  # noqa: E402
from audio.rendering import Rendering  # noqa: E402
from audio.synthesizer import Voices  # noqa: E402
from bot.settings import ROOT as HERE  # noqa: E402
from knowledge.article import load  # noqa: E402

RATE = 16_000
TIMES = 40
APOLOGY = "对不起，我这边出了点问题，现在说不出话来。想找真人，请按零。"
NUMBER = "您的投诉已经登记，编号是202611240017。"
TROUBLES = (
    ("refuses (429)", "status", 429),
    ("is silent", "silent", 1),
    ("cuts the sentence", "cut_after", 3_000),
    ("stalls in the sentence", "stalls_after", 3_000),
)
UNRECORDED = "您说的这笔钱是十二月三日在城东支行扣的。"


def voices(
    recordings: Recordings, live: Sequence[Engine], recorded: Sequence[Engine] = ()
) -> Voices:
    return Voices(
        Shelf(recordings, RATE, 2**26),
        recorded or live,
        live,
        elder_pace=0.8,
        patience_s=0.3,
        apology=APOLOGY,
    )


async def first_sound(speaker: Voices, text: str) -> float:
    began = time.perf_counter()
    async with aclosing(speaker.speak(text)) as speech:  # type: ignore[type-var]
        await anext(speech)
    return (time.perf_counter() - began) * 1_000


async def row(
    name: str, measure: Callable[[int], Awaitable[float]], times: int = TIMES
) -> list[float]:
    taken = sorted([await measure(number) for number in range(times)])
    middle, late = statistics.median(taken), taken[int(0.95 * (len(taken) - 1))]
    print(f"| {name} | {middle:.1f} | {late:.1f} | {taken[-1]:.1f} |", flush=True)
    return taken


async def main() -> None:
    logging.disable(logging.CRITICAL)  # failures are what is measured
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; ")
    print(f"{TIMES} times each; milliseconds until the first sentence is there.\n")
    print("| first sound | p50 ms | p95 ms | worst ms |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        await measure_all(Recordings(Path(folder), 10**9))


async def measure_all(recordings: Recordings) -> None:
    espeak = Espeak()
    articles = load(HERE / "knowledge/articles").articles[:TIMES]
    spoken = [article.spoken for article in articles]
    texts = [one for text in (*spoken, APOLOGY) for one in sentences(readable(text))]
    await Rendering(recordings, [espeak], (1.0,)).run(
        [*texts, *NUMBERS, *fixed_words(readable(NUMBER))]
    )
    warm = voices(recordings, [espeak])
    await row("reviewed text, from disk", lambda n: first_sound(warm, spoken[n]))
    await row("reviewed text, from memory", lambda n: first_sound(warm, spoken[n]))

    async def cold(_number: int) -> float:
        return await first_sound(voices(recordings, [espeak]), NUMBER)

    await row("a number put together, from disk", cold)
    await row("a number put together, from memory", lambda _: first_sound(warm, NUMBER))
    await row("not recorded, espeak-ng", lambda _: first_sound(warm, UNRECORDED))
    await failures(recordings, espeak)


async def failures(recordings: Recordings, espeak: Espeak) -> None:
    """Each fault before espeak-ng, with and without the rest after three failures."""
    async with edge_service() as service:
        edge = Edge("zh-CN-XiaoxiaoNeural")
        tries = voices(recordings, [edge, espeak])
        for name, attribute, value in TROUBLES:
            setattr(service, attribute, value)
            title = f"the service {name}, then espeak-ng"
            await row(title, lambda _: first_sound(tries, UNRECORDED), 10)
            setattr(service, attribute, 0)
        service.status = 429
        resting = voices(recordings, [Resting(edge), espeak])
        for _ in range(3):
            await first_sound(resting, UNRECORDED)
        await row("the service rests, espeak-ng", lambda _: first_sound(resting, UNRECORDED))
    # An address where nobody listens.
    with mock.patch("edge_tts.communicate.WSS_URL", "ws://127.0.0.1:9/?x=1"):
        away = voices(recordings, [Edge("zh-CN-XiaoxiaoNeural"), espeak])
        await row("no network, then espeak-ng", lambda _: first_sound(away, UNRECORDED), 10)
    lost = voices(recordings, [Espeak(program="no-such-espeak")], [espeak])
    await row("no voice at all: the recorded apology", lambda _: first_sound(lost, UNRECORDED))
    mute = voices(Recordings(recordings.folder / "none", 1), [Espeak(program="no-such-espeak")])
    await row("not even that: a tone", lambda _: first_sound(mute, UNRECORDED))


if __name__ == "__main__":
    asyncio.run(main())
