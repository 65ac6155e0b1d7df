"""Answers from the reviewed knowledge: quoted, asked back, or honestly not known."""

from __future__ import annotations

from dataclasses import replace

from actions.gaps import Kind
from bot.conversations import State
from bot.decision import Decision, NoteGap
from bot.followups import follows_up, questions_in
from bot.phrases import Phrases
from bot.turn import Reply, Route
from knowledge.finding import Verdict
from knowledge.search import KnowledgeBase

_VERY_SURE = 0.75
"""An article that fits this well is the answer, whatever small talk the intent says."""


class Answers:
    """Looks up and quotes; nothing is generated."""

    def __init__(self, knowledge: KnowledgeBase, phrases: Phrases) -> None:
        self._knowledge = knowledge
        self._phrases = phrases

    def find(self, state: State, text: str, patience: int) -> Decision:
        """What answers `text`: an article, several in turn, a choice of two, or nothing.

        `patience`: so many turns in vain, and a human is offered.
        """
        parts = questions_in(text)
        if len(parts) > 1 and (several := self._in_turn(state, parts)):
            return several
        finding = self._knowledge.answer(text)
        match finding.verdict:
            case Verdict.SURE | Verdict.EXPIRED:
                return self.quote(replace(state, question=text), finding.best.article.id)
            case Verdict.CLOSE:
                reply = self._phrases.which(finding.matches)
                return Decision(Route.KNOWLEDGE, replace(state, misses=0), (reply,))
        misses = state.misses + 1
        in_vain = misses >= patience
        reply = self._phrases.unknown(finding.matches, in_vain=in_vain)
        state = replace(state, misses=misses, offer="/human" if in_vain else "")
        return Decision(Route.FALLBACK, state, (reply,), (NoteGap(Kind.UNANSWERED, text),))

    def _in_turn(self, state: State, parts: list[str]) -> Decision | None:
        """Each question's article; None unless every one is sure and two differ."""
        found = [self._knowledge.answer(part) for part in parts]
        if any(finding.verdict is not Verdict.SURE for finding in found):
            return None
        articles = list(
            {finding.best.article.id: finding.best.article for finding in found}.values()
        )
        if len(articles) < 2:
            return None
        replies = tuple(self._phrases.article(article) for article in articles)
        return Decision(Route.KNOWLEDGE, replace(state, article=articles[-1].id, misses=0), replies)

    def more(self, state: State, text: str) -> Decision | None:
        """What the article quoted last says about a short further question; None if it is none."""
        article = self._knowledge.article(state.article) if state.article else None
        lines = follows_up(text, article) if article else None
        if article is None or lines is None:
            return None
        related = [one for id_ in article.related if (one := self._knowledge.article(id_))]
        reply = self._phrases.more(article, lines, related)
        return Decision(Route.KNOWLEDGE, replace(state, misses=0), (reply,))

    def surely(self, state: State, text: str) -> Decision | None:
        """The article that answers `text`; None where that is not certain."""
        return self._at_least(0, state, text)

    def very_surely(self, state: State, text: str) -> Decision | None:
        """The same, where even another intent gives way to it."""
        return self._at_least(_VERY_SURE, state, text)

    def _at_least(self, score: float, state: State, text: str) -> Decision | None:
        finding = self._knowledge.answer(text)
        if finding.verdict not in (Verdict.SURE, Verdict.EXPIRED) or finding.best.score < score:
            return None
        return self.quote(replace(state, question=text), finding.best.article.id)

    def written(self, id_: str) -> Reply | None:
        """The article `id_` as it is read; None where it may not be quoted."""
        article = self._knowledge.article(id_) if id_ else None
        return self._phrases.article(article) if article else None

    def quote(self, state: State, id_: str) -> Decision:
        """The article `id_`; an intake under way goes on after it."""
        article = self._knowledge.article(id_)
        if article is None:
            return Decision(Route.FALLBACK, state, (self._phrases.expired(),))
        replies = [self._phrases.article(article)]
        if state.intake:
            replies.append(self._phrases.ask(state.intake, "我们接着刚才的登记。"))
        return Decision(Route.KNOWLEDGE, replace(state, article=id_, misses=0), tuple(replies))
