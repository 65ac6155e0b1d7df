"""How far a customer has come with an intake: answers, corrections, what to ask next.

Pure: an answer goes in, the next state comes out. Nothing is stored here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from actions.complaints import Draft
from actions.questions import INTAKES, Intake, Question

MAX_ANSWER = 1_000
"""Characters kept of one answer."""

CONFIRM = "confirm"
CORRECT = "correct"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one customer has come."""

    intake: str
    asking: str
    """A slot, `confirm`, or `correct` (which answer is to be changed?)."""
    answers: Mapping[str, str] = field(default_factory=dict)

    @property
    def plan(self) -> Intake:
        """The questions being asked."""
        return INTAKES[self.intake]

    @property
    def complete(self) -> bool:
        """Whether nothing is left to ask or to confirm."""
        return self.asking == CONFIRM and not self.plan.confirm


def begin(name: str, opening: str = "") -> Progress:
    """Start the intake `name`. What the customer said first answers what it can."""
    plan = INTAKES[name]
    answers: dict[str, str] = {}
    if _tells_a_story(opening, plan):
        answers[plan.questions[0].slot] = opening[:MAX_ANSWER]
    return _advance(Progress(name, plan.questions[0].slot, _with_guesses(plan, answers)))


def answer(progress: Progress, text: str) -> tuple[Progress, str | None]:
    """Take `text` as the answer to the present question: the next state, and what was wrong."""
    question = progress.plan.question(progress.asking)
    text = question.read(text.strip()[:MAX_ANSWER])
    problem = question.check(text) if text else "我没有收到内容，请您再说一次。"
    if problem:
        return progress, problem
    answers = _with_guesses(progress.plan, {**progress.answers, question.slot: text})
    return _advance(replace(progress, answers=answers)), None


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
    if problem:
        return changed, problem
    return (replace(changed, asking=asking) if asking != question.slot else changed), None


def summary(progress: Progress) -> str:
    """The answers, one line each, as the customer gave them."""
    return "\n".join(
        f"{question.label}：{progress.answers[question.slot]}"
        for question in progress.plan.questions
        if question.slot in progress.answers
    )


def drafted(progress: Progress) -> Draft:
    """The complaint that a complete intake amounts to. Raises KeyError where it is not complete."""
    given = progress.answers
    return Draft(
        given["what"], given["product"], given["when_where"], given["wants"], given["contact"]
    )


def _advance(progress: Progress) -> Progress:
    for question in progress.plan.questions:
        if question.slot not in progress.answers:
            return replace(progress, asking=question.slot)
    return replace(progress, asking=CONFIRM)


_BARE_WISH = re.compile(
    r"^[我要想得俺就来给你们帮登记一下个吧啊呀了，。！、,!\s]*"
    r"(投诉|投拆|举报|建议|意见|提|反映|预约|上门|办理?业务|情况|问题)?"
    r"[你们银行一下个的点条吧啊呀了，。！、,!\s]*(投诉|建议|意见|服务|问题)?[吧啊呀了，。！,!\s]*$"
)


def _tells_a_story(text: str, plan: Intake) -> bool:
    """Whether the opening holds more than the wish itself (我要投诉)."""
    return plan.name != "visit" and len(text) >= 8 and not _BARE_WISH.match(text)


_PRODUCTS = (
    ("信用卡", re.compile(r"信用卡|贷记卡|分期|最低还款")),
    ("贷款", re.compile(r"贷款|房贷|车贷|利率|催收")),
    ("理财、基金或保险", re.compile(r"理财|基金|保险|黄金|贵金属")),
    ("转账支付", re.compile(r"转账|汇款|扣款|支付|转错")),
    (
        "银行卡或存款",
        re.compile(r"银行卡|借记卡|储蓄卡|存款|存折|存单|取款机|吞卡|ATM", re.IGNORECASE),
    ),
    ("网点服务", re.compile(r"柜台|柜员|大堂|网点|排队|态度|保安")),
)


def _with_guesses(plan: Intake, answers: dict[str, str]) -> dict[str, str]:
    """Fill in the product where the story names it, so that it need not be asked."""
    if plan.name != "complaint" or "product" in answers or "what" not in answers:
        return answers
    for product, pattern in _PRODUCTS:
        if pattern.search(answers["what"]):
            return {**answers, "product": product}
    return answers


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
