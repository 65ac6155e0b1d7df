"""What this gateway tells the watchdog: that it is alive, and what an agent should know.

Messages are JSON arrays, one a line, over a Unix socket: ["hello", [dialled, …]], ["beat"],
["begin", call], ["note", call, text], ["end", call], each answered by ["heard"]; and ["who", call],
answered by ["caller", call, number] when the exchange has been asked.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

BEAT_S = 0.5
LONGEST_NOTE = 1_000
"""Characters of one note; what is longer is cut."""
_DEAF_S = 3.0
"""A watchdog that has not answered a beat so long is hung: a new connection is tried."""
_NUMBER_S = 0.3
"""The greeting waits for the calling number, but not longer."""
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
        self._asked: dict[str, asyncio.Future[str]] = {}
        self._settled = asyncio.Event()

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

    async def caller(self, call: str) -> str:
        """The calling number; "" where it is not shown, or not known within a moment."""
        if not self.connected:
            return ""
        self._asked[call] = asyncio.get_running_loop().create_future()
        self._send("who", call)
        try:
            async with asyncio.timeout(_NUMBER_S):
                return await self._asked[call]
        except TimeoutError:
            logger.warning("the exchange did not tell in time who calls (%s)", call)
            return ""
        finally:
            del self._asked[call]

    async def run(self) -> None:
        """Keep connected and beat, until cancelled."""
        tries = 0
        while True:
            try:
                reader, writer = await asyncio.open_unix_connection(self._path)
            except OSError as error:
                tries += 1
                await self._absent(error, tries)
            else:
                tries = 0
                await self._serve(reader, writer)

    async def settled(self) -> None:
        """Wait until a watchdog listens, or none could be started at the first try."""
        await self._settled.wait()

    async def _absent(self, error: OSError, tries: int) -> None:
        """Nobody answers: start one at once, and later again and again."""
        if tries == 1:
            logger.warning("no watchdog answers at %s: %s", self._path, error)
        else:
            self._settled.set()
            await asyncio.sleep(_AGAIN_S)
        if self._start:
            await self._start()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._settled.set()
        beating = asyncio.create_task(self._beat())
        try:
            self._send("hello", list(self._dialled))
            for call in self._live:
                self._send("begin", call)
            for call, note in self._notes.items():
                self._send("note", call, note)
            while True:
                async with asyncio.timeout(_DEAF_S):
                    line = await reader.readline()
                if not line:
                    break
                self._hear(json.loads(line))
            logger.warning("the watchdog has gone; connecting again")
        except TimeoutError:
            logger.error("the watchdog does not answer; connecting again")  # noqa: TRY400 - no trace
        except (OSError, ValueError) as error:
            logger.warning("the watchdog has gone: %s", error)
        finally:
            beating.cancel()
            self._writer = None
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()

    async def _beat(self) -> None:
        while True:
            self._send("beat")
            await asyncio.sleep(BEAT_S)

    def _hear(self, message: Any) -> None:
        match message:
            case ["caller", str(call), str(number)] if call in self._asked:
                if not self._asked[call].done():
                    self._asked[call].set_result(number)

    def _send(self, *message: str | list[str]) -> None:
        if self._writer and not self._writer.is_closing():
            self._writer.write(json.dumps(message).encode() + b"\n")
