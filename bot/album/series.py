"""The articles as an audio series: chapters by topic, one episode for each article in force."""

from __future__ import annotations

from dataclasses import dataclass

from bot.phrases import Phrases
from bot.phrases.album import OTHERS, TOPICS, Part
from knowledge.article import Article
from knowledge.search import KnowledgeBase


@dataclass(frozen=True, slots=True)
class Chapter:
    """A topic."""

    topic: str
    title: str
    """In Chinese, for example 银行卡."""
    articles: tuple[Article, ...]
    """At least one, in the order in which they are told."""


class Album:
    """What can be listened to today."""

    def __init__(self, knowledge: KnowledgeBase, phrases: Phrases) -> None:
        self._knowledge = knowledge
        self._phrases = phrases

    def chapters(self) -> list[Chapter]:
        """Every approved article in force; what has expired is not among them."""
        by_topic: dict[str, list[Article]] = {topic: [] for topic in TOPICS}
        for article in self._knowledge.in_force():
            by_topic.setdefault(article.topic, []).append(article)
        return [
            Chapter(topic, TOPICS.get(topic, OTHERS), tuple(articles))
            for topic, articles in by_topic.items()
            if articles
        ]

    def article(self, id_: str) -> Article | None:
        """The article in force under this id."""
        return self._knowledge.article(id_)

    def episode(self, article: Article) -> tuple[str, ...]:
        """The texts to say, in order."""
        return tuple(part.text for part in self.parts(article))

    def parts(self, article: Article) -> list[Part]:
        """The same, with how long to wait after each."""
        return self._phrases.episode(article)
