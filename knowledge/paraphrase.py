"""Ways of saying the same, so that 折子不见了 finds what is written about a lost 存折."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

_FILE = Path(__file__).parent / "paraphrases.yml"


def plain_words(text: str) -> str:
    """`text` in lower case, with colloquial words replaced by those of paraphrases.yml."""
    words, pattern = _table()
    return pattern.sub(lambda found: words[found[0]], text.lower())


@cache
def _table() -> tuple[dict[str, str], re.Pattern[str]]:
    groups: dict[str, list[str]] = yaml.safe_load(_FILE.read_text("utf-8"))
    words = {said.lower(): meant for meant, ways in groups.items() for said in ways}
    longest_first = sorted(words, key=len, reverse=True)
    return words, re.compile("|".join(map(re.escape, longest_first)))
