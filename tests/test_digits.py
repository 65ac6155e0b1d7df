"""Spoken digits are written where they are a number, and only there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.digits import arabic, digits

SPOKEN = "零一二三四五六七八九"


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("一三八零零二三四五六七", "13800234567"),
        ("幺三九五二七八六四零三", "13952786403"),
        ("我的电话是一三八零零二三四五六七请记一下", "我的电话是13800234567请记一下"),
        ("二〇二六年", "2026年"),
        ("九五五九九", "95599"),
        ("我打了一二三四五", "我打了12345"),
        ("138零零", "13800"),
        ("我存了三万五千块", "我存了三万五千块"),
        ("五六七十岁", "五六七十岁"),
        ("利率三点一四一五", "利率三点一四一五"),
        ("二三百块钱", "二三百块钱"),
        ("一二三类账户", "一二三类账户"),
        ("第一次第二次", "第一次第二次"),
        ("三三两两", "三三两两"),
        ("", ""),
    ],
)
def test_only_three_digits_in_a_row_are_a_number(said: str, written: str) -> None:
    assert arabic(said) == written


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("一三八那个零零幺呃五", "138那个001呃5"),
        ("一个都没有", "一个都没有"),
        ("我有两个号", "我有两个号"),
        ("一二三", "123"),
    ],
)
def test_in_an_answer_that_is_a_number_single_digits_count(said: str, written: str) -> None:
    assert arabic(said, number=True) == written


@given(st.text(SPOKEN, min_size=4, max_size=20))
def test_any_number_that_is_read_digit_by_digit_comes_out_digit_by_digit(said: str) -> None:
    assert arabic(said) == "".join(str(SPOKEN.index(digit)) for digit in said)


@given(st.text(SPOKEN + "十百千万亿点我的号码是 13幺", max_size=40), st.booleans())
def test_nothing_but_digits_changes_and_once_is_enough(said: str, number: bool) -> None:  # noqa: FBT001
    written = arabic(said, number=number)
    assert len(written) == len(said)
    assert arabic(written, number=number) == written
    assert all(new == old or new.isdigit() for new, old in zip(written, said, strict=True))


def test_the_digits_of_a_number_said_in_groups_are_put_together() -> None:
    assert digits("一三八，零零二三那个四五六七") == "13800234567"
    assert digits("不知道") == ""
