"""What recording costs a call: CPU in the event loop and in the recording thread, and disk."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import os
import sys
import tempfile
import time
import uuid
import wave
from contextlib import nullcontext
from pathlib import Path

import numpy as np

from actions.calls import Calls
from actions.database import Database
from actions.privacy import Cipher, new_key
from actions.recordings import Recordings
from bot.conversations import ConversationStore
from bot.metrics import Metrics
from bot.recording.recorder import CallRecorder
from bot.turn import Address

RATE, FRAME = 8_000, 160
SECONDS = 60


def speech(folder: Path) -> bytes:
    """A minute of a caller who speaks every other few seconds."""
    parts, silence = [], np.zeros(3 * RATE, dtype="<i2")
    for path in sorted(folder.glob("*.wav")):
        with wave.open(str(path)) as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
            parts += [samples[:: file.getframerate() // RATE], silence]
        if sum(map(len, parts)) > SECONDS * RATE:
            break
    return np.concatenate(parts)[: SECONDS * RATE].tobytes()


async def measure(folder: Path, sound: bytes, number: int) -> tuple[float, float, float]:
    """CPU ms per second of call in the loop and in the thread, and kB per minute on disk."""
    cipher, now = Cipher([new_key()]), 0.0
    database = Database(f"sqlite:///{folder / 'bench.sqlite3'}")
    await database.prepare(cipher)
    recorder = CallRecorder(
        database,
        ConversationStore(cipher),
        Calls(cipher),
        Recordings(cipher, folder / "recordings"),
        lambda _address: nullcontext(),
        Metrics(),
        lambda: dt.datetime.now(dt.UTC),
        lambda: now,
    )
    began = dt.datetime.now(dt.UTC)
    calls = [
        await recorder.begin(str(uuid.uuid4()), "", Address("hotline", str(one)), RATE, began)
        for one in range(number)
    ]
    half = len(sound) // 2
    other = sound[half:] + sound[:half]  # while one speaks the other is silent, more or less
    loop_s, process = 0.0, time.process_time()
    for place in range(0, len(sound), 2 * FRAME):
        begin = time.thread_time()
        now += FRAME / RATE
        for call in calls:
            call.heard(sound[place : place + 2 * FRAME])
            call.said(other[place : place + 2 * FRAME])
        loop_s += time.thread_time() - begin
        if place % (100 * FRAME) == 0:
            await asyncio.wrap_future(recorder._thread.submit(lambda: None))  # noqa: SLF001 - no faster than it records
    for call in calls:
        await call.close("bye")
    whole_s = time.process_time() - process
    await recorder.close()
    await database.close()
    size = sum(path.stat().st_size for path in (folder / "recordings").iterdir())
    seconds = number * SECONDS
    return 1_000 * loop_s / seconds, 1_000 * whole_s / seconds, size / 1_000 / number


async def main() -> None:
    fixture = os.environ.get("VOSK_FIXTURE", "")
    if not fixture:
        sys.exit("VOSK_FIXTURE names the folder with recordings of speech (wav/*.wav).")
    sound = speech(Path(fixture) / "wav")
    print("| calls at once | loop, CPU ms per s of call | loop and thread | kB a minute |")
    print("|---|---|---|---|")
    for number in (1, 20):
        with tempfile.TemporaryDirectory() as folder:
            loop, whole, size = await measure(Path(folder), sound, number)
        print(f"| {number} | {loop:.2f} | {whole:.2f} | {size:.0f} |", flush=True)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(main())
