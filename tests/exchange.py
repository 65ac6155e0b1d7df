"""A telephone exchange as our lines see it, and the call logic as they know it."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from audio import Sound
from audio.audiosocket import Call, Frame, HangUp, Parser, pack
from bot.call.line import Key, Line
from bot.lines.audiosocket import AudioSocketServer
from bot.lines.legs import Legs
from bot.lines.media_server import MediaServer
from bot.lines.pacer import Pacer
from bot.lines.patience import Patience
from bot.lines.peers import Peers

LOOPBACK = Peers(("127.0.0.1",))


def new_call() -> str:
    return str(uuid.uuid4())


def speech(rate: int, frames: int, level: int = 1_000) -> bytes:
    """Samples that no silence can be taken for."""
    return level.to_bytes(2, "little") * (rate // 50 * frames)


class Logic:
    """An Answer that keeps what it hears; a test speaks for it."""

    def __init__(self) -> None:
        self.lines: asyncio.Queue[Line] = asyncio.Queue()
        self.heard: dict[str, list[bytes | Key]] = {}
        self.over: dict[str, asyncio.Event] = {}
        self.breaks = False
        self.returns = False

    async def answer(self, line: Line) -> None:
        self.heard[line.call] = []
        over = self.over[line.call] = asyncio.Event()
        self.lines.put_nowait(line)
        if self.breaks:
            raise RuntimeError("a bug")
        if self.returns:
            return
        async for item in line.incoming():
            self.heard[line.call].append(item)
        over.set()

    def sound(self, call: str) -> bytes:
        return b"".join(item for item in self.heard[call] if isinstance(item, bytes))

    def keys(self, call: str) -> str:
        return "".join(item.digit for item in self.heard[call] if isinstance(item, Key))


@dataclass
class Told:
    """What the watchdog would know."""

    said: list[tuple[str, ...]] = field(default_factory=list)

    def begin(self, call: str) -> None:
        self.said.append(("begin", call))

    def end(self, call: str) -> None:
        self.said.append(("end", call))

    def note(self, call: str, note: str) -> None:
        self.said.append(("note", call, note))


@dataclass
class Servers:
    """Both servers, open on free ports."""

    logic: Logic
    told: Told
    legs: Legs
    pacer: Pacer
    audiosocket_port: int
    media_port: int


@asynccontextmanager
async def servers(
    most: int = 20, patience: Patience | None = None, peers: Peers = LOOPBACK
) -> AsyncIterator[Servers]:
    logic, told, pacer = Logic(), Told(), Pacer()
    legs = Legs(logic, told, most)
    patience = patience or Patience()
    audiosocket = AudioSocketServer(legs, pacer, patience, peers)
    media = MediaServer(legs, patience, peers)
    try:
        yield Servers(
            logic,
            told,
            legs,
            pacer,
            await audiosocket.open("127.0.0.1", 0),
            await media.open("127.0.0.1", 0),
        )
    finally:
        audiosocket.stop()
        await legs.close()
        await media.close()


class Leg:
    """Asterisk's end of an AudioSocket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._parser = Parser()
        self._waiting: list[Frame] = []

    @classmethod
    async def open(cls, port: int, call: str = "", rate: int = 8_000) -> Leg:
        """Dial; with a `call` its UUID and one frame of silence are sent."""
        leg = cls(*await asyncio.open_connection("127.0.0.1", port))
        if call:
            leg.send(Call(call), Sound(bytes(rate // 25), rate))
        return leg

    def send(self, *frames: Frame) -> None:
        self.writer.write(b"".join(map(pack, frames)))

    async def next(self) -> Frame | None:
        """The next frame; None at the end."""
        while not self._waiting:
            try:
                data = await self.reader.read(65_536)
            except ConnectionResetError:
                return None
            if not data:
                return None
            self._waiting = self._parser.feed(data)
            assert self._parser.error is None
        return self._waiting.pop(0)

    async def hear(self, samples: bytes) -> list[bytes]:
        """The frames that carry `samples`, without the silence before them."""
        got: list[bytes] = []
        while b"".join(got)[: len(samples)] != samples:
            frame = await self.next()
            assert isinstance(frame, Sound), frame
            if got or frame.samples.strip(b"\0"):
                got.append(frame.samples)
        return got

    async def end(self) -> bool:
        """Read to the end; whether it was told that the leg ends."""
        told = False
        while (frame := await self.next()) is not None:
            told = told or isinstance(frame, HangUp)
            if told:
                self.writer.close()
        return told

    def close(self) -> None:
        self.writer.close()


class MediaLeg:
    """Asterisk's end of its media WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.commands: list[dict[str, Any]] = []

    async def event(self, name: str, **more: Any) -> None:
        await self.socket.send_str(json.dumps({"event": name, **more}))

    async def next(self) -> bytes | dict[str, Any] | None:
        """Sound, a command, or None at the end."""
        message = await self.socket.receive()
        if message.type is aiohttp.WSMsgType.BINARY:
            return bytes(message.data)
        if message.type is aiohttp.WSMsgType.TEXT:
            command: dict[str, Any] = json.loads(message.data)
            return command
        return None

    async def command(self, name: str) -> dict[str, Any]:
        """Skip sound until this command comes."""
        while True:
            got = await self.next()
            assert got is not None, f"the leg ended before {name}"
            if isinstance(got, dict) and got["command"] == name:
                return got


@asynccontextmanager
async def media_leg(
    port: int, call: str, form: str = "slin", caller: str = ""
) -> AsyncIterator[MediaLeg]:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(
            f"http://127.0.0.1:{port}/media",
            params={"uuid": call, "caller": caller},
            protocols=("media",),
        ) as socket,
    ):
        leg = MediaLeg(socket)
        if form:
            await leg.event("MEDIA_START", format=form)
        yield leg
