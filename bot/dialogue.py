"""What happens next. No I/O: a turn and its meaning go in, replies and effects come out."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace

from actions import intake
from actions.complaints import Draft
from actions.handoff import Urgency
from actions.intake import Progress
from bot import rules
from bot.conversations import Conversation, State
from bot.phrases import Phrases, quiz_options
from bot.turn import Reply, Route, Turn
from bot.understanding import NOT_UNDERSTOOD, Understood
from knowledge.search import Finding, KnowledgeBase, Verdict


@dataclass(frozen=True, slots=True)
class CallHuman:
    """Put the customer in the queue."""

    urgency: Urgency
    reason: str


@dataclass(frozen=True, slots=True)
class LeaveQueue:
    """Take the customer out of the queue."""


@dataclass(frozen=True, slots=True)
class FileComplaint:
    """Register a complaint."""

    draft: Draft


@dataclass(frozen=True, slots=True)
class FileRequest:
    """Register a visit or a suggestion."""

    progress: Progress


@dataclass(frozen=True, slots=True)
class ShowComplaints:
    """Tell where the customer's complaints stand."""


@dataclass(frozen=True, slots=True)
class RepeatLast:
    """Say the last answer again."""


Effect = CallHuman | LeaveQueue | FileComplaint | FileRequest | ShowComplaints | RepeatLast


@dataclass(frozen=True, slots=True)
class Decision:
    """What a turn leads to; the effects' own replies follow `replies`."""

    route: Route
    state: State
    replies: tuple[Reply, ...] = ()
    effects: tuple[Effect, ...] = ()
    elder: bool | None = None
    """A new elder mode; None leaves it as it is."""


_VERY_SURE = 0.75
"""An article that fits this well is the answer, whatever small talk the intent says."""
_SOFT = frozenset({"out_of_scope", "abuse", "personal_data", "suggest", "repeat", "greet", "deny"})


