"""How long a call waits for its caller."""

from __future__ import annotations

import pytest

from bot.call.waiting import Patience, Waiting

PATIENCE = Patience(silence=8, elders_silence=12, hesitation=3)


def left(
    waiting: Waiting,
    now: float,
    *,
    speaking: bool = False,
    interrupted: bool = False,
    elder: bool = False,
) -> float | None:
    return waiting.left_s(now, speaking=speaking, interrupted=interrupted, elder=elder)


def test_nobody_is_hurried_while_we_speak_or_before_we_have_been_heard_out() -> None:
    waiting = Waiting(PATIENCE)
    assert left(waiting, 100) is None
    waiting.heard_out(100)
    assert left(waiting, 100, speaking=True) is None
    waiting.asked()
    assert left(waiting, 200) is None


@pytest.mark.parametrize(("elder", "limit"), [(False, 8), (True, 12)])
def test_silence_is_counted_from_the_end_of_the_prompt(*, elder: bool, limit: float) -> None:
    waiting = Waiting(PATIENCE)
    waiting.heard_out(100)
    assert left(waiting, 105, elder=elder) == limit - 5
    assert left(waiting, 500, elder=elder) == 0


def test_nobody_is_hurried_while_they_speak_and_a_noise_does_not_start_the_time_anew() -> None:
    waiting = Waiting(PATIENCE)
    waiting.heard_out(100)
    waiting.speech(goes_on=True)
    assert left(waiting, 130) is None
    waiting.speech(goes_on=False)
    assert left(waiting, 106) == 2


def test_an_interrupted_prompt_goes_on_unless_words_come() -> None:
    waiting = Waiting(PATIENCE)
    waiting.interrupted(100)
    assert left(waiting, 101, interrupted=True) == 2
    waiting.interrupted(102)
    assert left(waiting, 103, interrupted=True) == 2
