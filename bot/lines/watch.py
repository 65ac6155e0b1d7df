"""What this gateway tells the watchdog: that it is alive, and what an agent should know.

Messages are JSON arrays, one a line, over a Unix socket: ["hello", [dialled, …]], ["beat"],
["begin", call], ["note", call, text], ["end", call]. Each beat is answered by a line.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

logger = logging.getLogger(__name__)

BEAT_S = 0.5
LONGEST_NOTE = 1_000
"""Characters of one note; what is longer is cut."""
_DEAF_S = 3.0
"""A watchdog that has not answered a beat so long is hung: a new connection is tried."""
_AGAIN_S = 0.5
_KEPT = 1_000
"""Notes, of calls that have ended too: a watchdog that was started anew gets them again."""


class Watch:
    """The gateway's end. Nothing here blocks; without a watchdog calls go on."""

    def __init__(
        self,
        path: Path,
        dialled: tuple[str, ...],
        start: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`dialled`: how Dial names this gateway, such as AudioSocket/127.0.0.1:9092/.

        `start` starts a watchdog where none answers.
        """
        self._path = path
        self._dialled = dialled
        self._start = start
        self._live: set[str] = set()
        self._notes: OrderedDict[str, str] = OrderedDict()
        self._writer: asyncio.StreamWriter | None = None

    @property
    def connected(self) -> bool:
        """Whether a watchdog listens."""
        return self._writer is not None

    def noted(self, call: str) -> str:
        """The call's last note, "" for none."""
        return self._notes.get(call, "")

    def begin(self, call: str) -> None:
        """The bot's leg of a call has begun."""
        self._live.add(call)
        self._send("begin", call)

    def end(self, call: str) -> None:
        """It has ended; its note is still answered."""
        self._live.discard(call)
        self._send("end", call)

    def note(self, call: str, note: str) -> None:
        """What the look-up of `call` is answered from now on; only printable ASCII passes."""
        text = "".join(char for char in note if " " <= char <= "~")[:LONGEST_NOTE]
        self._notes[call] = text
        self._notes.move_to_end(call)
        while len(self._notes) > _KEPT:
            self._notes.popitem(last=False)
        self._send("note", call, text)

    async def run(self) -> None:
        """Keep connected and beat, until cancelled."""
        told = False
        while True:
            try:
                reader, writer = await asyncio.open_unix_connection(self._path)
            except OSError as error:
                if not told:
                    logger.warning("no watchdog answers at %s: %s", self._path, error)
                told = True
                if self._start:
                    await self._start()
                await asyncio.sleep(_AGAIN_S)
                continue
            told = False
            await self._serve(reader, writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        try:
            self._send("hello", list(self._dialled))
            for call in self._live:
                self._send("begin", call)
            for call, note in self._notes.items():
                self._send("note", call, note)
            while True:
                self._send("beat")
                async with asyncio.timeout(_DEAF_S):
                    if not await reader.readline():
                        break
                await asyncio.sleep(BEAT_S)
            logger.warning("the watchdog has gone; connecting again")
        except TimeoutError:
            logger.error("the watchdog does not answer; connecting again")  # noqa: TRY400 - no trace
        except OSError as error:
            logger.warning("the watchdog has gone: %s", error)
        finally:
            self._writer = None
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()

    def _send(self, *message: str | list[str]) -> None:
        if self._writer and not self._writer.is_closing():
            self._writer.write(json.dumps(message).encode() + b"\n")
