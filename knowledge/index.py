"""How much each article has in common with a question, as numbers for the ranker.

Everything is a sparse table of grams, so that a search costs what the question's own grams cost:
10,000 articles are searched like 200.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from knowledge.article import Article
from knowledge.paraphrase import plain_words
from knowledge.sounds import fuzzy_syllables, plain

CANDIDATES = 30
"""Articles that are looked at closely."""
NEAREST = 4
"""An article's nearest ways of asking that count."""
_SMOOTH = 0.02
"""Naive Bayes: how much of every gram an article is given that never used it."""

_LONG_NUMBER = re.compile(r"\d{6,}")
"""Telephone, card and identity numbers: whose they are says nothing about the question."""

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Places = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for each candidate."""

    articles: Places
    """Shape (candidates,): places in the list that the index was built from."""
    features: Numbers
    """Shape (candidates, FEATURES): see `FEATURES`."""
    known: float
    """0 to 1: how much of the question's weight lies in grams that some article uses."""


FEATURES = (
    *(f"nearest way of asking {place}" for place in range(1, NEAREST + 1)),
    "likeness to the answer",
    "likeness to the whole article",
    "naive Bayes",
)


class Index:
    """Immutable; built once from all articles that may be quoted."""

    def __init__(self, articles: Sequence[Article]) -> None:
        known = [
            (number, place, text)
            for number, article in enumerate(articles)
            for place, text in enumerate((article.answer, article.title, *article.questions))
        ]
        self._owner: Places = np.array([number for number, _, _ in known])
        vectorizer = TfidfVectorizer(analyzer=grams, sublinear_tf=True)
        texts = vectorizer.fit_transform([text for _, _, text in known])
        self._vocabulary: dict[str, int] = vectorizer.vocabulary_
        self._idf: Numbers = vectorizer.idf_
        self._unknown = float(self._idf.max())
        self._texts = texts.T.tocsr()
        owns = sparse.csr_matrix((np.ones(len(known)), (self._owner, np.arange(len(known)))))
        wholes = (owns @ texts).tocsr()
        self._bayes, self._floor = _naive_bayes(wholes)
        lengths = np.sqrt(np.asarray(wholes.multiply(wholes).sum(axis=1)).ravel())
        self._wholes = sparse.diags_array(1 / lengths).dot(wholes).T.tocsr()

    def evidence(self, question: str) -> Evidence:
        """The likeliest articles for `question`, and what speaks for each."""
        rows, weights, known = self._vector(question)
        if not rows:
            return Evidence(np.array([], np.int64), np.zeros((0, len(FEATURES))), 0.0)
        texts = weights @ self._texts[rows]
        wholes = weights @ self._wholes[rows]
        bayes = weights @ self._bayes[rows] + weights.sum() * self._floor
        articles = self._candidates(texts, wholes, bayes)
        near, answers = self._nearest(texts, articles)
        columns = [*near.T, answers, wholes[articles], bayes[articles]]
        return Evidence(articles, np.stack(columns, axis=1), known)

    def _vector(self, question: str) -> tuple[list[int], Numbers, float]:
        """The question's rows, their weights (of length 1), and the share of it that is known.

        What TfidfVectorizer.transform does, without its checks of the input: they cost 1 ms.
        """
        counts = Counter(grams(question))
        rows, weights, missed = [], [], 0.0
        for gram, count in counts.items():
            row = self._vocabulary.get(gram)
            weight = (1 + math.log(count)) * (self._unknown if row is None else self._idf[row])
            if row is None:
                missed += weight
            else:
                rows.append(row)
                weights.append(weight)
        vector = np.array(weights)
        known = vector.sum()
        return rows, vector / (np.linalg.norm(vector) or 1), float(known / (known + missed or 1))

    def _candidates(self, texts: Numbers, wholes: Numbers, bayes: Numbers) -> Places:
        """The articles that any one measure puts among its first."""
        near = self._owner[_first(texts, 3 * CANDIDATES)]
        firsts = [near, _first(wholes, CANDIDATES), _first(bayes, CANDIDATES)]
        return np.unique(np.concatenate(firsts))

    def _nearest(self, texts: Numbers, articles: Places) -> tuple[Numbers, Numbers]:
        """Per article its nearest ways of asking, best first, and the likeness of its answer."""
        begin = np.searchsorted(self._owner, articles)
        end = np.searchsorted(self._owner, articles, side="right")
        near = np.zeros((len(articles), NEAREST))
        for place, (first, last) in enumerate(zip(begin, end, strict=True)):
            asked = np.sort(texts[first + 1 : last])[::-1][:NEAREST]
            near[place, : len(asked)] = asked
        return near, texts[begin]


def _naive_bayes(wholes: Any) -> tuple[Any, Numbers]:
    """The log odds of each gram per article, as what it adds to the floor of a gram never used.

    Shapes: (grams, articles) sparse, (articles,).
    """
    total = np.asarray(wholes.sum(axis=1)).ravel() + _SMOOTH * wholes.shape[1]
    gains = wholes.copy()
    gains.data = np.log1p(gains.data / _SMOOTH)
    return gains.T.tocsr(), np.log(_SMOOTH) - np.log(total)


def _first(scores: Numbers, number: int) -> Places:
    """The places of the `number` highest scores, in no order."""
    if len(scores) <= number:
        return np.arange(len(scores))
    return np.argpartition(scores, -number)[-number:]


def grams(text: str) -> list[str]:
    """The characters of `text`, how each sounds, and how each pair of neighbours sounds."""
    bare = plain(plain_words(_LONG_NUMBER.sub("", text)))
    sounds = fuzzy_syllables(bare)
    return [*bare, *sounds, *map(" ".join, pairwise(sounds))]
