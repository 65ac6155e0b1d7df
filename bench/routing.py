"""What a customer really gets: each held-out question as a first message to a whole gateway."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp
import yaml

TESTS = Path(__file__).resolve().parent.parent / "nlu_data/tests"
_KINDS = (
    "its article",
    "a choice with its article",
    "another article",
    "a choice without it",
    "a warning and a human (fraud)",
    "a complaint is begun",
    "something else",
)


def table(url: str) -> None:
    """Print how the questions of the articles, and what is off topic, are answered."""
    asked = yaml.safe_load((TESTS / "articles.yml").read_text("utf-8"))
    strangers = yaml.safe_load((TESTS / "off_topic.yml").read_text("utf-8"))
    questions = [(str(one["text"]), one["articles"]) for one in asked]
    got = asyncio.run(_ask(url, [*questions, *((text, []) for text in strangers)]))
    ours, theirs = Counter(got[: len(questions)]), Counter(got[len(questions) :])
    print(f"\n| first answer | of {len(questions)} questions | of {len(strangers)} off topic |")
    print("|---|---|---|")
    for kind in _KINDS:
        share, other = ours[kind] / len(questions), theirs[kind] / len(strangers)
        print(f"| {kind} | {share:.3f} | {other:.3f} |")


async def _ask(url: str, questions: list[tuple[str, list[str]]]) -> list[str]:
    async with aiohttp.ClientSession(url) as session:
        kinds = []
        for text, right in questions:
            async with session.post("/api/messages", json={"text": text}) as response:
                kinds.append(_kind(await response.json(), right))
        return kinds


def _kind(answer: dict[str, Any], right: list[str]) -> str:
    replies = answer["replies"]
    quoted = {reply["article"]["id"] for reply in replies if reply["article"]}
    payloads = [button["payload"] for reply in replies for button in reply["buttons"]]
    offered = {payload.partition(":")[2] for payload in payloads if payload.startswith("/article:")}
    if answer["route"] == "fraud":
        return "a warning and a human (fraud)"
    if answer["route"] == "complaint":
        return "a complaint is begun"
    if quoted:
        return "its article" if quoted & set(right) else "another article"
    if offered:
        return "a choice with its article" if offered & set(right) else "a choice without it"
    return "something else"
