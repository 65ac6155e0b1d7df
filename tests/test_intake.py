from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from actions import intake
from actions.intake import CONFIRM, Progress
from actions.questions import INTAKES, NUMBER

STORY = "在城东支行排了两个小时队，柜员还对我发火"
TOLD_AT_ONCE = (
    "我要投诉，上周五在城东支行，柜员给我的信用卡多扣了二十块手续费，要求退钱，电话13812345678"
)


def answered(*texts: str) -> Progress:
    progress = intake.begin("complaint", "我要投诉")
    for text in texts:
        progress, problem = intake.answer(progress, text)
        assert problem is None
    return progress


@pytest.mark.parametrize(
    "opening", ["我要投诉", "投诉", "我要投诉你们", "我想投诉一下你们银行", "我要投诉！", ""]
)
def test_a_bare_wish_to_complain_is_asked_what_happened(opening: str) -> None:
    assert intake.begin("complaint", opening).asking == "what"


def test_a_story_told_at_once_is_not_asked_for_again() -> None:
    progress = intake.begin("complaint", STORY)
    assert progress.answers["what"] == STORY
    assert progress.asking == "when_where"


def test_the_product_is_not_asked_when_the_story_names_it() -> None:
    assert (
        intake.begin("complaint", "我的信用卡被多收了年费，没人管").answers["product"] == "信用卡"
    )


def test_all_answers_lead_to_a_summary_in_the_customers_words() -> None:
    progress = answered(STORY, "上周三", "赔礼道歉", "13812345678")
    assert progress.asking == CONFIRM
    assert STORY in intake.summary(progress)
    assert "13812345678" in intake.summary(progress)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("一三八一二三四五六七八", "13812345678"),
        ("138 1234 5678", "13812345678"),
        ("我的手机是幺三八一二三四五六七八", "我的手机是13812345678"),
        ("010-12345678", "010-12345678"),
        ("就在这里回复我", "就在这里回复我"),
    ],
)
def test_a_contact_is_taken_as_people_say_it(said: str, kept: str) -> None:
    progress = answered(STORY, "上周三", "赔礼道歉", said)
    assert progress.answers["contact"] == kept


@pytest.mark.parametrize("said", ["1381234567", "138123456789", "没有", "123"])
def test_an_incomplete_number_is_asked_for_again(said: str) -> None:
    progress = answered(STORY, "上周三", "赔礼道歉")
    after, problem = intake.answer(progress, said)
    assert after == progress
    assert problem is not None
    assert "手机号" in problem


def test_a_correction_with_the_new_value_replaces_the_answer() -> None:
    progress = answered(STORY, "上周三", "赔礼道歉", "13812345678")
    corrected = intake.correct(progress, "电话错了，是13900001111")
    assert corrected is not None
    assert corrected[0].answers["contact"] == "13900001111"
    assert corrected[0].asking == CONFIRM


def test_a_correction_in_the_middle_goes_on_where_it_was() -> None:
    progress = answered(STORY, "上周三")
    corrected = intake.correct(progress, "时间改成上周四")
    assert corrected is not None
    assert corrected[0].answers["when_where"] == "上周四"
    assert corrected[0].asking == "wants"


def test_a_correction_without_a_value_asks_for_it_again() -> None:
    progress = answered(STORY, "上周三", "赔礼道歉", "13812345678")
    corrected = intake.correct(progress, "电话写错了")
    assert corrected is not None
    assert corrected[0].asking == "contact"


@pytest.mark.parametrize(
    "text",
    ["你们要改正错误，给我退钱", "这不是我的错", "希望你们不要再犯", "我等了很长时间都没人来"],
)
def test_an_answer_that_speaks_of_mistakes_is_not_a_correction(text: str) -> None:
    assert intake.correct(answered(STORY, "上周三"), text) is None


def asked_for(opening: str) -> list[str]:
    """The slots that this opening leaves to be asked, in order."""
    progress, asked = intake.begin("complaint", opening), []
    answers = {"what": STORY, "proxy": "替母亲王秀英，我是女儿", "representatives": "王强、李芳"}
    answers |= {"product": "信用卡", "when_where": "上周三", "wants": "退还费用"}
    while progress.asking != CONFIRM:
        asked.append(progress.asking)
        said = answers.get(progress.asking, "13812345678")
        progress, problem = intake.answer(progress, said)
        assert problem is None
    return asked


@pytest.mark.parametrize(
    ("opening", "asked"),
    [
        (TOLD_AT_ONCE, []),
        ("我要投诉", ["what", "when_where", "wants", "contact"]),
        (f"昨天{STORY}", ["wants", "contact"]),
        ("我的理财亏了，去年买的，请你们给个说法", ["contact"]),
        ("我要替我妈投诉", ["what", "proxy", "when_where", "wants", "contact"]),
        ("大家一起投诉", ["what", "representatives", "when_where", "wants", "contact"]),
        (f"匿名投诉，昨天{STORY}", ["wants"]),
        (f"{TOLD_AT_ONCE}，我是他儿子", ["proxy"]),
    ],
)
def test_only_what_was_not_said_is_asked(opening: str, asked: list[str]) -> None:
    assert asked_for(opening) == asked


