"""What a recogniser's results say."""

from __future__ import annotations

import json

import pytest

from audio import Transcript
from audio.readings import Reading, partial, plain, readings, transcript


def result(*alternatives: tuple[str, float]) -> str:
    told = [{"text": text, "confidence": likelihood} for text, likelihood in alternatives]
    return json.dumps({"alternatives": told})


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("银行卡 和 身份证 丢 了", "银行卡和身份证丢了"),
        ("手机 银行 app 打 不 开", "手机银行app打不开"),
        ("open bank", "open bank"),
        (" 人工 ", "人工"),
        ("", ""),
    ],
)
def test_spaces_between_chinese_characters_go_and_others_stay(words: str, text: str) -> None:
    assert plain(words) == text


def test_a_partial_result_is_plain_text_and_one_without_words_is_empty() -> None:
    assert partial('{"partial": "我 要 投诉"}') == "我要投诉"
    assert partial('{"alternatives": [{"text": "", "confidence": 1.0}]}') == ""


def test_shares_add_up_and_the_same_text_in_other_words_counts_once() -> None:
    found = readings(result(("转 人工", 275.0), ("转人工", 274.0), ("专 人工", 273.0)))
    assert [one.text for one in found] == ["转人工", "专人工"]
    assert sum(one.share for one in found) == pytest.approx(1.0)
    assert found[0].share > 0.9


def test_huge_likelihoods_do_not_overflow() -> None:
    (only,) = readings(result(("你好", 1e9)))
    assert only == Reading("你好", 1.0)


def test_no_words_are_no_reading() -> None:
    assert readings(result(("", 1.0))) == []
    assert readings(result()) == []
    assert transcript([[], []]) == Transcript("", 0.0)


def test_pieces_are_put_together_and_other_readings_differ_in_one_piece() -> None:
    pieces = [
        [Reading("我要", 0.9), Reading("我药", 0.1)],
        [],
        [Reading("投诉", 0.6), Reading("头诉", 0.4)],
    ]
    said = transcript(pieces)
    assert said.text == "我要投诉"
    assert said.others == ("我要头诉", "我药投诉")
    assert said.certainty == pytest.approx(0.75)


def test_numbers_are_written_in_all_readings_and_the_same_text_is_told_once() -> None:
    pieces = [[Reading("一三八零", 0.8), Reading("幺三八零", 0.1), Reading("七三八零", 0.1)]]
    assert transcript(pieces) == Transcript("1380", 0.8, ("7380",))


def test_the_place_for_other_words_is_in_no_text() -> None:
    unknown = [[Reading("[unk]人工", 0.9), Reading("人工", 0.05), Reading("[unk]", 0.05)]]
    assert transcript(unknown) == Transcript("人工", 0.9)
    assert transcript([[Reading("[unk]", 1.0)]]).text == ""
