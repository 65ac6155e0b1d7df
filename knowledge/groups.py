"""Questions grouped by likeness, so that a reviewer sees what is asked often."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import TfidfVectorizer

from knowledge.index import grams

_ALIKE = 0.45
"""Cosine from which on two questions are about the same."""


def group(questions: Sequence[str]) -> list[list[int]]:
    """Places of like questions, the largest group first; each place is in one group."""
    if not questions:
        return []
    texts = TfidfVectorizer(
        analyzer=grams, sublinear_tf=True
    ).fit_transform(
        [*questions, "的"]  # never an empty vocabulary
    )[: len(questions)]
    alike = (texts @ texts.T) >= _ALIKE
    _, labels = connected_components(alike, directed=False)
    groups = [np.flatnonzero(labels == label).tolist() for label in np.unique(labels)]
    return sorted(groups, key=lambda places: (-len(places), places[0]))
