"""Text as it is read aloud."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.numerals import counted, grouped
from audio.reading import readable
from bot.settings import ROOT
from knowledge.article import load

SAYABLE = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffffA-Za-z，。！？；：、 ]*")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("5000元", "五千元。"),
        ("5,000元和1.5万元", "五千元和一点五万元。"),
        ("¥20万元", "二十万元。"),
        ("2个月，第2条，12个", "两个月，第二条，十二个。"),
        ("13800138000", "幺三八、零零幺三、八零零零。"),
        ("010-12345678", "零幺零、幺二三四、五六七八。"),
        ("400-888-8888", "四零零、八八八、八八八八。"),
        ("编号 20261124000017。", "编号二零二六、幺幺二四、零零零零、幺七。"),
        ("尾号1234", "尾号幺二三四。"),
        ("打95599，或者110，罚110元", "打九五五九九，或者幺幺零，罚一百一十元。"),
        ("12378", "幺二三七八。"),
        ("2026-12-01", "二零二六年十二月一日。"),
        ("2026年12月1日至12月5日", "二零二六年十二月一日至十二月五日。"),
        ("2011年", "二零一一年。"),
        ("08:30-17:00", "八点三十分到十七点。"),
        ("8:05", "八点零五分。"),
        ("3.5%～4%，1‰", "百分之三点五到百分之四，千分之一。"),
        ("3-5天", "三到五天。"),
        ("您的ATM卡和App", "您的A T M卡和App。"),
        ("1. 打电话\n2. 去网点：\n- 带上身份证", "第一，打电话。第二，去网点：带上身份证。"),
        ("① 打电话", "第一，打电话。"),
        ("**注意**：`不要`转账", "注意：不要转账。"),
        ("# 标题\n> 引文", "标题。引文。"),
        ("见[官网](https://bank.example/a?b=1)或 https://bank.example/c", "见官网或网址。"),
        ("A. 挂失\nB. 等几天", "A，挂失。B，等几天。"),
        ("按 0 或者说“人工”", "按零或者说人工。"),
        ("《办法》（银行，2021-05-24）", "办法，银行，二零二一年五月二十四日。"),
        ("好的！！！？", "好的！"),
        ("１２３４５６", "幺二三四、五六。"),
        ("微信/短信，和/或", "微信或短信，和或。"),
        ("", ""),
        ("😀", ""),
    ],
)
def test_a_text_is_said_as_a_person_would_say_it(written: str, said: str) -> None:
    assert readable(written) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("0", "零"),
        ("10", "十"),
        ("19", "十九"),
        ("110", "一百一十"),
        ("2000", "两千"),
        ("22222", "两万两千二百二十二"),
        ("10010", "一万零一十"),
        ("100000", "十万"),
        ("1000000", "一百万"),
        ("10002000", "一千万两千"),
        ("200000000", "两亿"),
        ("100000001", "一亿零一"),
        ("1" * 17, "一" * 17),
    ],
)
def test_a_quantity_is_counted(number: str, said: str) -> None:
    assert counted(number) == said


@given(st.integers(0, 10**16 - 1))
def test_a_counted_number_means_itself(value: int) -> None:
    assert meant(counted(str(value))) == value


def meant(said: str) -> int:
    for name, size in (("亿", 10**8), ("万", 10**4)):
        above, mark, below = said.rpartition(name)
        if mark:
            return meant(above) * size + meant(below)
    total = digit = 0
    for character in said.replace("两", "二"):
        if character in "零一二三四五六七八九":
            digit = "零一二三四五六七八九".index(character)
        else:
            total += (digit or 1) * 10 ** ("十百千".index(character) + 1)
            digit = 0
    return total + digit


@given(st.text(st.characters(categories=["Nd"], max_codepoint=0x7F), min_size=1, max_size=40))
def test_no_digit_of_a_long_number_is_lost(number: str) -> None:
    said = grouped(number).replace("、", "")
    assert said.translate(str.maketrans("零幺二三四五六七八九", "0123456789")) == number


PIECES = st.sampled_from(
    [*"0123456789-./:%年月日元个第号，。 \n#*_`>|[]()（）ABatm", "95599", "1.", "http://", "①", "٣"]
)


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_whatever_is_written_only_sayable_characters_come_out(text: str) -> None:
    assert SAYABLE.fullmatch(readable(text))


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_what_is_readable_stays_as_it_is(text: str) -> None:
    assert readable(readable(text)) == readable(text)


def test_every_article_can_be_read_aloud() -> None:
    for article in load(ROOT / "knowledge/articles").articles:
        for text in (article.spoken, article.answer, article.quiz.question):
            assert SAYABLE.fullmatch(readable(text))
            assert len(readable(text)) > len(text) / 2
