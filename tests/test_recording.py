"""Calls are recorded beside the call: in line, sealed, never in its way; and they go in time."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import os
import threading
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import fields
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from call_sound import FRAME_S, Sides, frames, near, sides, silence, spans, tone
from conftest import START, Clock
from sqlalchemy import event, select

from actions import call_search, journal, tables
from actions.call_search import Call, Reader, Wanted
from actions.calls import STEPS, Calls, Ending
from actions.errors import NotAllowed
from actions.recordings import Recordings
from actions.sealed_file import SealedWriter
from bot.app import Gateway
from bot.call.record import Record
from bot.call.times import TurnTimes
from bot.recording import record as record_module
from bot.recording.recorder import CallRecorder
from bot.recording_settings import Recordings as Rules
from bot.settings import Settings
from bot.turn import Address, Turn

CALLER = Address("hotline", "13812345678")
EVERYTHING = Reader(0, sees_all=True)
TIMES = TurnTimes(0.6, 0.04, 0.005, 0.03, 0.09)


class Ticks:
    """A clock that goes with the sound."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Line:
    """One call through a recorder, as fast as it can be read."""

    def __init__(self, recorder: CallRecorder, ticks: Ticks, clock: Clock) -> None:
        self.recorder, self.ticks, self.clock = recorder, ticks, clock
        self.uuid = str(uuid.uuid4())

    async def begin(self, address: Address = CALLER, rate: int = 8_000) -> Record:
        self.record = await self.recorder.begin(self.uuid, CALLER.user, address, rate, self.clock())
        return self.record

    def pass_(self, heard: bytes, said: bytes = b"", rate: int = 8_000) -> None:
        """The caller's sound comes at its pace, and ours begins together with it."""
        ours: Iterator[bytes] = iter(frames(said, rate))
        for frame in frames(heard, rate):
            if piece := next(ours, b""):
                self.record.said(piece)
            self.ticks.now += FRAME_S
            self.clock.forward(seconds=FRAME_S)
            self.record.heard(frame)


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
async def line(
    gateway: Gateway, client: TestClient[Any, Any], ticks: Ticks, clock: Clock
) -> AsyncIterator[Line]:
    made = recorder(gateway, ticks, gateway.telephony.recording.recordings)
    yield Line(made, ticks, clock)
    await made.close()


def recorder(gateway: Gateway, ticks: Ticks, recordings: Recordings | None) -> CallRecorder:
    return CallRecorder(
        gateway.database,
        gateway.switchboard._store,
        Calls(gateway.cipher),
        recordings,
        gateway.switchboard.alone,
        gateway.metrics,
        gateway.clock,
        ticks,
    )


async def only_call(gateway: Gateway) -> Call:
    (call,) = await gateway.database.read(lambda tx: call_search.search(tx, EVERYTHING, Wanted()))
    return call


def played(gateway: Gateway, call: Call) -> Sides:
    with gateway.telephony.recording.recordings.open(call.recording or "") as reader:
        return sides(b"".join(reader.read(0, reader.size)))


@pytest.mark.parametrize("rate", [8_000, 16_000])
async def test_both_sides_are_heard_in_line_each_on_its_own_side(
    line: Line, gateway: Gateway, rate: int
) -> None:
    await line.begin(rate=rate)
    line.pass_(silence(2, rate), tone(1, 440, rate), rate)
    line.pass_(tone(1, 300, rate), rate=rate)
    line.pass_(silence(3, rate), rate=rate)
    line.pass_(silence(2, rate), tone(0.5, 440, rate), rate)
    await line.record.close("bye")
    call = await only_call(gateway)
    caller, bank = played(gateway, call)
    assert near(caller, (2, 3))
    assert near(bank, (0, 1), (6, 6.5))
    assert call.recorded_ms == pytest.approx(8_000, abs=30)
    assert (call.ending, call.missed_ms) == (Ending.BYE, 0)
    with gateway.telephony.recording.recordings.open(call.recording or "") as reader:
        assert reader.check()
        assert reader.size == call.size


async def test_a_call_is_there_with_its_turns_before_it_has_ended(
    line: Line, gateway: Gateway, clock: Clock
) -> None:
    record = await line.begin()
    record.turn(TIMES)
    clock.forward(seconds=20)
    record.turn(TurnTimes(None, None, None, 0.02, 0.08))
    await line.recorder.settle()
    call = await only_call(gateway)
    assert (call.ended, call.turns) == (None, 2)
    assert call.caller
    assert gateway.cipher.open(call.caller) == CALLER.user
    first, second = await gateway.database.read(lambda tx: call_search.turns_of(tx, call.id))
    assert dict(first.ms) == {
        "endpoint": 600,
        "text": 40,
        "understanding": 5,
        "answer": 30,
        "first_audio": 90,
    }
    assert (second.ms["endpoint"], second.at) == (None, START + dt.timedelta(seconds=20))
    assert line.recorder.live == {line.uuid}
    await record.close("human")
    await record.close("lost")
    call = await only_call(gateway)
    assert (call.ending, call.ended) == (Ending.HUMAN, clock())
    assert line.recorder.live == frozenset()


