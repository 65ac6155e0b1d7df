"""When speech begins and ends, by seconds that are fed; no sound and no clock."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio import Expecting
from audio.endpointer import LEAST_S, LONGEST_S, UTTERANCE_S, Began, Ended, Endpointer, pause

WINDOW_S = 0.032
SLACK_S = 4 * WINDOW_S
"""A burst that may become a word is waited for, and seconds come in windows."""


def feed(
    endpointer: Endpointer, seconds: float, *, is_speech: bool, words: str = "你好"
) -> list[Began | Ended]:
    steps = (
        endpointer.hear(WINDOW_S, words, is_speech=is_speech)
        for _ in range(round(seconds / WINDOW_S))
    )
    return [step for step in steps if step]


def waited(words: str, kind: Expecting = Expecting.ANYTHING, *, patient: bool = False) -> float:
    """How long after its last sound an utterance of these words is over."""
    endpointer = Endpointer()
    endpointer.expect(kind, patient=patient)
    feed(endpointer, 1.0, is_speech=True, words=words)
    (ended,) = feed(endpointer, 4.0, is_speech=False, words=words)
    assert isinstance(ended, Ended)
    return ended.at - ended.ended


@pytest.mark.parametrize(
    "words",
    ["银行卡丢了怎么办", "转人工", "是的", "对", "好的", "我要查余额", "处理结果", "不对",
     "我的手机号是一三八零零二三四五六七", "二零二六一一二四零零零一七"],
)  # fmt: skip
def test_a_complete_phrase_is_answered_soon(words: str) -> None:
    assert 0.5 <= waited(words) <= 0.6 + WINDOW_S


@pytest.mark.parametrize(
    "words",
    ["我的手机号是一三八零零", "银行卡和", "因为", "上个月我去取钱然后", "就是那个", "我想",
     "他们的", "我上次去你们城东支行的"],
)  # fmt: skip
def test_who_pauses_in_the_middle_of_a_number_or_a_sentence_is_waited_for(words: str) -> None:
    assert 1.9 <= waited(words) <= 2.0 + WINDOW_S


@pytest.mark.parametrize("words", ["一三八", "一三八零零二三", "我记得是幺三九", "零幺零"])
def test_a_number_with_too_few_digits_goes_on(words: str) -> None:
    assert waited(words, Expecting.NUMBER) >= 1.9


@pytest.mark.parametrize(
    "words", ["一三八零零二三四五六七", "二零二六一一二四零零零一七", "我没有手机号"]
)
def test_a_whole_number_and_no_number_at_all_are_answered_soon(words: str) -> None:
    assert waited(words, Expecting.NUMBER) <= 0.6 + WINDOW_S


def test_between_the_sentences_of_a_story_there_is_more_time() -> None:
    assert waited("柜员对我发火", Expecting.STORY) >= 1.4
    assert waited("不是", Expecting.CHOICE) <= 0.5 + WINDOW_S


def test_elders_have_half_as_much_time_again_but_three_seconds_at_most() -> None:
    assert waited("银行卡丢了", patient=True) == pytest.approx(0.9, abs=WINDOW_S)
    assert waited("一三八", Expecting.NUMBER, patient=True) == pytest.approx(3.0, abs=WINDOW_S)


def test_who_has_said_no_word_yet_is_given_a_second() -> None:
    assert 0.9 <= waited("") <= 1.0 + WINDOW_S


def test_a_cough_is_no_speech() -> None:
    endpointer = Endpointer()
    for _ in range(5):
        assert feed(endpointer, 2 * WINDOW_S, is_speech=True) == []
        assert feed(endpointer, 0.5, is_speech=False) == []


def test_speech_is_noticed_within_a_tenth_of_a_second_and_dated_back_to_its_beginning() -> None:
    endpointer = Endpointer()
    feed(endpointer, 1.0, is_speech=False)
    (began,) = feed(endpointer, 0.5, is_speech=True)
    assert isinstance(began, Began)
    assert began.began == pytest.approx(31 * WINDOW_S)
    assert began.at - began.began <= 0.1


def test_a_cough_in_a_pause_does_not_make_it_longer() -> None:
    endpointer = Endpointer()
    feed(endpointer, 1.0, is_speech=True)
    feed(endpointer, 0.3, is_speech=False)
    feed(endpointer, 2 * WINDOW_S, is_speech=True)
    (ended,) = feed(endpointer, 1.0, is_speech=False)
    assert isinstance(ended, Ended)
    assert ended.at - ended.ended <= 0.6 + WINDOW_S


def test_what_is_awaited_changes_with_the_next_utterance_only() -> None:
    endpointer = Endpointer()
    feed(endpointer, 1.0, is_speech=True)
    endpointer.expect(Expecting.STORY, patient=True)
    (first,) = feed(endpointer, 1.0, is_speech=False)
    feed(endpointer, 1.0, is_speech=True)
    (second,) = feed(endpointer, 3.0, is_speech=False)
    assert isinstance(first, Ended)
    assert isinstance(second, Ended)
    assert first.at - first.ended < 0.7
    assert second.at - second.ended > 2.2


def test_an_endless_utterance_is_given_as_it_is_and_what_follows_is_another() -> None:
    endpointer = Endpointer()
    steps = feed(endpointer, 2 * UTTERANCE_S + 1, is_speech=True)
    assert [type(step) for step in steps] == [Began, Ended, Began, Ended, Began]
    assert steps[1].at == pytest.approx(UTTERANCE_S, abs=WINDOW_S)


STRETCHES = st.lists(
    st.tuples(st.booleans(), st.integers(1, 120), st.sampled_from(["", "你好", "一三八", "因为"])),
    max_size=12,
)


def fed(
    stretches: Iterable[tuple[bool, int, str]], kind: Expecting, *, patient: bool
) -> list[tuple[Began | Ended, float]]:
    """Every step, and for how long nothing had been said when it came."""
    endpointer = Endpointer()
    endpointer.expect(kind, patient=patient)
    steps, quiet = [], 0.0
    for is_speech, windows, words in [*stretches, (False, 200, "")]:
        for _ in range(windows):
            quiet = 0.0 if is_speech else quiet + WINDOW_S
            if step := endpointer.hear(WINDOW_S, words, is_speech=is_speech):
                steps.append((step, quiet))
    return steps


@given(STRETCHES, st.sampled_from(Expecting), st.booleans())
def test_times_never_go_back_and_every_beginning_has_its_end(
    stretches: list[tuple[bool, int, str]],
    kind: Expecting,
    patient: bool,  # noqa: FBT001
) -> None:
    steps = [step for step, _ in fed(stretches, kind, patient=patient)]
    assert [type(step) for step in steps] == [Began, Ended] * (len(steps) // 2)
    assert all(one.at < two.at for one, two in itertools.pairwise(steps))
    for began, ended in zip(steps[::2], steps[1::2], strict=True):
        assert isinstance(ended, Ended)
        assert began.began == ended.began <= ended.ended <= ended.at


@given(STRETCHES, st.sampled_from(Expecting), st.booleans())
def test_a_pause_shorter_than_the_least_ends_nothing(
    stretches: list[tuple[bool, int, str]],
    kind: Expecting,
    patient: bool,  # noqa: FBT001
) -> None:
    for step, quiet in fed(stretches, kind, patient=patient):
        if isinstance(step, Ended) and step.at - step.began < UTTERANCE_S:
            # A cough, which is no speech, may lie in the pause.
            assert step.at - step.ended >= LEAST_S - 1e-6
            assert quiet > 0


@given(STRETCHES, st.sampled_from(Expecting), st.booleans())
def test_after_the_longest_pause_it_is_always_over(
    stretches: list[tuple[bool, int, str]],
    kind: Expecting,
    patient: bool,  # noqa: FBT001
) -> None:
    for step, _ in fed(stretches, kind, patient=patient):
        if isinstance(step, Ended):
            assert step.at - step.ended <= LONGEST_S + SLACK_S + 2 * WINDOW_S
            assert step.at - step.began <= UTTERANCE_S + WINDOW_S


@given(st.text("我的和因为一三八是对好零幺", max_size=20), st.sampled_from(Expecting))
def test_patience_only_ever_waits_longer_and_within_the_bounds(words: str, kind: Expecting) -> None:
    usual, elders = pause(words, kind, patient=False), pause(words, kind, patient=True)
    assert LEAST_S <= usual < elders <= LONGEST_S
