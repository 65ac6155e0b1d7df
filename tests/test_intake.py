from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions import intake
from actions.intake import CONFIRM, Progress
from actions.questions import INTAKES

STORY = "昨天在城东支行排了两个小时队，柜员还对我发火"


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


@given(st.sampled_from(sorted(INTAKES)), st.lists(st.text(max_size=60), max_size=12))
def test_whatever_is_said_an_intake_asks_one_of_its_own_questions(
    name: str, texts: list[str]
) -> None:
    progress = intake.begin(name, texts[0] if texts else "")
    slots = {question.slot for question in progress.plan.questions}
    for text in texts:
        if progress.asking in slots:
            before = progress
            progress, problem = intake.answer(progress, text)
            assert problem is None or progress == before
        corrected = intake.correct(progress, text)
        if corrected:
            progress = corrected[0]
        assert progress.asking in slots | {CONFIRM}
        assert set(progress.answers) <= slots
