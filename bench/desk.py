"""The way to a human under load: 500 open customers and 20 agents, over real HTTP, on one machine.

Prints how long it takes from a customer's tap until an open desk shows it, and how long messages
take in both directions. The gateway is a process of its own; customers and agents are in this one.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from e2e.live import live  # noqa: E402  # the paths stand above

CUSTOMERS, AGENTS, TAPPING = 500, 20, 200
TAPS_PER_S = 10.0
TALK_S = 20.0
REACTION_S = (0.5, 2.5)
"""From seeing somebody wait to the press on 接入."""
PAUSE_S = 10.0
"""Between two messages of one customer."""
PATIENCE = aiohttp.ClientTimeout(total=None, sock_connect=30)


async def events(response: aiohttp.ClientResponse) -> AsyncIterator[tuple[str, Any]]:
    """Name and data of each server-sent event."""
    name = ""
    async for raw in response.content:
        line = raw.decode().rstrip("\r\n")
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


class Times:
    """When something was begun, and how long it took until somebody saw it."""

    def __init__(self) -> None:
        self._begun: dict[str, float] = {}
        self.took: list[float] = []

    def begin(self, what: str) -> None:
        self._begun[what] = time.perf_counter()

    def seen(self, what: str) -> None:
        begun = self._begun.pop(what, None)
        if begun is not None:
            self.took.append((time.perf_counter() - begun) * 1e3)

    @property
    def open(self) -> int:
        return len(self._begun)


class Bank:
    """The gateway's address and what is measured."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url = url
        self.session = session
        self.customers: dict[str, Customer] = {}
        self.taps, self.accepted, self.asked, self.answered = Times(), Times(), Times(), Times()

    async def post(self, path: str, body: dict[str, Any], **options: Any) -> Any:
        async with self.session.post(f"{self.url}{path}", json=body, **options) as response:
            answer = await response.json()
            assert response.status == 200, answer
            return answer


class Customer:
    """One open page."""

    def __init__(self, bank: Bank, name: str) -> None:
        self.bank = bank
        self.name = name
        self.conversation = ""
        self.served = asyncio.Event()
        self.listening: asyncio.Task[None] | None = None

    async def open(self) -> None:
        answer = await self.bank.post("/api/messages", {"payload": "/start"})
        self.conversation = answer["conversation"]
        self.listening = asyncio.create_task(self.listen())

    async def listen(self) -> None:
        address = f"{self.bank.url}/api/events"
        parameters = {"conversation": self.conversation}
        async with self.bank.session.get(address, params=parameters, timeout=PATIENCE) as response:
            async for name, data in events(response):
                if name == "status" and data["mode"] == "human":
                    self.served.set()
                if name == "message" and data["author"] == "agent":
                    self.bank.answered.seen(data["text"])

    async def say(self, text: str) -> None:
        await self.bank.post("/api/messages", {"text": text, "conversation": self.conversation})

    async def tap(self) -> None:
        self.bank.taps.begin(self.name)
        await self.say(f"转人工，我是{self.name}")

    async def talk(self, until: float) -> None:
        await asyncio.sleep(random.random() * PAUSE_S)
        while time.perf_counter() < until:
            words = f"{self.name}说{time.perf_counter():.6f}"
            self.bank.asked.begin(words)
            await self.say(words)
            await asyncio.sleep(PAUSE_S)


