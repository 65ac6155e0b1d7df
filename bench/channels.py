"""WeChat under load: signed messages in safe mode at a set rate, and how soon each is answered.

The gateway and Rasa, its child, are processes of their own; customers and WeChat's API are in this
one, on the same machine. Prints one table. An answer counts from the post to the whole response.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import platform
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from e2e.live import live  # noqa: E402  # the paths stand above
from wechat_platform import (  # noqa: E402
    APP_ID,
    APP_SECRET,
    KEY,
    TOKEN,
    Official,
    Phone,
)

RATES = (50, 75, 100, 125, 150, 300)
SECONDS = 10
CUSTOMERS = 2_000


@dataclass
class Run:
    """What one rate led to."""

    seconds: list[float] = field(default_factory=list)
    """Of each answer in its response."""
    later: int = 0
    """Told not to wait: the answer comes by the customer-service API."""
    failed: int = 0


def requests(official: Official, number: int) -> list[tuple[dict[str, str], bytes]]:
    """Sealed and signed beforehand: WeChat's own machines do that."""
    asked = yaml.safe_load((ROOT / "nlu_data/tests/articles.yml").read_text("utf-8"))
    dice = random.Random(7)
    made = []
    for _ in range(number):
        phone = Phone(official, dice.randrange(CUSTOMERS))
        phone.chat.quota.message = official.clock(), 0
        fields = {
            **phone.head(),
            "MsgType": "text",
            "MsgId": official.new_id(),
            "Content": dice.choice(asked)["text"],
        }
        made.append(official.sealed(fields))
    return made


async def send(
    http: aiohttp.ClientSession, url: str, one: tuple[dict[str, str], bytes], run: Run
) -> None:
    began = time.perf_counter()
    try:
        async with http.post(url, params=one[0], data=one[1]) as response:
            text = await response.text()
    except (aiohttp.ClientError, TimeoutError):
        run.failed += 1
        return
    if response.status != 200:
        run.failed += 1
    elif text == "success":
        run.later += 1
    else:
        run.seconds.append(time.perf_counter() - began)


async def at_rate(url: str, official: Official, rate: int) -> Run:
    """Posts do not wait for answers, as customers do not wait for each other."""
    made, run = requests(official, rate * SECONDS), Run()
    timeout = aiohttp.ClientTimeout(total=5)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as http:
        sending, began = [], time.perf_counter()
        for number, one in enumerate(made):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            sending.append(asyncio.create_task(send(http, url, one, run)))
        await asyncio.gather(*sending)
    return run


def row(rate: int, run: Run) -> str:
    ordered = sorted(run.seconds) or [float("nan")]
    p50, p95, most = (
        ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1e3 for share in (0.5, 0.95, 1)
    )
    answered = len(run.seconds) / SECONDS
    return (
        f"| {rate} | {answered:.0f} | {p50:.0f} | {p95:.0f} | {most:.0f} | "
        f"{run.later} | {run.failed} |"
    )


async def measure(gateway_url: str, official: Official) -> None:
    print(
        "| messages/s in | answered in the response/s | p50 ms | p95 ms | most ms | later | lost |"
    )
    print("|---|---|---|---|---|---|---|")
    url = f"{gateway_url}/channels/wechat"
    await at_rate(url, official, 20)
    for rate in RATES:
        print(row(rate, await at_rate(url, official, rate)), flush=True)
        await asyncio.sleep(5)  # what comes later goes out before the next rate begins


async def run() -> None:
    official = Official(lambda: dt.datetime.now(dt.UTC))
    address = await official.start()
    environment = {
        "BOT__WECHAT__ENABLED": "true",
        "BOT__WECHAT__TOKEN": TOKEN,
        "BOT__WECHAT__APP_ID": APP_ID,
        "BOT__WECHAT__APP_SECRET": APP_SECRET,
        "BOT__WECHAT__AES_KEY": KEY,
        "BOT__WECHAT__BASE_URL": address,
    }
    with tempfile.TemporaryDirectory() as name, live(Path(name), **environment) as gateway:
        await asyncio.to_thread(gateway.wait_for_rasa)
        await measure(gateway.url, official)
    await official.stop()


if __name__ == "__main__":
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    asyncio.run(run())
