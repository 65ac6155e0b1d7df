"""The rows of one call: written in their order beside it, and again while they cannot be."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from sqlalchemy import Connection

from actions.calls import Calls
from actions.database import Database
from actions.errors import XiaobaoError
from bot.conversations import Conversation, ConversationStore
from bot.turn import Address

logger = logging.getLogger(__name__)

_PAUSE_S = 5.0
_PATIENCE_S = 5.0
"""How long a call's end waits for its rows; after that they are written beside other calls."""
Alone = Callable[[Address], AbstractAsyncContextManager[None]]
Work = Callable[[Connection, int], None]
"""What is written, given the call's row."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A call as it begins."""

    uuid: str
    caller: str
    address: Address
    rate: int
    at: dt.datetime
    recording: str | None


class CallLog:
    """A slow database keeps no caller waiting."""

    def __init__(
        self, begun: Begun, database: Database, store: ConversationStore, calls: Calls, alone: Alone
    ) -> None:
        """`alone`: keeps a customer's turns away while their conversation is made."""
        self._begun = begun
        self._database = database
        self._store = store
        self._calls = calls
        self._alone = alone
        self._row: int | None = None
        self._works: list[Work] = []
        self._is_void = False
        self._task = asyncio.create_task(self._write())

    @property
    def uuid(self) -> str:
        """The call's."""
        return self._begun.uuid

    @property
    def is_settled(self) -> bool:
        """Whether everything that was added is written."""
        return self._task.done()

    def add(self, work: Work) -> None:
        """Write this after all that was added before."""
        if self._is_void:
            return
        self._works.append(work)
        if self._task.done():
            self._task = asyncio.create_task(self._write())

    async def settle(self) -> None:
        """Wait until everything is written, but not for long."""
        await asyncio.wait({self._task}, timeout=_PATIENCE_S)

    def give_up(self) -> None:
        """The gateway stops."""
        self._task.cancel()

    async def _write(self) -> None:
        """Until nothing is left to be written."""
        while self._row is None or self._works:
            try:
                await self._write_once()
            except XiaobaoError as error:
                logger.warning("call %s cannot be written down yet: %s", self._begun.uuid, error)
                await asyncio.sleep(_PAUSE_S)
            except Exception:  # whatever broke, the call goes on
                logger.exception("call %s is not written down", self._begun.uuid)
                self._works, self._is_void = [], True
                return

    async def _write_once(self) -> None:
        if self._row is None:
            async with self._alone(self._begun.address):
                self._row = await self._database.write(self._begin)
        row, works = self._row, self._works[:]

        def write(tx: Connection) -> None:
            for work in works:
                work(tx, row)

        if works:
            await self._database.write(write)
            del self._works[: len(works)]

    def _begin(self, tx: Connection) -> int:
        """The call's row; its conversation is there when this returns."""
        begun = self._begun
        found = self._store.find(tx, begun.address)
        conversation = found[0].id if found else 0
        if not conversation:
            conversation = self._store.save(tx, Conversation(begun.address), begun.at)
        return self._calls.begin(
            tx, begun.uuid, conversation, begun.rate, begun.at, begun.caller, begun.recording
        )
