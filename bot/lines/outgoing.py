"""What the caller is to hear, until the line takes it."""

from __future__ import annotations

import asyncio

from audio import SAMPLE_BYTES

ROOM_S = 0.2
"""So much may wait; whoever plays more waits until that is all that is left."""


class Outgoing:
    """One leg's samples, in order."""

    def __init__(self, rate: int) -> None:
        self._waiting = bytearray()
        self._room = int(ROOM_S * rate) * SAMPLE_BYTES
        self._waiters: list[tuple[int, asyncio.Future[None]]] = []
        self._came = asyncio.Event()
        self.closed = False

    def __len__(self) -> int:
        """Bytes that wait."""
        return len(self._waiting)

    async def put(self, samples: bytes) -> None:
        """Append; returns when there is room for more, or nothing is to be heard any more."""
        if self.closed:
            await asyncio.sleep(0)  # whoever goes on and on must not keep others from their turn
            return
        self._waiting += samples
        self._came.set()
        await self._until(self._room)

    async def drained(self) -> None:
        """Until all has been taken or thrown away, or the leg has ended."""
        await self._until(0)

    def take(self, size: int) -> bytes:
        """The next `size` bytes, filled up with silence; b"" where nothing waits."""
        if not self._waiting:
            return b""
        piece = bytes(self._waiting[:size])
        del self._waiting[:size]
        self._wake()
        return piece if len(piece) == size else piece.ljust(size, b"\0")

    async def some(self) -> bool:
        """Wait until there is something to take; False where the leg has ended."""
        while not self._waiting and not self.closed:
            self._came.clear()
            await self._came.wait()
        return not self.closed

    def clear(self) -> None:
        """Throw away what waits."""
        self._waiting.clear()
        self._wake()

    def close(self) -> None:
        """The leg has ended."""
        self.closed = True
        self.clear()
        self._came.set()

    async def _until(self, level: int) -> None:
        """Wait until at most `level` bytes are left."""
        if len(self._waiting) > level:
            future = asyncio.get_running_loop().create_future()
            self._waiters.append((level, future))
            await future

    def _wake(self) -> None:
        if not self._waiters:
            return
        left, still = len(self._waiting), []
        for level, future in self._waiters:
            if level < left and not future.done():
                still.append((level, future))
            elif not future.done():
                future.set_result(None)
        self._waiters = still
