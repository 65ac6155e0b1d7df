"""What happens next. No I/O: a turn and its meaning go in, replies and effects come out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from actions.branches import Branches, place_in
from actions.complaints import CUSTOMER, Step
from actions.gaps import Kind
from actions.intake import CONFIRM, Progress
from actions.queueing import Urgency
from actions.register import Standing
from bot import rules
from bot.album.series import Album
from bot.answers import Answers
from bot.channels import HOTLINE, REACHED
from bot.conversations import Conversation, State
from bot.decision import (
    CallHuman,
    Decision,
    Effect,
    JoinLink,
    LeaveLink,
    NoteGap,
    OfferLink,
    Rate,
    RepeatLast,
    ShowComplaints,
)
from bot.interview import Interview
from bot.lessons import Lessons, letter_in
from bot.on_the_line import GOT_IT, HUMAN, OnTheLine, nothing_more, wants_copy, with_more
from bot.phrases import Phrases
from bot.turn import Reply, Route, Turn
from bot.understanding import NOT_UNDERSTOOD, Understood
from knowledge.search import KnowledgeBase

_SOFT = frozenset({"out_of_scope", "abuse", "personal_data", "suggest", "repeat", "greet", "deny"})
"""Intents that an article which fits very well overrules."""
_SHORT = 12
"""Characters; longer text in an intake is an answer that happens to hold such words."""
_PATIENCE, _PATIENCE_ON_THE_TELEPHONE = 3, 2
"""Turns in vain after which a human is offered."""
_INTAKES = {"complain": "complaint", "book_visit": "visit", "suggest": "suggestion"}
_TAPS = {
    "complain": "complain",
    "visit": "book_visit",
    "suggest": "suggest",
    "cancel": "cancel",
    "progress": "complaint_status",
    "repeat": "repeat",
    "elder_on": "elder_on",
    "elder_off": "elder_off",
    "start": "greet",
    "bye": "bye",
    "noted": "affirm",
}
"""Buttons that say the same as words of this intent."""
_STEPS = {step.value: step for step in CUSTOMER}
"""Buttons of a registered complaint, each with its number."""
_QUESTION = re.compile(
    r"[?？吗呢么]$|怎么|如何|怎样|什么|多少|多久|几天|能不能|可不可以|是不是|有没有|哪"
)


def _agrees(text: str, understood: Understood | None) -> bool:
    """Whether it is a plain yes to what was offered."""
    by_rasa = understood is not None and understood.intent == "affirm" and len(text) <= _SHORT
    return (by_rasa or rules.keyword_intent(text) == "affirm") and not GOT_IT.search(text)


def _says_again(progress: Progress, text: str) -> bool:
    """Whether 我要撤回 is repeated where it was asked for a confirmation: that is a yes."""
    step = progress.plan.step
    return step is not None and rules.follow_up(text) is step


class Dialogue:
    """Answers, asks the next question of an intake, or transfers."""

    def __init__(self, knowledge: KnowledgeBase, phrases: Phrases, branches: Branches) -> None:
        self._phrases = phrases
        self._branches = branches
        self._answers = Answers(knowledge, phrases)
        self._interview = Interview(phrases)
        self._lessons = Lessons(knowledge, phrases)
        self.calls = OnTheLine(self._answers, Album(knowledge, phrases), phrases)

    def decide(
        self,
        conversation: Conversation,
        turn: Turn,
        understood: Understood | None,
        standings: Sequence[Standing] = (),
    ) -> Decision:
        """The next step; `understood` is None where nothing was said (a button, a picture).

        `standings`: this customer's complaints, the newest first.
        """
        offer = conversation.state.offer
        conversation = replace(conversation, state=replace(conversation.state, offer=""))
        if turn.payload == "/silence":
            return self.calls.silence(conversation) or self.human(
                conversation, "电话里没有听到说话"
            )
        meant = self._meant(conversation, turn, understood, offer)
        if meant == HUMAN:
            return self.human(conversation, "客户要求人工")
        if meant:
            turn, understood = replace(turn, text="", payload=meant), None
        decision = self._next(conversation, turn, understood, standings)
        if turn.uploads and turn.text:
            received = Reply(self._phrases.files_received(turn.uploads))
            decision = replace(decision, replies=(received, *decision.replies))
        if conversation.address.channel == HOTLINE:
            decision = with_more(decision)
        state = replace(decision.state, silences=0)
        if state.question == conversation.state.question:
            state = replace(state, question="")
        return replace(decision, state=state)

    def _meant(
        self, conversation: Conversation, turn: Turn, understood: Understood | None, offer: str
    ) -> str:
        """The payload that a plain yes, or a plain nothing more, stands for; "" for all else."""
        if turn.payload:
            return ""
        if offer and _agrees(turn.text, understood):
            return offer
        if conversation.address.channel != HOTLINE or conversation.state.intake:
            return ""
        return nothing_more(turn.text, offered=bool(offer))

    def _next(
        self,
        conversation: Conversation,
        turn: Turn,
        understood: Understood | None,
        standings: Sequence[Standing],
    ) -> Decision:
        state = conversation.state
        if turn.payload:
            return self._tapped(conversation, turn.payload, standings)
        if turn.uploads and not turn.text:
            return self._interview.files(state, turn.uploads, standings)
        intent = understood.intent if understood else NOT_UNDERSTOOD
        if state.intake:
            return self._in_intake(conversation, state.intake, turn.text, intent)
        if state.article and wants_copy(turn.text):
            return self.calls.copy(state, turn.text)
        if state.quiz and (letter := letter_in(turn.text)):
            return self._lessons.mark(conversation, letter)
        if rules.wants_album(turn.text):
            return self._album(conversation, "")
        step = rules.follow_up(turn.text)
        if step and (standings or (step is not Step.DISPUTE and "投诉" in turn.text)):
            return self._interview.follow_up(state, step, turn.text, standings)
        return self._answers.more(state, turn.text) or self._by_intent(
            conversation, turn.text, intent
        )

    def human(self, conversation: Conversation, reason: str) -> Decision:
        """The one step: into the queue, whatever else was going on."""
        urgency = Urgency.ELDER if conversation.elder else Urgency.NORMAL
        asked = conversation.state.question
        lacking = (NoteGap(Kind.HANDED_OFF, asked),) if asked else ()
        return Decision(
            Route.HUMAN,
            replace(conversation.state, misses=0, silences=0, question=""),
            effects=(CallHuman(urgency, reason), *lacking),
        )

    def link(self, conversation: Conversation, text: str) -> Decision | None:
        """Linking channels, by exact words and whoever answers now; None for other words."""
        match rules.link_command(text):
            case None:
                return None
            case "offer":
                effect: Effect = OfferLink()
            case "leave":
                effect = LeaveLink()
            case code:
                effect = JoinLink(code)
        return Decision(Route.SERVICE, conversation.state, effects=(effect,))

    def rating(self, state: State, payload: str) -> Decision | None:
        """What the customer thinks of the agent; None where `payload` is about other things."""
        score = payload.removeprefix("/rate:")
        if score == payload or not (score.isdecimal() and len(score) == 1):
            return None
        return Decision(Route.SERVICE, state, effects=(Rate(int(score)),))

    def fraud(self, conversation: Conversation) -> Decision:
        """A warning, and the most urgent place in the queue."""
        return Decision(
            Route.FRAUD,
            replace(conversation.state, misses=0),
            (self._phrases.fraud_warning(),),
            (CallHuman(Urgency.FRAUD, "疑似正在遭遇诈骗"),),
        )

    def _tapped(
        self, conversation: Conversation, payload: str, standings: Sequence[Standing]
    ) -> Decision:
        name, _, value = payload.removeprefix("/").partition(":")
        state, progress = conversation.state, conversation.state.intake
        if rated := self.rating(state, payload):
            return rated
        if noticed := self._noticed(conversation, name, value):
            return noticed
        if name == "article":
            return self._answers.quote(state, value)
        if name == "quiz":
            letter = letter_in(value)
            return (
                self._lessons.mark(conversation, letter)
                if letter
                else self._lessons.ask(conversation)
            )
        if progress and name in {"answer", "submit", "correct"}:
            return self._interview.tapped(state, progress, name, value)
        if name in _STEPS and progress:
            return self._interview.ask(state, progress, "我们先办完这件事，也可以说“取消”。")
        if name in _STEPS:
            return self._interview.follow_up(state, _STEPS[name], "", standings, value)
        intent = _TAPS.get(name)
        if progress and intent:
            return self._in_intake(conversation, progress, "", intent)
        if intent:
            return self._by_intent(conversation, "", intent)
        return Decision(Route.CHAT, state, (self._phrases.not_asked(),))

    def _noticed(self, conversation: Conversation, name: str, value: str) -> Decision | None:
        """What a channel tells of what it received; None for any other payload."""
        state = conversation.state
        if name == "copy":
            return self.calls.copy(state)
        if name == "album":
            return self._album(conversation, value)
        notice = self._phrases.notices().get(name) or self._near(name, value)
        if notice is None:
            return None
        asked = (self._phrases.ask(state.intake),) if state.intake else ()
        return Decision(Route.CHAT, state, (notice, *asked))

    def _album(self, conversation: Conversation, wanted: str) -> Decision:
        """The articles to listen to: told by telephone, elsewhere where they are found."""
        state = replace(conversation.state, misses=0)
        if conversation.address.channel == HOTLINE:
            return self.calls.lesson(state, wanted)
        asked = (self._phrases.ask(state.intake),) if state.intake else ()
        return Decision(Route.SERVICE, state, (self._phrases.where_to_listen(), *asked))

    def _near(self, name: str, value: str) -> Reply | None:
        """The branches near a place that was sent; None for another payload."""
        if name != "branch" or (place := place_in(value)) is None:
            return None
        return self._phrases.near_branches(
            self._branches.near(*place), sample=self._branches.sample
        )

    def _in_intake(
        self, conversation: Conversation, progress: Progress, text: str, intent: str
    ) -> Decision:
        state = conversation.state
        if intent == "ask_human":
            return self.human(conversation, "客户要求人工")
        # An answer must never be lost to a guess: within an intake, exact words give commands.
        command = (rules.keyword_intent(text) if text else intent) or ""
        if command in {"elder_on", "elder_off"} and len(text) <= _SHORT:
            turned = self._elder(state, on=command == "elder_on")
            return replace(turned, replies=(*turned.replies, self._phrases.ask(progress)))
        if progress.asking == CONFIRM and _says_again(progress, text):
            command = "affirm"
        meant = command if command in {"affirm", "deny"} else intent
        return (
            self._interview.command(state, progress, text, command)
            or self._interview.correct(state, progress, text)
            or self._aside(state, progress, text, intent)
            or self._interview.take(state, progress, text, meant)
        )

    def _aside(self, state: State, progress: Progress, text: str, intent: str) -> Decision | None:
        """A knowledge question in the middle is answered, and the intake goes on."""
        if progress.plan.step and progress.asking == progress.plan.story:
            return None  # 凭什么不退我钱？ is a reason, and no question
        is_question = intent == "ask_knowledge" and _QUESTION.search(text.strip())
        return self._answers.surely(state, text) if is_question else None

    def _by_intent(self, conversation: Conversation, text: str, intent: str) -> Decision:
        state = replace(conversation.state, misses=0)
        if intent in {"ask_knowledge", NOT_UNDERSTOOD}:
            is_call = conversation.address.channel == HOTLINE
            return self._answers.find(
                conversation.state, text, _PATIENCE_ON_THE_TELEPHONE if is_call else _PATIENCE
            )
        if intent in _SOFT and (better := self._answers.very_surely(state, text)):
            return better
        if intent in _INTAKES:
            name, channel = _INTAKES[intent], conversation.address.channel
            reached = REACHED.get(channel) if name == "complaint" else None
            given = {"contact": reached} if reached else {}
            offers = {"contact": self.calls.contacts(conversation)} if channel == HOTLINE else {}
            return self._interview.begin(state, name, text, given, offers)
        match intent:
            case "ask_human":
                return self.human(conversation, "客户要求人工")
            case "report_fraud":
                return self.fraud(conversation)
            case "quiz":
                return self._lessons.ask(conversation)
            case "complaint_status":
                return Decision(Route.COMPLAINT, state, effects=(ShowComplaints(),))
            case "repeat":
                return Decision(Route.CHAT, state, effects=(RepeatLast(),))
            case "elder_on" | "elder_off":
                return self._elder(state, on=intent == "elder_on")
        return self._small_talk(state, intent)

    def _elder(self, state: State, *, on: bool) -> Decision:
        reply = self._phrases.elder_on() if on else self._phrases.elder_off()
        return Decision(Route.SERVICE, state, (reply,), elder=on)

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
