"""Multi-turn questions as data: what to ask, one at a time, and what counts as an answer.

Pure: an answer goes in, the next state comes out. Nothing is stored here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

Check = Callable[[str], str | None]
"""What is wrong with an answer, in words for the customer; None when it will do."""

MAX_ANSWER = 1_000
"""Characters kept of one answer."""
CONFIRM = "confirm"
CORRECT = "correct"
_HERE = "就在这里回复我"


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask."""

    slot: str
    label: str
    """How the summary and corrections call it."""
    ask: str
    options: tuple[str, ...] = ()
    """Offered as buttons; free text is always taken too."""
    check: Check = lambda _text: None
    hints: tuple[str, ...] = ()
    """Words by which a correction names it, beside the label."""


@dataclass(frozen=True, slots=True)
class Intake:
    """A kind of request: its questions in order."""

    name: str
    title: str
    questions: tuple[Question, ...]
    confirm: bool = True
    """Whether the customer sees a summary before it is sent."""

    def question(self, slot: str) -> Question:
        """The question of `slot`. Raises KeyError when there is none."""
        for question in self.questions:
            if question.slot == slot:
                return question
        raise KeyError(slot)


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
    text = text.strip()[:MAX_ANSWER]
    text = _digits(text) if question.check is _check_contact else text
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
    if question.check is _check_contact:
        found = _CONTACT.search(_digits(text))
        return found.group() if found else ""
    found = _VALUE.search(text)
    return found.group(1).strip("，。！ ") if found else ""


_CHINESE_DIGITS = str.maketrans(
    "零〇一幺二三四五六七八九０１２３４５６７８９", "0011234567890123456789"
)
_SPOKEN_RUN = re.compile(
    r"[零〇一幺二三四五六七八九０-９\d](?:[\s-]?[零〇一幺二三四五六七八九０-９\d]){6,}"
)


def _digits(text: str) -> str:
    """`text` with long runs of spoken or spaced digits written as plain ones."""
    return _SPOKEN_RUN.sub(
        lambda run: re.sub(r"\s", "", run.group()).translate(_CHINESE_DIGITS), text
    )


_CONTACT = re.compile(
    r"(?<!\d)(?:1[3-9]\d{9}|0\d{2,3}-?\d{7,8}|[48]00-?\d{3}-?\d{4}|\d{7,8})(?!\d)"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    re.ASCII,
)


def _check_contact(text: str) -> str | None:
    if _CONTACT.search(text) or re.search(r"这里|这儿|本对话|微信|不用|不留", text):
        return None
    return f"这个号码好像不完整。请再说一次手机号或座机号，也可以说“{_HERE}”。"


def _check_story(text: str) -> str | None:
    return None if len(text) >= 4 else "请您再多说几个字，发生了什么事？"


COMPLAINT = Intake(
    "complaint",
    "投诉",
    (
        Question(
            "what",
            "事情经过",
            "请您说说发生了什么事，一两句话就可以。",
            check=_check_story,
            hints=("经过", "发生的事"),
        ),
        Question(
            "product",
            "涉及业务",
            "这件事和哪项业务有关？",
            options=("银行卡或存款", "信用卡", "转账支付", "贷款", "理财、基金或保险", "网点服务"),
            hints=("业务", "产品"),
        ),
        Question(
            "when_where",
            "时间地点",
            "这件事是什么时候、在哪里发生的？比如：上周三，城东支行。",
            hints=("时间", "地点", "日期", "网点"),
        ),
        Question(
            "wants",
            "您的要求",
            "您希望我们怎么解决？",
            options=("说明原因", "退还费用", "赔礼道歉"),
            hints=("要求", "诉求", "希望"),
        ),
        Question(
            "contact",
            "联系方式",
            "处理结果怎么告诉您？请留一个电话。",
            options=(_HERE,),
            check=_check_contact,
            hints=("电话", "手机", "号码", "联系"),
        ),
    ),
)
VISIT = Intake(
    "visit",
    "预约",
    (
        Question(
            "service",
            "办理业务",
            "您想办什么业务？",
            options=("挂失补卡", "重置密码", "社保卡激活"),
            hints=("业务",),
        ),
        Question(
            "place",
            "办理地点",
            "您想到哪个网点办？走不动的话，请说“上门”和您家地址。",
            hints=("地点", "网点", "地址"),
        ),
        Question("time", "办理时间", "您希望哪天、上午还是下午？", hints=("时间", "日期")),
        Question(
            "contact",
            "联系方式",
            "请留一个电话，网点会打给您确认。",
            check=_check_contact,
            hints=("电话", "手机", "号码", "联系"),
        ),
    ),
)
SUGGESTION = Intake(
    "suggestion",
    "建议",
    (
        Question(
            "what", "您的建议", "请您说说您的建议或表扬，我会转给相关部门。", check=_check_story
        ),
    ),
    confirm=False,
)
INTAKES = {intake.name: intake for intake in (COMPLAINT, VISIT, SUGGESTION)}
