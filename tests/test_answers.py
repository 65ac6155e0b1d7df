"""Answers out of the reviewed knowledge: follow-ups, several questions, and honest ignorance."""

from __future__ import annotations

import pytest
from conftest import Chat, Clock

from bot.followups import follows_up, questions_in
from bot.settings import ROOT
from knowledge.article import load

ARTICLES = {article.id: article for article in load(ROOT / "knowledge/articles").articles}
LOST = ARTICLES["card-lost"]


@pytest.mark.parametrize(
    "text",
    [
        "那要多少钱",
        "多少钱？",
        "收费吗",
        "那多久能好呢",
        "要几天",
        "带什么",
        "需要什么材料？",
        "去哪办",
        "在手机上能办吗",
        "怎么办理",
        "那怎么办",
        "别人能代办吗",
        "要注意什么",
    ],
)
def test_a_short_question_leans_on_the_article_before(text: str) -> None:
    assert follows_up(text, LOST) is not None


@pytest.mark.parametrize(
    "text",
    [
        "信用卡年费多少钱",
        "转账多久到账",
        "怎么办理挂失",
        "取钱要带什么",
        "去哪办社保卡",
        "我要投诉",
        "人工",
        "谢谢",
        "",
    ],
)
def test_a_question_with_a_topic_of_its_own_does_not(text: str) -> None:
    assert follows_up(text, LOST) is None


def test_only_words_of_the_article_are_quoted() -> None:
    lines = follows_up("要带什么", LOST)
    assert lines
    assert all(line in LOST.answer for line in lines)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("银行卡丢了怎么办？补卡要多少钱？", ["银行卡丢了怎么办", "补卡要多少钱"]),
        ("卡丢了怎么办，还有信用卡年费多少", ["卡丢了怎么办", "还有信用卡年费多少"]),
        ("卡丢了，急死我了，怎么办", ["卡丢了，急死我了，怎么办"]),
        ("在吗？", []),
        ("一二三四？" * 9, ["一二三四"] * 3),
    ],
)
def test_a_message_is_parted_into_its_questions(text: str, parts: list[str]) -> None:
    assert questions_in(text) == parts


async def test_a_follow_up_is_answered_out_of_the_same_article(chat: Chat) -> None:
    await chat.say("银行卡丢了怎么办")
    first = chat.answer["replies"][0]
    await chat.say("那要带什么")
    reply = chat.answer["replies"][0]
    assert chat.answer["route"] == "knowledge"
    assert reply["article"] == first["article"]
    assert "身份证" in reply["text"]
    for line in reply["text"].splitlines()[2:]:
        assert line in first["text"]


async def test_an_article_that_has_run_out_is_not_quoted_and_no_other_takes_its_place(
    chat: Chat, clock: Clock
) -> None:
    clock.forward(days=(LOST.expires - clock().date()).days + 2)
    await chat.say("银行卡丢了怎么办")
    assert "不能准确回答" in chat.text()
    assert chat.buttons() == ["/human"]


async def test_what_the_article_does_not_say_is_not_made_up(chat: Chat) -> None:
    await chat.say("存款保险是什么意思")
    assert chat.answer["replies"][0]["article"]["id"] == "deposit-insurance"
    await chat.say("能代办吗")
    assert "没有写这一点" in chat.text()
    assert "/human" in chat.buttons()


async def test_the_same_words_with_nothing_before_them_are_a_question_of_their_own(
    chat: Chat,
) -> None:
    await chat.say("那要多少钱")
    assert chat.answer["route"] != "knowledge"


async def test_two_questions_in_one_message_are_answered_in_turn(chat: Chat) -> None:
    await chat.say("银行卡丢了怎么挂失？取款机吞卡了怎么办？")
    ids = [reply["article"]["id"] for reply in chat.answer["replies"]]
    assert ids == ["card-lost", "card-swallowed"]


async def test_the_same_question_twice_is_answered_once(chat: Chat) -> None:
    await chat.say("银行卡丢了怎么挂失？银行卡丢了怎么挂失？")
    assert [reply["article"]["id"] for reply in chat.answer["replies"]] == ["card-lost"]
