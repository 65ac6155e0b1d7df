"""The process itself. `python -m bot watchdog` starts it with the settings; so does the gateway.

What it must know comes in the environment: XIAOBAO_WATCHDOG as JSON, the secret beside it.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import os
import signal
import socket
import struct
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from bot.lines.peers import Peers
from bot.lines.watchdog.ami import Access, AmiError, signed_in
from bot.lines.watchdog.callers import Callers
from bot.lines.watchdog.handoff import LONGEST_REQUEST, Handoff
from bot.lines.watchdog.rescue import Human, rescue
from bot.lines.watchdog.ward import BadMessage, Gateway, Ward

logger = logging.getLogger("watchdog")

VARIABLE = "XIAOBAO_WATCHDOG"
SECRET = "BOT__TELEPHONE__AMI_SECRET"  # noqa: S105 - the variable's name
_LOOK_S = 0.25
_SLEPT_S = 1.0
"""A look that comes so late means that this process, or the machine, has slept."""
_AGAIN_S = 1.0
"""Callers who come to a gateway that stands still are found by looking again."""
_CHECK_S = 60.0
_IDLE_S = 600.0
"""One that a gateway has started ends when nobody has needed it for so long."""
_LONGEST_MESSAGE = 8_192
_CREDENTIALS = struct.Struct("3i")


@dataclass(frozen=True, slots=True)
class Orders:
    """What it is told."""

    folder: Path
    """Where its socket, its lock and, detached, its log are."""
    host: str
    port: int
    """Of the look-up."""
    peers: Peers
    """Who may look up."""
    access: Access
    human: Human
    kill_hung: bool
    """Whether a gateway is killed that holds callers whom the exchange cannot free."""

    @classmethod
    def read(cls) -> Orders:
        """From the environment. Raises KeyError, ValueError, TypeError."""
        given = json.loads(os.environ[VARIABLE])
        ami = given["ami"]
        return cls(
            Path(given["folder"]),
            given["host"],
            int(given["port"]),
            Peers(tuple(given["peers"])),
            Access(ami["host"], int(ami["port"]), ami["user"], os.environ.get(SECRET, "")),
            Human(**given["human"]),
            bool(given["kill_hung"]),
        )


class Watchdog:
    """Hears the gateways, answers the exchange, and looks whether anybody stands still."""

    def __init__(self, orders: Orders, *, forever: bool) -> None:
        """`forever`: also where nobody needs it."""
        self._orders = orders
        self._forever = forever
        self._ward = Ward()
        self._callers = Callers(orders.access)
        self._reachable: bool | None = None
        self._asked: frozenset[str] = frozenset()
        """The channels that were redirected last time."""

    async def run(self, gateways: socket.socket, exchange: socket.socket) -> None:
        """Until a signal, or until it is not needed any more."""
        handoff = Handoff(self._ward.handoff, self._health, self._orders.peers)
        servers = (
            await asyncio.start_unix_server(self._hear, sock=gateways, limit=_LONGEST_MESSAGE),
            await asyncio.start_server(handoff.serve, sock=exchange, limit=LONGEST_REQUEST),
        )
        tasks = [asyncio.create_task(self._look()), asyncio.create_task(self._check())]
        stop = asyncio.create_task(_signal().wait())
        try:
            # A fault of its own ends it, so that whoever started it starts it anew.
            done, _ = await asyncio.wait([*tasks, stop], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for server in servers:
                server.close()
            for task in (*tasks, stop):
                task.cancel()
            await asyncio.gather(*tasks, stop, return_exceptions=True)

    def _health(self) -> dict[str, object]:
        return {**self._ward.figures(), "ami": bool(self._reachable)}

    async def _hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        gateway = self._ward.came(time.monotonic(), _peer(writer))
        try:
            while line := await reader.readline():
                message = json.loads(line)
                if call := self._ward.hear(gateway, message, time.monotonic()):
                    self._callers.ask(call, partial(_tell, writer, "caller", call))
                else:
                    _tell(writer, "heard")
        except (ValueError, BadMessage, OSError) as error:
            logger.warning("a gateway's connection ends: %s", error)
        finally:
            self._ward.left(gateway, time.monotonic())
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _look(self) -> None:
        needed = before = time.monotonic()
        while True:
            await asyncio.sleep(_LOOK_S)
            now = time.monotonic()
            if now - before > _LOOK_S + _SLEPT_S:
                self._ward.forgive(now)
            if still := self._ward.still(now):
                await self._rescue(still)
            self._ward.tidy(now)
            needed = needed if self._ward.empty else now
            if not self._forever and now - needed > _IDLE_S:
                return
            before = time.monotonic()

    async def _rescue(self, still: list[Gateway]) -> None:
        try:
            found = await rescue(self._orders.access, self._orders.human, still)
        except AmiError as error:
            self._reached(str(error))
        else:
            self._reached("")
            if found & self._asked:
                self._kill(still)
            self._asked = found
            if not found:
                for gateway in still:
                    self._ward.settled(gateway, time.monotonic())
        await asyncio.sleep(_AGAIN_S)

    def _kill(self, still: list[Gateway]) -> None:
        """End the connections for which Asterisk waits.

        Its chan_websocket waits without end for the answer to its HTTP request, and meanwhile no
        redirect reaches the caller's channel. It gives up when the connection ends.
        """
        for gateway in still:
            if self._orders.kill_hung and gateway.pid and not gateway.gone:
                logger.error("gateway %d holds callers and is hung: killed", gateway.pid)
                with suppress(OSError):
                    os.kill(gateway.pid, signal.SIGKILL)

    async def _check(self) -> None:
        """Find out that AMI does not work before it is needed."""
        while True:
            try:
                async with signed_in(self._orders.access) as ami:
                    await ami.channels()
            except AmiError as error:
                self._reached(str(error))
            else:
                self._reached("")
            await asyncio.sleep(_CHECK_S)

    def _reached(self, problem: str) -> None:
        """Log when it changes."""
        reachable = not problem
        if reachable is not self._reachable:
            if problem:
                logger.error("callers of a hung gateway cannot be rescued: AMI: %s", problem)
            else:
                logger.warning("AMI answers; callers of a hung gateway can be rescued")
        self._reachable = reachable


def _tell(writer: asyncio.StreamWriter, *message: str) -> None:
    """Say it, but not to a gateway that reads nothing."""
    if not writer.is_closing() and writer.transport.get_write_buffer_size() < _LONGEST_MESSAGE:
        writer.write(json.dumps(message).encode() + b"\n")


def _peer(writer: asyncio.StreamWriter) -> int:
    """The process at the other end; 0 where the system does not tell."""
    connection = writer.get_extra_info("socket")
    packed = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, _user, _group = _CREDENTIALS.unpack(packed)
    return 0 if pid == os.getpid() else int(pid)


def _signal() -> asyncio.Event:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    return stopped


def _lock(folder: Path) -> TextIO | None:
    """Held as long as the process lives; None where another one holds it."""
    file = (folder / "watchdog.lock").open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def _sockets(orders: Orders) -> tuple[socket.socket, socket.socket]:
    """For the gateways, nobody else's; and for the exchange. Raises OSError."""
    path = orders.folder / "watchdog.sock"
    path.unlink(missing_ok=True)
    gateways = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    gateways.bind(str(path))
    path.chmod(0o600)
    gateways.listen(16)
    return gateways, socket.create_server((orders.host, orders.port), backlog=256)


def _detach(log: Path) -> None:
    """Go on as nobody's child, in a session of its own; what started it has its answer."""
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)


def main(arguments: list[str] | Any = None) -> int:
    """Run; 0 also where one runs already, 2 where the orders or the ports do not allow it."""
    detached = "--detach" in (sys.argv[1:] if arguments is None else arguments)
    os.umask(0o077)
    try:
        orders = Orders.read()
        orders.folder.mkdir(parents=True, exist_ok=True)
        lock = _lock(orders.folder)
        if lock is None:
            print("看门狗已经在运行", file=sys.stderr)
            return 0
        sockets = _sockets(orders)
    except (KeyError, ValueError, TypeError) as error:
        print(f"✗ 看门狗要由 python -m bot watchdog 启动（{error!r}）", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"✗ 看门狗无法启动：{error}", file=sys.stderr)
        return 2
    if detached:
        _detach(orders.folder / "watchdog.log")
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    os.environ.pop(SECRET, None)
    with lock:
        asyncio.run(Watchdog(orders, forever=not detached).run(*sockets))
    return 0


if __name__ == "__main__":
    sys.exit(main())