class Agent:
    """One open desk, which accepts whoever waits and answers whatever is said."""

    def __init__(self, bank: Bank, login: str) -> None:
        self.bank = bank
        self.login = login
        self.headers = {"X-Desk": "1"}
        self.tasks: set[asyncio.Task[Any]] = set()
        self.waiting: list[dict[str, Any]] = []

    async def open(self, password: str) -> None:
        body = {"login": self.login, "password": password}
        address = f"{self.bank.url}/desk/api/sign-in"
        async with self.bank.session.post(address, json=body, headers=self.headers) as response:
            assert response.status == 200, await response.text()
            self.headers["Cookie"] = response.headers["Set-Cookie"].partition(";")[0]
        self.later(self.listen())
        self.later(self.work())

    async def work(self) -> None:
        """Take one of the first, whenever somebody waits; a person needs a moment for it."""
        while True:
            await asyncio.sleep(random.uniform(*REACTION_S))
            if self.waiting:
                await self.accept(random.choice(self.waiting[:AGENTS]))

    def later(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def listen(self) -> None:
        address = f"{self.bank.url}/desk/api/events"
        async with self.bank.session.get(
            address, headers=self.headers, timeout=PATIENCE
        ) as response:
            async for name, data in events(response):
                if name == "queue":
                    for row in data["waiting"]:
                        self.bank.taps.seen(row["last"].rpartition("我是")[2])
                    self.waiting = data["waiting"]
                if name == "message" and data["message"]["author"] == "customer":
                    self.bank.asked.seen(data["message"]["text"])
                    self.later(self.answer(data))

    async def accept(self, row: dict[str, Any]) -> None:
        customer = row["last"].rpartition("我是")[2]
        begun = time.perf_counter()
        path = f"{self.bank.url}/desk/api/handoffs/{row['id']}/accept"
        async with self.bank.session.post(path, json={}, headers=self.headers) as response:
            if response.status != 200:  # a colleague was quicker
                return
        await self.bank.customers[customer].served.wait()
        self.bank.accepted.took.append((time.perf_counter() - begun) * 1e3)
        await self.reply(row["conversation"], f"您好{customer}")

    async def answer(self, data: dict[str, Any]) -> None:
        await self.reply(data["conversation"], f"收到{data['message']['text']}")

    async def reply(self, conversation: int, text: str) -> None:
        self.bank.answered.begin(text)
        path = f"/desk/api/conversations/{conversation}/messages"
        await self.bank.post(path, {"text": text}, headers=self.headers)


def table_row(what: str, times: Sequence[float]) -> None:
    ordered = sorted(times)
    if not ordered:
        print(f"| {what} | 0 | | | |", flush=True)
        return
    p50, p95 = ordered[len(ordered) // 2], ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)]
    print(f"| {what} | {len(ordered)} | {p50:.0f} | {p95:.0f} | {ordered[-1]:.0f} |", flush=True)


async def measure(bank: Bank, agents: Sequence[Agent], password: str) -> None:
    customers = [Customer(bank, f"客户{number}") for number in range(CUSTOMERS)]
    bank.customers = {customer.name: customer for customer in customers}
    for customer in customers:
        await customer.open()
    for agent in agents:
        await agent.open(password)
    print("| from … to … | number | p50 ms | p95 ms | most ms |\n|---|---|---|---|---|")
    for customer in customers[:TAPPING]:
        asyncio.get_running_loop().create_task(customer.tap())
        await asyncio.sleep(random.expovariate(TAPS_PER_S))
    await asyncio.gather(*(customer.served.wait() for customer in customers[:TAPPING]))
    what = f"a tap, {TAPPING} chats at {TAPS_PER_S:.0f}/s, to an open desk"
    table_row(what, bank.taps.took)
    bank.taps.took.clear()
    rest = customers[TAPPING:]
    await asyncio.gather(*(customer.tap() for customer in rest))
    await asyncio.gather(*(customer.served.wait() for customer in rest))
    table_row(
        f"a tap, {len(rest)} chats in the same moment, to the first 60 listed", bank.taps.took
    )
    table_row("an acceptance to the customer's page", bank.accepted.took)
    for times in (bank.asked, bank.answered):
        times.took.clear()
    until = time.perf_counter() + TALK_S
    await asyncio.gather(*(customer.talk(until) for customer in customers))
    last = time.perf_counter() + PAUSE_S
    while (bank.asked.open or bank.answered.open) and time.perf_counter() < last:
        await asyncio.sleep(0.05)
    if lost := bank.asked.open + bank.answered.open:
        print(f"\n{lost} messages did not arrive within {PAUSE_S:.0f} s\n")
    rate = len(bank.asked.took) / TALK_S
    table_row(f"a customer's message to the desk, {rate:.0f}/s", bank.asked.took)
    table_row("an agent's message to the customer's page", bank.answered.took)


async def add_agents(folder: Path, key: str, password: str) -> None:
    from pydantic import SecretStr

    from bot import app as composition
    from bot.settings import Rasa, Security, Settings

    settings = Settings(
        data_dir=folder, rasa=Rasa(managed=False), security=Security(key=(SecretStr(key),))
    )
    gateway = composition.assemble(settings)
    await gateway.database.prepare(gateway.cipher)
    now = dt.datetime.now(dt.UTC)
    for number in range(AGENTS):
        await gateway.agents.add(f"agent{number}", f"客服{number}", password, now)
    await gateway.database.close()


async def run(url: str, password: str) -> None:
    connector = aiohttp.TCPConnector(limit=0)
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(connector=connector, cookie_jar=jar) as session:
        bank = Bank(url, session)
        agents = [Agent(bank, f"agent{number}") for number in range(AGENTS)]
        await measure(bank, agents, password)


def main() -> None:
    from conftest import KEY, PASSWORD

    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{CUSTOMERS} open customers, {AGENTS} agents\n")
    with tempfile.TemporaryDirectory() as name, live(Path(name)) as gateway:
        asyncio.run(add_agents(gateway.folder, KEY, PASSWORD))
        gateway.wait_for_rasa()
        asyncio.run(run(gateway.url, PASSWORD))


if __name__ == "__main__":
    main()
