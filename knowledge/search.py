"""Finding the article that answers a question: characters and fuzzy pinyin, compared as vectors."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from knowledge.article import Article
from knowledge.sounds import fuzzy_syllables, plain

# Tuned by cross-validation over the articles' own ways of asking, against out-of-scope sentences of
# the intent data; never on nlu_data/tests.
SURE = 0.28
"""From this score on the best article is the answer."""
CLOSE = 0.02
"""Two articles nearer to each other than this are both offered."""
WORTH_SHOWING = 0.14
"""Below this a title is not even offered as a guess."""
_VOTES = (0.4, 0.3, 0.15, 0.15)
"""How much an article's best, second, third and fourth likeness count."""
_SHARPNESS = 5.0
"""Makes the classifier's margins into shares: higher trusts its first choice more."""


Scores = np.ndarray[Any, np.dtype[np.float64]]


class Verdict(StrEnum):
    """How well a question was understood by the search."""

    SURE = "sure"
    CLOSE = "close"
    """Two articles fit about equally: ask which one is meant."""
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Match:
    """An article and how well it fits."""

    article: Article
    score: float
    """0 (nothing in common) to 1 (one of its ways of asking, word for word)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the search found, best first."""

    verdict: Verdict
    matches: tuple[Match, ...]

    @property
    def best(self) -> Match:
        """The first match. Raises IndexError where there is none."""
        return self.matches[0]


class KnowledgeBase:
    """Approved articles, ready to be asked. Immutable; build a new one when articles change."""

    def __init__(self, articles: Iterable[Article], today: Callable[[], dt.date]) -> None:
        """`today` gives the date in the bank's own time zone; expired articles are not found."""
        self._articles = {article.id: article for article in articles}
        self._today = today
        self._index = _Index(list(self._articles.values())) if self._articles else None

    def __len__(self) -> int:
        return len(self._articles)

    def article(self, id_: str) -> Article | None:
        """The article in force under this id."""
        article = self._articles.get(id_)
        return article if article and article.in_force(self._today()) else None

    def in_force(self) -> list[Article]:
        """Every article that may be quoted today, by id."""
        today = self._today()
        return [
            self._articles[id_]
            for id_ in sorted(self._articles)
            if self._articles[id_].in_force(today)
        ]

    def answer(self, question: str, limit: int = 5) -> Finding:
        """The articles nearest to `question`, at most `limit`, and how sure that is."""
        if self._index is None:
            return Finding(Verdict.UNSURE, ())
        today = self._today()
        matches: list[Match] = []
        for article, score in self._index.rank(question):
            if score < WORTH_SHOWING or len(matches) == limit:
                break
            if article.in_force(today):
                matches.append(Match(article, score))
        return Finding(_judge(matches), tuple(matches))


def _judge(matches: Sequence[Match]) -> Verdict:
    if not matches or matches[0].score < SURE:
        return Verdict.UNSURE
    if len(matches) > 1 and matches[0].score - matches[1].score < CLOSE:
        return Verdict.CLOSE
    return Verdict.SURE


class _Index:
    """Half of the score is likeness to ways of asking, half a classifier's share per article."""

    def __init__(self, articles: list[Article]) -> None:
        self._articles = articles
        known = [
            (number, text)
            for number, article in enumerate(articles)
            for text in (article.title, article.answer, *article.questions)
        ]
        self._owner = np.array([number for number, _ in known])
        vectorizer = TfidfVectorizer(analyzer=_grams, sublinear_tf=True)
        texts = vectorizer.fit_transform([text for _, text in known])
        self._vocabulary: dict[str, int] = vectorizer.vocabulary_
        self._idf: Scores = vectorizer.idf_
        self._texts = texts.T.tocsr()
        self._margins: tuple[Scores, Scores] | None = None
        if len(articles) > 2:  # two classes have one margin between them, one class has none
            classifier = LinearSVC(random_state=0).fit(texts, self._owner)
            self._margins = np.ascontiguousarray(classifier.coef_.T), classifier.intercept_

    def rank(self, question: str) -> list[tuple[Article, float]]:
        """Every article with its score, best first."""
        features, weights = self._vector(question)
        if not features:
            return []
        likeness = weights @ self._texts[features]
        scores = (self._vote(likeness) + self._shares(features, weights)) / 2
        order = np.argsort(-scores, kind="stable")
        return [(self._articles[number], float(scores[number])) for number in order]

    def _vector(self, question: str) -> tuple[list[int], Scores]:
        """The question's features and their weights, of length 1.

        What TfidfVectorizer.transform does, without its checks of the input: they cost 1 ms.
        """
        counts = Counter(_grams(question))
        known = {gram: self._vocabulary[gram] for gram in counts if gram in self._vocabulary}
        features = list(known.values())
        weights = np.array([1 + math.log(counts[gram]) for gram in known]) * self._idf[features]
        return features, weights / (np.linalg.norm(weights) or 1)

    def _vote(self, likeness: Scores) -> Scores:
        """Per article, the weighted sum of its nearest texts. Shapes (texts,) → (articles,)."""
        order = np.lexsort((-likeness, self._owner))
        first = np.searchsorted(self._owner[order], np.arange(len(self._articles)))
        ranked = likeness[order]
        best = np.stack([ranked[first + place] for place in range(len(_VOTES))])
        scores: Scores = np.array(_VOTES) @ best
        return scores

    def _shares(self, features: list[int], weights: Scores) -> Scores:
        """The classifier's opinion, adding up to 1. Shape (articles,)."""
        if self._margins is None:
            return np.ones(len(self._articles)) / len(self._articles)
        coefficients, intercepts = self._margins
        margins = weights @ coefficients[features] + intercepts
        shares: Scores = np.exp(_SHARPNESS * (margins - margins.max()))
        shares /= shares.sum()
        return shares


def _grams(text: str) -> list[str]:
    """The characters of `text`, how each sounds, and how each pair of neighbours sounds."""
    bare = plain(text)
    sounds = fuzzy_syllables(bare)
    return [*bare, *sounds, *map(" ".join, pairwise(sounds))]
