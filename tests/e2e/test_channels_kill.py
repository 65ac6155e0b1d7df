"""kill -9 of the gateway in the middle of 1,000 Telegram conversations, counted."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from conftest import KEY, free_port
from telegram_api import BotApi, Person

from actions.outbox import LEASE
from bot.sender import AT_ONCE
from bot.settings import ROOT

CUSTOMERS, KILLS = 1_000, 3
WORDS = ("你好", "谢谢", "再见")
ANSWERS = ("我是农业银行的消保小宝", "不客气", "祝您平安")


async def wait_for(
    api: BotApi, process: subprocess.Popen[bytes], condition: Callable[[], bool]
) -> None:
    """Until the platform has seen `condition`; a gateway that ends by itself is a failure."""
    waiting = asyncio.create_task(api.until(condition))
    while not waiting.done():
        await asyncio.wait({waiting}, timeout=1)
        assert process.poll() is None, "the gateway ended"


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_a_thousand_conversations_survive_kills_and_lose_nothing(tmp_path: Path) -> None:
    api = BotApi()
    address = await api.start()
    people = [Person(api, 10_000 + number) for number in range(CUSTOMERS)]
    port, late_s = free_port(), itertools.count(0, 2 * LEASE.total_seconds())

    def start() -> subprocess.Popen[bytes]:
        script = ROOT / "tests/e2e/alone.py"
        arguments = [str(tmp_path), str(port), address, str(next(late_s)), KEY]
        return subprocess.Popen(
            [sys.executable, str(script), *arguments],
            cwd=ROOT,
            env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
        )

    def sent() -> int:
        return sum(len(person.chat.shown) for person in people)

    def has_sent(number: int) -> bool:
        return sent() >= number

    def complete() -> bool:
        return all(any(ANSWERS[-1] in text for text in person.texts()) for person in people)

    for words in WORDS:
        for person in people:
            await person.say(words)
    whole = CUSTOMERS * len(WORDS)
    for kill in range(1, KILLS + 1):
        process = start()
        await wait_for(api, process, partial(has_sent, kill * whole // (KILLS + 1)))
        process.kill()
        process.wait()
    process = start()
    await wait_for(api, process, lambda: complete() and not api.pending)
    process.terminate()
    process.wait()
    repeated = sent() - whole
    for person in people:
        order = [next(n for n, one in enumerate(ANSWERS) if one in text) for text in person.texts()]
        assert sorted(set(order)) == [0, 1, 2], "lost"
        assert order == sorted(order), "out of order"
    print(f"{whole} replies, {KILLS} kills: 0 lost, {repeated} repeated")
    assert 0 <= repeated <= KILLS * AT_ONCE
    await api.stop()
    assert api.violations == []