def test_a_channel_that_reaches_the_customer_needs_no_contact() -> None:
    progress = intake.begin("complaint", f"昨天{STORY}，希望道歉", {"contact": "在这里回复"})
    assert progress.asking == CONFIRM


def test_what_is_said_with_another_answer_is_not_asked_again() -> None:
    progress, _ = intake.answer(
        intake.begin("complaint", STORY), "上周三，要求退钱，电话13812345678"
    )
    assert progress.asking == CONFIRM
    assert progress.answers["wants"] == "要求退钱"
    assert progress.answers["contact"] == "13812345678"


@pytest.mark.parametrize(
    "opening",
    [
        "替我妈投诉，她的存款变成了保险",
        "帮邻居投诉，他的卡被乱扣钱",
        "我是他儿子，他的存折被人取了钱",
        "受我叔叔委托来投诉，他的卡被乱收费",
        "我是老人的女儿，她的理财亏光了",
    ],
)
def test_whoever_speaks_for_another_is_asked_in_one_question_for_whom(opening: str) -> None:
    progress = intake.begin("complaint", opening)
    assert progress.asking == "proxy"
    ask = progress.plan.question("proxy").ask
    assert all(word in ask for word in ("替谁", "关系", "授权委托书", "身份证件"))
    progress, problem = intake.answer(progress, "替母亲王秀英，我是她女儿")
    assert problem is None
    assert progress.answers["proxy"] == "替母亲王秀英，我是她女儿"


@pytest.mark.parametrize(
    "opening",
    ["我帮我妈办卡的时候柜员骂人", "柜员替我填的单子填错了", "客户经理让我买保险", STORY],
)
def test_whoever_speaks_for_themselves_is_not(opening: str) -> None:
    assert "proxy" not in asked_for(opening)


def test_a_question_that_does_not_apply_leaves_no_trace_in_the_summary() -> None:
    progress = intake.begin("complaint", "替我妈投诉，她的存款变成了保险")
    progress, problem = intake.answer(progress, "就是我自己")
    assert problem is None
    assert progress.answers["proxy"] == ""
    assert "替谁" not in intake.summary(progress)


@pytest.mark.parametrize(
    "opening",
    ["我们二十几户都被乱收费了", "大家一起投诉物业卡乱扣钱", "我们小区三十户人家的钱被扣了"],
)
def test_a_group_is_asked_for_its_representatives(opening: str) -> None:
    assert "representatives" in asked_for(opening)


@pytest.mark.parametrize("opening", ["我们两个人排了三个小时的队", "排了二十几个人，太慢了"])
def test_two_people_or_a_long_queue_are_no_group(opening: str) -> None:
    assert "representatives" not in asked_for(opening)


def test_six_representatives_are_one_too_many_and_five_are_not() -> None:
    progress = intake.begin("complaint", "我们二十几户都被乱收费了")
    after, problem = intake.answer(progress, "王一、李二、张三、赵四、钱五、孙六")
    assert after == progress
    assert problem is not None
    assert "最多5位" in problem
    after, problem = intake.answer(progress, "王一 13812345678、李二、张三、赵四、钱五")
    assert problem is None
    assert after.asking == "product"


@pytest.mark.parametrize("said", ["匿名", "我不想留名字", "别透露我的身份"])
def test_whoever_wants_to_stay_unnamed_is_not_asked_for_a_contact(said: str) -> None:
    progress, problem = intake.answer(answered(STORY, "上周三", "赔礼道歉"), said)
    assert problem is None
    assert progress.asking == CONFIRM
    draft = intake.drafted(progress)
    assert draft.anonymous
    assert draft.contact == ""


def test_corrections_reach_the_new_answers_too() -> None:
    progress = intake.begin("complaint", f"匿名替我妈投诉，昨天{STORY}，希望道歉")
    progress, _ = intake.answer(progress, "替母亲王秀英，我是她女儿")
    assert progress.asking == CONFIRM
    corrected = intake.correct(progress, "替谁写错了，应该是替母亲王秀芳，我是她女儿")
    assert corrected is not None
    assert corrected[0].answers["proxy"] == "替母亲王秀芳，我是她女儿"
    named = intake.correct(corrected[0], "改成不匿名")
    assert named is not None
    assert named[0].asking == "contact"


@pytest.mark.parametrize(
    "text",
    [
        "柜员要求我买保险",
        "你们要我等三天",
        "必须买基金才给贷款",
        "他们不退给我",
    ],
)
def test_what_others_wanted_is_not_taken_for_the_customers_wish(text: str) -> None:
    assert "wants" not in intake.begin("complaint", f"昨天在城东支行，{text}").answers


