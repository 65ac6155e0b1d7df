"""The questions of each kind of request, as data: what to ask, when, and what is an answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from actions import hearing
from actions.checks import (
    CONTACT,
    HERE,
    check_contact,
    check_representatives,
    check_story,
    others,
    read_contact,
)
from actions.complaints import MAX_REPRESENTATIVES, Step

Check = Callable[[str], str | None]
"""What is wrong with an answer, in words for the customer; None when it will do."""
Answers = Mapping[str, str]

ON_RECORD = "打我在银行留的电话"
_MYSELF = "就是我自己"


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
    """How an answer is written down; "" where the question turns out not to apply."""
    value: re.Pattern[str] | None = None
    """What to take out of a correction; None takes what follows 改成, 应该是 and the like."""
    hear: Callable[[str], str] = lambda _said: ""
    """What the customer's other sentences say about it, so that it need not be asked."""
    latest: bool = False
    """Whether what such a sentence says replaces what was said before."""
    when: Callable[[str, Answers], bool] = lambda _said, _answers: True
    """Whether it has to be asked, by all that was said and the answers so far."""
    closed: bool = False
    """Whether only what this customer is offered can be the answer (their own complaints)."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the customer sees before anything is sent."""

    ask: str
    """May name slots, and `summary` for all answers."""
    yes: str
    no: str
    correctable: bool = True
    """Whether a no means that an answer is to be changed; else it ends the intake."""


@dataclass(frozen=True, slots=True)
class Intake:
    """A kind of request: its questions in order."""

    name: str
    title: str
    questions: tuple[Question, ...]
    confirm: Confirmation | None = None
    """None sends it at once."""
    story: str = ""
    """The slot that an opening answers which tells more than the wish itself."""
    wish: re.Pattern[str] = re.compile("")
    """The wish at the beginning of an opening, such as 我要投诉."""
    opening: str = "好的，我来帮您登记，随时可以说“取消”或“人工”。"
    """Said once, before the first question."""
    cancelled: str = "好的，已取消，没有登记。您还想问什么？"
    step: Step | None = None
    """The step of a registered complaint that it leads to; None for what gets a number itself."""

    def question(self, slot: str) -> Question:
        """The question of `slot`. Raises KeyError when there is none."""
        for question in self.questions:
            if question.slot == slot:
                return question
        raise KeyError(slot)


def _contact(ask: str, options: tuple[str, ...] = ()) -> Question:
    """How to reach the customer; `ask` says what for."""
    return Question(
        "contact",
        "联系方式",
        ask,
        options=options,
        check=check_contact,
        read=read_contact,
        value=CONTACT,
        hear=hearing.contact,
        when=lambda _said, answers: answers.get("anonymous") != "是",
        hints=("电话", "手机", "号码", "联系"),
    )


_WISH_TO_COMPLAIN = re.compile(
    r"^[我要想得俺就来给你们帮登记一下个吧啊呀了，。！、,!\s]*"
    r"(?:投诉|投拆|举报|建议|意见|提|反映|情况|问题)?"
    r"[你们银行一下个的点条件事吧啊呀了，。！、,!\s]*(?:投诉|建议|意见|服务|问题)?[吧啊呀了，。！,!\s]*"
)
_LOOK = Confirmation(
    "请您看看对不对：\n\n{summary}\n\n没问题就提交，我马上登记。", "没问题，提交", "要修改"
)

