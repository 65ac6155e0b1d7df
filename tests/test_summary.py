from __future__ import annotations

from conftest import START
from hypothesis import given
from hypothesis import strategies as st

from bot.desk.summary import SENTENCES, summarise
from bot.turn import Author, Message


def said(*texts: str, author: Author = Author.CUSTOMER) -> list[Message]:
    return [Message(number, author, START, text) for number, text in enumerate(texts)]


def test_what_happened_is_kept_and_what_says_nothing_is_left_out() -> None:
    lines = said(
        "你好",
        "我上周三在城东支行存了两万块",
        "嗯",
        "今天去看，卡里少了三千元！我没有转过账",
        "转人工",
        "［图片］",
        "你们几点上班",
        "希望你们查清楚是谁扣的钱",
    )
    assert summarise(lines) == [
        "我上周三在城东支行存了两万块",
        "今天去看，卡里少了三千元",
        "希望你们查清楚是谁扣的钱",
    ]


def test_only_the_customers_own_words_are_quoted() -> None:
    assert summarise(said("您的卡里少了三千元吗", author=Author.AGENT)) == []


@given(st.lists(st.text(max_size=200), max_size=20))
def test_it_is_short_and_every_sentence_was_said(texts: list[str]) -> None:
    found = summarise(said(*texts))
    assert len(found) <= SENTENCES
    for sentence in found:
        assert any(sentence.removesuffix("……") in text for text in texts)
