"""The platform's access token: one for all gateways, renewed by one of them."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable

from actions.database import Database
from actions.shared import Shared, SharedValues
from bot.channels.wechat.link import PlatformUnreachable

_MARGIN = dt.timedelta(minutes=5)
"""So long before its end a token counts as run out."""
_LEASE = dt.timedelta(seconds=20)
_WAIT_S, _LOOK_S = 10.0, 0.1
"""How long another gateway's renewal is waited for, and how often it is looked for."""

Fetch = Callable[[bool], Awaitable[tuple[str, int]]]
"""Asks the platform: token and seconds. True: the present one is not taken any more."""


class AccessToken:
    """One of an account."""

    def __init__(
        self,
        name: str,
        database: Database,
        shared: SharedValues,
        clock: Callable[[], dt.datetime],
        fetch: Fetch,
    ) -> None:
        """`name`: of the account, for the database."""
        self._name = f"token:{name}"
        self._database = database
        self._shared = shared
        self._clock = clock
        self._fetch = fetch
        self._known: Shared | None = None
        self._alone = asyncio.Lock()

    async def get(self, rejected: str = "") -> str:
        """A token that is good for some minutes, and not the `rejected` one.

        Raises PlatformUnreachable, PlatformRefused and StorageUnavailable.
        """
        if self._is_good(self._known, rejected):
            return self._known.value  # type: ignore[union-attr]  # good ones are not None
        async with self._alone:
            try:
                async with asyncio.timeout(_WAIT_S):
                    return await self._renewed(rejected)
            except TimeoutError as error:
                raise PlatformUnreachable("no access token in time") from error

    def _is_good(self, token: Shared | None, rejected: str) -> bool:
        if token is None or token.expires is None or token.value == rejected:
            return False
        return self._clock() < token.expires - _MARGIN

    async def _renewed(self, rejected: str) -> str:
        while True:
            found = await self._database.read(lambda tx: self._shared.get(tx, self._name))
            if found and self._is_good(found, rejected):
                self._known = found
                return found.value
            lease = await self._database.write(
                lambda tx: self._shared.lease(tx, self._name, self._clock(), _LEASE)
            )
            if lease:
                return await self._renew(lease, found, rejected)
            await asyncio.sleep(_LOOK_S)

    async def _renew(self, lease: str, found: Shared | None, rejected: str) -> str:
        try:
            value, seconds = await self._fetch(bool(rejected) and found is not None)
            token = Shared(value, self._clock() + dt.timedelta(seconds=seconds))
            await self._database.write(
                lambda tx: self._shared.put(tx, self._name, lease, token.value, token.expires)
            )
        finally:
            await self._database.write(lambda tx: self._shared.release(tx, self._name, lease))
        self._known = token
        return value
