"""How much two texts have in common, by pairs of characters. Pure."""

from __future__ import annotations

from actions.blind_index import words

SAME_MATTER = 0.3
"""Of the shorter text's pairs, so many stand in the other one too."""


def likeness(one: str, other: str) -> float:
    """0 to 1: the share of the shorter text's pairs that the other has (overlap coefficient)."""
    first, second = words(one), words(other)
    if not first or not second:
        return 0.0
    return len(first & second) / min(len(first), len(second))


def alike(one: str, other: str) -> bool:
    """Whether both seem to tell of the same matter."""
    return likeness(one, other) >= SAME_MATTER