COMPLAINT = Intake(
    "complaint",
    "投诉",
    (
        Question(
            "what",
            "事情经过",
            "请您说说发生了什么事，一两句话就可以。",
            check=check_story,
            hints=("经过", "发生的事"),
        ),
        Question(
            "proxy",
            "替谁投诉",
            "您是替谁投诉，是什么关系？比如：替母亲王秀英，我是她女儿。\n\n"
            "先给您登记。之后工作人员会请您补授权委托书和两人的身份证件。",
            options=(_MYSELF,),
            read=others,
            hints=("替谁", "委托", "代谁", "关系"),
            when=lambda said, _answers: hearing.for_another(said),
        ),
        Question(
            "representatives",
            "代表",
            f"大家一起投诉，请推选代表，最多{MAX_REPRESENTATIVES}位。代表叫什么名字？",
            options=("就我一个人",),
            check=check_representatives,
            read=others,
            hints=("代表",),
            when=lambda said, _answers: hearing.for_many(said),
        ),
        Question(
            "product",
            "涉及业务",
            "这件事和哪项业务有关？",
            options=("银行卡或存款", "信用卡", "转账支付", "贷款", "理财、基金或保险", "网点服务"),
            hints=("业务", "产品"),
            hear=hearing.product,
        ),
        Question(
            "when_where",
            "时间地点",
            "这件事是什么时候、在哪里发生的？比如：上周三，城东支行。",
            hints=("时间", "地点", "日期", "网点"),
            hear=hearing.when_where,
        ),
        Question(
            "wants",
            "您的要求",
            "您希望我们怎么解决？",
            options=("说明原因", "退还费用", "赔礼道歉"),
            hints=("要求", "诉求", "希望"),
            hear=hearing.wish,
        ),
        Question(
            "anonymous",
            "匿名",
            "您要匿名投诉吗？",
            options=("匿名", "不匿名"),
            check=lambda text: None if text in {"是", "否"} else "请说“匿名”或“不匿名”。",
            read=lambda text: hearing.anonymous(text) or text,
            hints=("实名",),
            value=re.compile(r"[是否]$"),
            hear=hearing.anonymous,
            latest=True,
            when=lambda _said, _answers: False,
        ),
        _contact("处理结果怎么告诉您？请留一个电话。", options=(HERE, ON_RECORD)),
    ),
    _LOOK,
    story="what",
    wish=_WISH_TO_COMPLAIN,
    opening="很抱歉让您遇到不愉快的事。我来帮您登记投诉，随时可以说“取消”或“人工”。",
    cancelled="好的，已取消，投诉没有登记。您还想问什么？",
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
    _LOOK,
    cancelled="好的，已取消，预约没有登记。您还想问什么？",
)
SUGGESTION = Intake(
    "suggestion",
    "建议",
    (
        Question(
            "what", "您的建议", "请您说说您的建议或表扬，我会转给相关部门。", check=check_story
        ),
    ),
    story="what",
    wish=_WISH_TO_COMPLAIN,
    cancelled="好的，已取消，建议没有登记。您还想问什么？",
)

NUMBER = "number"
"""The slot that says which of the customer's complaints is meant."""
_WHICH = Question(
    NUMBER, "投诉编号", "您说的是哪一件投诉？请点编号，或者说出编号的最后几位。", closed=True
)
WITHDRAWAL = Intake(
    "withdraw",
    "撤回投诉",
    (_WHICH,),
    Confirmation(
        "您要撤回编号 {number} 的投诉吗？撤回以后，这件投诉今天就结束。",
        "撤回投诉",
        "不撤回",
        correctable=False,
    ),
    opening="",
    cancelled="好的，没有撤回，投诉照常处理。",
    step=Step.WITHDRAW,
)
SUPPLEMENT = Intake(
    "supplement",
    "补充投诉",
    (
        _WHICH,
        Question(
            "what",
            "补充内容",
            "请说要补充的内容。照片、录音也可以发来。",
            check=lambda text: None if len(text) >= 2 else "请您再多说几个字。",
        ),
    ),
    story="what",
    wish=re.compile(
        r"^(?:我|俺|还|再|想|要|得|有|给|来)*(?:补充|加)(?:一点|一下|点|几句|些|个|一)*"
        r"(?:我的|这件|那件|之前的|上次的)*(?:投诉|材料|内容|情况|说明|照片|图片|录音|证据|东西|的)*"
        r"(?:\d{13,})?[吧了啊呀，。,：:！!\s]*"
    ),
    opening="",
    cancelled="好的，没有补充，投诉照常处理。",
    step=Step.SUPPLEMENT,
)
DISPUTE = Intake(
    "dispute",
    "申请核查",
    (
        _WHICH,
        Question(
            "what",
            "不满意的地方",
            "您对哪里不满意？说一两句，我马上为您申请核查。",
            check=check_story,
        ),
    ),
    story="what",
    wish=re.compile(
        r"^[^，。,：:！!]{0,14}?(?:不满意|不服气?|不认可|不接受|不同意|核查|重新处理)"
        r"(?:你们的?)?(?:答复|结果|处理)*(?:\d{13,})?[吧了啊呀的，。,：:！!\s]*"
    ),
    opening="",
    cancelled="好的，没有申请核查。",
    step=Step.DISPUTE,
)
INTAKES = {
    intake.name: intake
    for intake in (COMPLAINT, VISIT, SUGGESTION, WITHDRAWAL, SUPPLEMENT, DISPUTE)
}
