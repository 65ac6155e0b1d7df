"""A text turn: /api/messages beside bare /model/parse and beside Rasa's own dialogue channel.

Prints one table; all three sides run on this machine in the same run, with the same sentences.
"""

from __future__ import annotations

import asyncio
import os
import platform
import random
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from e2e.live import live  # noqa: E402  # the paths stand above

PYTHON = ROOT / ".venv-rasa/bin/python"
SECONDS = 8.0
"""Per side and measurement."""
Ask = Callable[[str, int], Awaitable[None]]


def sentences() -> list[str]:
    """Questions as customers ask them, in a fixed random order."""
    asked = yaml.safe_load((ROOT / "nlu_data/tests/articles.yml").read_text("utf-8"))
    found = [one["text"] for one in asked]
    random.Random(7).shuffle(found)
    return found


def dialogue_project(folder: Path) -> None:
    """Rasa's own assistant with the same pipeline: one rule and one answer for each intent."""
    config = yaml.safe_load((ROOT / "config.yml").read_text("utf-8"))
    del config["gateway"]
    config["policies"] = [{"name": "RulePolicy"}]
    intents = sorted(
        {
            entry["intent"]
            for path in (ROOT / "nlu_data/nlu").glob("*.yml")
            for entry in yaml.safe_load(path.read_text("utf-8"))["nlu"]
        }
        | {"nlu_fallback"}
    )
    files: dict[str, Any] = {
        "config.yml": config,
        "domain.yml": {
            "version": "3.1",
            "intents": intents,
            "responses": {f"utter_{name}": [{"text": name}] for name in intents},
        },
        "rules.yml": {
            "version": "3.1",
            "rules": [
                {"rule": name, "steps": [{"intent": name}, {"action": f"utter_{name}"}]}
                for name in intents
            ],
        },
        "credentials.yml": {"rest": None},
    }
    for name, content in files.items():
        (folder / name).write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")


def rasa(*arguments: str) -> list[str]:
    return [str(PYTHON), "-m", "rasa", *arguments]


def environment() -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "OMP_NUM_THREADS": "1",
        "LOG_LEVEL": "ERROR",
    }


async def measure(ask: Ask, texts: list[str], workers: int) -> tuple[float, float, float]:
    """p50 and p95 in ms, and messages per second, of so many customers asking without pause."""
    times: list[float] = []
    end = time.perf_counter() + SECONDS

    async def customer(worker: int) -> None:
        for number in range(1_000_000):
            began = time.perf_counter()
            if began > end:
                return
            await ask(texts[(number * workers + worker) % len(texts)], worker)
            times.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(customer(worker) for worker in range(workers)))
    rate = len(times) / (time.perf_counter() - began)
    times.sort()
    return times[len(times) // 2] * 1e3, times[int(len(times) * 0.95)] * 1e3, rate


async def run(gateway_url: str, rasa_url: str, token: str, dialogue_url: str) -> None:
    texts = sentences()
    async with aiohttp.ClientSession() as session:
        conversations: dict[int, str] = {}
        senders = {worker: secrets.token_hex(8) for worker in range(4)}

        async def gateway(text: str, worker: int) -> None:
            body = {"text": text}
            if worker in conversations:
                body["conversation"] = conversations[worker]
            async with session.post(f"{gateway_url}/api/messages", json=body) as response:
                answer = await response.json()
                assert response.status == 200, answer
                conversations[worker] = answer["conversation"]

        async def parse(text: str, _worker: int) -> None:
            async with session.post(
                f"{rasa_url}/model/parse", params={"token": token}, json={"text": text}
            ) as response:
                assert response.status == 200
                await response.json()

        async def dialogue(text: str, worker: int) -> None:
            body = {"sender": senders[worker], "message": text}
            url = f"{dialogue_url}/webhooks/rest/webhook"
            async with session.post(url, json=body) as response:
                assert await response.json()

        sides: dict[str, Ask] = {
            "Rasa /model/parse": parse,
            "/api/messages": gateway,
            "Rasa REST dialogue": dialogue,
        }
        print("| side | p50 ms | p95 ms | messages/s | messages/s, 4 customers |")
        print("|---|---|---|---|---|")
        results = {}
        for name, ask in sides.items():
            for text in texts[:20]:
                await ask(text, 0)
            p50, p95, alone = await measure(ask, texts, 1)
            _, _, four = await measure(ask, texts, 4)
            results[name] = p50, four
            print(f"| {name} | {p50:.2f} | {p95:.2f} | {alone:.0f} | {four:.0f} |", flush=True)
        ours, bare = results["/api/messages"], results["Rasa /model/parse"]
        print(
            f"\np50 is {ours[0] / bare[0]:.2f} times bare parse (aim: at most 1.5); throughput is "
            f"{ours[1] / results['Rasa REST dialogue'][1]:.1f} times the dialogue channel's "
            "(aim: at least 5)."
        )


async def wait_until_up(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        for _ in range(600):
            try:
                async with session.get(url) as response:
                    await response.read()
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)
    raise TimeoutError(url)


def main() -> None:
    from conftest import KEY, free_port

    from actions.privacy import Cipher

    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        folder, port = Path(first), free_port()
        dialogue_project(folder)
        train = rasa("train", "--data", "rules.yml", str(ROOT / "nlu_data/nlu"), "--quiet")
        subprocess.run(train, cwd=folder, env=environment(), check=True, capture_output=True)
        serve = rasa(
            "run",
            "--interface",
            "127.0.0.1",
            "--port",
            str(port),
            "--credentials",
            "credentials.yml",
        )
        server = subprocess.Popen(
            serve,
            cwd=folder,
            env=environment(),
            stdout=sys.stderr,
            stderr=sys.stderr,
        )
        try:
            with live(Path(second)) as gateway:
                gateway.wait_for_rasa()
                asyncio.run(wait_until_up(f"http://127.0.0.1:{port}/"))
                asyncio.run(
                    run(
                        gateway.url,
                        f"http://127.0.0.1:{gateway.rasa_port}",
                        Cipher([KEY]).derive("rasa-token"),
                        f"http://127.0.0.1:{port}",
                    )
                )
        finally:
            server.terminate()
            server.wait(20)


if __name__ == "__main__":
    main()
