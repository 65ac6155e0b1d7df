"""Which gateway writes to the agents' group, and what it leaves to the next one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import Connection

from actions.database import Database
from actions.errors import StorageUnavailable
from actions.shared import SharedValues
from bot.errors import DeliveryDelayed

_NAME = "telegram-desk"
_LASTS = dt.timedelta(seconds=60)
"""Before each step it lasts for two thirds of this: longer than Telegram may take to answer."""


class Lease:
    """One for each gateway; one of them has it. Each step may raise StorageUnavailable."""

    def __init__(
        self, shared: SharedValues, database: Database, clock: Callable[[], dt.datetime]
    ) -> None:
        self.number: str | None = None
        """Another one each time that it is got anew."""
        self._shared = shared
        self._database = database
        self._clock = clock
        self._renewed = clock()

    async def held(self) -> bool:
        """Whether this gateway writes to the group, and will for longer than a step takes."""
        now = self._clock()
        if self.number and now < self._renewed + _LASTS / 3:
            return True

        def renew(tx: Connection) -> str | None:
            if self.number and self._shared.hold(tx, _NAME, self.number, now + _LASTS):
                return self.number
            return self._shared.lease(tx, _NAME, now, _LASTS)

        self.number, self._renewed = await self._database.write(renew), now
        return self.number is not None

    async def require(self) -> None:
        """Before each step. Raises DeliveryDelayed where another gateway has taken over."""
        if not await self.held():
            raise DeliveryDelayed("另一个网关正在写坐席群", 1.0)

    async def kept(self) -> str:
        """What was kept last, by whichever gateway; "" for nothing."""
        found = await self._database.read(lambda tx: self._shared.get(tx, _NAME))
        return found.value if found else ""

    async def keep(self, value: str) -> None:
        """Leave it to who writes next."""
        number = self.number or ""
        await self._database.write(lambda tx: self._shared.put(tx, _NAME, number, value))

    async def let_go(self) -> None:
        """Another gateway may write."""
        number = self.number
        if number:
            with suppress(StorageUnavailable):  # then it runs out
                await self._database.write(lambda tx: self._shared.release(tx, _NAME, number))
