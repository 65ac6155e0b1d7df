"""The turns of an intake: one question at a time, until it is submitted or given up."""

from __future__ import annotations

from dataclasses import replace

from actions import intake
from actions.intake import Progress
from bot.conversations import State
from bot.decision import Decision, FileComplaint, FileRequest
from bot.phrases import Phrases
from bot.turn import Route


class Interview:
    """Takes answers, corrections and the words that steer an intake."""

    def __init__(self, phrases: Phrases) -> None:
        self._phrases = phrases

    def begin(self, state: State, name: str, opening: str) -> Decision:
        """Start the intake `name`; what was said first answers what it can."""
        progress = intake.begin(name, opening)
        if progress.complete:
            return self._submit(state, progress)
        return self.ask(state, progress, self._phrases.intake_opening(progress))

    def ask(self, state: State, progress: Progress, before: str = "") -> Decision:
        """The present question, `before` being said first."""
        return Decision(
            Route.COMPLAINT if progress.intake == "complaint" else Route.SERVICE,
            replace(state, intake=progress, misses=0),
            (self._phrases.ask(progress, before),),
        )

    def command(self, state: State, progress: Progress, text: str, command: str) -> Decision | None:
        """取消 and 再说一遍; None where `text` may be an answer."""
        if command == "cancel":
            reply = self._phrases.cancelled(progress)
            return Decision(Route.SERVICE, replace(state, intake=None), (reply,))
        if not text or command == "repeat":
            return self.ask(state, progress)
        return None

    def correct(self, state: State, progress: Progress, text: str) -> Decision | None:
        """A correction of an earlier answer; None where `text` is none."""
        corrected = intake.correct(progress, text)
        if corrected is None:
            return None
        after, problem = corrected
        done = "好的，已经改过来了。" if after.answers != progress.answers else "好的，我们改一下。"
        return self.ask(state, after, problem or done)

    def take(self, state: State, progress: Progress, text: str, meant: str) -> Decision:
        """`text` as the answer to whatever is being asked; `meant` is its intent."""
        if progress.asking == intake.CONFIRM:
            return self._at_confirm(state, progress, meant)
        if progress.asking == intake.CORRECT:
            return self._at_correct(state, progress, text)
        after, problem = intake.answer(progress, text)
        if problem:
            return self.ask(state, progress, problem)
        return self._submit(state, after) if after.complete else self.ask(state, after)

    def tapped(self, state: State, progress: Progress, name: str, value: str) -> Decision:
        """A button of this intake; one of an older question asks the present one again."""
        asks_for_words = progress.asking not in {intake.CONFIRM, intake.CORRECT}
        if name == "submit" and progress.asking == intake.CONFIRM:
            return self._submit(state, progress)
        if name == "answer" and asks_for_words:
            return self.take(state, progress, value, "")
        if name == "correct" and value in progress.answers:
            return self.ask(state, intake.reopen(progress, value))
        if name == "correct":
            return self.ask(state, replace(progress, asking=intake.CORRECT))
        return self.ask(state, progress)

    def _at_confirm(self, state: State, progress: Progress, meant: str) -> Decision:
        if meant == "affirm":
            return self._submit(state, progress)
        if meant == "deny":
            return self.ask(state, replace(progress, asking=intake.CORRECT))
        return self.ask(state, progress, "要改的话，请说改哪一项，比如“电话改一下”。")

    def _at_correct(self, state: State, progress: Progress, text: str) -> Decision:
        for question in progress.plan.questions:
            if any(word in text for word in (question.label, *question.hints)):
                return self.ask(state, intake.reopen(progress, question.slot))
        return self.ask(state, progress, "我没听明白是哪一项。")

    def _submit(self, state: State, progress: Progress) -> Decision:
        state = replace(state, intake=None, misses=0)
        if progress.intake == "complaint":
            filed = FileComplaint(intake.drafted(progress))
            return Decision(Route.COMPLAINT, state, effects=(filed,))
        return Decision(Route.SERVICE, state, effects=(FileRequest(progress),))
