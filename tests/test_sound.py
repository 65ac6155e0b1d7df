"""Sound in and out of files."""

from __future__ import annotations

import math
import struct

import pytest

from audio import NotHeard, Sound
from audio.sound import decode, encode, resampled


def tone(rate: int, seconds: float = 1.0, pitch: float = 440.0) -> Sound:
    count = int(rate * seconds)
    samples = (int(9000 * math.sin(2 * math.pi * pitch * n / rate)) for n in range(count))
    return Sound(struct.pack(f"<{count}h", *samples), rate)


def loudness(sound: Sound) -> float:
    values = struct.unpack(f"<{len(sound.samples) // 2}h", sound.samples)
    return math.sqrt(sum(value * value for value in values) / len(values))


@pytest.mark.parametrize(
    ("container", "codec", "rate"),
    [
        ("ogg", "libopus", 48_000),
        ("amr", "libopencore_amrnb", 8_000),
        ("mp3", "libmp3lame", 24_000),
        ("wav", "pcm_s16le", 16_000),
    ],
)
@pytest.mark.parametrize("wanted", [8_000, 16_000])
def test_what_a_phone_records_comes_out_as_loud_and_as_long(
    container: str, codec: str, rate: int, wanted: int
) -> None:
    heard = decode(encode(tone(rate), container, codec, 12_200), wanted)
    assert heard.rate == wanted
    assert heard.seconds == pytest.approx(1.0, abs=0.1)
    assert loudness(heard) == pytest.approx(loudness(tone(rate)), rel=0.25)


@pytest.mark.parametrize("rate", [8_000, 24_000])
def test_another_rate_is_the_same_sound(rate: int) -> None:
    other = resampled(tone(rate), 16_000)
    assert other.seconds == pytest.approx(1.0, abs=0.01)
    assert loudness(other) == pytest.approx(loudness(tone(rate)), rel=0.05)


def test_silence_of_no_length_stays_so() -> None:
    assert resampled(Sound(b"", 8_000), 16_000) == Sound(b"", 16_000)


@pytest.mark.parametrize("content", [b"", b"no sound", b"OggS" + bytes(200), bytes(5_000)])
def test_a_file_that_holds_no_sound_is_said_to_be_so(content: bytes) -> None:
    with pytest.raises(NotHeard):
        decode(content, 8_000)


def test_of_a_broken_recording_the_good_part_is_heard() -> None:
    whole = encode(tone(16_000, 3.0))
    heard = decode(whole[: len(whole) // 2], 16_000)
    assert 0.5 < heard.seconds < 3.0


def test_an_endless_recording_is_cut() -> None:
    assert decode(encode(tone(16_000, 3.0)), 8_000, longest_s=1.0).seconds == 1.0
