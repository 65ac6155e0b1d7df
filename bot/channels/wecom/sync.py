"""Fetches what callbacks announce: page by page, the cursor stored after each page is heard.

Of an account one gateway fetches at a time. A page that was heard and whose cursor was not stored
comes again; its messages are known by their ids.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from actions.database import Database
from actions.errors import StorageUnavailable, XiaobaoError
from actions.shared import SharedValues
from bot.channels.wechat.api import PlatformApi
from bot.channels.wecom.customers import WecomCustomers
from bot.channels.wecom.gate import News
from bot.channels.wecom.messages import Entered, Item, read, sent_at
from bot.turn import Json

logger = logging.getLogger(__name__)

_LEASE = dt.timedelta(seconds=30)
_PAGE = 100
_AGAIN_S, _ROUND_S = 1.0, 60.0
"""After trouble; and to look by itself, in case a callback was lost."""
_TOO_OLD = dt.timedelta(hours=48)
"""Nobody can be answered after that."""
_FIRST = dt.timedelta(minutes=10)
"""Before the first cursor of an account only what is newer counts."""


class Sync:
    """One for each gateway."""

    def __init__(
        self,
        corp_id: str,
        api: PlatformApi,
        customers: WecomCustomers,
        database: Database,
        shared: SharedValues,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._prefix = f"cursor:{corp_id}:"
        self._api = api
        self._customers = customers
        self._database = database
        self._shared = shared
        self._clock = clock
        self._pending: dict[str, str] = {}
        self._rung = asyncio.Event()

    async def announce(self, news: News) -> None:
        """There is something to fetch; this survives a kill. Raises StorageUnavailable."""
        name = self._prefix + news.account
        await self._database.write(lambda tx: self._shared.know(tx, name))
        self._pending[news.account] = news.token
        self._rung.set()

    async def run(self) -> None:
        """Fetch until cancelled; trouble is waited out."""
        while True:
            try:
                await self._look_at_all()
                async with asyncio.timeout(_ROUND_S):
                    while True:
                        await self._fetch_pending()
                        await self._rung.wait()
            except TimeoutError:
                continue
            except XiaobaoError as error:
                logger.warning("WeCom's messages must wait: %s", error)
            except Exception:  # whatever broke, the other customers must be heard
                logger.exception("fetching from WeCom failed")
            await asyncio.sleep(_AGAIN_S)

    async def _look_at_all(self) -> None:
        names = await self._database.read(lambda tx: self._shared.names(tx, self._prefix))
        for name in names:
            self._pending.setdefault(name.removeprefix(self._prefix), "")

    async def _fetch_pending(self) -> None:
        self._rung.clear()
        while self._pending:
            account, token = self._pending.popitem()
            try:
                done = await self._fetch(account, token)
            except BaseException:
                self._pending.setdefault(account, token)
                raise
            if not done:
                self._pending.setdefault(account, token)
                await asyncio.sleep(_AGAIN_S)

    async def _fetch(self, account: str, token: str) -> bool:
        """Everything that is new; False while another gateway fetches it."""
        name = self._prefix + account
        lease = await self._database.write(
            lambda tx: self._shared.lease(tx, name, self._clock(), _LEASE)
        )
        if lease is None:
            return False
        try:
            while await self._page(name, lease, account, token):
                pass
        finally:
            await self._database.write(lambda tx: self._shared.release(tx, name, lease))
        return True

    async def _page(self, name: str, lease: str, account: str, token: str) -> bool:
        """One page; whether there are more."""
        known = await self._database.read(lambda tx: self._shared.get(tx, name))
        body: Json = {"open_kfid": account, "limit": _PAGE, "voice_format": 0}
        body |= {"cursor": known.value} if known else {}
        body |= {"token": token} if token else {}
        answer = await self._api.post("/cgi-bin/kf/sync_msg", body)
        items = answer.get("msg_list")
        await self._hear_all(items if isinstance(items, list) else [], is_first=known is None)
        cursor = answer.get("next_cursor")
        if not isinstance(cursor, str) or not cursor:
            return False
        until = self._clock() + _LEASE

        def store(tx: Connection) -> bool:
            self._shared.hold(tx, name, lease, until)
            return self._shared.put(tx, name, lease, cursor)

        still_ours = await self._database.write(store)
        return still_ours and answer.get("has_more") == 1

    async def _hear_all(self, raw: Sequence[Json], *, is_first: bool) -> None:
        """Customers in parallel, each one's items in order. Raises StorageUnavailable."""
        oldest = self._clock() - (_FIRST if is_first else _TOO_OLD)
        by_user: dict[str, list[Item]] = defaultdict(list)
        for one in raw:
            item, at = (read(one), sent_at(one)) if isinstance(one, dict) else (None, None)
            if item is not None and (at is None or at >= oldest):
                by_user[_user(item)].append(item)
        heard = await asyncio.gather(*map(self._in_order, by_user.values()), return_exceptions=True)
        for outcome in heard:
            if isinstance(outcome, BaseException):
                raise outcome

    async def _in_order(self, items: Sequence[Item]) -> None:
        for item in items:
            try:
                await self._customers.take(item)
            except StorageUnavailable:
                raise
            except Exception:  # an item that breaks us must not come again for ever
                logger.exception("an item of WeCom could not be taken")


def _user(item: Item) -> str:
    return item.incoming.user if isinstance(item, Entered) else item.user
