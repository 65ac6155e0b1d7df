"""kill -9 of the gateway in the middle of 1,000 conversations on each platform, counted."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import json
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import pytest
from conftest import KEY, free_port
from telegram_api import TOKEN, BotApi, Person
from wechat_platform import (
    APP_ID,
    APP_SECRET,
    CORP_ID,
    CORP_SECRET,
    CustomerService,
    KfPhone,
    Official,
    Phone,
)
from wechat_platform import KEY as AES_KEY
from wechat_platform import TOKEN as WECHAT_TOKEN

from actions.outbox import LEASE
from bot.sender import AT_ONCE
from bot.settings import ROOT

CUSTOMERS, KILLS = 1_000, 3
WORDS = ("你好", "谢谢", "再见")
ANSWERS = ("我是农业银行的消保小宝", "不客气", "祝您平安")
TALKING = 40
"""Customers who talk at the same time, where the platform itself calls us."""


class Customer(Protocol):
    """What telegram_api.Person and the phones of wechat_platform have in common."""

    async def say(self, text: str) -> None:
        """Write `text`."""

    async def hears(self, words: str, times: int = 1) -> None:
        """Wait until `words` were shown."""

    def texts(self) -> list[str]:
        """What is on the screen."""

    @property
    def chat(self) -> Any:
        """With `shown`, as the platform knows it."""


class Killed:
    """A gateway that is killed and started again on the same data."""

    def __init__(self, folder: Path, channels: dict[str, Any]) -> None:
        self.folder, self.port = folder, free_port()
        self._channels = json.dumps(channels)
        # Each process lives later than the one before, so that the leases of the dead have run out.
        self._late_s = itertools.count(0, 2 * LEASE.total_seconds())
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        script, late_s = ROOT / "tests/e2e/alone.py", str(next(self._late_s))
        arguments = [str(self.folder), str(self.port), late_s, KEY, self._channels]
        self.process = subprocess.Popen(
            [sys.executable, str(script), *arguments],
            cwd=ROOT,
            env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
        )

    async def listens(self) -> None:
        """Wait until it can be called."""
        url = f"http://127.0.0.1:{self.port}/healthz"
        async with aiohttp.ClientSession() as http:
            while True:
                try:
                    async with http.get(url):
                        return
                except aiohttp.ClientError:
                    await asyncio.sleep(0.05)

    def end(self, *, kill: bool) -> None:
        assert self.process is not None
        self.process.kill() if kill else self.process.terminate()
        self.process.wait()

    async def until(self, until: Awaitable[None]) -> None:
        """A gateway that ends by itself is a failure."""
        waiting = asyncio.ensure_future(until)
        while not waiting.done():
            await asyncio.wait({waiting}, timeout=1)
            assert self.process is not None
            assert self.process.poll() is None, "the gateway ended"
        waiting.result()

    def owed(self) -> int:
        with sqlite3.connect(self.folder / "xiaobao.sqlite3") as database:
            query = "SELECT COUNT(*) FROM outbox WHERE settled IS NULL"
            return int(database.execute(query).fetchone()[0])


async def killed_again_and_again(
    gateway: Killed,
    until: Callable[[Callable[[], bool]], Awaitable[None]],
    people: Sequence[Customer],
    talk: Callable[[], Awaitable[None]],
    most_repeated: int,
) -> None:
    """Let them talk over kills; count what was lost, repeated and out of order."""

    def heard() -> int:
        return sum(len(person.chat.shown) for person in people)

    whole = len(people) * len(WORDS)
    gateway.start()
    await gateway.until(gateway.listens())
    talking = asyncio.ensure_future(talk())
    for kill in range(1, KILLS + 1):
        enough = kill * whole // (KILLS + 1)
        await gateway.until(until(lambda enough=enough: heard() >= enough))  # type: ignore[misc]
        gateway.end(kill=True)
        gateway.start()
    await gateway.until(talking)
    for person in people:
        await gateway.until(person.hears(ANSWERS[-1]))
    while gateway.owed():
        await asyncio.sleep(0.1)
    gateway.end(kill=False)
    for person in people:
        said = "".join(person.texts())
        at = [said.find(answer) for answer in ANSWERS]
        assert min(at) >= 0, "lost"
        assert at == sorted(at), "out of order"
    repeated = sum(sum(map(text.count, ANSWERS)) for p in people for text in p.texts()) - whole
    print(f"{whole} replies, {KILLS} kills: 0 lost, {repeated} repeated")
    assert 0 <= repeated <= most_repeated


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_a_thousand_telegram_conversations_survive_kills_and_lose_nothing(
    tmp_path: Path,
) -> None:
    api = BotApi()
    section = {"enabled": True, "token": TOKEN, "base_url": await api.start()}
    people = [Person(api, 10_000 + number) for number in range(CUSTOMERS)]

    async def talk() -> None:
        for words in WORDS:
            for person in people:
                await person.say(words)
        await api.until(lambda: not api.pending)

    gateway = Killed(tmp_path, {"telegram": section})
    await killed_again_and_again(gateway, api.until, people, talk, KILLS * AT_ONCE)
    await api.stop()
    assert api.violations == []


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


async def in_turns(people: Sequence[Customer]) -> None:
    """Each waits for an answer before saying the next thing."""
    room = asyncio.Semaphore(TALKING)

    async def talk(person: Customer) -> None:
        async with room:
            for words, answer in zip(WORDS, ANSWERS, strict=True):
                await person.say(words)
                while getattr(person, "came", "") == "unavailable":  # said by WeChat itself
                    await person.say(words)
                await person.hears(answer)

    await asyncio.gather(*map(talk, people))


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_a_thousand_wechat_conversations_survive_kills_and_lose_nothing(
    tmp_path: Path,
) -> None:
    platform = Official(now)
    section = {
        "enabled": True,
        "token": WECHAT_TOKEN,
        "app_id": APP_ID,
        "app_secret": APP_SECRET,
        "aes_key": AES_KEY,
        "base_url": await platform.start(),
    }
    people = [Phone(platform, number) for number in range(CUSTOMERS)]
    gateway = Killed(tmp_path, {"wechat": section})
    platform.reach = f"http://127.0.0.1:{gateway.port}"
    # Written into a response and not noted: while a note waits behind the turns of all who talk,
    # each of them may be answered once more.
    await killed_again_and_again(
        gateway, platform.until, people, lambda: in_turns(people), KILLS * 2 * TALKING
    )
    await platform.stop()
    assert platform.violations == []


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_a_thousand_wecom_conversations_survive_kills_and_lose_nothing(
    tmp_path: Path,
) -> None:
    platform = CustomerService(now)
    platform.page = 1_000
    section = {
        "enabled": True,
        "token": WECHAT_TOKEN,
        "corp_id": CORP_ID,
        "secret": CORP_SECRET,
        "aes_key": AES_KEY,
        "base_url": await platform.start(),
    }
    people = [KfPhone(platform, number) for number in range(CUSTOMERS)]
    gateway = Killed(tmp_path, {"wecom": section})
    platform.reach = f"http://127.0.0.1:{gateway.port}"
    await killed_again_and_again(
        gateway, platform.until, people, lambda: in_turns(people), KILLS * AT_ONCE
    )
    await platform.stop()
    assert platform.violations == []
