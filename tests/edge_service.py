"""A service that speaks edge-tts' frames on loopback, and refuses what the real one refuses.

It says what it is asked to by espeak-ng, as MP3 of 24 kHz and 48 kbit/s, so that tests can listen.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from typing import Any
from unittest import mock

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from audio import Sound
from audio.espeak import Espeak
from audio.sound import encode, resampled

FRAME = 720
BYTES_A_SECOND = 6_000
FORMAT = "audio-24khz-48kbitrate-mono-mp3"
TICKS = 10_000_000
SSML = re.compile(
    r"<speak version='1\.0' xmlns='http://www\.w3\.org/2001/10/synthesis' xml:lang='en-US'>"
    r"<voice name='(?P<voice>[^']+)'>"
    r"<prosody pitch='(?P<pitch>[+-]\d+Hz)' rate='(?P<rate>[+-]\d+)%' volume='[+-]\d+%'>"
    r"(?P<text>.*)</prosody></voice></speak>",
    re.DOTALL,
)


class EdgeService:
    """What it was asked for; its attributes make trouble."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        """Text, rate and pitch of each request."""
        self.violations: list[str] = []
        self.connections = 0
        self.status = 0
        """Refuse connections with it, such as 403 or 429."""
        self.silent = False
        """Take the request, and never answer."""
        self.stalls_after = 0
        """Bytes of sound after which nothing more comes; 0 for none."""
        self.cut_after = 0
        """Bytes of sound after which the socket is closed; 0 for none."""
        self.no_audio = False
        self.tells_of = ""
        """What it says that it has said; "" for the truth."""
        self.released = asyncio.Event()
        """At the end, so that what it holds up goes away."""
        self.tells = "before"
        """When it says where sentences end: before the sound, after it, or "never"."""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.connections += 1
        if self.status:
            return web.Response(status=self.status)
        for name in ("TrustedClientToken", "ConnectionId", "Sec-MS-GEC", "Sec-MS-GEC-Version"):
            if name not in request.query:
                self.violations.append(f"{name} is missing")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        config = _body(await socket.receive_str(), "speech.config", self.violations)
        if json.loads(config)["context"]["synthesis"]["audio"]["outputFormat"] != FORMAT:
            self.violations.append("another format is asked for")
        ssml = SSML.fullmatch(_body(await socket.receive_str(), "ssml", self.violations))
        if ssml is None:
            self.violations.append("what is asked for is no SSML of edge-tts")
            await socket.close(code=aiohttp.WSCloseCode.INVALID_TEXT)
            return socket
        text = unescape(ssml["text"])
        self.asked.append((text, ssml["rate"], ssml["pitch"]))
        if self.silent:
            await self.released.wait()
        await self._speak(socket, text, 1 + int(ssml["rate"]) / 100)
        return socket

    async def _speak(self, socket: web.WebSocketResponse, text: str, pace: float) -> None:
        await socket.send_str("X-RequestId:1\r\nPath:turn.start\r\n\r\n{}")
        await socket.send_str("X-RequestId:1\r\nPath:response\r\n\r\n{}")
        sound = await Espeak().say(text, pace)
        boundary = _boundary(self.tells_of or text, sound.seconds)
        if self.tells == "before":
            await socket.send_str(boundary)
        mp3 = b"" if self.no_audio else _mp3(sound)
        for start in range(0, len(mp3), FRAME):
            if self.cut_after and start >= self.cut_after:
                await socket.close()
                return
            if self.stalls_after and start >= self.stalls_after:
                await self.released.wait()
            await socket.send_bytes(_frame(b"Content-Type:audio/mpeg\r\n", mp3[start:][:FRAME]))
        await socket.send_bytes(_frame(b"", b""))
        if self.tells == "after":
            await socket.send_str(boundary)
        await socket.send_str("X-RequestId:1\r\nPath:turn.end\r\n\r\n{}")
        await socket.close()


@asynccontextmanager
async def edge_service() -> AsyncIterator[EdgeService]:
    service = EdgeService()
    app = web.Application()
    app.router.add_get("/edge/v1", service.answer)
    async with TestServer(app) as server:
        url = server.make_url("/edge/v1?TrustedClientToken=test")
        with mock.patch("edge_tts.communicate.WSS_URL", str(url).replace("http:", "ws:")):
            try:
                yield service
            finally:
                service.released.set()
    assert service.violations == []


def _body(message: str, path: str, violations: list[str]) -> str:
    head, _, body = message.partition("\r\n\r\n")
    if f"Path:{path}" not in head.split("\r\n"):
        violations.append(f"{path} is expected, not {head}")
    return body


def _boundary(text: str, seconds: float) -> str:
    data: Any = {
        "Type": "SentenceBoundary",
        "Data": {
            "Offset": TICKS // 10,
            "Duration": int((seconds - 0.2) * TICKS),
            "text": {"Text": text, "Length": len(text), "BoundaryType": "SentenceBoundary"},
        },
    }
    body = json.dumps({"Metadata": [data]})
    return f"X-RequestId:1\r\nContent-Type:application/json\r\nPath:audio.metadata\r\n\r\n{body}"


def _frame(kind: bytes, content: bytes) -> bytes:
    head = b"X-RequestId:1\r\n" + kind + b"Path:audio\r\n"
    return len(head).to_bytes(2, "big") + head + content


def _mp3(sound: Sound) -> bytes:
    return encode(resampled(sound, 24_000), "mp3", "libmp3lame", 48_000)
