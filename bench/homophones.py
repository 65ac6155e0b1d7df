"""Sentences with some characters replaced by others of the same sound."""

from __future__ import annotations

import random
from collections import defaultdict
from functools import cache

from pypinyin import Style, lazy_pinyin

NOISE = (0.0, 0.1, 0.2)
"""The shares of characters with which everything is measured."""


@cache
def _alike() -> dict[str, list[str]]:
    """For each common character (GB 2312, level 1), the others of its toneless sound."""
    by_sound: dict[str, list[str]] = defaultdict(list)
    for high in range(0xB0, 0xD8):
        for low in range(0xA1, 0xFF):
            try:
                character = bytes((high, low)).decode("gb2312")
            except UnicodeDecodeError:
                continue
            by_sound[lazy_pinyin(character, Style.NORMAL)[0]].append(character)
    return {
        character: [other for other in group if other != character]
        for group in by_sound.values()
        for character in group
    }


def noisy(text: str, share: float, dice: random.Random) -> str:
    """`text` with about `share` of its Chinese characters replaced by homophones, at random."""
    table = _alike()
    return "".join(
        dice.choice(table[character])
        if table.get(character) and dice.random() < share
        else character
        for character in text
    )
