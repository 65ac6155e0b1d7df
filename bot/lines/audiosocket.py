"""Calls that Asterisk brings over AudioSocket: one TCP connection each, paced by us."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from typing import cast

from audio import SAMPLE_BYTES, Sound
from audio.audiosocket import HANG_UP, Call, Digit, Fault, HangUp, Parser, header
from bot.call.line import Key
from bot.lines.incoming import Incoming
from bot.lines.legs import Legs
from bot.lines.outgoing import Outgoing
from bot.lines.pacer import FRAME_S, Pacer
from bot.lines.patience import Patience
from bot.lines.peers import Peers
from bot.turn import Address

logger = logging.getLogger(__name__)

NO_SOUND_S = 1.0
"""A caller whose sound has not come by then is taken to have 8 kHz."""
_USUAL_RATE = 8_000
_MOST_EARLY = 20
"""Keys that are kept until the rate is known."""
_MOST_UNSENT = 65_536
"""Bytes. An exchange that takes no sound for two seconds and more is gone."""
_INSIDE_S = 0.04
"""From the last frame's sending to its end at the caller: its own 20 ms, and the exchange's."""
_GOODBYE_S = 1.0
"""The exchange hangs up on our word; if it has not by then, we do."""
_PROBES = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 15_000}
"""A machine that is gone without a word is noticed within half a minute."""


class AudioSocketServer:
    """Listens for calls."""

    def __init__(self, legs: Legs, pacer: Pacer, patience: Patience, peers: Peers) -> None:
        self.legs = legs
        self.pacer = pacer
        self.patience = patience
        self.peers = peers
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> int:
        """Begin; the port. Raises OSError."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: AudioSocketLine(self), host, port, backlog=1024
        )
        return int(self._server.sockets[0].getsockname()[1])

    def stop(self) -> None:
        """Take no further calls."""
        if self._server:
            self._server.close()


class AudioSocketLine(asyncio.Protocol):
    """One connection: the Line of its call, once it has said which."""

    caller = ""
    """AudioSocket does not tell the calling number; the watchdog finds it."""
    address: Address | None = None

    def __init__(self, server: AudioSocketServer) -> None:
        self._server = server
        self._parser = Parser()
        self._waits: asyncio.TimerHandle | None = None
        self._gone = asyncio.Event()
        self._ending = False
        self._early: list[str] = []
        self.call = ""
        self.rate = 0

    # The connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the call's UUID, not for long."""
        self._transport = cast(asyncio.Transport, transport)
        if not self._server.peers.has(transport.get_extra_info("peername")):
            logger.warning("a connection from %s was refused", transport.get_extra_info("peername"))
            self._transport.abort()
            return
        _probe(transport.get_extra_info("socket"))
        self._server.patience.came(self, self._transport.abort)

    def data_received(self, data: bytes) -> None:
        """Take the frames; the first that is none ends the leg, and what follows is not read."""
        for frame in self._parser.feed(data):
            if self._ending and not isinstance(frame, HangUp):
                continue
            if problem := self._take(frame):
                self._refuse(problem)
        if (error := self._parser.error) and not self._ending:
            self._refuse(f"{type(error).__name__}: {error}")

    def connection_lost(self, exc: Exception | None) -> None:
        """The leg has ended, whoever ended it."""
        self._server.patience.spoke(self)
        self._server.pacer.remove(self)
        if self._waits:
            self._waits.cancel()
        if self._parser.halfway:
            logger.info("call %s: the connection ended within a frame", self.call or "?")
        if exc:
            logger.warning("call %s: the connection was lost: %s", self.call or "?", exc)
        if self.rate:
            self._incoming.close()
            self._outgoing.close()
        self._gone.set()

    def _take(self, frame: Sound | Call | Digit | HangUp | Fault) -> str:
        """Do what a frame says; what is wrong with it, or ""."""
        if isinstance(frame, Sound):
            return self._sound(frame)
        if isinstance(frame, Call):
            return self._name(frame.uuid)
        if isinstance(frame, Digit):
            if self.rate:
                self._incoming.key(frame.digit)
            elif len(self._early) < _MOST_EARLY:
                self._early.append(frame.digit)
        elif isinstance(frame, Fault):
            logger.warning("call %s: the exchange reports a fault, %r", self.call, frame.code)
        else:
            self._transport.abort()
        return ""

    def _sound(self, sound: Sound) -> str:
        if not self.call:
            return "sound before the call's UUID"
        if not self.rate:
            self._begin(sound.rate)
        if sound.rate != self.rate:
            return f"sound at {sound.rate} Hz in a call of {self.rate} Hz"
        self._incoming.sound(sound.samples)
        return ""

    def _name(self, call: str) -> str:
        if self.call:
            return "a second UUID"
        self.call = call
        self._server.patience.spoke(self)
        loop = asyncio.get_running_loop()
        self._waits = loop.call_later(NO_SOUND_S, self._begin, _USUAL_RATE)
        return ""

    def _begin(self, rate: int) -> None:
        """The rate is known: the call is one."""
        if self._waits:
            self._waits.cancel()
        self.rate = rate
        self._incoming, self._outgoing = Incoming(rate), Outgoing(rate)
        self._size = int(FRAME_S * rate) * SAMPLE_BYTES
        self._header = header(rate, self._size)
        self._silence = self._header + bytes(self._size)
        for digit in self._early:
            self._incoming.key(digit)
        if self._server.legs.accept(self):
            self._server.pacer.add(self)
        else:
            self._hang_up()

    def _refuse(self, problem: str) -> None:
        """End the leg: what follows cannot be trusted. The exchange goes on to a human."""
        logger.warning("call %s: %s; its leg ends", self.call or "?", problem)
        self._hang_up()

    def tick(self, frames: int) -> None:
        """Send so many frames of what waits, or one of silence: a line without any counts as dead.

        That is the pacer's word.
        """
        write, take = self._transport.write, self._outgoing.take
        if self._transport.get_write_buffer_size() > _MOST_UNSENT:
            logger.warning("call %s: the exchange takes no sound; its leg ends", self.call)
            self._transport.abort()
        elif piece := take(self._size):
            sent = self._header + piece
            for _ in range(frames - 1):
                if more := take(self._size):
                    sent += self._header + more
            write(sent)
        else:
            write(self._silence)

    def _hang_up(self) -> None:
        """Say that the leg ends. The exchange closes; if it does not, we do."""
        if self._ending or self._transport.is_closing():
            return
        self._ending = True
        if self._waits:
            self._waits.cancel()
        self._server.pacer.remove(self)
        self._transport.write(HANG_UP)
        asyncio.get_running_loop().call_later(_GOODBYE_S, self._transport.abort)
        if self.rate:
            self._incoming.close()
            self._outgoing.close()

    # The Line

    def incoming(self) -> AsyncIterator[bytes | Key]:
        """What the caller says and presses."""
        return self._incoming.listen()

    async def play(self, samples: bytes) -> None:
        """Say this after what waits."""
        await self._outgoing.put(samples)

    async def hush(self) -> None:
        """Silence from the next frame on."""
        self._outgoing.clear()

    async def played(self) -> None:
        """Wait until the caller has heard everything."""
        await self._outgoing.drained()
        if not self._outgoing.closed:
            await asyncio.sleep(_INSIDE_S)

    async def end(self) -> None:
        """End the bot's leg, and wait until the connection is closed."""
        self._hang_up()
        await self._gone.wait()


def _probe(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _PROBES.items():
        connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
