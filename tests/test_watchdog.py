"""The watchdog: what it knows, whom it rescues, and the process itself."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from asterisk_ami import SECRET, USER, Manager, asterisk
from conftest import free_port
from exchange import new_call
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from pydantic import SecretStr

from bot.errors import ConfigurationError
from bot.lines.starting import become_watchdog, orders, socket_path, start_watchdog
from bot.lines.watch import Watch
from bot.lines.watchdog.__main__ import VARIABLE, main
from bot.lines.watchdog.ami import Access, AmiError, Channel, signed_in
from bot.lines.watchdog.callers import numbers_of
from bot.lines.watchdog.rescue import Human, rescue, stranded
from bot.lines.watchdog.ward import KEPT_S, STILL_S, UNKNOWN, BadMessage, Gateway, Ward
from bot.settings import ROOT, Settings
from bot.telephone_settings import Telephone

CALL = "40325ec2-5efd-4bd3-805f-53576e581d13"
OTHER = "89ee32f1-0d4b-4f7d-9fcb-0b2d2ef95a2e"
NAMES = ("AudioSocket/127.0.0.1:9092/", "WebSocket/bot/")


def dial(call: str, address: str = "127.0.0.1:9092") -> str:
    return f"AudioSocket/{address}/{call}/c(slin),,Hg"


# What it knows


class Wards(RuleBasedStateMachine):
    """Gateways come, beat, fall silent and go; calls move between them."""

    gateways = Bundle("gateways")
    calls = st.sampled_from([f"00000000-0000-0000-0000-00000000000{n}" for n in range(5)])

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.ward = Ward()
        self.beats: dict[int, float] = {}
        self.owner: dict[str, Gateway] = {}
        self.notes: dict[str, str] = {}

    @rule(target=gateways)
    def comes(self) -> Gateway:
        gateway = self.ward.came(self.now)
        self.beats[id(gateway)] = self.now
        return gateway

    def say(self, gateway: Gateway, *message: Any) -> bool:
        if gateway.gone:
            return False
        self.ward.hear(gateway, list(message), self.now)
        self.beats[id(gateway)] = self.now
        return True

    @rule(gateway=gateways)
    def beat(self, gateway: Gateway) -> None:
        self.say(gateway, "beat")

    @rule(gateway=gateways, call=calls)
    def begin(self, gateway: Gateway, call: str) -> None:
        if self.say(gateway, "begin", call):
            self.owner[call] = gateway

    @rule(gateway=gateways, call=calls)
    def end(self, gateway: Gateway, call: str) -> None:
        if self.say(gateway, "end", call) and self.owner.get(call) is gateway:
            del self.owner[call]

    @rule(gateway=gateways, call=calls, note=st.sampled_from(["bye", "agent;reason=human"]))
    def note(self, gateway: Gateway, call: str, note: str) -> None:
        if self.say(gateway, "note", call, note):
            self.notes[call] = note

    @rule(gateway=gateways)
    def leaves(self, gateway: Gateway) -> None:
        if not gateway.gone:
            self.ward.left(gateway, self.now)

    @rule(seconds=st.floats(min_value=0, max_value=2 * STILL_S))
    def time_goes(self, seconds: float) -> None:
        self.now += seconds
        for gateway in self.ward.still(self.now):
            assert self.now - self.beats[id(gateway)] >= STILL_S
        self.ward.tidy(self.now)

    @invariant()
    def a_call_is_with_whoever_began_it_last(self) -> None:
        for call, gateway in self.owner.items():
            assert call in gateway.calls
            assert sum(call in one.calls for one in self.ward._gateways) == 1

    @invariant()
    def a_note_of_a_live_call_is_answered(self) -> None:
        for call, note in self.notes.items():
            if call in self.owner:
                assert self.ward.handoff(call) == note


TestWards = Wards.TestCase


def test_a_note_is_answered_for_a_while_after_the_call_and_then_forgotten() -> None:
    ward = Ward()
    gateway = ward.came(0)
    assert ward.handoff(CALL) == UNKNOWN == "agent;reason=unknown"
    ward.hear(gateway, ["begin", CALL], 0)
    ward.hear(gateway, ["note", CALL, "bye"], 0)
    ward.tidy(KEPT_S * 9)
    ward.hear(gateway, ["end", CALL], KEPT_S * 9)
    ward.tidy(KEPT_S * 10)
    assert ward.handoff(CALL) == "bye"
    ward.tidy(KEPT_S * 10 + 1)
    assert ward.handoff(CALL) == UNKNOWN
    assert not ward.empty
    ward.left(gateway, KEPT_S * 10)
    assert ward.empty


def test_a_note_of_a_call_that_never_had_a_leg_is_forgotten_too() -> None:
    ward = Ward()
    ward.hear(ward.came(0), ["note", CALL, "agent;reason=overload"], 0)
    assert ward.handoff(CALL) == "agent;reason=overload"
    ward.tidy(KEPT_S + 1)
    assert ward.handoff(CALL) == UNKNOWN


def test_whoever_beats_is_left_alone_and_a_machine_that_slept_blames_nobody() -> None:
    ward = Ward()
    beating, still = ward.came(0), ward.came(0)
    ward.hear(beating, ["beat"], STILL_S)
    assert ward.still(STILL_S) == [still]
    ward.forgive(100)
    assert ward.still(100 + STILL_S - 0.1) == []


def test_a_killed_gateways_calls_are_watched_until_they_are_seen_to_have_gone_on() -> None:
    ward = Ward()
    gateway = ward.came(0)
    ward.hear(gateway, ["begin", CALL], 0)
    ward.left(gateway, 1)
    assert ward.still(2) == []
    assert ward.still(1 + STILL_S) == [gateway]
    ward.settled(gateway, 5)
    assert ward.still(100) == []


@pytest.mark.parametrize(
    "message",
    [
        None,
        [],
        ["bark"],
        ["begin"],
        ["begin", "x"],
        ["begin", CALL.upper()],
        ["note", CALL, "two\nlines"],
        ["note", CALL, "转人工"],
        ["who", "138"],
        ["hello", ["a b"]],
        ["hello", "abc"],
        {"beat": 1},
    ],
)
def test_what_a_gateway_cannot_mean_is_refused(message: Any) -> None:
    ward = Ward()
    with pytest.raises(BadMessage):
        ward.hear(ward.came(0), message, 0)


def test_only_who_hears_a_bot_that_stands_still_is_stranded() -> None:
    frozen = Gateway(0, NAMES, {CALL})
    told = Channel("PJSIP/a-1", "Dial", dial(CALL))
    untold = Channel("PJSIP/a-2", "Dial", dial(OTHER))
    by_socket = Channel("PJSIP/a-3", "Dial", f"WebSocket/bot/c(slin)v(uuid={OTHER}),,Hg")
    in_queue = Channel("PJSIP/a-4", "Queue", "human,crb(agent-header^s^1),,,30")
    looking_up = Channel("PJSIP/a-5", "Set", f"__HANDOFF=http://127.0.0.1:9094/handoff/{CALL}")
    elsewhere = Channel("PJSIP/a-6", "Dial", dial(OTHER, "10.0.0.9:9092"))
    moved = Channel("PJSIP/a-7", "Dial", dial(CALL.upper(), "10.0.0.9:9092"))
    to_agent = Channel("PJSIP/a-8", "Dial", "PJSIP/agent")
    everyone = [told, untold, by_socket, in_queue, looking_up, elsewhere, moved, to_agent]
    assert stranded(everyone, [frozen]) == [told, untold, by_socket, moved]
    # Where a killed one has come back on the same port, new callers are in good hands.
    assert stranded(everyone, [Gateway(0, NAMES, {CALL}, gone=True)]) == [told, moved]
    assert stranded(everyone, []) == []


# AMI


async def test_callers_are_redirected_and_one_who_has_gone_does_not_stop_the_others() -> None:
    async with asterisk() as manager:
        manager.channels = [
            Channel("PJSIP/a-1", "Dial", dial(CALL)),
            Channel("PJSIP/a-2", "Dial", dial(OTHER)),
        ]
        manager.lost = {"PJSIP/a-1"}
        human = Human("after-bot", "s")
        found = await rescue(manager.access, human, [Gateway(0, NAMES)])
        assert found == {"PJSIP/a-1", "PJSIP/a-2"}
        assert manager.redirects.get_nowait() == ("PJSIP/a-1", "after-bot", "s")
        assert manager.redirects.get_nowait() == ("PJSIP/a-2", "after-bot", "s")


async def test_a_wrong_secret_and_what_is_no_asterisk_are_told_apart() -> None:
    async with asterisk() as manager:
        wrong = Access("127.0.0.1", manager.access.port, USER, "guess")
        with pytest.raises(AmiError, match="Authentication failed"):
            async with signed_in(wrong):
                pass
        manager.banner = b"x" * 100_000
        with pytest.raises(AmiError, match=r"none of Asterisk's"):
            async with signed_in(manager.access):
                pass
        manager.banner, manager.silent = b"hello\r\n", True
        with pytest.raises(AmiError, match=r"did not answer within 0\.05 s"):
            async with signed_in(manager.access, 0.05):
                pass
    with pytest.raises(AmiError, match=r"127.0.0.1"):
        async with signed_in(Access("127.0.0.1", free_port(), USER, SECRET)):
            pass


async def test_only_whoever_hears_a_bot_is_its_caller() -> None:
    channels = [
        Channel("PJSIP/a-1", "Queue", f"human,{CALL}", "10086"),
        Channel("PJSIP/a-2", "Dial", dial(CALL.upper()), "13800138000"),
        Channel("AudioSocket/127.0.0.1:9092-3", "AppDial", "(Outgoing Line)", "95599"),
    ]
    assert numbers_of([CALL, OTHER], channels) == {CALL: "13800138000"}


async def test_no_value_can_begin_another_action() -> None:
    async with asterisk() as manager, signed_in(manager.access) as ami:
        with pytest.raises(AmiError, match="line break"):
            await ami.redirect("PJSIP/a-1\r\n\r\nAction: Originate", "after-bot", "s")


# The process


@asynccontextmanager
async def watchdog(settings: Settings) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.lines.watchdog"),
        cwd=ROOT,
        env=orders(settings),
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@pytest.fixture
async def manager() -> AsyncIterator[Manager]:
    async with asterisk() as opened:
        yield opened


@pytest.fixture
def telephone(settings: Settings, manager: Manager) -> Settings:
    return settings.model_copy(
        update={
            "telephone": Telephone(
                enabled=True,
                handoff_port=free_port(),
                ami_port=manager.access.port,
                ami_user=USER,
                ami_secret=SecretStr(SECRET),
            )
        }
    )


async def look_up(settings: Settings, path: str) -> tuple[int, str]:
    url = f"http://127.0.0.1:{settings.telephone.handoff_port}{path}"
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.text()


async def noted(settings: Settings, call: str, note: str) -> None:
    """Wait until the exchange would be told this."""
    while True:
        try:
            if await look_up(settings, f"/handoff/{call}") == (200, note):
                return
        except aiohttp.ClientError:
            pass


@asynccontextmanager
async def gateway(
    settings: Settings, start: Any = None
) -> AsyncIterator[tuple[Watch, asyncio.Task[None]]]:
    watch = Watch(socket_path(settings), settings.telephone.names(), start)
    running = asyncio.create_task(watch.run())
    try:
        yield watch, running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_notes_are_answered_also_after_the_call_and_after_the_gateways_death(
    telephone: Settings,
) -> None:
    async with watchdog(telephone):
        async with gateway(telephone) as (watch, _):
            watch.begin(CALL)
            watch.note(
                CALL, "agent;reason=human;elder=1;summary=%E4%BD%A0\r\nX-Evil: 1" + "x" * 2000
            )
            await noted(telephone, CALL, watch.noted(CALL))
            assert "\r" not in watch.noted(CALL)
            assert len(watch.noted(CALL)) == 1_000
            watch.note(CALL, "bye")
            watch.end(CALL)
            await noted(telephone, CALL, "bye")
            status, health = await look_up(telephone, "/healthz")
            assert (status, json.loads(health)["gateways"]) == (200, 1)
        assert await look_up(telephone, f"/handoff/{CALL.upper()}") == (200, "bye")
        assert await look_up(telephone, f"/handoff/{OTHER}") == (200, UNKNOWN)
        assert await look_up(telephone, "/handoff/..%2fetc") == (200, UNKNOWN)
        assert (await look_up(telephone, "/"))[0] == 404
        mode = stat.S_IMODE(socket_path(telephone).stat().st_mode)
        assert mode == 0o600


async def test_a_gateway_learns_from_the_exchange_who_calls_it(
    telephone: Settings, manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.lines.watch._NUMBER_S", 5)  # the tests' machine is busy
    hidden = new_call()
    manager.channels = [
        Channel("PJSIP/a-1", "Dial", dial(CALL), "+86 138-0013-8000"),
        Channel("PJSIP/a-2", "Dial", dial(hidden)),
        Channel("PJSIP/a-3", "Dial", dial(OTHER), "02112345678"),
    ]
    async with watchdog(telephone), gateway(telephone) as (watch, _):
        assert await watch.caller(CALL) == ""  # nobody is there yet who could ask
        while not watch.connected:
            await asyncio.sleep(0.01)
        asked = (watch.caller(one) for one in (CALL, hidden, OTHER))
        assert await asyncio.gather(*asked) == ["+8613800138000", "", "02112345678"]
        assert await watch.caller(new_call()) == ""


async def test_an_exchange_that_does_not_tell_who_calls_keeps_the_caller_waiting_a_moment_only(
    telephone: Settings, manager: Manager, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    manager.silent = True
    monkeypatch.setattr("bot.lines.watch._NUMBER_S", 0.05)
    async with watchdog(telephone), gateway(telephone) as (watch, _):
        while not watch.connected:
            await asyncio.sleep(0.01)
        assert await watch.caller(CALL) == ""
    assert "did not tell in time who calls" in caplog.text


async def test_callers_of_a_gateway_that_does_not_beat_are_taken_to_a_human(
    telephone: Settings, manager: Manager
) -> None:
    names = telephone.telephone.names()
    manager.channels = [
        Channel("PJSIP/a-1", "Dial", names[0] + f"{CALL}/c(slin),,Hg"),
        Channel("PJSIP/a-2", "Dial", names[0].replace("9092", "7777") + f"{OTHER}/c(slin),,Hg"),
    ]
    async with watchdog(telephone):
        beating = gateway(telephone)
        async with beating as (watch, _):
            watch.note(OTHER, "agent;reason=key0")
            await noted(telephone, OTHER, "agent;reason=key0")
            _reader, writer = await asyncio.open_unix_connection(socket_path(telephone))
            # A frozen process: it has connected and begun a call, and says nothing any more.
            for message in (["hello", [names[0]]], ["begin", CALL]):
                writer.write(json.dumps(message).encode() + b"\n")
            assert await manager.redirects.get() == ("PJSIP/a-1", "after-bot", "s")
            # One who comes while it stands still is found too.
            late = Channel("PJSIP/a-3", "Dial", names[0] + f"{new_call()}/c(slin),,Hg")
            manager.channels.append(late)
            assert (await manager.redirects.get())[0] == "PJSIP/a-3"
            assert [one.name for one in manager.channels] == ["PJSIP/a-2"]
            writer.close()


BLOCKED = """
import asyncio, pathlib, sys, time
from bot.lines.watch import Watch

