"""All lines of this gateway, put together."""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from bot.board import stopped
from bot.errors import ConfigurationError
from bot.lines.audiosocket import AudioSocketServer
from bot.lines.legs import Answer, Legs
from bot.lines.media_server import MediaServer
from bot.lines.pacer import Pacer
from bot.lines.patience import Patience
from bot.lines.peers import Peers
from bot.lines.starting import socket_path, start_watchdog
from bot.lines.watch import Watch
from bot.settings import Settings

logger = logging.getLogger(__name__)


class Lines:
    """The lines from the telephone exchange, and the watch over them."""

    def __init__(self, settings: Settings, watch: Watch, answer: Answer) -> None:
        """Nothing is opened yet."""
        self._settings = settings.telephone
        self._watch = watch
        self._watching: asyncio.Task[None] | None = None
        self.legs = Legs(answer, watch, settings.telephone.calls)
        self.pacer = Pacer()
        patience, peers = Patience(), Peers(settings.telephone.pbx)
        self.audiosocket = AudioSocketServer(self.legs, self.pacer, patience, peers)
        self.media = MediaServer(self.legs, patience, peers)

    async def open(self) -> None:
        """Take calls, once they are watched over. Raises ConfigurationError: a port is not free."""
        telephone = self._settings
        if not telephone.enabled:
            return
        self._watching = asyncio.create_task(self._watch.run())
        await self._watch.settled()
        try:
            await self.audiosocket.open(telephone.host, telephone.audiosocket_port)
            await self.media.open(telephone.host, telephone.media_port)
        except OSError as error:
            await self.close()
            raise ConfigurationError(
                [
                    f"电话线路的端口用不了（{error.strerror}）：请看 telephone.audiosocket_port、"
                    "telephone.media_port，或者先停掉占用它们的程序"
                ]
            ) from error

    async def close(self) -> None:
        """End all calls; the exchange goes on with the callers. Give everything back."""
        self.audiosocket.stop()
        self.media.stop()
        await self.legs.close()
        await self.media.close()
        if self._watching:
            await stopped(self._watching)


def open_watch(settings: Settings) -> Watch:
    """What tells the watchdog; it is started where none is running."""
    start = partial(start_watchdog, settings) if settings.telephone.start_watchdog else None
    return Watch(socket_path(settings), settings.telephone.names(), start)
