"""The questions of each kind of request, as data: what to ask, and what counts as an answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

Check = Callable[[str], str | None]
"""What is wrong with an answer, in words for the customer; None when it will do."""

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
    read: Callable[[str], str] = str
    """How an answer is written down."""
    value: re.Pattern[str] | None = None
    """What to take out of a correction; None takes what follows 改成, 应该是 and the like."""


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


def _contact(ask: str, options: tuple[str, ...] = ()) -> Question:
    """How to reach the customer; `ask` says what for."""
    return Question(
        "contact",
        "联系方式",
        ask,
        options=options,
        check=_check_contact,
        read=_digits,
        value=_CONTACT,
        hints=("电话", "手机", "号码", "联系"),
    )


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
        _contact("处理结果怎么告诉您？请留一个电话。", options=(_HERE,)),
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
        _contact("请留一个电话，网点会打给您确认。"),
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
