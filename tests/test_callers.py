"""The callers of bench/calls.py: what they say and hear, against a small AudioSocket bot."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import pytest
from audiosocket import CALL, FRAME_BYTES, FRAME_S, HANG_UP, SOUND, Frames, packed
from caller import LATE_S, LOUD, Caller, Heard, Listener, Speech, Turn, level, place
from calls import Level, spread
from hypothesis import given
from hypothesis import strategies as st

VOICE = (b"\xd0\x07\x30\xf8" * (FRAME_BYTES // 4))[:FRAME_BYTES]
"""20 ms, loud."""
NOISE = (b"\x05\x00\xfb\xff" * (FRAME_BYTES // 4))[:FRAME_BYTES]
SILENCE = bytes(FRAME_BYTES)
WORD = Speech((VOICE,) * 20)


class Bot(asyncio.Protocol):
    """Says a prompt, is quiet while somebody speaks, then says it again: frame for frame."""

    def __init__(self, *, listens: bool = True, leaves_after: int | None = None) -> None:
        self._frames = Frames()
        self._listens = listens
        self._leaves_after = leaves_after
        self._quiet = 0
        self.calls: list[str] = []
        self.kinds: list[int] = []
        self.heard: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        for kind, payload in self._frames.feed(data):
            self.kinds.append(kind)
            if kind == CALL:
                self.calls.append(str(uuid.UUID(bytes=payload)))
            elif kind == SOUND:
                self._answer(payload)

    def _answer(self, payload: bytes) -> None:
        self.heard.append(payload)
        self._quiet = 0 if level(payload) >= LOUD else self._quiet + 1
        speaks = not self._listens or self._quiet > 2
        self._transport.write(packed(SOUND, VOICE if speaks else SILENCE))
        if len(self.heard) == self._leaves_after:
            self._transport.write(packed(HANG_UP))


@asynccontextmanager
async def served(bot: Bot) -> AsyncIterator[int]:
    server = await asyncio.get_running_loop().create_server(lambda: bot, "127.0.0.1", 0)
    async with server:
        yield int(server.sockets[0].getsockname()[1])


async def called(bot: Bot, says: Sequence[Speech], stays_s: float | None = None) -> Heard:
    async with served(bot) as port:
        make = partial(Caller, says, (NOISE,), stays_s, listens_s=0.1)
        return await place(port, make)


def listened(frames: Sequence[tuple[float, bytes]]) -> Listener:
    listener = Listener()
    for at, samples in frames:
        listener.hear(at, samples)
    return listener


async def test_a_caller_is_greeted_answered_each_time_and_hangs_up() -> None:
    bot = Bot()
    heard = await called(bot, [WORD, WORD])
    assert bot.calls == [heard.call]
    assert bot.kinds[0] == CALL
    assert bot.kinds[-1] == HANG_UP
    assert heard.greeted is not None
    assert not heard.lost
    assert len(heard.turns) == 2
    for turn in heard.turns:
        assert turn.barged
        assert turn.hushed is not None
        assert turn.answered is not None
        assert turn.began <= turn.hushed < turn.ended < turn.answered


async def test_what_a_caller_says_arrives_whole_with_the_noise_of_the_line_around_it() -> None:
    bot = Bot()
    await called(bot, [WORD])
    first = bot.heard.index(VOICE)
    last = first + len(WORD.frames)
    assert set(bot.heard[:first]) == {NOISE}
    assert set(bot.heard[first:last]) == {VOICE}
    assert set(bot.heard[last:]) == {NOISE}


async def test_a_bot_that_goes_on_speaking_has_not_answered() -> None:
    heard = await called(Bot(listens=False), [WORD])
    [turn] = heard.turns
    assert turn.barged
    assert turn.hushed is None
    assert turn.answered is None


async def test_a_caller_who_says_nothing_stays_and_hangs_up() -> None:
    bot = Bot()
    heard = await called(bot, [], stays_s=0.2)
    assert not heard.lost
    assert not heard.turns
    assert bot.kinds[-1] == HANG_UP


async def test_a_call_that_the_bot_ends_is_lost() -> None:
    heard = await called(Bot(leaves_after=3), [WORD])
    assert heard.lost


async def test_a_call_that_nobody_takes_is_lost() -> None:
    async with served(Bot()) as port:
        pass
    heard = await place(port, lambda: Caller([WORD], (NOISE,)))
    assert heard.lost
    assert heard.greeted is None


def test_sound_that_comes_in_time_has_no_hole() -> None:
    assert not listened([(0.02 * place, VOICE) for place in range(50)]).holes


def test_sound_that_comes_late_leaves_a_hole() -> None:
    frames = [(0.02 * place, VOICE) for place in range(10)]
    late = [(at + LATE_S + 0.03, samples) for at, samples in frames]
    listener = listened([*frames[:5], *late[5:]])
    assert listener.holes == [pytest.approx(LATE_S + 0.03)]


def test_a_pause_of_the_bot_is_no_hole() -> None:
    quiet = [(0.02, NOISE), (3.0, VOICE)]
    assert not listened([(0.0, VOICE), *quiet]).holes


def test_silence_in_the_middle_of_a_sound_is_a_hole_though_it_comes_in_time() -> None:
    frames = [VOICE, VOICE, SILENCE, SILENCE, VOICE]
    listener = listened([(0.02 * place, samples) for place, samples in enumerate(frames)])
    assert listener.holes == [pytest.approx(2 * FRAME_S)]


def test_a_sentence_that_breaks_off_and_is_followed_by_another_has_no_hole() -> None:
    frames = [(0.0, VOICE), (0.02, SILENCE), (0.04, SILENCE), (3.0, VOICE)]
    assert not listened(frames).holes


def test_an_interrupted_prompt_has_no_hole() -> None:
    listener = listened([(0.0, VOICE)])
    listener.minds = False
    listener.hear(2.0, VOICE)
    assert not listener.holes


def test_speech_is_what_stands_between_the_first_sound_and_the_last() -> None:
    samples = NOISE * 15 + VOICE * 3 + NOISE * 2 + VOICE + NOISE * 40
    assert Speech.of(samples).frames == (*(VOICE,) * 3, NOISE, NOISE, VOICE)


def test_a_recording_without_speech_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing is said"):
        Speech.of(NOISE * 20)


@given(
    st.lists(st.tuples(st.sampled_from([CALL, SOUND, HANG_UP]), st.binary(max_size=700))),
    st.data(),
)
def test_frames_are_read_however_the_bytes_are_cut(
    frames: list[tuple[int, bytes]], data: st.DataObject
) -> None:
    sent = b"".join(packed(kind, payload) for kind, payload in frames)
    reader, found = Frames(), []
    while sent:
        cut = data.draw(st.integers(1, len(sent)))
        found += reader.feed(sent[:cut])
        sent = sent[cut:]
    assert found == frames


def test_an_answer_counts_from_the_last_decision_before_it() -> None:
    turn = Turn(began=10.0, ended=12.0, answered=13.0)
    call = Heard("a", 0.0, turns=[turn, Turn(began=20.0, ended=21.0)])
    level = Level([call], 0.0, {"a": [9.0, 11.0, 12.75, 13.5], "b": [12.9]})
    assert level.first_audio() == [1.0]
    assert level.after_decision() == [0.25]
    assert level.unanswered() == 1


def test_calls_are_held_while_no_frame_is_late_and_none_is_lost() -> None:
    well = Heard("a", 0.0)
    assert Level([well], 0.0, {}).is_held
    assert not Level([well, Heard("b", 0.0, lost=True)], 0.0, {}).is_held
    assert not Level([well, Heard("c", 0.0, holes=[0.05])], 0.0, {}).is_held


def test_half_of_the_times_are_below_the_first_figure_and_nearly_all_below_the_second() -> None:
    assert spread([number / 1e3 for number in range(1, 101)]) == "51 / 95"
    assert spread([]) == "–"
