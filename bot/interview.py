"""The turns of an intake: one question at a time, until it is submitted or given up."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from actions import intake
from actions.complaints import Step
from actions.intake import Offers, Progress
from actions.questions import COMPLAINT, NUMBER
from actions.register import Standing
from actions.uploads import Upload
from bot.conversations import State
from bot.decision import Decision, Effect, FileComplaint, FileRequest, TakeStep
from bot.phrases import Phrases
from bot.turn import Route

_NUMBER = re.compile(r"\d{13,}")
_ONLY_FILES = {"补充附件": "就这些"}
"""What a supplement says where the files say it all."""


class Interview:
    """Takes answers, corrections and the words that steer an intake."""

    def __init__(self, phrases: Phrases) -> None:
        self._phrases = phrases

    def begin(
        self,
        state: State,
        name: str,
        opening: str,
        given: Mapping[str, str],
        offers: Offers | None = None,
    ) -> Decision:
        """Start the intake `name`; what is known, or was said first, answers what it can."""
        return self._start(state, intake.begin(name, opening, given, offers))

    def follow_up(
        self,
        state: State,
        step: Step,
        said: str,
        standings: Sequence[Standing],
        number: str = "",
    ) -> Decision:
        """Withdraw, supplement or dispute: the complaint meant, or the only one it can be.

        `number`: as a button carries it.
        """
        named = number or "".join(_NUMBER.findall(said)[:1])
        meant = [one for one in standings if one.complaint.number == named or not named]
        if not meant:
            return Decision(Route.COMPLAINT, state, (self._phrases.no_complaints(),))
        possible = [one for one in meant if step in one.can]
        if not possible:  # the register says why
            refused = TakeStep(meant[0].complaint.number, step)
            return Decision(Route.COMPLAINT, state, effects=(refused,))
        return self._start(state, _about(possible, step, said))

    def files(
        self, state: State, uploads: Sequence[Upload], standings: Sequence[Standing]
    ) -> Decision:
        """Pictures and the like, without words: for the intake under way, or for a complaint."""
        open_ones = [one for one in standings if Step.SUPPLEMENT in one.can]
        progress = state.intake
        if progress is None and open_ones:
            progress = _about(open_ones, Step.SUPPLEMENT)
        if progress is None:
            return Decision(Route.COMPLAINT, state, (self._phrases.files_kept(uploads),))
        if progress.plan.step is Step.SUPPLEMENT:
            progress = intake.offer(progress, progress.plan.story, _ONLY_FILES)
        return self.ask(state, progress, self._phrases.files_received(uploads))

    def _start(self, state: State, progress: Progress) -> Decision:
        if progress.complete:
            return self._submit(state, progress)
        return self.ask(state, progress, progress.plan.opening)

    def ask(self, state: State, progress: Progress, before: str = "") -> Decision:
        """The present question, `before` being said first."""
        return Decision(
            _route(progress),
            replace(state, intake=progress, misses=0),
            (self._phrases.ask(progress, before),),
        )

    def command(self, state: State, progress: Progress, text: str, command: str) -> Decision | None:
        """取消 and 再说一遍; None where `text` may be an answer."""
        if command == "cancel":
            return self._cancel(state, progress)
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
            return self._at_confirm(state, progress, text, meant)
        if progress.asking == intake.CORRECT:
            return self._at_correct(state, progress, text)
        after, problem = intake.answer(progress, text)
        if problem:
            return self.ask(state, progress, problem)
        if after.complete:
            return self._submit(state, after)
        return self.ask(state, after, _read_back(progress.asking, after))

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

    def _at_confirm(self, state: State, progress: Progress, text: str, meant: str) -> Decision:
        confirm = progress.plan.confirm
        if meant == "affirm" or (confirm and text == confirm.yes):
            return self._submit(state, progress)
        if confirm and not confirm.correctable:
            # In doubt nothing is ended: any not in the words is a no.
            refused = meant == "deny" or "不" in text or "别" in text
            return self._cancel(state, progress) if refused else self.ask(state, progress)
        if meant == "deny":
            return self.ask(state, replace(progress, asking=intake.CORRECT))
        if more := intake.listen(progress, text):
            return self.ask(state, more, "好的，记下了。")
        return self.ask(state, progress, "要改的话，请说改哪一项，比如“电话改一下”。")

    def _at_correct(self, state: State, progress: Progress, text: str) -> Decision:
        for question in progress.plan.questions:
            if any(word in text for word in (question.label, *question.hints)):
                return self.ask(state, intake.reopen(progress, question.slot))
        return self.ask(state, progress, "我没听明白是哪一项。")

    def _cancel(self, state: State, progress: Progress) -> Decision:
        reply = self._phrases.cancelled(progress)
        return Decision(Route.SERVICE, replace(state, intake=None), (reply,))

    def _submit(self, state: State, progress: Progress) -> Decision:
        state = replace(state, intake=None, misses=0)
        return Decision(_route(progress), state, effects=(_effect(progress),))


def _read_back(slot: str, after: Progress) -> str:
    """A number that was just given, so that a wrong one is noticed at once."""
    given = after.answers.get(slot, "")
    return f"记下了，{given}。" if slot == "contact" and any(map(str.isdigit, given)) else ""


def _about(standings: Sequence[Standing], step: Step, said: str = "") -> Progress:
    """The intake of a step about one of these complaints."""
    titles = {
        one.complaint.number: f"{one.complaint.number} {one.complaint.draft.product}"
        for one in standings
    }
    given = {NUMBER: next(iter(titles))} if len(titles) == 1 else {}
    return intake.begin(step, said, given, {NUMBER: titles})


def _route(progress: Progress) -> Route:
    registered = progress.plan is COMPLAINT or progress.plan.step
    return Route.COMPLAINT if registered else Route.SERVICE


def _effect(progress: Progress) -> Effect:
    """What a complete intake leads to."""
    if progress.plan is COMPLAINT:
        return FileComplaint(intake.drafted(progress))
    if step := progress.plan.step:
        answers = progress.answers
        return TakeStep(answers[NUMBER], step, answers.get(progress.plan.story, ""))
    return FileRequest(progress)
