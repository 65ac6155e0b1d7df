"""消保小课堂: one A/B/C question out of the reviewed articles, and whether the answer was right."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace

from bot.conversations import Conversation
from bot.decision import Decision
from bot.phrases import Phrases, quiz_options
from bot.turn import Route
from knowledge.search import KnowledgeBase


class Lessons:
    """Asks and marks."""

    def __init__(
        self,
        knowledge: KnowledgeBase,
        phrases: Phrases,
        choose: Callable[[list[str]], str] = random.choice,
    ) -> None:
        """`choose` picks one of the articles' ids."""
        self._knowledge = knowledge
        self._phrases = phrases
        self._choose = choose

    def ask(self, conversation: Conversation) -> Decision:
        """A question, and never the same twice running."""
        state = conversation.state
        articles = {one.id: one for one in self._knowledge.in_force() if one.id != state.quiz}
        if not articles:
            return Decision(Route.FALLBACK, state, (self._phrases.expired(),))
        article = articles[self._choose(list(articles))]
        reply = self._phrases.quiz(article, elder=conversation.elder)
        return Decision(Route.SERVICE, replace(state, quiz=article.id, misses=0), (reply,))

    def mark(self, conversation: Conversation, letter: str) -> Decision:
        """Right or wrong, and why; a new question where the answer fits none."""
        state = conversation.state
        article = self._knowledge.article(state.quiz)
        if article is None or letter not in quiz_options(article, elder=conversation.elder):
            return self.ask(conversation)
        reply = self._phrases.quiz_result(article, letter)
        return Decision(Route.SERVICE, replace(state, quiz="", misses=0), (reply,))


def letter_in(text: str) -> str | None:
    """A, B or C out of a short answer."""
    found = re.fullmatch(r"\W*(?:选|我选|是)?\W*([A-Ca-cＡ-Ｃ])\W*(?:吧|项|啊)?\W*", text)
    return unicodedata.normalize("NFKC", found[1]).upper() if found else None
