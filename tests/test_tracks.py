"""Both sides of a call on one time line, whenever their samples come."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.recording.tracks import SLACK_S, Piece, Side, Tracks

RATE = 1_000
"""One sample is a millisecond."""


def sound(ms: int, value: int = 1) -> bytes:
    return value.to_bytes(2, "little") * ms


def caller(tracks: Tracks, ms: int, at: float, value: int = 1) -> None:
    tracks.add(Piece(Side.CALLER, sound(ms, value), at))


def bank(tracks: Tracks, ms: int, at: float) -> None:
    tracks.add(Piece(Side.BANK, sound(ms), at))


def heard(side: bytes) -> list[tuple[int, int]]:
    """Where there is sound: beginning and end, in milliseconds."""
    found: list[tuple[int, int]] = []
    for place in range(0, len(side), 2):
        if side[place : place + 2] == b"\0\0":
            continue
        at = place // 2
        if found and found[-1][1] == at:
            found[-1] = (found[-1][0], at + 1)
        else:
            found.append((at, at + 1))
    return found


def test_what_we_say_stands_where_the_caller_was_then() -> None:
    tracks = Tracks(RATE)
    for number in range(1, 101):  # 2 s of the caller, 20 ms at a time
        caller(tracks, 20, number * 0.02)
        if number == 50:
            bank(tracks, 200, 1.0)
            bank(tracks, 100, 1.02)  # the line has room for it: it follows
    left, right = tracks.finish(2.0)
    assert heard(left) == [(0, 2000)]
    assert heard(right) == [(1000, 1300)]
    assert len(left) == len(right)


def test_a_telephone_that_sends_nothing_while_muted_is_silent_for_so_long() -> None:
    tracks = Tracks(RATE)
    caller(tracks, 1000, 1.0)
    bank(tracks, 500, 3.0)
    caller(tracks, 1000, 5.0)
    left, right = tracks.finish(5.0)
    assert heard(left) == [(0, 1000), (4000, 5000)]
    assert heard(right) == [(3000, 3500)]


def test_what_we_say_after_a_while_begins_when_it_is_said_and_not_earlier() -> None:
    tracks, right = Tracks(RATE), b""
    for number in range(1, 101):
        if number == 51:
            bank(tracks, 200, 1.0)
        caller(tracks, 20, number * 0.02)
        if number % 10 == 0:
            right += tracks.take(number * 0.02)[1]
    assert heard(right + tracks.finish(2.0)[1]) == [(1000, 1200)]


def test_after_the_gateway_stood_still_both_sides_are_still_in_line() -> None:
    tracks = Tracks(RATE)
    caller(tracks, 1000, 1.0)
    for _ in range(100):  # two seconds that nobody read come at once
        caller(tracks, 20, 3.0)
    tracks.take(3.0)
    for number in range(50):
        caller(tracks, 20, 3.02 + number * 0.02, value=2)
        if number == 25:
            bank(tracks, 100, 3.52)
    left, right = tracks.finish(4.0)
    first = next(place for place in range(0, len(left), 2) if left[place] == 2) // 2
    [(began, _)] = heard(right)
    assert abs(began - (first + 25 * 20)) <= 20


def test_half_a_sample_does_not_turn_what_follows_to_noise() -> None:
    tracks = Tracks(RATE)
    tracks.add(Piece(Side.CALLER, sound(20) + b"\7", 0.02))
    caller(tracks, 20, 0.04)
    assert tracks.finish(0.04)[0] == sound(40)


Calls = st.lists(
    st.tuples(st.sampled_from(Side), st.integers(1, 300), st.integers(0, 900)), max_size=60
)


@given(Calls)
def test_no_sample_is_lost_by_taking_out_what_is_settled(
    pieces: list[tuple[Side, int, int]],
) -> None:
    tracks, now = Tracks(RATE), 0.0
    left = right = b""
    for side, ms, pause in pieces:
        now += pause / 1000
        tracks.add(Piece(side, sound(ms), now))
        more = tracks.take(now)
        left, right = left + more[0], right + more[1]
        waiting = max(len(track._waiting) for track in (tracks._caller, tracks._bank))
        ahead = sum(piece[1] for piece in pieces)
        assert waiting <= 2 * (SLACK_S * RATE + ahead)
    more = tracks.finish(now)
    left, right = left + more[0], right + more[1]
    assert len(left) == len(right)
    for side, whole in ((Side.CALLER, left), (Side.BANK, right)):
        said = sum(ms for one, ms, _ in pieces if one is side)
        assert sum(end - begin for begin, end in heard(whole)) == said