async def test_the_call_and_its_first_turn_have_one_conversation(
    line: Line, gateway: Gateway, clock: Clock
) -> None:
    record = await line.begin()
    await gateway.switchboard.hear(Turn(CALLER, "1", clock(), text="银行卡丢了怎么办"))
    await record.close("bye")
    conversations = await gateway.database.read(
        lambda tx: tx.scalars(select(tables.conversations.c.id)).all()
    )
    assert conversations == [(await only_call(gateway)).conversation]


async def test_a_disk_that_stands_still_costs_sound_and_no_time(
    line: Line, gateway: Gateway, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    stuck = threading.Event()
    begin = gateway.telephony.recording.recordings.begin

    def slow(name: str) -> SealedWriter:
        assert stuck.wait(30)
        return begin(name)

    monkeypatch.setattr(gateway.telephony.recording.recordings, "begin", slow)
    record = await line.begin()
    with caplog.at_level(logging.WARNING):
        line.pass_(tone(15, 300), tone(15, 440))  # comes back although nothing is written
    waiting = record._given - record._tape.taken  # type: ignore[attr-defined]
    assert waiting <= 2 * record_module.MOST_S * 16_000
    assert caplog.text.count("cannot keep up") == 1
    stuck.set()
    await asyncio.wrap_future(line.recorder._thread.submit(lambda: None))
    line.pass_(tone(1, 300))
    await record.close("bye")
    call = await only_call(gateway)
    assert call.missed_ms == pytest.approx(5_000, abs=50)
    assert near(played(gateway, call)[0], (0, 10), (15, 16))
    text = gateway.metrics.render().decode()
    assert "xiaobao_recording_missed_seconds_total 5.0" in text


async def test_a_call_without_a_sound_is_silence_for_as_long_as_it_lasted(
    line: Line, gateway: Gateway
) -> None:
    record = await line.begin()
    line.ticks.now += 3
    await record.close("hung_up")
    call = await only_call(gateway)
    assert call.recorded_ms == 3_000
    assert near(played(gateway, call)[0])


async def test_a_call_that_comes_back_is_written_down_as_one_of_its_own(
    line: Line, gateway: Gateway, clock: Clock
) -> None:
    first = await line.begin()
    await first.close("human")
    clock.forward(seconds=180)
    second = await line.begin()
    second.turn(TIMES)
    await second.close("bye")
    found = await gateway.database.read(lambda tx: call_search.search(tx, EVERYTHING, Wanted()))
    ends = sorted((call.turns, call.ending) for call in found)
    assert ends == [(0, Ending.HUMAN), (1, Ending.BYE)]


def test_the_steps_that_are_kept_are_those_of_a_turn() -> None:
    assert {one.name for one in fields(TurnTimes)} == set(STEPS)


async def test_a_full_disk_ends_the_recording_and_not_the_call(
    line: Line, gateway: Gateway, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    add, number = SealedWriter.add, 0

    def full(self: SealedWriter, content: bytes) -> None:
        nonlocal number
        number += 1
        if number > 3:
            raise OSError(28, "No space left on device")
        add(self, content)

    monkeypatch.setattr(SealedWriter, "add", full)
    record = await line.begin()
    line.pass_(tone(8, 300))
    await record.close("hung_up")
    call = await only_call(gateway)
    assert (call.ending, call.size) == (Ending.HUNG_UP, None)
    assert caplog.text.count("the recording of call") == 1
    (heard,) = spans(played(gateway, call)[0])
    assert 1 < heard.ended < 7


async def test_a_database_that_is_away_keeps_nobody_waiting_and_is_told_later(
    line: Line, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.recording.log._PAUSE_S", 0)

    def read_only(connection: Any, _record: Any) -> None:
        connection.cursor().execute("PRAGMA query_only = ON")

    event.listen(gateway.database._engine, "connect", read_only)
    gateway.database._engine.dispose()
    record = await line.begin()
    record.turn(TIMES)
    line.pass_(tone(1, 300))
    event.remove(gateway.database._engine, "connect", read_only)
    gateway.database._engine.dispose()
    await record.close("bye")
    call = await only_call(gateway)
    assert (call.turns, call.ending) == (1, Ending.BYE)
    assert len(spans(played(gateway, call)[0])) == 1


async def test_where_calls_are_not_recorded_their_turns_are_kept(
    gateway: Gateway, client: TestClient[Any, Any], ticks: Ticks, clock: Clock
) -> None:
    made = recorder(gateway, ticks, None)
    line = Line(made, ticks, clock)
    record = await line.begin()
    line.pass_(tone(1, 300))
    record.turn(TIMES)
    await record.close("bye")
    await made.close()
    call = await only_call(gateway)
    assert (call.turns, call.recording, call.recorded_ms) == (1, None, None)
    assert gateway.telephony.recording.recordings.ids() == []


def test_the_setting_says_whether_calls_are_recorded(settings: Settings) -> None:
    off = settings.model_copy(update={"recordings": Rules(enabled=False)})
    assert Rules().days == 180
    assert off.recordings.enabled is False


async def test_the_steps_of_turns_and_the_ends_of_calls_are_measured(
    line: Line, gateway: Gateway, client: TestClient[Any, Any]
) -> None:
    record = await line.begin()
    record.turn(TIMES)
    text = await (await client.get("/metrics")).text()
    assert "xiaobao_calls_live 1.0" in text
    await record.close("human")
    text = await (await client.get("/metrics")).text()
    assert "xiaobao_calls_live 0.0" in text
    assert 'xiaobao_calls_total{ended="human"} 1.0' in text
    for step, seconds in (("endpoint", 0.6), ("understanding", 0.005), ("first_audio", 0.09)):
        assert f'xiaobao_call_step_seconds_sum{{step="{step}"}} {seconds}' in text


async def test_a_gateway_that_stops_ends_its_calls(line: Line, gateway: Gateway) -> None:
    await line.begin()
    line.pass_(tone(1, 300))
    await line.recorder.close()
    call = await only_call(gateway)
    assert call.ending is Ending.LOST
    assert call.size


async def test_old_sound_goes_and_how_the_call_went_stays(
    line: Line, gateway: Gateway, clock: Clock
) -> None:
    record = await line.begin()
    line.pass_(tone(1, 300))
    await record.close("bye")
    keeping = gateway.telephony.recording.keeping
    clock.forward(days=179)
    assert await keeping.once() == 0
    clock.forward(days=2)
    assert await keeping.once() == 1
    assert await keeping.once() == 0
    call = await only_call(gateway)
    assert (call.deleted, call.ending) == (clock(), Ending.BYE)
    with pytest.raises(NotAllowed):
        gateway.telephony.recording.recordings.open(call.recording or "")
    entries = await gateway.database.read(lambda tx: journal.about(tx, f"call:{call.id}"))
    assert [(one.action, one.detail) for one in entries] == [("recording.delete", "满 180 天")]


async def test_a_call_under_way_is_left_alone_and_one_without_a_gateway_ends(
    line: Line, gateway: Gateway, clock: Clock
) -> None:
    record = await line.begin()
    line.pass_(tone(4, 300))
    await asyncio.wrap_future(line.recorder._thread.submit(lambda: None))
    await line.recorder.settle()
    # As another gateway's: it does not have this call.
    keeping = gateway.telephony.recording.keeping
    await keeping.once()
    assert (await only_call(gateway)).ended is None
    record._tape._open[1].close()  # type: ignore[attr-defined]  # what a kill does to the lock
    await keeping.once()
    call = await only_call(gateway)
    assert (call.ending, call.size) == (Ending.LOST, None)
    assert len(spans(played(gateway, call)[0])) == 1


async def test_a_call_without_sound_and_turns_for_hours_is_over(
    gateway: Gateway, client: TestClient[Any, Any], ticks: Ticks, clock: Clock
) -> None:
    made = recorder(gateway, ticks, None)
    line = Line(made, ticks, clock)
    record = await line.begin()
    record.turn(TIMES)
    await made.settle()
    clock.forward(hours=5)
    await gateway.telephony.recording.keeping.once()
    assert (await only_call(gateway)).ended is None
    clock.forward(hours=2)
    await gateway.telephony.recording.keeping.once()
    call = await only_call(gateway)
    assert (call.ending, call.ended) == (Ending.LOST, START)
    await made.close()


async def test_a_file_that_no_call_names_is_removed_after_a_day(
    gateway: Gateway, client: TestClient[Any, Any], clock: Clock
) -> None:
    for name, hours in (("a" * 32, 25), ("b" * 32, 1)):
        gateway.telephony.recording.recordings.begin(name).finish()
        at = (clock() - dt.timedelta(hours=hours)).timestamp()
        os.utime(gateway.settings.recordings_folder / name, (at, at))
    await gateway.telephony.recording.keeping.once()
    assert gateway.telephony.recording.recordings.ids() == ["b" * 32]
