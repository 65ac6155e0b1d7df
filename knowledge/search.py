"""Finding the article that answers a question, and how sure that is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from knowledge import ranking
from knowledge.article import Article
from knowledge.finding import Finding, Match, Verdict
from knowledge.index import Index
from knowledge.sounds import plain

SURE = 0.5
"""From this chance on the best article is quoted; by cross-validation (`knowledge.tune`), one in
eleven sentences that are off topic reaches it."""
CLOSE = 0.3
"""A second article with at least this part of the first one's chance is offered beside it."""
WORTH_SHOWING = 0.01
"""Below this a title is not even offered as a guess."""


class KnowledgeBase:
    """Approved articles, ready to be asked. Immutable; build a new one when articles change."""

    def __init__(self, articles: Iterable[Article], today: Callable[[], dt.date]) -> None:
        """`today` gives the date in the bank's own time zone; expired articles are not found."""
        self._articles = {article.id: article for article in articles}
        self._today = today
        self._places = list(self._articles.values())
        self._index = Index(self._places) if self._places else None
        self._said = _said_by_one(self._places)
        self._ranker = ranking.load()

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
        found = self._exactly(question) or self._nearly(self._index, question)
        worthy = [match for match in found if match.score >= WORTH_SHOWING]
        matches = [match for match in worthy if match.article.in_force(today)]
        if worthy and worthy[0].score >= SURE and not worthy[0].article.in_force(today):
            return Finding(Verdict.EXPIRED, (worthy[0], *matches[: limit - 1]))
        return Finding(_judge(matches), tuple(matches[:limit]))

    def _exactly(self, question: str) -> list[Match]:
        """The article that has this very way of asking: nothing needs to be guessed."""
        place = self._said.get(plain(question))
        return [] if place is None else [Match(self._places[place], 1.0)]

    def _nearly(self, index: Index, question: str) -> list[Match]:
        evidence = index.evidence(question)
        scores = self._ranker.scores(evidence)
        return [
            Match(self._places[evidence.articles[place]], float(scores[place]))
            for place in np.argsort(-scores, kind="stable")
        ]


def _said_by_one(articles: Sequence[Article]) -> dict[str, int]:
    """Ways of asking, bare of punctuation, to the place of the only article that has them."""
    said: dict[str, int] = {}
    shared: set[str] = set()
    for place, article in enumerate(articles):
        for way in map(plain, article.ways):
            if said.setdefault(way, place) != place:
                shared.add(way)
    return {way: place for way, place in said.items() if way not in shared}


def _judge(matches: Sequence[Match]) -> Verdict:
    if not matches:
        return Verdict.UNSURE
    first, *rest = (match.score for match in matches)
    second = rest[0] if rest else 0.0
    if second >= CLOSE * first and first + second >= SURE:
        return Verdict.CLOSE
    return Verdict.SURE if first >= SURE else Verdict.UNSURE
