"""堵点: what complaints have in common, and what may be quoted of them."""

from __future__ import annotations

import datetime as dt
import random
from itertools import combinations, count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.excerpt import LONGEST, excerpt
from actions.hotspots import Case, Cause, Period, hotspots, still_coming
from actions.likeness import grouped, likeness, resembling

TODAY = dt.date(2026, 11, 24)
PERIOD = Period(dt.date(2026, 10, 26), TODAY)
FEE = "信用卡年费扣了三百六，一次都没有刷过，要求退还年费"
FEES = (FEE, "没刷过的信用卡扣了年费，要求退还年费", "信用卡扣了我三百六的年费要求退")
ATM = "取款机把我的卡吞了，等了一个钟头没有人来"
texts = st.lists(st.text("年费退还卡柜员 a1", max_size=12), max_size=12)


_serials = count()


def case(
    text: str,
    day: dt.date = TODAY,
    cause: str = "定价收费",
    *,
    confirmed: bool = False,
    elder: bool = False,
    branch: str = "",
) -> Case:
    number = f"{day:%Y%m%d}{next(_serials):05d}"
    return Case(number, text, day, cause, confirmed, elder, branch)


def only(found: list[Cause]) -> Cause:
    (cause,) = found
    return cause


@given(texts=texts, least=st.sampled_from([0.3, 0.5, 1.0]))
def test_texts_are_in_one_group_where_a_chain_of_likeness_leads(
    texts: list[str], least: float
) -> None:
    wanted = list(range(len(texts)))
    for one, other in combinations(range(len(texts)), 2):
        if likeness(texts[one], texts[other]) >= least:
            old, new = wanted[one], wanted[other]
            wanted = [new if label == old else label for label in wanted]
    labels = [int(label) for label in grouped(texts, least)]
    for one, other in combinations(range(len(texts)), 2):
        assert (labels[one] == labels[other]) == (wanted[one] == wanted[other])


@given(texts=texts, models=texts)
def test_a_text_resembles_where_it_is_like_one_of_the_models(
    texts: list[str], models: list[str]
) -> None:
    wanted = [any(likeness(text, model) >= 0.3 for model in models) for text in texts]
    assert resembling(texts, models, 0.3).tolist() == wanted


def test_many_texts_are_compared_in_one_go() -> None:
    dice = random.Random(7)  # noqa: S311 - texts for a test
    letters = "".join(map(chr, range(0x4E00, 0x4E00 + 2_000)))
    many = ["".join(dice.choices(letters, k=40)) for _ in range(5_000)]
    many[::500] = [FEE] * 10
    labels = grouped(many, 0.3)
    assert len(set(labels[::500].tolist())) == 1
    assert len(set(labels.tolist())) > 4_000


def test_like_complaints_stand_together_with_share_trend_and_elders() -> None:
    before = PERIOD.first - dt.timedelta(days=1)
    cases = [
        case(FEES[0], branch="城东支行", elder=True),
        case(FEES[1], branch="城东支行", confirmed=True),
        case(FEES[2], branch="城西支行"),
        case(FEES[0], before),
        case("利息算得太高，和合同不一样"),
        case(ATM, cause="服务设施、设备、系统"),
    ]
    fees, machines = hotspots(cases, PERIOD)
    assert (fees.path, fees.tally.count, fees.tally.before, fees.single) == ("定价收费", 4, 1, 1)
    (spot,) = fees.hotspots
    assert (spot.tally.count, spot.tally.before, spot.tally.elders) == (3, 1, 1)
    assert spot.tally.share == pytest.approx(3 / 5)
    assert spot.tally.suggested == 2
    assert spot.branches == (("城东支行", 2), ("城西支行", 1))
    assert set(spot.examples) == set(FEES)
    assert len(spot.numbers) == 3
    assert (machines.tally.count, machines.hotspots, machines.single) == (1, (), 1)


def test_without_the_days_before_there_is_no_trend() -> None:
    found = only(hotspots([case(FEES[0]), case(FEES[1])], PERIOD, whole=False))
    assert found.tally.before is None
    assert found.hotspots[0].tally.before is None


def test_what_came_only_before_is_not_shown() -> None:
    assert hotspots([case(FEE, PERIOD.before)], PERIOD) == []
    assert hotspots([], PERIOD) == []


def test_a_period_has_as_many_days_before() -> None:
    assert PERIOD.first - PERIOD.before == dt.timedelta(days=30)
    assert Period(TODAY, TODAY).before == TODAY - dt.timedelta(days=1)


def test_a_chain_of_chance_links_is_parted() -> None:
    """Each text shares a third with the next: a chain that no two ends of have in common."""
    letters = [chr(0x4E00 + place) for place in range(1_000)]
    chain = ["".join(letters[start : start + 10]) for start in range(0, 600, 6)]
    assert len(set(grouped(chain, 0.3).tolist())) == 1
    assert only(hotspots([case(text) for text in chain], PERIOD)).single == len(chain)


def test_a_flood_of_the_same_complaint_stays_one() -> None:
    cases = [case(f"{FEE}，{place}号") for place in range(200)]
    (spot,) = only(hotspots(cases, PERIOD)).hotspots
    assert spot.tally.count == 200
    assert len(spot.examples) == 3


def test_after_a_cause_was_put_right_only_the_same_kind_counts() -> None:
    later = [case(FEES[1]), case(ATM), case(FEES[2], cause="信息披露")]
    assert still_coming([FEE], "定价收费", later) == [later[0].number]
    assert still_coming([], "定价收费", later) == []
    assert still_coming([FEE], "定价收费", []) == []


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("我叫王秀英，电话13812345678", "我叫某某，电话138****5678"),
        ("找了李经理和大堂经理", "找了某经理和大堂经理"),
        ("张建国先生说不退", "某先生说不退"),
        ("保单号88990011没生效", "保单号****没生效"),
        ("户名：陈小明，被冻结", "户名：某某，被冻结"),
        ("第一行\n第二行", "第一行 第二行"),
        ("扣了360元", "扣了360元"),
    ],
)
def test_what_leads_to_a_person_is_taken_out(text: str, quoted: str) -> None:
    assert excerpt(text) == quoted


@given(st.text())
def test_a_quotation_is_short_and_in_one_line(text: str) -> None:
    assert len(excerpt(text)) <= LONGEST
    assert "\n" not in excerpt(text)