async def main(path, call):
    watch = Watch(pathlib.Path(path), ())
    running = asyncio.create_task(watch.run())
    watch.begin(call)
    while not watch.connected:
        await asyncio.sleep(0)
    time.sleep(3600)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize("held", [False, True])
async def test_a_blocked_event_loop_stops_the_beat_and_one_that_holds_its_callers_is_killed(
    telephone: Settings, manager: Manager, *, held: bool
) -> None:
    manager.channels = [Channel("PJSIP/a-1", "Dial", dial(CALL))]
    if held:  # Asterisk waits for the gateway, so the redirect changes nothing
        manager.lost = {"PJSIP/a-1"}
    async with watchdog(telephone):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", BLOCKED, str(socket_path(telephone)), CALL), cwd=ROOT
        )
        try:
            assert (await manager.redirects.get())[0] == "PJSIP/a-1"
            if held:
                assert await process.wait() == -signal.SIGKILL
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def test_a_gateway_starts_a_watchdog_that_outlives_it_and_a_second_one_uses_it(
    telephone: Settings,
) -> None:
    start = partial(start_watchdog, telephone)
    async with gateway(telephone, start) as (watch, _):
        watch.begin(CALL)
        watch.note(CALL, "agent;reason=human")
        await noted(telephone, CALL, "agent;reason=human")
    pid = watchdog_pid(telephone)
    stat_line = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    parent, session = int(stat_line[1]), int(stat_line[3])
    assert parent != os.getpid()
    assert session != os.getsid(0)
    environment = Path(f"/proc/{pid}/environ").read_bytes()
    assert b"BOT__SECURITY" not in environment
    await start()
    assert watchdog_pid(telephone) == pid
    async with gateway(telephone, start) as (watch, _):
        watch.note(OTHER, "agent;reason=fraud")
        await noted(telephone, OTHER, "agent;reason=fraud")
        assert await look_up(telephone, f"/handoff/{CALL}") == (200, "agent;reason=human")
        # Where it dies, the gateway starts another one and tells it everything again.
        os.kill(pid, signal.SIGKILL)
        watch.begin(CALL)
        while watchdog_pid(telephone) in (0, pid):
            await asyncio.sleep(0)
        await noted(telephone, OTHER, "agent;reason=fraud")
    os.kill(watchdog_pid(telephone), signal.SIGTERM)
    while watchdog_pid(telephone):
        await asyncio.sleep(0)


