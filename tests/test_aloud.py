"""What is said on a telephone, and what its callers choose, by words and by keys."""

from __future__ import annotations

import datetime as dt
import inspect
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions import intake
from actions.privacy import mask
from actions.questions import INTAKES
from bot.call.aloud import aloud, choices
from bot.call.chosen import Wish, chosen, line_wish, only_listens
from bot.call.note import MAX_SUMMARY, Reason, note
from bot.phrases import Phrases
from bot.turn import HUMAN_BUTTON, Button, Reply

PHRASES = Phrases("农业银行", "95599", dt.UTC)
ON_A_SCREEN = re.compile(r"[点按](?:一下)?“|按钮|下面|打字|您看看|屏幕上")


def fixed() -> list[Reply]:
    """Every reply that needs nothing to be known, and every question of an intake."""
    replies = []
    for _, method in inspect.getmembers(PHRASES, inspect.ismethod):
        wanted = inspect.signature(method, eval_str=True)
        if not wanted.parameters and wanted.return_annotation is Reply:
            replies.append(method())
    for name, plan in INTAKES.items():
        progress = intake.begin(name)
        replies += [
            PHRASES.ask(intake.reopen(progress, question.slot)) for question in plan.questions
        ]
    return replies


@pytest.mark.parametrize("reply", fixed(), ids=lambda reply: reply.text[:12])
def test_nothing_that_is_said_speaks_of_a_screen(reply: Reply) -> None:
    said = "".join(aloud(reply))
    assert said
    assert not ON_A_SCREEN.search(said), said


def test_the_choices_are_said_and_have_keys() -> None:
    buttons = (Button("银行卡", "/answer:银行卡"), Button("贷款", "/answer:贷款"))
    reply = Reply("和哪项业务有关？", buttons=(HUMAN_BUTTON, *buttons, Button("取消", "/cancel")))
    assert choices(reply) == buttons
    assert aloud(reply) == ("和哪项业务有关？", "可以说，银行卡，或者，贷款。")


def test_choices_that_the_sentence_names_are_not_said_twice() -> None:
    reply = Reply("要我再说一遍吗？", buttons=(Button("再说一遍", "/repeat"),))
    assert aloud(reply) == ("要我再说一遍吗？",)


OFFERED = (
    Button("就打现在这个电话", "/answer:13800138000"),
    Button("打我在银行留的电话", "/answer:留的"),
)


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("就打现在这个电话", 0),
        ("就打这个电话", 0),
        ("打银行留的电话", 1),
        ("第一个", 0),
        ("第二个吧", 1),
        ("第六个", None),
        ("打我在银行流的电话", 1),
        ("我的电话是一三八零零一三八零零零", None),
        ("我不想说", None),
        ("", None),
    ],
)
def test_a_choice_is_known_by_its_words_its_sound_or_its_place(
    said: str, place: int | None
) -> None:
    assert chosen(OFFERED, [said]) == (None if place is None else OFFERED[place])


def test_another_reading_may_be_the_choice() -> None:
    assert chosen(OFFERED, ["酒大这个点化呀呀", "就打这个电话"]) == OFFERED[0]


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("大声点", Wish.LOUDER),
        ("你声音大一点", Wish.LOUDER),
        ("听不见", Wish.LOUDER),
        ("小声一点", Wish.SOFTER),
        ("说慢一点", Wish.SLOWER),
        ("慢点说", Wish.SLOWER),
        ("你说得太快了", Wish.SLOWER),
        ("快一点", Wish.FASTER),
        ("银行卡丢了怎么办", None),
        ("我在柜台排队太慢了想投诉你们", None),
    ],
)
def test_how_the_line_is_to_sound_is_told_in_few_words(text: str, wish: Wish | None) -> None:
    assert line_wish(text) is wish


def test_a_hum_is_no_answer_and_a_nod_only_where_it_was_asked_for() -> None:
    assert only_listens("嗯嗯", is_asked=True)
    assert only_listens("好的", is_asked=False)
    assert not only_listens("好的", is_asked=True)
    assert not only_listens("转人工", is_asked=False)


@given(said=st.lists(st.text(max_size=80), max_size=6), elder=st.booleans())
def test_a_note_is_one_short_printable_line_without_personal_data(
    *, said: list[str], elder: bool
) -> None:
    line = note(Reason.HUMAN, elder=elder, said=[*said, "我的电话13800138000"])
    assert line.isascii()
    assert line.isprintable()
    assert len(line) < MAX_SUMMARY + 60
    assert "13800138000" not in line
    assert mask("13800138000") != "13800138000"
