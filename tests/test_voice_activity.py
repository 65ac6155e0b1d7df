"""Where there are voices, in recordings of real people and in sounds that are none."""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Callable

import pytest
from speech import needs_people, people, silence

from audio import Expecting, Sound
from audio.endpointer import Began, Ended, Endpointer
from audio.voice_activity import WINDOW_S, VoiceActivity

RATES = [8_000, 16_000]
QUIET_S = 3.5


def endpoints(
    activity: VoiceActivity, sound: Sound, *, patient: bool = False
) -> list[Began | Ended]:
    """What an endpointer makes of it when every phrase seems complete."""
    activity.begin(sound.rate)
    endpointer = Endpointer()
    endpointer.expect(Expecting.ANYTHING, patient=patient)
    samples, size = sound.samples + silence(QUIET_S, sound.rate), activity.window_bytes
    steps = (
        endpointer.hear(WINDOW_S, "好的", is_speech=activity.is_speech(samples[at : at + size]))
        for at in range(0, len(samples) - size, size)
    )
    return [step for step in steps if step]


@needs_people
@pytest.mark.parametrize("rate", RATES)
def test_real_people_are_noticed_within_a_quarter_of_a_second_and_seldom_cut(rate: int) -> None:
    """The recordings have pauses between clauses; a complete phrase may be cut at one of 0.6 s."""
    activity, cut, patiently = VoiceActivity(rate), 0, 0
    for name, sound in people(rate):
        began, ended, *more = endpoints(activity, sound)
        assert isinstance(ended, Ended), name
        assert began.at - began.began <= 0.25, name
        assert 0.5 <= ended.at - ended.ended <= 0.7, name
        cut += bool(more)
        patiently += len(endpoints(activity, sound, patient=True)) > 2
    assert cut <= 8
    assert patiently <= 3


@needs_people
@pytest.mark.parametrize("rate", RATES)
def test_most_of_what_is_read_aloud_is_speech(rate: int) -> None:
    activity = VoiceActivity(rate)
    size = activity.window_bytes
    for name, sound in people(rate):
        activity.begin(rate)
        windows = range(0, len(sound.samples) - size, size)
        spoken = sum(activity.is_speech(sound.samples[at : at + size]) for at in windows)
        assert spoken / len(windows) > 0.5, name


def sine(seconds: float, rate: int, *pitches: float) -> bytes:
    values = (
        sum(math.sin(2 * math.pi * pitch * n / rate) for pitch in pitches) / len(pitches)
        for n in range(round(seconds * rate))
    )
    return b"".join(struct.pack("<h", round(20_000 * value)) for value in values)


def hiss(seconds: float, rate: int) -> bytes:
    return random.Random(7).randbytes(round(seconds * rate) * 2)  # noqa: S311 - a sound


def chords(seconds: float, rate: int) -> bytes:
    """What a line plays while one waits, more or less."""
    tunes = [(262, 330, 392), (349, 440, 523), (392, 494, 587)]
    return b"".join(sine(seconds / 3, rate, *tune) for tune in tunes)


def dialling(seconds: float, rate: int) -> bytes:
    return sine(seconds, rate, 770, 1336)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("sound", [silence, hiss, chords, dialling])
def test_noise_music_and_keys_are_no_voices(
    sound: Callable[[float, int], bytes], rate: int
) -> None:
    assert endpoints(VoiceActivity(rate), Sound(sound(4.0, rate), rate)) == []


def test_the_next_call_is_judged_without_the_last_one() -> None:
    activity = VoiceActivity(8_000)
    size = activity.window_bytes
    first = [activity.is_speech(hiss(0.032, 8_000)[:size]) for _ in range(10)]
    activity.begin(8_000)
    assert [activity.is_speech(hiss(0.032, 8_000)[:size]) for _ in range(10)] == first


def test_a_rate_that_the_network_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="44100"):
        VoiceActivity().begin(44_100)