class Dialogue:
    """Answers, asks the next question of an intake, or transfers."""

    def __init__(
        self,
        knowledge: KnowledgeBase,
        phrases: Phrases,
        certainty: float,
        choose: Callable[[list[str]], str] = random.choice,
    ) -> None:
        """`certainty`: intents below it count as not understood. `choose` picks a quiz."""
        self._knowledge = knowledge
        self._phrases = phrases
        self._certainty = certainty
        self._choose = choose

    def decide(
        self, conversation: Conversation, turn: Turn, understood: Understood | None
    ) -> Decision:
        """The next step; `understood` is None for a tapped button."""
        state = conversation.state
        if turn.payload:
            return self._tapped(conversation, turn.payload)
        sure = understood is not None and understood.confidence >= self._certainty
        intent = understood.intent if understood and sure else NOT_UNDERSTOOD
        if state.intake:
            return self._in_intake(conversation, state.intake, turn.text, intent)
        if state.quiz and (letter := _letter(turn.text)):
            return self._quiz_answered(conversation, letter)
        return self._by_intent(conversation, turn.text, intent)

    def human(self, conversation: Conversation, reason: str) -> Decision:
        """The one step: into the queue, whatever else was going on."""
        urgency = Urgency.ELDER if conversation.elder else Urgency.NORMAL
        return Decision(
            Route.HUMAN,
            replace(conversation.state, misses=0),
            effects=(CallHuman(urgency, reason),),
        )

    def fraud(self, conversation: Conversation) -> Decision:
        """A warning, and the most urgent place in the queue."""
        return Decision(
            Route.FRAUD,
            replace(conversation.state, misses=0),
            (self._phrases.fraud_warning(),),
            (CallHuman(Urgency.FRAUD, "疑似正在遭遇诈骗"),),
        )

    # --- buttons

    def _tapped(self, conversation: Conversation, payload: str) -> Decision:
        name, _, value = payload.removeprefix("/").partition(":")
        state, progress = conversation.state, conversation.state.intake
        if name == "article":
            return self._quote(state, value)
        if name == "quiz":
            letter = _letter(value)
            return self._quiz_answered(conversation, letter) if letter else self._quiz(conversation)
        if progress and name in {"answer", "submit", "correct"}:
            return self._tapped_in_intake(conversation, progress, name, value)
        intent = {
            "complain": "complain",
            "visit": "book_visit",
            "suggest": "suggest",
            "cancel": "cancel",
            "progress": "complaint_status",
            "repeat": "repeat",
            "elder_on": "elder_on",
            "elder_off": "elder_off",
            "start": "greet",
        }.get(name)
        if progress and intent:
            return self._in_intake(conversation, progress, "", intent)
        if intent:
            return self._by_intent(conversation, "", intent)
        return Decision(Route.CHAT, state, (self._phrases.not_asked(),))

    def _tapped_in_intake(
        self, conversation: Conversation, progress: Progress, name: str, value: str
    ) -> Decision:
        state = conversation.state
        if name == "submit" and progress.asking == intake.CONFIRM:
            return self._submit(state, progress)
        if name == "answer" and progress.asking not in {intake.CONFIRM, intake.CORRECT}:
            return self._answered(state, progress, value)
        if name == "correct" and value in progress.answers:
            return self._ask(state, intake.reopen(progress, value))
        if name == "correct":
            return self._ask(state, replace(progress, asking=intake.CORRECT))
        return self._ask(state, progress)

    # --- intakes

    def _start(self, conversation: Conversation, name: str, opening: str) -> Decision:
        progress = intake.begin(name, opening)
        if progress.complete:
            return self._submit(conversation.state, progress)
        return self._ask(conversation.state, progress, self._phrases.intake_opening(progress))

    def _in_intake(
        self, conversation: Conversation, progress: Progress, text: str, intent: str
    ) -> Decision:
        state = conversation.state
        if intent == "ask_human":
            return self.human(conversation, "客户要求人工")
        # An answer must never be lost to a guess: within an intake, exact words give commands.
        command = rules.keyword_intent(text) if text else intent
        obeyed = self._command_in_intake(conversation, progress, text, command)
        if obeyed:
            return obeyed
        corrected = intake.correct(progress, text)
        if corrected:
            after, problem = corrected
            if problem:
                return self._ask(state, after, problem)
            changed = after.answers != progress.answers
            return self._ask(
                state, after, "好的，已经改过来了。" if changed else "好的，我们改一下。"
            )
        if intent == "ask_knowledge" and _is_question(text):
            finding = self._knowledge.answer(text)
            if finding.verdict is Verdict.SURE:
                return self._quote(state, finding.best.article.id)
        if progress.asking == intake.CONFIRM:
            meant = command if command in {"affirm", "deny"} else intent
            return self._at_confirm(state, progress, meant)
        if progress.asking == intake.CORRECT:
            return self._at_correct(state, progress, text)
        return self._answered(state, progress, text)

    def _command_in_intake(
        self, conversation: Conversation, progress: Progress, text: str, command: str | None
    ) -> Decision | None:
        """取消, 再说一遍 and the like; None where `text` is an answer."""
        state = conversation.state
        if command == "cancel":
            reply = self._phrases.cancelled(progress)
            return Decision(Route.SERVICE, replace(state, intake=None), (reply,))
        if command in {"elder_on", "elder_off"} and len(text) <= _SHORT:
            turned = self._by_intent(conversation, text, command)
            return replace(turned, replies=(*turned.replies, self._phrases.ask(progress)))
        if not text or command == "repeat":
            return self._ask(state, progress)
        return None

    def _at_confirm(self, state: State, progress: Progress, intent: str) -> Decision:
        if intent == "affirm":
            return self._submit(state, progress)
        if intent == "deny":
            return self._ask(state, replace(progress, asking=intake.CORRECT))
        return self._ask(state, progress, "要改的话，请说改哪一项，比如“电话改一下”。")

    def _at_correct(self, state: State, progress: Progress, text: str) -> Decision:
        for question in progress.plan.questions:
            if any(word in text for word in (question.label, *question.hints)):
                return self._ask(state, intake.reopen(progress, question.slot))
        return self._ask(state, progress, "我没听明白是哪一项。")

    def _answered(self, state: State, progress: Progress, text: str) -> Decision:
        after, problem = intake.answer(progress, text)
        if problem:
            return self._ask(state, progress, problem)
        if after.complete:
            return self._submit(state, after)
        return self._ask(state, after)

    def _ask(self, state: State, progress: Progress, before: str = "") -> Decision:
        return Decision(
            _ROUTES.get(progress.intake, Route.SERVICE),
            replace(state, intake=progress, misses=0),
            (self._phrases.ask(progress, before),),
        )

    def _submit(self, state: State, progress: Progress) -> Decision:
        state = replace(state, intake=None, misses=0)
        if progress.intake == "complaint":
            return Decision(
                Route.COMPLAINT, state, effects=(FileComplaint(Draft(**progress.answers)),)
            )
        return Decision(Route.SERVICE, state, effects=(FileRequest(progress),))

    # --- intents

    def _by_intent(self, conversation: Conversation, text: str, intent: str) -> Decision:
        state = replace(conversation.state, misses=0)
        if intent in {"ask_knowledge", NOT_UNDERSTOOD} or intent in _SOFT:
            finding = self._knowledge.answer(text)
            if intent not in _SOFT or _fits_well(finding):
                return self._found(conversation.state, finding)
        if intent == "ask_human":
            return self.human(conversation, "客户要求人工")
        if intent == "report_fraud":
            return self.fraud(conversation)
        if intent in _INTAKES:
            return self._start(conversation, _INTAKES[intent], text)
        if intent == "quiz":
            return self._quiz(conversation)
        if intent == "complaint_status":
            return Decision(Route.COMPLAINT, state, effects=(ShowComplaints(),))
        if intent == "repeat":
            return Decision(Route.CHAT, state, effects=(RepeatLast(),))
        if intent in {"elder_on", "elder_off"}:
            on = intent == "elder_on"
            reply = self._phrases.elder_on() if on else self._phrases.elder_off()
            return Decision(Route.SERVICE, state, (reply,), elder=on)
        return self._small_talk(state, intent)

    def _small_talk(self, state: State, intent: str) -> Decision:
        says = self._phrases
        talk = {
            "greet": says.greeting,
            "thank": says.thank,
            "bye": says.bye,
            "affirm": says.not_asked,
            "deny": says.not_asked,
            "cancel": says.nothing_to_cancel,
            "abuse": says.abuse,
            "personal_data": says.personal_data,
            "out_of_scope": says.out_of_scope,
            "find_branch": says.find_branch,
        }
        route = Route.SERVICE if intent in {"find_branch", "personal_data"} else Route.CHAT
        return Decision(route, state, (talk.get(intent, says.not_asked)(),))

    # --- knowledge

    def _found(self, state: State, finding: Finding) -> Decision:
        if finding.verdict is Verdict.SURE:
            return self._quote(state, finding.best.article.id)
        if finding.verdict is Verdict.CLOSE:
            return Decision(
                Route.KNOWLEDGE, replace(state, misses=0), (self._phrases.which(finding.matches),)
            )
        misses = state.misses + 1
        return Decision(
            Route.FALLBACK,
            replace(state, misses=misses),
            (self._phrases.unknown(finding.matches, misses),),
        )

    def _quote(self, state: State, id_: str) -> Decision:
        article = self._knowledge.article(id_)
        if article is None:
            return Decision(Route.FALLBACK, state, (self._phrases.expired(),))
        replies = [self._phrases.article(article)]
        if state.intake:
            replies.append(self._phrases.ask(state.intake, "我们接着刚才的登记。"))
        return Decision(Route.KNOWLEDGE, replace(state, article=id_, misses=0), tuple(replies))

    # --- 消保小课堂

    def _quiz(self, conversation: Conversation) -> Decision:
        ids = [
            article.id
            for article in self._knowledge.in_force()
            if article.id != conversation.state.quiz
        ]
        if not ids:
            return Decision(Route.FALLBACK, conversation.state, (self._phrases.expired(),))
        id_ = self._choose(ids)
        article = self._knowledge.article(id_)
        assert article is not None  # noqa: S101 - in_force() has just listed it
        reply = self._phrases.quiz(article, elder=conversation.elder)
        return Decision(Route.SERVICE, replace(conversation.state, quiz=id_, misses=0), (reply,))

    def _quiz_answered(self, conversation: Conversation, letter: str) -> Decision:
        state = conversation.state
        article = self._knowledge.article(state.quiz)
        if article is None or letter not in quiz_options(article, elder=conversation.elder):
            return self._quiz(conversation)
        return Decision(
            Route.SERVICE,
            replace(state, quiz="", misses=0),
            (self._phrases.quiz_result(article, letter),),
        )


_SHORT = 12
"""Characters; longer text in an intake is an answer that happens to hold such words."""
_INTAKES = {"complain": "complaint", "book_visit": "visit", "suggest": "suggestion"}
_ROUTES = {"complaint": Route.COMPLAINT}
_QUESTION = re.compile(
    r"[?？吗呢么]$|怎么|如何|怎样|什么|多少|多久|几天|能不能|可不可以|是不是|有没有|哪"
)


def _is_question(text: str) -> bool:
    return bool(_QUESTION.search(text.strip()))


def _fits_well(finding: Finding) -> bool:
    return finding.verdict is Verdict.SURE and finding.best.score >= _VERY_SURE


def _letter(text: str) -> str | None:
    """A, B or C out of a short answer to a quiz."""
    found = re.fullmatch(r"\W*(?:选|我选|是)?\W*([A-Ca-cＡ-Ｃ])\W*(?:吧|项|啊)?\W*", text)
    return unicodedata.normalize("NFKC", found[1]).upper() if found else None
