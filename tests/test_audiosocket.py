"""AudioSocket's frames: whatever the network does to the bytes."""

from __future__ import annotations

import struct
import uuid
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio import Sound
from audio.audiosocket import (
    HANG_UP,
    MOST_SOUND,
    BadFrame,
    Call,
    Digit,
    Fault,
    Frame,
    HangUp,
    NoDigit,
    Parser,
    UnfitRate,
    UnknownKind,
    WrongLength,
    header,
    pack,
)

frames = st.one_of(
    st.uuids().map(lambda one: Call(str(one))),
    st.sampled_from("0123456789*#ABCD").map(Digit),
    st.just(HangUp()),
    st.binary(max_size=255).map(Fault),
    st.builds(
        Sound,
        st.binary(max_size=400).map(lambda one: one[: len(one) // 2 * 2]),
        st.sampled_from([8_000, 16_000]),
    ),
)


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[begin:end] for begin, end in pairwise(places)]


@given(st.lists(frames, max_size=20), st.lists(st.integers(min_value=0), max_size=40))
def test_frames_arrive_whole_however_the_bytes_are_split(
    sent: list[Frame], cuts: list[int]
) -> None:
    parser, got = Parser(), []
    for piece in split(b"".join(map(pack, sent)), cuts):
        got += parser.feed(piece)
    assert got == sent
    assert parser.error is None
    assert not parser.halfway


@given(st.lists(st.binary(max_size=100), max_size=30))
def test_no_bytes_make_it_fail_or_keep_more_than_one_frame(pieces: list[bytes]) -> None:
    parser = Parser()
    for piece in pieces:
        before = parser.error
        got = parser.feed(piece)
        assert not (before and got)
        assert len(parser._rest) < MOST_SOUND + 3


@given(st.lists(frames, max_size=5), st.binary(min_size=3, max_size=3))
def test_what_follows_a_bad_frame_is_not_read(before: list[Frame], after: bytes) -> None:
    parser = Parser()
    assert parser.feed(b"".join(map(pack, before)) + b"\x77" + after) == before
    assert isinstance(parser.error, UnknownKind)
    assert parser.feed(HANG_UP) == []


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"\x02\x00\x00", UnknownKind),
        (b"GET / HTTP/1.1\r\n", UnknownKind),
        (b"\x00\x00\x01", WrongLength),
        (b"\x01\x00\x0f", WrongLength),
        (b"\x01\xff\xff", WrongLength),
        (b"\x03\x00\x02", WrongLength),
        (b"\x10\x01\x41", WrongLength),
        (b"\x12" + struct.pack(">H", MOST_SOUND + 2), WrongLength),
        (b"\xff\x01\x00", WrongLength),
        (b"\x11\x01\xe0", UnfitRate),
        (b"\x18\x0f\x00", UnfitRate),
        (b"\x03\x00\x01x", NoDigit),
        (b"\x03\x00\x01\xff", NoDigit),
    ],
)
def test_every_bad_frame_has_a_name_and_is_refused_by_its_header(
    data: bytes, error: type[BadFrame]
) -> None:
    parser = Parser()
    assert parser.feed(data) == []
    assert type(parser.error) is error
    assert str(parser.error)


def test_half_a_frame_is_known_as_half_of_one() -> None:
    parser = Parser()
    sent = pack(Sound(bytes(320), 8_000))
    assert parser.feed(sent + sent[:100]) == [Sound(bytes(320), 8_000)]
    assert parser.halfway


def test_the_bytes_are_those_of_the_protocol() -> None:
    call = uuid.UUID("40325ec2-5efd-4bd3-805f-53576e581d13")
    assert pack(Call(str(call))) == b"\x01\x00\x10" + call.bytes
    assert pack(Digit("#")) == b"\x03\x00\x01#"
    assert pack(HangUp()) == b"\x00\x00\x00"
    assert header(8_000, 320) == b"\x10\x01\x40"
    assert header(16_000, 640) == b"\x12\x02\x80"
