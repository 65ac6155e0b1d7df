"""GET /handoff/<uuid> in the fewest words of HTTP: one line for the agent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress

from bot.lines.peers import Peers

LONGEST_REQUEST = 8_192
_PATIENCE_S = 2.0


class Handoff:
    """Answers the exchange; nobody else."""

    def __init__(
        self,
        note: Callable[[str], str],
        health: Callable[[], dict[str, object]],
        peers: Peers,
    ) -> None:
        """`note`: what is known of a call; `health`: how things stand, for GET /healthz."""
        self._note = note
        self._health = health
        self._peers = peers

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request and close."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                if self._peers.has(writer.get_extra_info("peername")):
                    request = await reader.readuntil(b"\r\n\r\n")
                    writer.write(self._answer(request.split(b"\r\n", 1)[0]))
                    await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # it is gone, or is no exchange of ours
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def _answer(self, line: bytes) -> bytes:
        method, _, rest = line.decode("ascii", "replace").partition(" ")
        path = rest.partition(" ")[0].partition("?")[0]
        if method != "GET":
            return _response("405 Method Not Allowed", "GET only")
        if path == "/healthz":
            return _response("200 OK", json.dumps(self._health()))
        if path.startswith("/handoff/"):
            return _response("200 OK", self._note(path.removeprefix("/handoff/").lower()))
        return _response("404 Not Found", "GET /handoff/UUID")


def _response(status: str, text: str) -> bytes:
    body = text.encode("ascii", "replace")
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Cache-Control: no-store\r\nConnection: close\r\n\r\n".encode() + body