@pytest.mark.parametrize("text", ["骗子的电话13812345678", "他们用13812345678打来催收"])
def test_somebody_elses_number_is_not_taken_for_the_customers(text: str) -> None:
    assert "contact" not in intake.begin("complaint", f"昨天贷款没还，{text}").answers


def test_one_of_several_complaints_is_named_by_its_last_digits() -> None:
    offers = {NUMBER: {"2026112400017": "信用卡", "2026112400025": "贷款"}}
    progress = intake.begin("supplement", "补充一点", offers=offers)
    assert progress.asking == NUMBER
    for said in ("00099", "第一件吧", "2026"):
        assert intake.answer(progress, said)[1] is not None
    after, problem = intake.answer(progress, "尾号025的那件")
    assert problem is None
    assert after.answers[NUMBER] == "2026112400025"


@pytest.mark.parametrize(
    ("name", "opening", "asking"),
    [
        ("supplement", "补充一点", "what"),
        ("supplement", "我还想再补充几句", "what"),
        ("supplement", "补充一点：昨天又扣了十块钱", CONFIRM),
        ("dispute", "我对答复不满意", "what"),
        ("dispute", "对答复不满意，利息没有退给我", CONFIRM),
        ("withdraw", "我要撤回投诉", CONFIRM),
    ],
)
def test_a_follow_up_that_says_it_all_is_not_asked_again(
    name: str, opening: str, asking: str
) -> None:
    assert intake.begin(name, opening, {NUMBER: "1"}).asking == asking


def test_who_changes_their_mind_about_their_name_is_taken_at_their_last_word() -> None:
    progress = intake.begin("complaint", "我要投诉")
    for said in (STORY, "上周五，城东支行", "改成不匿名", "匿名"):
        progress, problem = intake.answer(progress, said)
        assert problem is None
    assert progress.asking == CONFIRM
    assert intake.drafted(progress).anonymous


SAID = [
    "我要投诉",
    "替我妈投诉，她的存款变成了保险",
    "我们二十几户一起投诉",
    "匿名",
    "改成不匿名",
    "就是我自己",
    "王一、李二、张三、赵四、钱五、孙六",
    "王强、李芳",
    "上周五，城东支行",
    "要求退钱",
    "13812345678",
    "电话错了，是13900001111",
    "代表改一下",
    "替谁写错了",
    STORY,
    "",
]


class Intakes(RuleBasedStateMachine):
    """Whatever is said, an intake asks one of its own questions and comes to its end."""

    progress: Progress

    @initialize(name=st.sampled_from(sorted(INTAKES)), opening=st.sampled_from(SAID) | st.text())
    def begin(self, name: str, opening: str) -> None:
        offers = {NUMBER: {"2026112400017": "信用卡", "2026112400025": "贷款"}}
        self.progress = intake.begin(name, opening, offers=offers)

    @property
    def slots(self) -> set[str]:
        return {question.slot for question in self.progress.plan.questions}

    @precondition(lambda self: self.progress.asking in self.slots)
    @rule(text=st.sampled_from(SAID) | st.text(max_size=60))
    def answer(self, text: str) -> None:
        before = self.progress
        self.progress, problem = intake.answer(before, text)
        if problem:
            assert self.progress == before
        else:
            assert before.asking in self.progress.answers

    @rule(text=st.sampled_from(SAID) | st.text(max_size=60))
    def correct(self, text: str) -> None:
        if corrected := intake.correct(self.progress, text):
            self.progress = corrected[0]

    @rule(text=st.sampled_from(SAID) | st.text(max_size=60))
    def tell_unasked(self, text: str) -> None:
        before = self.progress
        if heard := intake.listen(before, text):
            kept = {slot: value for slot, value in before.answers.items() if value}
            kept.pop("anonymous", None)
            assert heard.answers.items() >= kept.items()
            self.progress = heard

    @rule(data=st.data())
    def reopen(self, data: st.DataObject) -> None:
        if self.progress.answers:
            slot = data.draw(st.sampled_from(sorted(self.progress.answers)))
            self.progress = intake.reopen(self.progress, slot)

    @invariant()
    def every_answer_belongs_to_a_question(self) -> None:
        assert self.progress.asking in self.slots | {CONFIRM}
        assert set(self.progress.answers) <= self.slots
        assert self.progress.answers.get("anonymous", "是") in {"是", "否"}

    @invariant()
    def a_complaint_that_is_confirmed_is_whole(self) -> None:
        if self.progress.asking == CONFIRM and self.progress.intake == "complaint":
            draft = intake.drafted(self.progress)
            assert draft.what
            assert draft.product
            assert draft.anonymous or draft.contact
            named = [name for name in draft.representatives.split("、") if name]
            assert len(named) <= 5


Intakes.TestCase.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
TestTheIntakes = Intakes.TestCase
