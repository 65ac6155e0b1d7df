"""Which candidate is meant, and how sure that is: weights learned by `python -m knowledge.tune`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from knowledge.index import FEATURES, Evidence, Numbers

WEIGHTS = Path(__file__).parent / "ranking.json"
TRUST = (
    "constant",
    "likeness",
    "lead over the second",
    "known",
)


@dataclass(frozen=True, slots=True)
class Ranker:
    """A choice model over the candidates, and the trust that the chosen one is meant."""

    choice: Numbers
    """One weight for each of FEATURES."""
    trust: Numbers
    """One weight for each of TRUST."""

    def scores(self, evidence: Evidence) -> Numbers:
        """The first candidate's chance of being the answer; the others' in proportion to it."""
        shares = self.shares(evidence)
        if not len(shares):
            return shares
        chance = 1 / (1 + np.exp(-float(signs_of_trust(evidence, shares) @ self.trust)))
        scores: Numbers = shares / shares.max() * chance
        return scores

    def shares(self, evidence: Evidence) -> Numbers:
        """For each candidate, the chance that it is meant if any is; they sum to 1."""
        if not len(evidence.articles):
            return np.zeros(0)
        return softmax(relative(evidence.features) @ self.choice)


def load(path: Path = WEIGHTS) -> Ranker:
    """The learned weights. Raises KeyError where they are of other features than ours."""
    learned = json.loads(path.read_text("utf-8"))
    return Ranker(
        np.array([learned["choice"][name] for name in FEATURES]),
        np.array([learned["trust"][name] for name in TRUST]),
    )


def relative(features: Numbers) -> Numbers:
    """Each feature as its distance from the best candidate's: only that tells them apart."""
    distances: Numbers = features - features.max(axis=0)
    return distances


def softmax(values: Numbers) -> Numbers:
    """Chances that sum to 1. Shape (n,) → (n,)."""
    powers: Numbers = np.exp(values - values.max())
    powers /= powers.sum()
    return powers


def signs_of_trust(evidence: Evidence, shares: Numbers) -> Numbers:
    """What tells whether the first candidate is meant. Shape (TRUST,)."""
    first = int(np.argmax(shares))
    rest = np.delete(shares, first)
    lead = shares[first] - (rest.max() if len(rest) else 0.0)
    likeness = evidence.features[first][FEATURES.index("likeness")]
    return np.array([1.0, likeness, lead, evidence.known])
