"""A gateway's recorder in a process of its own, for a test that kills it: FOLDER SECONDS."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
import time
import uuid
from contextlib import nullcontext
from pathlib import Path

from call_sound import FRAME_S, frames, tone
from conftest import START

from actions.calls import Calls
from actions.database import Database
from actions.privacy import Cipher
from actions.recordings import Recordings
from bot.conversations import ConversationStore
from bot.metrics import Metrics
from bot.recording.recorder import CallRecorder
from bot.turn import Address


class _Ticks:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def record(folder: Path, seconds: float, key: str) -> None:
    """Two calls that never end; says "ready" when so much of both has been heard."""
    cipher, ticks = Cipher([key]), _Ticks()
    database = Database(f"sqlite:///{folder / 'xiaobao.sqlite3'}")
    await database.prepare(cipher)
    recorder = CallRecorder(
        database,
        ConversationStore(cipher),
        Calls(cipher),
        Recordings(cipher, folder / "recordings"),
        lambda _address: nullcontext(),
        Metrics(),
        lambda: START + dt.timedelta(seconds=ticks.now),
        ticks,
    )
    calls = [
        await recorder.begin(str(uuid.uuid4()), user, Address("hotline", user), 8_000, START)
        for user in ("13800000001", "13800000002")
    ]
    for frame in frames(tone(seconds, 300)):
        ticks.now += FRAME_S
        for call in calls:
            call.said(frame)
            call.heard(frame)
    await recorder.settle()
    await asyncio.wrap_future(recorder._thread.submit(lambda: None))
    print("ready", flush=True)
    time.sleep(600)


if __name__ == "__main__":
    asyncio.run(record(Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3]))
