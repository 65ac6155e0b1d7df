"""The lines from the exchange, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from exchange import Leg, MediaLeg, Servers, media_leg, new_call, servers, speech
from hypothesis import given
from hypothesis import strategies as st

from audio import Sound
from audio.audiosocket import Call, Digit, HangUp, pack
from bot.call.line import Key
from bot.lines import audiosocket, media
from bot.lines.calling_number import calling_number
from bot.lines.incoming import KEPT_S, Incoming
from bot.lines.legs import OVERLOAD
from bot.lines.pacer import FRAME_S, Schedule
from bot.lines.patience import Patience
from bot.lines.peers import Peers


@pytest.fixture
async def bank() -> AsyncIterator[Servers]:
    async with servers() as opened:
        yield opened


# AudioSocket


@pytest.mark.parametrize("rate", [8_000, 16_000])
async def test_what_is_said_and_pressed_arrives_in_order_at_the_calls_own_rate(
    bank: Servers, rate: int
) -> None:
    call = new_call()
    leg = await Leg.open(bank.audiosocket_port, call, rate)
    said = speech(rate, 3)
    leg.send(Sound(said, rate), Digit("1"), Digit("#"), Sound(said, rate), HangUp())
    line = await bank.logic.lines.get()
    assert (line.call, line.rate, line.caller, line.address) == (call, rate, "", None)
    await bank.logic.over[call].wait()
    assert bank.logic.sound(call) == bytes(rate // 25) + said + said
    assert bank.logic.keys(call) == "1#"
    leg.close()


async def test_what_is_played_arrives_in_frames_of_20_ms_the_last_filled_with_silence(
    bank: Servers,
) -> None:
    leg = await Leg.open(bank.audiosocket_port, new_call())
    line = await bank.logic.lines.get()
    said = speech(8_000, 4) + b"\x01\x01" * 10
    await line.play(said)
    frames = await leg.hear(said)
    assert [len(one) for one in frames] == [320] * 5
    assert frames[-1] == (b"\x01\x01" * 10).ljust(320, b"\0")
    await line.played()
    leg.close()


async def test_one_who_plays_waits_until_only_a_fifth_of_a_second_is_left(bank: Servers) -> None:
    leg = await Leg.open(bank.audiosocket_port, new_call())
    line = await bank.logic.lines.get()
    playing = asyncio.create_task(line.play(speech(8_000, 20)))
    await leg.hear(speech(8_000, 8))
    assert not playing.done()
    await leg.hear(speech(8_000, 3))
    await playing
    leg.close()


async def test_after_hush_only_what_is_said_then_is_heard(bank: Servers) -> None:
    leg = await Leg.open(bank.audiosocket_port, new_call())
    line = await bank.logic.lines.get()
    playing = asyncio.create_task(line.play(speech(8_000, 500)))
    await leg.hear(speech(8_000, 1))
    await line.hush()
    await playing
    await line.play(speech(8_000, 2, level=77))
    before = 0
    while isinstance(frame := await leg.next(), Sound) and frame.samples != speech(8_000, 1, 77):
        before += frame.samples == speech(8_000, 1)
    assert before < 5
    leg.close()


async def test_silence_is_sent_too_or_the_line_would_count_as_dead(bank: Servers) -> None:
    leg = await Leg.open(bank.audiosocket_port, new_call(), 16_000)
    for _ in range(5):
        assert await leg.next() == Sound(bytes(640), 16_000)
    leg.close()


async def test_a_caller_without_sound_is_answered_at_8_khz_and_keeps_the_keys(
    bank: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audiosocket, "NO_SOUND_S", 0.05)
    call = new_call()
    leg = await Leg.open(bank.audiosocket_port)
    leg.send(Call(call), Digit("4"))
    assert (await bank.logic.lines.get()).rate == 8_000
    leg.send(HangUp())
    await bank.logic.over[call].wait()
    assert bank.logic.keys(call) == "4"
    leg.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.0\r\n\r\n",
        pack(Sound(bytes(320), 8_000)),
        pack(Call(new_call())) + b"\x16\x07\x80" + bytes(1920),
        pack(Call(new_call())) * 2,
        pack(Call(new_call())) + pack(Sound(bytes(320), 8_000)) + pack(Sound(bytes(640), 16_000)),
        pack(Call(new_call())) + b"\x10\x01\x41" + bytes(321),
    ],
    ids=["http", "sound first", "48 kHz", "two UUIDs", "another rate", "half a sample"],
)
async def test_whatever_is_no_call_is_ended_and_other_calls_go_on(
    bank: Servers, sent: bytes
) -> None:
    good = await Leg.open(bank.audiosocket_port, new_call())
    line = await bank.logic.lines.get()
    bad = await Leg.open(bank.audiosocket_port)
    bad.writer.write(sent)
    assert await bad.end()
    await line.play(speech(8_000, 2))
    await good.hear(speech(8_000, 2))
    good.close()


async def test_a_leg_that_breaks_off_within_a_frame_ends_its_call_only(bank: Servers) -> None:
    call = new_call()
    leg = await Leg.open(bank.audiosocket_port, call)
    line = await bank.logic.lines.get()
    playing = asyncio.create_task(line.play(speech(8_000, 1_000)))
    await leg.hear(speech(8_000, 1))
    leg.writer.write(pack(Sound(bytes(320), 8_000))[:50])
    leg.close()
    await bank.logic.over[call].wait()
    await playing
    await line.played()
    await line.end()
    await line.play(speech(8_000, 1_000))


async def test_one_who_goes_on_speaking_into_a_dead_line_holds_nobody_up(bank: Servers) -> None:
    call = new_call()
    leg = await Leg.open(bank.audiosocket_port, call)
    line = await bank.logic.lines.get()

    async def speak() -> None:
        while True:
            await line.play(speech(8_000, 5))

    speaking = asyncio.create_task(speak())
    leg.close()
    await bank.logic.over[call].wait()
    speaking.cancel()
    await asyncio.gather(speaking, return_exceptions=True)


async def test_an_exchange_that_takes_no_sound_any_more_is_given_up(
    bank: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audiosocket, "_MOST_UNSENT", -1)
    call = new_call()
    leg = await Leg.open(bank.audiosocket_port, call)
    await bank.logic.lines.get()
    await bank.logic.over[call].wait()
    leg.close()


async def test_strangers_are_refused() -> None:
    async with servers(peers=Peers(("10.1.2.0/24",))) as bank:
        leg = await Leg.open(bank.audiosocket_port, new_call())
        assert not await leg.end()
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            async with media_leg(bank.media_port, new_call()):
                pass
        assert caught.value.status == 403
        leg.close()


def test_an_address_counts_also_when_it_is_written_as_ipv6() -> None:
    peers = Peers(("10.1.2.3", "fd00::/8"))
    assert peers.has(("::ffff:10.1.2.3", 1, 0, 0))
    assert peers.has(("fd00::5%eth0", 1, 0, 0))
    assert not peers.has(("10.1.2.4", 1))
    assert not peers.has("")
    with pytest.raises(ValueError, match="house"):
        Peers(("house",))


# Who is answered


async def test_a_call_that_is_here_is_not_answered_twice_but_one_that_comes_back_is(
    bank: Servers,
) -> None:
    call = new_call()
    first = await Leg.open(bank.audiosocket_port, call)
    line = await bank.logic.lines.get()
    second = await Leg.open(bank.audiosocket_port, call)
    assert await second.end()
    await line.play(speech(8_000, 1))
    await first.hear(speech(8_000, 1))
    await line.end()
    await bank.legs.finished(line)
    again = await Leg.open(bank.audiosocket_port, call)
    assert (await bank.logic.lines.get()).call == call
    assert [one[0] for one in bank.told.said] == ["begin", "end", "begin"]
    first.close()
    again.close()


@pytest.mark.parametrize("way", ["audiosocket", "media"])
async def test_one_call_too_many_goes_to_a_human_at_once(way: str) -> None:
    async with servers(most=1) as bank:
        first = await Leg.open(bank.audiosocket_port, new_call())
        await bank.logic.lines.get()
        call = new_call()
        if way == "audiosocket":
            second = await Leg.open(bank.audiosocket_port, call)
            assert await second.end()
        else:
            async with media_leg(bank.media_port, call) as leg:
                await leg.command("HANGUP")
        assert ("note", call, OVERLOAD) in bank.told.said
        assert ("begin", call) not in bank.told.said
        first.close()


async def test_logic_that_breaks_ends_the_leg_and_the_caller_goes_on_to_a_human(
    bank: Servers,
) -> None:
    bank.logic.breaks = True
    call = new_call()
    leg = await Leg.open(bank.audiosocket_port, call)
    assert await leg.end()
    await bank.legs.finished(await bank.logic.lines.get())
    assert bank.told.said == [("begin", call), ("end", call)]


async def test_logic_that_is_done_ends_the_leg(bank: Servers) -> None:
    bank.logic.returns = True
    leg = await Leg.open(bank.audiosocket_port, new_call())
    assert await leg.end()
    async with media_leg(bank.media_port, new_call()) as other:
        await other.command("HANGUP")
        assert await other.next() is None


async def test_a_gateway_that_stops_ends_every_leg(bank: Servers) -> None:
    leg = await Leg.open(bank.audiosocket_port, new_call())
    await bank.logic.lines.get()
    async with media_leg(bank.media_port, new_call()) as other:
        await bank.logic.lines.get()
        stopping = asyncio.create_task(bank.legs.close())
        assert await leg.end()
        await other.command("HANGUP")
        assert await other.next() is None
        await stopping
    assert bank.legs.calls == ()


# Connections that say nothing


async def test_a_thousand_connections_that_say_nothing_do_not_keep_a_call_out() -> None:
    async with servers(patience=Patience(silent_s=60)) as bank:
        silent = [await Leg.open(bank.audiosocket_port) for _ in range(500)]
        silent += [await Leg.open(bank.media_port) for _ in range(500)]
        leg = await Leg.open(bank.audiosocket_port, new_call())
        line = await bank.logic.lines.get()
        await line.play(speech(8_000, 3))
        await leg.hear(speech(8_000, 3))
        async with media_leg(bank.media_port, new_call()):
            await bank.logic.lines.get()
        # Only so many may be silent at once: the oldest have gone.
        for one in silent[:700]:
            assert await one.next() is None
        for one in (*silent, leg):
            one.close()


@pytest.mark.parametrize("said", [b"", b"\x01\x00\x10half of a UUID"[:12]])
async def test_a_connection_that_does_not_say_whose_call_it_is_is_closed(said: bytes) -> None:
    async with servers(patience=Patience(silent_s=0.05)) as bank:
        leg = await Leg.open(bank.audiosocket_port)
        leg.writer.write(said)
        assert await leg.next() is None
        other = await Leg.open(bank.media_port)
        assert await other.next() is None
        leg.close()
        other.close()


# The media WebSocket


async def heard(leg: MediaLeg, size: int) -> bytes:
    got = b""
    while len(got) < size:
        piece = await leg.next()
        assert isinstance(piece, bytes)
        got += piece
    return got


@pytest.mark.parametrize(("form", "rate"), [("slin", 8_000), ("slin16", 16_000)])
async def test_a_media_call_is_heard_and_spoken_to(bank: Servers, form: str, rate: int) -> None:
    call = new_call()
    async with media_leg(bank.media_port, call, form, "+86 138-0000-0000") as leg:
        line = await bank.logic.lines.get()
        assert (line.call, line.caller, line.rate) == (call, "+8613800000000", rate)
        await leg.socket.send_bytes(speech(rate, 2))
        await leg.event("DTMF_END", digit="5")
        await line.play(speech(rate, 7) + b"\1\1")
        assert await heard(leg, rate // 25 * 8) == (speech(rate, 7) + b"\1\1").ljust(
            rate // 25 * 8, b"\0"
        )
    await bank.logic.over[call].wait()
    assert bank.logic.sound(call) == speech(rate, 2)
    assert bank.logic.keys(call) == "5"


async def test_played_waits_for_the_exchange_to_say_so(bank: Servers) -> None:
    async with media_leg(bank.media_port, new_call()) as leg:
        line = await bank.logic.lines.get()
        await line.play(speech(8_000, 1))
        playing = asyncio.create_task(line.played())
        asked = await leg.command("MARK_MEDIA")
        assert not playing.done()
        await leg.event("MEDIA_MARK_PROCESSED", correlation_id="another")
        await leg.event("MEDIA_MARK_PROCESSED", correlation_id=asked["correlation_id"])
        await playing


async def test_played_does_not_wait_for_ever(
    bank: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "_MARK_S", 0.05)
    async with media_leg(bank.media_port, new_call()):
        line = await bank.logic.lines.get()
        await line.play(speech(8_000, 1))
        await line.played()


async def test_hush_throws_away_what_the_exchange_has(bank: Servers) -> None:
    async with media_leg(bank.media_port, new_call()) as leg:
        line = await bank.logic.lines.get()
        playing = asyncio.create_task(line.play(speech(8_000, 500)))
        await heard(leg, 320)
        waiting = asyncio.create_task(line.played())
        await line.hush()
        await leg.command("FLUSH_MEDIA")
        await playing
        await waiting
        await line.play(speech(8_000, 2, level=77))
        assert await heard(leg, 640) == speech(8_000, 2, level=77)


async def test_a_full_exchange_is_not_sent_more(bank: Servers) -> None:
    async with media_leg(bank.media_port, new_call()) as leg:
        line = await bank.logic.lines.get()
        await leg.event("MEDIA_XOFF")
        await leg.event("DTMF_END", digit="1")
        while not bank.logic.keys(line.call):
            await asyncio.sleep(0)
        await line.play(speech(8_000, 1))
        asking = asyncio.create_task(line.hush())
        assert await leg.next() == {"command": "FLUSH_MEDIA"}
        await asking
        await line.play(speech(8_000, 1, level=77))
        await leg.event("MEDIA_XON")
        assert await heard(leg, 320) == speech(8_000, 1, level=77)


@pytest.mark.parametrize(
    "sent",
    ["MEDIA_START connection_id:x", '{"event": "MEDIA_START", "format": "ulaw"}', b"\0" * 321],
)
async def test_a_media_leg_that_says_nonsense_is_ended(bank: Servers, sent: str | bytes) -> None:
    begun = isinstance(sent, bytes)
    async with media_leg(bank.media_port, new_call(), "slin" if begun else "") as leg:
        if isinstance(sent, bytes):
            await leg.socket.send_bytes(sent)
        else:
            await leg.socket.send_str(sent)
        await leg.command("HANGUP")
        assert await leg.next() is None


async def test_a_media_leg_whose_sound_does_not_begin_is_ended(
    bank: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "SILENT_S", 0.05)
    async with media_leg(bank.media_port, new_call(), "") as leg:
        await leg.command("HANGUP")


async def test_a_media_leg_without_a_uuid_is_refused(bank: Servers) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        async with media_leg(bank.media_port, "1' or '1"):
            pass
    assert caught.value.status == 400


# What waits


@given(st.lists(st.floats(min_value=0, max_value=0.3), max_size=200))
def test_frames_are_due_by_the_clock_however_late_one_looks(delays: list[float]) -> None:
    schedule, sent, now = Schedule(0.0), 0, 0.0
    for delay in delays:
        now = max(now, schedule.at) + delay
        sent += schedule.due(now)
        assert sent * FRAME_S <= now + 1e-6
        assert schedule.at > now - 1e-6


@given(st.lists(st.one_of(st.sampled_from("0123456789*#"), st.integers(1, 5_000)), max_size=60))
async def test_keys_are_never_lost_and_of_the_sound_the_newest_is_kept(
    came: list[str | int],
) -> None:
    incoming = Incoming(8_000)
    for number, item in enumerate(came):
        if isinstance(item, str):
            incoming.key(item)
        else:
            incoming.sound(number.to_bytes(2, "little") * item)
    incoming.close()
    got = [item async for item in incoming.listen()]
    keys = [item.digit for item in got if isinstance(item, Key)]
    assert keys == [item for item in came if isinstance(item, str)]
    sound = b"".join(item for item in got if isinstance(item, bytes))
    whole = b"".join(
        number.to_bytes(2, "little") * item
        for number, item in enumerate(came)
        if not isinstance(item, str)
    )
    assert whole.endswith(sound)
    assert len(sound) <= int(KEPT_S * 8_000) * 2
    if len(whole) <= int(KEPT_S * 8_000) * 2:
        assert sound == whole
    else:
        assert sound


def test_a_caller_is_named_by_digits_only() -> None:
    assert calling_number("+86 (10) <script>95599") == "+861095599"
    assert calling_number("<unknown>") == ""
