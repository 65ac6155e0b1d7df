"""What sync_msg fetched is carried out, item by item."""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Callable

from sqlalchemy import Connection

from actions.database import Database
from actions.ledger import Ledgers
from actions.outbox import Outbox
from bot.channels.wechat.codes import SEND_FAILURES
from bot.channels.wechat.customers import Outcome, WechatCustomers
from bot.channels.wechat.link import PlatformRefused, PlatformUnreachable
from bot.channels.wechat.messages import Incoming
from bot.channels.wecom.messages import Ended, Entered, Item, SendFailed
from bot.channels.wecom.transport import WecomTransport
from bot.conversations import Conversation, ConversationStore
from bot.hub import Hub, conversation_topic, outbox_topic
from bot.phrases import Phrases
from bot.turn import Address

logger = logging.getLogger(__name__)

NAME = "wecom"
_WELCOME = dt.timedelta(seconds=20)
_POOL = dt.timedelta(hours=48)
"""How long the codes for a greeting, and for a word to who waits, are good."""
_LATER = frozenset({4, 5, 6})
"""Kinds of failure that end when the customer writes again."""
_KEY = re.compile(r"x(\d{1,15})-\d{1,4}")


class WecomCustomers:
    """Works on items of customers; one customer's come one after the other."""

    def __init__(
        self,
        customers: WechatCustomers,
        transport: WecomTransport,
        database: Database,
        store: ConversationStore,
        outbox: Outbox,
        ledgers: Ledgers,
        phrases: Phrases,
        hub: Hub,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._customers = customers
        self._transport = transport
        self._database = database
        self._store = store
        self._outbox = outbox
        self._ledgers = ledgers
        self._phrases = phrases
        self._hub = hub
        self._clock = clock

    async def take(self, item: Item) -> None:
        """Carry it out. Raises StorageUnavailable: then it must come again."""
        match item:
            case Entered(incoming, code):
                await self._keep_code(incoming.user, code, _WELCOME)
                await self._customers.hear(incoming)
            case SendFailed(user, key, kind):
                await self._failed(user, key, kind)
            case Ended(user):
                await self._customers.elsewhere(Address(NAME, user), None)
            case Incoming():
                await self._hear(item)

    async def _hear(self, incoming: Incoming) -> None:
        outcome = await self._customers.hear(incoming)
        if outcome is Outcome.TRANSFER:
            await self._transfer(incoming)
        await self._wake(incoming.user)

    async def _transfer(self, incoming: Incoming) -> None:
        """Into the platform's own queue; where that does not take them, to our desk."""
        try:
            code = await self._transport.hand_over(incoming.user)
        except (PlatformRefused, PlatformUnreachable) as error:
            logger.warning("WeCom takes nobody into its queue (%s); our desk does", error)
            await self._customers.to_desk(incoming)
            return
        if code:
            await self._keep_code(incoming.user, code, _POOL)
        await self._customers.hand_over(incoming)

    async def _keep_code(self, user: str, code: str, lasts: dt.timedelta) -> None:
        address, now = Address(NAME, user), self._clock()

        def keep(tx: Connection) -> None:
            found = self._store.find(tx, address)
            id_ = found[0].id if found else self._store.save(tx, Conversation(address), now)
            self._ledgers.give_code(tx, id_, code, now + lasts)

        await self._database.write(keep)

    async def _wake(self, user: str) -> None:
        """Who has written can be written to: what was kept for them is due."""
        address, now = Address(NAME, user), self._clock()

        def kept(tx: Connection) -> int | None:
            found = self._store.find(tx, address)
            owed = self._outbox.owed(tx, found[0].id) if found else ()
            resting = any(one.lease is None and one.due > now for one in owed)
            return found[0].id if found and resting else None

        id_ = await self._database.read(kept)
        if id_ is not None:
            await self._database.write(lambda tx: self._outbox.wake(tx, id_, now))
            self._hub.ring(outbox_topic(NAME))

    async def _failed(self, user: str, key: str, kind: int) -> None:
        """Tell the agents; what the customer's next message makes possible is owed again."""
        address, now, parcel = Address(NAME, user), self._clock(), _KEY.fullmatch(key)
        why = SEND_FAILURES.get(kind, SEND_FAILURES[0])

        def note(tx: Connection) -> int | None:
            found = self._store.find(tx, address)
            if found is None:
                return None
            id_ = found[0].id
            if kind in _LATER and parcel:
                left = self._ledgers.of(tx, id_, now).ledger.exhausted()
                self._ledgers.keep(tx, id_, left)
                self._outbox.reopen(tx, id_, int(parcel[1]), now)
                return id_
            self._store.add_remark(tx, id_, self._phrases.not_delivered(why, 1), now)
            return id_

        id_ = await self._database.write(note)
        if id_ is not None:
            self._hub.ring(conversation_topic(id_), outbox_topic(NAME))
