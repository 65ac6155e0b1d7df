"""The media path alone: many legs that speak and listen all the time, on this machine.

Prints how late frames are and what a second of a call costs. The gateway's lines are a process of
their own; this one is the telephone exchange and shares the two cores with it.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import platform
import resource
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import aiohttp

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from exchange import servers  # noqa: E402  # the paths stand above

from audio.audiosocket import Call, header, pack  # noqa: E402
from bot.call.line import Line  # noqa: E402
from bot.lines.pacer import FRAME_S, Pacer  # noqa: E402

SETTLE_S, SECONDS = 3.0, 20.0
CASES = [
    ("AudioSocket", 8_000, 20),
    ("AudioSocket", 8_000, 100),
    ("AudioSocket", 16_000, 100),
    ("media WebSocket", 8_000, 100),
    ("media WebSocket", 16_000, 100),
]
_TICK = os.sysconf("SC_CLK_TCK")


class Talker:
    """Speaks without a pause, and listens: the worst call there can be."""

    async def answer(self, line: Line) -> None:
        speaking = asyncio.create_task(self._speak(line))
        async for _ in line.incoming():
            pass
        speaking.cancel()

    async def _speak(self, line: Line) -> None:
        second = b"\x10\x01" * line.rate
        while True:
            await line.play(second)


async def serve() -> None:
    logging.disable(logging.WARNING)  # at the end all hang up without a word
    async with servers(most=1_000) as opened:
        opened.legs._answer = Talker()  # noqa: SLF001  # the tests' servers have a logic of theirs
        print(opened.audiosocket_port, opened.media_port, flush=True)
        await asyncio.to_thread(sys.stdin.read)


@dataclass
class Arrivals:
    """How late each frame of one leg came, for a telephone that plays one after the other.

    After a hole it goes on with what comes, so a delay counts once.
    """

    lateness: list[float] = field(default_factory=list)
    counting: bool = False
    _due: float = 0.0

    def came(self, frames: int) -> None:
        """So many frames at once."""
        now = time.perf_counter()
        for _ in range(frames):
            if self.counting:
                self.lateness.append(max(0.0, now - self._due))
            self._due = max(self._due, now) + FRAME_S


class AudioSocketLeg(asyncio.Protocol):
    """The exchange's end."""

    def __init__(self, rate: int, arrivals: Arrivals, pacer: Pacer) -> None:
        size = int(rate * FRAME_S) * 2
        self._sent = header(rate, size) + b"\x20\x02" * (size // 2)
        self._size = len(self._sent)
        self._arrivals = arrivals
        self._pacer = pacer
        self._rest = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(pack(Call(str(uuid.uuid4()))))
        self._pacer.add(self)

    def data_received(self, data: bytes) -> None:
        frames, self._rest = divmod(self._rest + len(data), self._size)
        self._arrivals.came(frames)

    def tick(self, frames: int) -> None:
        self._transport.write(self._sent * frames)

    def close(self) -> None:
        self._pacer.remove(self)
        self._transport.abort()


class MediaLeg:
    """The exchange's end."""

    def __init__(
        self, socket: aiohttp.ClientWebSocketResponse, rate: int, arrivals: Arrivals, pacer: Pacer
    ) -> None:
        self._socket = socket
        self._size = int(rate * FRAME_S) * 2
        self._sent = b"\x20\x02" * (self._size // 2)
        self._arrivals = arrivals
        self._pacer = pacer
        self._tasks: set[asyncio.Task[None]] = set()
        self._listening = asyncio.create_task(self._listen())
        pacer.add(self)

    async def _listen(self) -> None:
        async for message in self._socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                self._arrivals.came(len(message.data) // self._size)

    def tick(self, frames: int) -> None:
        for _ in range(frames):
            task = asyncio.create_task(self._socket.send_bytes(self._sent))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        self._pacer.remove(self)
        self._listening.cancel()


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / _TICK


async def measure(way: str, rate: int, count: int) -> None:
    gateway = await asyncio.create_subprocess_exec(
        *(sys.executable, __file__, "serve"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert gateway.stdin
    assert gateway.stdout
    ports = [int(port) for port in (await gateway.stdout.readline()).split()]
    pacer, legs = Pacer(), list[AudioSocketLeg | MediaLeg]()
    arrivals = [Arrivals() for _ in range(count)]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        for one in arrivals:
            legs.append(await connect(session, way, rate, ports, one, pacer))
            await asyncio.sleep(SETTLE_S / count)
        await asyncio.sleep(SETTLE_S)
        before, began, own_late = cpu_seconds(gateway.pid), time.perf_counter(), pacer.late
        for one in arrivals:
            one.counting = True
        await asyncio.sleep(SECONDS)
        for one in arrivals:
            one.counting = False
        spent, took = cpu_seconds(gateway.pid) - before, time.perf_counter() - began
        for leg in legs:
            leg.close()
    gateway.stdin.close()
    await gateway.wait()
    late = sorted(itertools.chain.from_iterable(one.lateness for one in arrivals))
    assert late, "nothing was heard"
    cells = [
        way,
        f"{rate // 1000} kHz",
        str(count),
        f"{spent / took / count * 1e3:.2f}",
        str(len(late)),
        f"{late[len(late) * 99 // 100] * 1e3:.1f}",
        f"{late[-1] * 1e3:.1f}",
        str(sum(one >= FRAME_S for one in late)),
        str(sum(one >= 3 * FRAME_S for one in late)),
        str(pacer.late - own_late),
    ]
    print("| " + " | ".join(cells) + " |", flush=True)


async def connect(
    session: aiohttp.ClientSession,
    way: str,
    rate: int,
    ports: list[int],
    arrivals: Arrivals,
    pacer: Pacer,
) -> AudioSocketLeg | MediaLeg:
    if way == "AudioSocket":
        _, leg = await asyncio.get_running_loop().create_connection(
            lambda: AudioSocketLeg(rate, arrivals, pacer), "127.0.0.1", ports[0]
        )
        return leg
    socket = await session.ws_connect(
        f"http://127.0.0.1:{ports[1]}/media?uuid={uuid.uuid4()}", protocols=("media",)
    )
    form = "slin" if rate == 8_000 else "slin16"
    await socket.send_str(f'{{"event": "MEDIA_START", "format": "{form}"}}')
    return MediaLeg(socket, rate, arrivals, pacer)


async def main() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4_096, hard), hard))
    python = platform.python_version()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {python}; {SECONDS:g} s each.\n")
    print(
        "| line | rate | legs | CPU ms per second of call | frames | late ms p99 | most ms "
        "| holes of 20 ms | of 60 ms | late at the sender |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for case in CASES:
        await measure(*case)


if __name__ == "__main__":
    asyncio.run(serve() if sys.argv[1:] == ["serve"] else main())
