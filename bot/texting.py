"""Text messages to whoever calls: what they have heard, in writing."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from actions.checks import mobile
from bot.channels import HOTLINE, SMS
from bot.conversations import Conversation, ConversationStore
from bot.turn import Address, Reply

MOST = 10
"""To one number in a day: calling numbers can be forged, and nobody shall be flooded."""
_DAY = dt.timedelta(days=1)


class Texting:
    """Works within the turn's transaction; the outbox sends."""

    def __init__(self, store: ConversationStore) -> None:
        self._store = store

    def reaches(self, tx: Connection, caller: Conversation, now: dt.datetime) -> bool:
        """Whether text messages are sent, and reach this caller."""
        if caller.address.channel != HOTLINE or SMS not in self._store.written_to:
            return False
        if not mobile(caller.number):
            return False
        found = self._store.find(tx, _address(caller))
        return found is None or self._store.said_since(tx, found[0].id, now - _DAY) < MOST

    def send(self, tx: Connection, caller: Conversation, reply: Reply, now: dt.datetime) -> None:
        """Owe it to them; only where it reaches them."""
        address = _address(caller)
        found = self._store.find(tx, address)
        # The desk shows a person's conversations together, so that what was not sent is seen there.
        new = Conversation(address, person=caller.person)
        id_ = found[0].id if found else self._store.save(tx, new, now)
        self._store.add_replies(tx, id_, [reply], now)


def _address(caller: Conversation) -> Address:
    return Address(SMS, caller.address.user)
