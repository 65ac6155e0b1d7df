"""How far a customer has come with an intake: answers, corrections, what to ask next.

Pure: an answer goes in, the next state comes out. Nothing is stored here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from actions import hearing
from actions.complaints import Draft
from actions.questions import INTAKES, Intake, Question

MAX_ANSWER = 1_000
"""Characters kept of one answer."""
_REMEMBERED = 4_000
"""Characters of what was said that are looked through for answers."""
_STORY = 5
"""Characters beside the wish itself from which on an opening tells what happened."""

CONFIRM = "confirm"
CORRECT = "correct"

Offers = Mapping[str, Mapping[str, str]]
"""For a slot, the answers that only this customer is offered, each with its button's title."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one customer has come."""

    intake: str
    asking: str
    """A slot, `confirm`, or `correct` (which answer is to be changed?)."""
    answers: Mapping[str, str] = field(default_factory=dict)
    said: str = ""
    """Everything the customer said in this intake, in which answers may be heard."""
    offers: Offers = field(default_factory=dict)

    @property
    def plan(self) -> Intake:
        """The questions being asked."""
        return INTAKES[self.intake]

    @property
    def complete(self) -> bool:
        """Whether nothing is left to ask or to confirm."""
        return self.asking == CONFIRM and self.plan.confirm is None


def begin(
    name: str,
    opening: str = "",
    given: Mapping[str, str] | None = None,
    offers: Offers | None = None,
) -> Progress:
    """Start the intake `name`: what is known already, or was said first, is not asked again."""
    plan = INTAKES[name]
    answers = dict(given or {})
    if plan.story and _tells_a_story(opening, plan):
        answers[plan.story] = opening[:MAX_ANSWER]
    return _advance(_hear(Progress(name, CONFIRM, answers, opening[:_REMEMBERED], offers or {})))


def answer(progress: Progress, text: str) -> tuple[Progress, str | None]:
    """Take `text` as the answer to the present question: the next state, and what was wrong."""
    question = progress.plan.question(progress.asking)
    text = text.strip()[:MAX_ANSWER]
    if not text:
        return progress, "我没有收到内容，请您再说一次。"
    value = question.read(text)
    offered = progress.offers.get(question.slot, {})
    if question.closed:
        value = _chosen(offered, text)
    problem = None if value in offered else question.check(value)
    if question.closed and not value:
        problem = "没有找到这个编号。请点下面的一件，或者说出编号的最后几位。"
    if problem:
        return progress, problem
    taken = replace(progress, answers={**progress.answers, question.slot: value})
    return _advance(_hear(taken, text)), None


def listen(progress: Progress, text: str) -> Progress | None:
    """What `text` tells unasked about slots that are still empty; None where it tells nothing."""
    after = _hear(progress, text)
    return None if after.answers == progress.answers else _advance(after)


def offer(progress: Progress, slot: str, choices: Mapping[str, str]) -> Progress:
    """Offer `choices` (answer to button) at the question of `slot`."""
    return replace(progress, offers={**progress.offers, slot: choices})


def reopen(progress: Progress, slot: str) -> Progress:
    """Ask `slot` again. Raises KeyError when the intake has no such question."""
    progress.plan.question(slot)
    return replace(progress, asking=slot)


def correct(progress: Progress, text: str) -> tuple[Progress, str | None] | None:
    """Take `text` as a correction of an answer given before; None when it is not one.

    「电话不对，是13900000000」 replaces it at once; 「电话错了」 asks for it again.
    """
    question = _named(progress, text)
    if question is None or question.slot not in progress.answers:
        return None
    asking = progress.asking
    value = _new_value(text, question)
    if not value:
        return reopen(progress, question.slot), None
    changed, problem = answer(reopen(progress, question.slot), value)
    if problem or asking in {question.slot, CONFIRM, CORRECT}:
        return changed, problem
    return replace(changed, asking=asking), None


def summary(progress: Progress) -> str:
    """The answers, one line each, as the customer gave them."""
    return "\n".join(
        f"{question.label}：{progress.answers[question.slot]}"
        for question in progress.plan.questions
        if progress.answers.get(question.slot)
    )


def spoken_summary(progress: Progress) -> str:
    """The same, to be listened to."""
    return "".join(f"{line.rstrip('。！？!?')}。" for line in summary(progress).splitlines())


def drafted(progress: Progress) -> Draft:
    """The complaint that a complete intake amounts to. Raises KeyError where it is not complete."""
    given = progress.answers
    return Draft(
        given["what"],
        given["product"],
        given["when_where"],
        given["wants"],
        given.get("contact", ""),
        given.get("proxy", ""),
        given.get("representatives", ""),
        anonymous=given.get("anonymous") == "是",
    )


def _advance(progress: Progress) -> Progress:
    """Ask the first question that needs to be asked and has no answer."""
    for question in progress.plan.questions:
        if question.slot not in progress.answers and question.when(progress.said, progress.answers):
            return replace(progress, asking=question.slot)
    return replace(progress, asking=CONFIRM)


def _hear(progress: Progress, text: str = "") -> Progress:
    """Remember `text`, and fill in what it, or the opening, says beside what was asked."""
    said = f"{progress.said}\n{text}".strip()[-_REMEMBERED:]
    answers = dict(progress.answers)
    for question in progress.plan.questions:
        is_open = question.slot not in answers or (question.latest and text)
        if is_open and (heard := question.hear(text or said)):
            answers[question.slot] = heard[:MAX_ANSWER]
    if answers.get("anonymous") == "否" and not answers.get("contact", "?"):
        del answers["contact"]  # left out only while nobody was to know who it is
    return replace(progress, answers=answers, said=said)


def _tells_a_story(text: str, plan: Intake) -> bool:
    """Whether the opening holds more than the wish itself (我要投诉, 我替我妈投诉)."""
    rest = hearing.without_framing(text)
    found = plan.wish.match(rest)
    return len(rest) - (found.end() if found else 0) >= _STORY


def _chosen(offered: Mapping[str, str], text: str) -> str:
    """The one offered answer that `text` names, also by its last digits; "" where it is none."""
    digits = re.sub(r"\D", "", text)
    fitting = [
        value for value in offered if value in text or (len(digits) >= 3 and value.endswith(digits))
    ]
    return fitting[0] if len(fitting) == 1 else ""


_VALUE = re.compile(r"(?:改成|改为|更正为|应该是|应当是|而是|换成|，是|,是|。是| 是|是)(.+)$")


def _named(progress: Progress, text: str) -> Question | None:
    """The question whose answer `text` says is wrong, such as 电话错了 or 改一下时间."""
    if len(text) > 60:  # a story that happens to hold these words
        return None
    for question in progress.plan.questions:
        name = "|".join(map(re.escape, (question.label, *question.hints)))
        wrong = rf"^.{{0,8}}(?:{name}).{{0,5}}(?:错|不对|不是|改|更正|应该是|换成)"
        change = rf"^.{{0,6}}(?:改|更正|换).{{0,6}}(?:{name})"
        if re.search(f"{wrong}|{change}", text):
            return question
    return None


def _new_value(text: str, question: Question) -> str:
    if question.value:
        found = question.value.search(question.read(text))
        return found.group() if found else ""
    found = _VALUE.search(text)
    return found.group(1).strip("，。！ ") if found else ""
