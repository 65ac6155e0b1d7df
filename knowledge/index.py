"""How much each article has in common with a question, as numbers for the ranker.

Everything is a sparse table with one row per article, so that a search costs what the question's
own grams cost: 10,000 articles are searched like 200.
"""

from __future__ import annotations

import logging
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import bm25s
import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from knowledge.article import Article
from knowledge.paraphrase import plain_words
from knowledge.sounds import fuzzy_syllables, plain

CANDIDATES = 30
"""Articles that are looked at closely."""
_SMOOTH = 0.02
"""Naive Bayes: how much of every gram an article is given that never used it."""

_LONG_NUMBER = re.compile(r"\d{6,}")
"""Telephone, card and identity numbers: whose they are says nothing about the question."""

logging.getLogger("bm25s").setLevel(logging.WARNING)  # it would print each step

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Places = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for each candidate."""

    articles: Places
    """Shape (candidates,): places in the list that the index was built from."""
    features: Numbers
    """Shape (candidates, FEATURES): cosine and naive Bayes of grams, BM25 of what is written."""
    known: float
    """0 to 1: how much of the question's weight lies in grams that some article uses."""


FEATURES = ("likeness", "naive Bayes", "BM25")


class Index:
    """Immutable; built once from all articles that may be quoted."""

    def __init__(self, articles: Sequence[Article]) -> None:
        texts = [(article.answer, article.title, *article.ways) for article in articles]
        vectorizer = TfidfVectorizer(analyzer=grams, sublinear_tf=True)
        vectors = vectorizer.fit_transform([text for group in texts for text in group])
        self._vocabulary: dict[str, int] = vectorizer.vocabulary_
        self._idf: Numbers = vectorizer.idf_
        self._unknown = float(self._idf.max())
        owner = np.repeat(np.arange(len(texts)), [len(group) for group in texts])
        owns = sparse.csr_matrix((np.ones(len(owner)), (owner, np.arange(len(owner)))))
        wholes = (owns @ vectors).tocsr()
        self._bayes, self._floor = _naive_bayes(wholes)
        lengths = np.sqrt(np.asarray(wholes.multiply(wholes).sum(axis=1)).ravel())
        self._wholes = sparse.diags_array(1 / lengths).dot(wholes).T.tocsr()
        self._written = bm25s.BM25()
        self._written.index([written("".join(group)) for group in texts], show_progress=False)

    def evidence(self, question: str) -> Evidence:
        """The likeliest articles for `question`, and what speaks for each."""
        rows, weights, known = self._vector(question)
        if not rows:
            return Evidence(np.array([], np.int64), np.zeros((0, len(FEATURES))), 0.0)
        wholes = weights @ self._wholes[rows]
        bayes = weights @ self._bayes[rows] + weights.sum() * self._floor
        measures = np.stack([wholes, bayes, self._bm25(question)], axis=1)
        articles = np.unique([_first(measure, CANDIDATES) for measure in measures.T])
        return Evidence(articles, measures[articles], known)

    def _bm25(self, question: str) -> Numbers:
        """Shape (articles,)."""
        words = [word for word in written(question) if word in self._written.vocab_dict]
        return self._written.get_scores(words) if words else np.zeros(len(self._floor))

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


def written(text: str) -> list[str]:
    """The characters of `text` and each pair of neighbours, as written but in lower case."""
    plain_case = _LONG_NUMBER.sub("", text).lower()
    return [*plain_case, *map("".join, pairwise(plain_case))]
