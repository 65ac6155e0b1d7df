"""Understanding and finding: intents and articles of held-out sentences, and how long it takes.

Prints its tables; the sentences of nlu_data/tests are in no training file.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import platform
import random
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp
from sklearn.metrics import f1_score, precision_score, recall_score

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "bench")]

import routing  # noqa: E402
from e2e.heldout import held_out, with_rules  # noqa: E402  # the paths stand above
from e2e.live import live  # noqa: E402
from homophones import NOISE, noisy  # noqa: E402
from retrieval import tables  # noqa: E402

from actions.privacy import Cipher  # noqa: E402
from knowledge.article import Article, load  # noqa: E402
from knowledge.search import KnowledgeBase  # noqa: E402

SIZES = (1_000, 10_000, 100_000)
SEARCHES = 300
TODAY = dt.date(2026, 11, 24)


async def parse(url: str, token: str, texts: Sequence[str]) -> list[str]:
    found = []
    async with aiohttp.ClientSession() as session:
        for text in texts:
            async with session.post(
                f"{url}/model/parse", params={"token": token}, json={"text": text}
            ) as response:
                found.append((await response.json())["intent"]["name"])
    return found


def intents(url: str, token: str) -> None:
    sentences = held_out()
    right = [intent for _, intent in sentences]
    print(f"{len(sentences)} held-out sentences of {len(set(right))} intents\n")
    print("| noise | path | accuracy | macro-F1 | human R / P | fraud R / P |")
    print("|---|---|---|---|---|---|")
    for share in NOISE:
        dice = random.Random(11)
        texts = [noisy(text, share, dice) for text, _ in sentences]
        alone = asyncio.run(parse(url, token, texts))
        whole = [with_rules(*pair) for pair in zip(texts, alone, strict=True)]
        for name, found in (("Rasa alone", alone), ("rules, then Rasa", whole)):
            print(f"| {share:.0%} | {name} | {scores(right, found)} |", flush=True)


def scores(right: list[str], found: list[str]) -> str:
    """Accuracy, macro-F1, and recall and precision of what matters most, as cells of a table."""
    accuracy = sum(a == b for a, b in zip(right, found, strict=True)) / len(right)
    macro = f1_score(right, found, labels=sorted(set(right)), average="macro", zero_division=0)
    cells = [f"{accuracy:.3f}", f"{macro:.3f}"]
    for intent in ("ask_human", "report_fraud"):
        only = {"labels": [intent], "average": "micro", "zero_division": 0}
        recall = recall_score(right, found, **only)
        cells.append(f"{recall:.3f} / {precision_score(right, found, **only):.3f}")
    return " | ".join(cells)


def synthetic(number: int) -> list[Article]:
    """As many articles as wanted: each takes its questions and its answer from several of ours."""
    ours = load(ROOT / "knowledge/articles").articles
    dice = random.Random(3)
    questions = [question for article in ours for question in article.questions]
    lines = [line for article in ours for line in article.answer.splitlines() if line]
    made = []
    for place in range(number):
        asked = tuple(
            f"{dice.choice(questions)}{dice.choice(questions)[:4]}{place}" for _ in range(12)
        )
        answer = "\n".join(dice.sample(lines, 6))
        changed = {"id": f"made-{place}", "questions": asked, "answer": answer}
        made.append(dice.choice(ours).model_copy(update=changed).asked_by(()))
    return made


def search_times() -> None:
    texts = [text for text, intent in held_out() if intent == "ask_knowledge"]
    print("\n| articles | built in s | search p50 ms | search p95 ms | memory MB |")
    print("|---|---|---|---|---|")
    ours = list(load(ROOT / "knowledge/articles").articles)
    for articles in (ours, *(synthetic(size) for size in SIZES)):
        began = time.perf_counter()
        base = KnowledgeBase(articles, lambda: TODAY)
        built = time.perf_counter() - began
        times = []
        for number in range(SEARCHES):
            began = time.perf_counter()
            base.answer(texts[number % len(texts)])
            times.append((time.perf_counter() - began) * 1e3)
        times.sort()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"| {len(articles)} | {built:.1f} | {times[SEARCHES // 2]:.2f} | "
            f"{times[int(SEARCHES * 0.95)]:.2f} | {peak:.0f} |",
            flush=True,
        )


def main() -> None:
    from conftest import KEY

    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder, live(Path(folder)) as gateway:
        gateway.wait_for_rasa()
        intents(f"http://127.0.0.1:{gateway.rasa_port}", Cipher([KEY]).derive("rasa-token"))
        routing.table(gateway.url)
    tables(TODAY)
    search_times()


if __name__ == "__main__":
    main()
