"""Calls that come over a WebSocket in the words of chan_websocket: Asterisk's, or a browser's.

The other side paces: it is sent a fifth of a second ahead.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from aiohttp import ClientConnectionResetError, WSMessage, WSMsgType, web

from audio import SAMPLE_BYTES
from audio.audiosocket import Digit
from audio.media_socket import (
    FLUSH,
    HANG_UP,
    MOST_SOUND,
    SUBPROTOCOL,
    BadMessage,
    Event,
    Flow,
    Reached,
    Started,
    check_sound,
    mark,
    read,
)
from bot.call.line import Key
from bot.lines.incoming import Incoming
from bot.lines.legs import Legs
from bot.lines.outgoing import Outgoing
from bot.lines.pacer import FRAME_S
from bot.lines.patience import SILENT_S
from bot.turn import Address

logger = logging.getLogger(__name__)

_PIECE_FRAMES = 5
"""Frames in one message: 100 ms."""
_AHEAD_S = 0.1
"""The next piece goes when so little is left of those before."""
_MARK_S = 2.0
"""A mark that has not come back so long after its sound must have ended is given up."""
_GOODBYE_S = 1.0


def new_socket() -> web.WebSocketResponse:
    """A WebSocket as these calls need it."""
    return web.WebSocketResponse(
        protocols=(SUBPROTOCOL,),
        compress=False,
        max_msg_size=MOST_SOUND,
        timeout=_GOODBYE_S,
        heartbeat=10.0,
    )


class MediaLine:
    """One WebSocket: the Line of its call, once the other side has begun."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        call: str,
        caller: str = "",
        address: Address | None = None,
        goodbye: Callable[[], str] = lambda: HANG_UP,
    ) -> None:
        """`socket` is prepared; `goodbye`: the command by which its leg ends."""
        self._socket = socket
        self.call = call
        self.caller = caller
        self.address = address
        self.rate = 0
        self._goodbye = goodbye
        self._flows = asyncio.Event()
        self._flows.set()
        self._heard_at = 0.0  # when what was sent will have been heard; 0 where nothing was
        self._marks: dict[str, asyncio.Future[None]] = {}
        self._marked = 0

    async def serve(self, legs: Legs) -> None:
        """Run the leg to its end."""
        try:
            async with asyncio.timeout(SILENT_S):
                early = await self._started()
        except TimeoutError:
            logger.warning("call %s: no sound began; its leg ends", self.call)
            early = None
        if early is None:
            await self._hang_up()
            return
        self._incoming, self._outgoing = Incoming(self.rate), Outgoing(self.rate)
        self._size = int(FRAME_S * self.rate) * SAMPLE_BYTES
        for digit in early:
            self._incoming.key(digit)
        if not legs.accept(self):
            await self._hang_up()
            return
        speaking = asyncio.get_running_loop().create_task(self._speak())
        try:
            await self._listen()
        finally:
            self._close()
            await asyncio.gather(speaking, return_exceptions=True)
            await legs.finished(self)

    async def _started(self) -> list[str] | None:
        """Wait for the beginning; the keys before it, or None where there is none."""
        keys: list[str] = []
        while True:
            message = await self._socket.receive()
            event = self._event(message) if message.type is WSMsgType.TEXT else None
            if isinstance(event, Started):
                self.rate = event.rate
                return keys
            if isinstance(event, Digit):
                keys.append(event.digit)
            elif event is None and message.type is not WSMsgType.BINARY:
                return None

    async def _listen(self) -> None:
        """Take what comes, until the leg has ended."""
        while True:
            message = await self._socket.receive()
            if message.type is WSMsgType.BINARY:
                try:
                    check_sound(message.data)
                except BadMessage as error:
                    self._complain(error)
                    return
                self._incoming.sound(message.data)
            elif message.type is WSMsgType.TEXT:
                event = self._event(message)
                if event is None:
                    return
                self._take(event)
            else:
                return

    def _event(self, message: WSMessage) -> Event | None:
        try:
            return read(message.data)
        except BadMessage as error:
            self._complain(error)
            return None

    def _complain(self, error: BadMessage) -> None:
        logger.warning("call %s: %s: %s; its leg ends", self.call, type(error).__name__, error)

    def _take(self, event: Event) -> None:
        if isinstance(event, Digit):
            self._incoming.key(event.digit)
        elif isinstance(event, Flow):
            (self._flows.set if event.open else self._flows.clear)()
        elif isinstance(event, Reached) and (waiter := self._marks.pop(event.mark, None)):
            waiter.set_result(None)
        elif isinstance(event, Started) and event.rate != self.rate:
            logger.warning("call %s: its rate cannot change", self.call)

    async def _speak(self) -> None:
        """Send what waits, a little ahead of what is heard."""
        loop = asyncio.get_running_loop()
        while await self._outgoing.some():
            await self._flows.wait()
            frames = min(_PIECE_FRAMES, -(-len(self._outgoing) // self._size))
            piece = self._outgoing.take(frames * self._size)
            if not piece:
                continue
            if not await self._send_sound(piece):
                return
            self._heard_at = max(self._heard_at, loop.time()) + frames * FRAME_S
            await asyncio.sleep(self._heard_at - loop.time() - _AHEAD_S)

    async def _send_sound(self, piece: bytes) -> bool:
        try:
            await self._socket.send_bytes(piece)
        except ClientConnectionResetError:
            return False
        return True

    async def _send(self, command: str) -> None:
        with suppress(ClientConnectionResetError):
            await self._socket.send_str(command)

    def _close(self) -> None:
        self._incoming.close()
        self._outgoing.close()
        self._flows.set()
        self._forget_marks()

    def _forget_marks(self) -> None:
        for waiter in self._marks.values():
            waiter.set_result(None)
        self._marks.clear()

    async def _hang_up(self) -> None:
        if not self._socket.closed:
            await self._send(self._goodbye())
            await self._socket.close()

    # The Line

    def incoming(self) -> AsyncIterator[bytes | Key]:
        """What the caller says and presses."""
        return self._incoming.listen()

    async def play(self, samples: bytes) -> None:
        """Say this after what waits."""
        await self._outgoing.put(samples)

    async def hush(self) -> None:
        """Silence at once, here and at the other side."""
        self._outgoing.clear()
        self._heard_at = 0.0
        await self._send(FLUSH)
        self._forget_marks()

    async def played(self) -> None:
        """Wait until the other side says that all has been heard."""
        await self._outgoing.drained()
        if self._outgoing.closed or not self._heard_at:
            return
        loop = asyncio.get_running_loop()
        self._marked += 1
        name = str(self._marked)
        self._marks[name] = loop.create_future()
        await self._send(mark(name))
        left = max(0.0, self._heard_at - loop.time())
        await asyncio.wait([self._marks[name]], timeout=left + _MARK_S)
        self._marks.pop(name, None)

    async def end(self) -> None:
        """End the bot's leg."""
        self._close()
        await self._hang_up()
