"""What customers read of each step, and the forms by which officers take them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from conftest import START

from actions.complaints import Complaint, Draft, State, Step
from actions.steps import NEEDS_WHY, TELLS
from bot.desk.complaint_forms import _ORDER, FORMS, SHOWN
from bot.phrases import Happened, Phrases

SAYS = Phrases("农业银行", "95599", ZoneInfo("Asia/Shanghai"))
DAY = dt.date(2026, 12, 9)
COMPLAINT = Complaint(
    "2026112400018",
    State.IN_PROGRESS,
    START,
    START.date(),
    DAY,
    Draft("多扣手续费", "信用卡", "上周五", "退还", "13812345678"),
    branch="城东支行",
    merged_into="2026112400026",
    mediation_case="市金融调解中心 2026-17",
)


@pytest.mark.parametrize("step", sorted(TELLS))
def test_each_step_is_told_with_the_number_in_words_that_can_be_read_out(step: Step) -> None:
    why = "已退还二十元。" if step in SHOWN else ""
    reply = SAYS.told(Happened(step, COMPLAINT, why, until=dt.date(2027, 1, 8)))
    assert COMPLAINT.number in reply.text
    assert why in reply.text
    assert COMPLAINT.number not in reply.spoken
    assert "二零二六" in reply.spoken
    assert reply.complaint is not None
    assert "{" not in reply.text
    assert "\n\n\n" not in reply.text
    assert COMPLAINT.merged_into not in reply.text  # it may be somebody else's


@pytest.mark.parametrize("step", [Step.ACCEPT, Step.EXTEND, Step.DISPUTE, Step.TRANSFER])
def test_where_an_answer_is_owed_its_day_is_said(step: Step) -> None:
    assert "2026年12月9日" in SAYS.told(Happened(step, COMPLAINT)).text


def test_an_answer_says_until_when_a_review_can_be_asked_for_and_where_else_to_turn() -> None:
    text = SAYS.told(Happened(Step.ANSWER, COMPLAINT, "已退还。", dt.date(2027, 1, 8))).text
    assert "2027年1月8日" in text
    assert "申请核查" in text
    assert "12378" in text
    last = SAYS.told(Happened(Step.ANSWER, replace(COMPLAINT, reviewed=True), "维持。")).text
    assert "核查结果" in last
    assert "申请核查" not in last
    assert "12378" in last


def test_a_step_of_which_nobody_is_told_has_no_words() -> None:
    with pytest.raises(KeyError):
        SAYS.told(Happened(Step.NOTE, COMPLAINT))


def test_every_step_that_somebody_can_take_has_a_form_and_a_place() -> None:
    taken = set(Step) - {Step.RECEIVE, Step.ANSWER_MERGED, Step.UNMERGE}
    assert set(FORMS) == set(_ORDER) == taken
    assert len(_ORDER) == len(taken)
    assert all(FORMS[step].why for step in NEEDS_WHY)
    assert SHOWN <= TELLS
    for step in SHOWN:
        assert "客户会看到" in FORMS[step].why
