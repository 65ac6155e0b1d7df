"""What the search of articles finds, for whoever speaks of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from knowledge.article import Article


class Verdict(StrEnum):
    """How well a question was understood by the search."""

    SURE = "sure"
    CLOSE = "close"
    """Two articles fit about equally: ask which one is meant."""
    UNSURE = "unsure"
    EXPIRED = "expired"
    """The first article would answer, but may no longer be quoted; no other one takes its place."""


@dataclass(frozen=True, slots=True)
class Match:
    """An article and how well it fits."""

    article: Article
    score: float
    """The chance that it answers the question, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the search found, best first."""

    verdict: Verdict
    matches: tuple[Match, ...]

    @property
    def best(self) -> Match:
        """The first match. Raises IndexError where there is none."""
        return self.matches[0]
