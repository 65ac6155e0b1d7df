"""Answers from the reviewed knowledge: quoted, asked back, or honestly not known."""

from __future__ import annotations

from dataclasses import replace

from bot.conversations import State
from bot.decision import Decision
from bot.phrases import Phrases
from bot.turn import Route
from knowledge.search import KnowledgeBase, Verdict

_VERY_SURE = 0.75
"""An article that fits this well is the answer, whatever small talk the intent says."""


class Answers:
    """Looks up and quotes; nothing is generated."""

    def __init__(self, knowledge: KnowledgeBase, phrases: Phrases) -> None:
        self._knowledge = knowledge
        self._phrases = phrases

    def find(self, state: State, text: str) -> Decision:
        """The article that answers `text`, a choice of two, or that there is none."""
        finding = self._knowledge.answer(text)
        match finding.verdict:
            case Verdict.SURE:
                return self.quote(state, finding.best.article.id)
            case Verdict.CLOSE:
                reply = self._phrases.which(finding.matches)
                return Decision(Route.KNOWLEDGE, replace(state, misses=0), (reply,))
        misses = state.misses + 1
        reply = self._phrases.unknown(finding.matches, misses)
        return Decision(Route.FALLBACK, replace(state, misses=misses), (reply,))

    def surely(self, state: State, text: str) -> Decision | None:
        """The article that answers `text`; None where that is not certain."""
        return self._at_least(0, state, text)

    def very_surely(self, state: State, text: str) -> Decision | None:
        """The same, where even another intent gives way to it."""
        return self._at_least(_VERY_SURE, state, text)

    def _at_least(self, score: float, state: State, text: str) -> Decision | None:
        finding = self._knowledge.answer(text)
        if finding.verdict is not Verdict.SURE or finding.best.score < score:
            return None
        return self.quote(state, finding.best.article.id)

    def quote(self, state: State, id_: str) -> Decision:
        """The article `id_`; an intake under way goes on after it."""
        article = self._knowledge.article(id_)
        if article is None:
            return Decision(Route.FALLBACK, state, (self._phrases.expired(),))
        replies = [self._phrases.article(article)]
        if state.intake:
            replies.append(self._phrases.ask(state.intake, "我们接着刚才的登记。"))
        return Decision(Route.KNOWLEDGE, replace(state, article=id_, misses=0), tuple(replies))