def watchdog_pid(settings: Settings) -> int:
    """The process that has this folder's orders; 0 for none."""
    mark = f'"folder": "{settings.data_dir.resolve()}"'.encode()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes():
                return int(process.name)
        except OSError:
            continue
    return 0


async def test_a_second_watchdog_of_the_same_folder_leaves_the_first_alone(
    telephone: Settings,
) -> None:
    async with gateway(telephone) as (watch, _), watchdog(telephone):
        watch.note(CALL, "bye")
        await noted(telephone, CALL, "bye")
        async with watchdog(telephone) as second:
            assert await second.wait() == 0
        assert await look_up(telephone, f"/handoff/{CALL}") == (200, "bye")


async def test_an_exchange_at_another_address_is_not_answered(telephone: Settings) -> None:
    strict = telephone.telephone.model_copy(update={"pbx": ("10.0.0.5",)})
    changed = telephone.model_copy(update={"telephone": strict})
    async with watchdog(changed), gateway(changed) as (watch, _):
        while not watch.connected:
            await asyncio.sleep(0)
        with pytest.raises(aiohttp.ClientError):
            await look_up(changed, f"/handoff/{CALL}")


async def test_nonsense_over_its_sockets_does_not_disturb_it(telephone: Settings) -> None:
    async with watchdog(telephone), gateway(telephone) as (watch, _):
        watch.note(CALL, "bye")
        await noted(telephone, CALL, "bye")
        for said in (b"\xff\xfe\n", b"{}\n", b"x" * 100_000, b'["begin", 3]\n'):
            reader, writer = await asyncio.open_unix_connection(socket_path(telephone))
            writer.write(said)
            assert await reader.read() == b""
            writer.close()
            port = telephone.telephone.handoff_port
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(said + b"\r\n\r\n")
            with suppress(ConnectionResetError):
                assert b"200 OK" not in await reader.read()
            writer.close()
        assert await look_up(telephone, f"/handoff/{CALL}") == (200, "bye")


def test_it_says_what_is_missing(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigurationError, match=r"telephone\.enabled"):
        become_watchdog(settings)
    enabled = settings.model_copy(update={"telephone": Telephone(enabled=True)})
    with pytest.raises(ConfigurationError, match="BOT__TELEPHONE__AMI_SECRET"):
        become_watchdog(enabled)
    monkeypatch.delenv(VARIABLE, raising=False)
    assert main([]) == 2
    assert "python -m bot watchdog" in capsys.readouterr().err
