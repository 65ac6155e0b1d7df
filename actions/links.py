"""The same person on several channels: a code shown on one is typed on the other.

Linked conversations have one key of a person; elder mode follows it, and the desk shows one time
line. Nothing else is opened by it: what one channel has registered is not told on the other, since
a swindler could talk a customer into typing a code.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, Select, Table, func, select

from actions import journal
from actions.privacy import Cipher
from actions.tables import conversations, link_codes, link_tries

DIGITS = 8
VALID = dt.timedelta(minutes=10)
_HOUR = dt.timedelta(hours=1)
CODES_AN_HOUR = 5
"""Asked for by one conversation."""
TRIES_AN_HOUR = 5
"""Wrong codes of one conversation."""
TRIES_OF_ALL = 300
"""Wrong codes of all conversations within ten minutes: somebody guesses with many of them."""
_OURS = "link-"
"""Begins the key of a person whom only a link knows; others come from the bank."""


class Joined(StrEnum):
    """What became of a code."""

    LINKED = "linked"
    ALREADY = "already"
    """These two were linked before."""
    WRONG = "wrong"
    """No such code, used before, or too old: which of them is not told."""
    OWN = "own"
    """The code was typed where it is shown."""
    OTHERS = "others"
    """The bank knows the two conversations as different persons."""
    LATER = "later"
    """Too many tries."""


@dataclass(frozen=True, slots=True)
class Place:
    """One of a person's conversations."""

    conversation: int
    channel: str


class Links:
    """Each step within the caller's transaction."""

    def __init__(self, cipher: Cipher) -> None:
        self._secret = cipher.derive("link-code").encode()

    def offer(self, tx: Connection, conversation: int, now: dt.datetime) -> str | None:
        """A new code for this conversation; older ones end. None after too many in an hour."""
        mine = link_codes.c.conversation == conversation
        recent = _count(link_codes).where(mine, link_codes.c.created > now - _HOUR)
        if tx.execute(recent).scalar_one() >= CODES_AN_HOUR:
            return None
        tx.execute(link_codes.update().where(mine, link_codes.c.used.is_(None)).values(used=now))
        while True:
            code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
            valid = (link_codes.c.digest == self._digest(code), link_codes.c.expires > now)
            if tx.scalar(select(link_codes.c.id).where(*valid)) is None:
                break
        values = {"conversation": conversation, "created": now, "expires": now + VALID}
        tx.execute(link_codes.insert().values(digest=self._digest(code), **values))
        journal.record(tx, now, f"conversation:{conversation}", "link.offer", "link")
        return code

    def join(
        self, tx: Connection, conversation: int, code: str, now: dt.datetime
    ) -> tuple[Joined, int]:
        """Link this conversation with the one that was shown `code`, whose row is given too."""
        if self._tries(tx, conversation, now):
            return Joined.LATER, 0
        which = (
            link_codes.c.digest == self._digest(code),
            link_codes.c.expires > now,
            link_codes.c.used.is_(None),
        )
        other = tx.scalar(select(link_codes.c.conversation).where(*which))
        if other == conversation:
            return Joined.OWN, other
        used = link_codes.update().where(*which).values(used=now)
        # Of two who type it at once, one uses it.
        if other is None or not tx.execute(used).rowcount:
            tx.execute(link_tries.insert().values(conversation=conversation, at=now))
            return Joined.WRONG, 0
        return self._link(tx, conversation, int(other), now), int(other)

    def _link(self, tx: Connection, one: int, other: int, now: dt.datetime) -> Joined:
        mine, theirs = self.person(tx, one), self.person(tx, other)
        if mine and mine == theirs:
            return Joined.ALREADY
        known = [key for key in (theirs, mine) if key and not key.startswith(_OURS)]
        if len(known) == 2:
            journal.record(tx, now, f"conversation:{one}", "link.refuse", f"conversation:{other}")
            return Joined.OTHERS
        key = known[0] if known else theirs or mine or f"{_OURS}{secrets.token_hex(16)}"
        for row, was in ((one, mine), (other, theirs)):
            self._move(tx, row, was, key)
        journal.record(tx, now, f"conversation:{one}", "link.join", f"conversation:{other}")
        return Joined.LINKED

    def _move(self, tx: Connection, conversation: int, was: str, key: str) -> None:
        """Under `key` from now on, together with those who were linked to it before."""
        which = conversations.c.id == conversation
        if was.startswith(_OURS):
            which = conversations.c.person == was
        tx.execute(conversations.update().where(which).values(person=key))

    def recognised(self, tx: Connection, conversation: int, key: str) -> None:
        """The channel has told who this is; what is linked with it stays together."""
        was = self.person(tx, conversation)
        if was != key:
            self._move(tx, conversation, was, key)

    def leave(self, tx: Connection, conversation: int, now: dt.datetime) -> bool:
        """Unlink this conversation; False where it was linked with none."""
        if len(self.of(tx, conversation)) < 2:
            return False
        this = conversations.c.id == conversation
        tx.execute(conversations.update().where(this).values(person=None))
        journal.record(tx, now, f"conversation:{conversation}", "link.leave", "link")
        return True

    def of(self, tx: Connection, conversation: int) -> list[int]:
        """This person's conversations on all channels, this one included."""
        key = self.person(tx, conversation)
        if not key:
            return [conversation]
        query = select(conversations.c.id).where(conversations.c.person == key)
        return [int(id_) for id_ in tx.scalars(query.order_by(conversations.c.id))]

    def elsewhere(self, tx: Connection, conversation: int, channels: Sequence[str]) -> Place | None:
        """Where else this person was last heard, on one of `channels`; None where nowhere."""
        key = self.person(tx, conversation)
        if not key:
            return None
        query = (
            select(conversations.c.id, conversations.c.channel)
            .where(
                conversations.c.person == key,
                conversations.c.id != conversation,
                conversations.c.channel.in_(channels),
            )
            .order_by(conversations.c.updated.desc())
            .limit(1)
        )
        row = tx.execute(query).first()
        return Place(row.id, row.channel) if row else None

    def person(self, tx: Connection, conversation: int) -> str:
        """The key of the person in this conversation; "" where nobody knows who it is."""
        query = select(conversations.c.person).where(conversations.c.id == conversation)
        return tx.scalar(query) or ""

    def _tries(self, tx: Connection, conversation: int, now: dt.datetime) -> bool:
        """Whether wrong codes were too many."""
        tries, mine = _count(link_tries), link_tries.c.conversation == conversation
        of_mine = tries.where(mine, link_tries.c.at > now - _HOUR)
        if tx.execute(of_mine).scalar_one() >= TRIES_AN_HOUR:
            return True
        return tx.execute(tries.where(link_tries.c.at > now - VALID)).scalar_one() >= TRIES_OF_ALL

    def _digest(self, code: str) -> str:
        return hmac.digest(self._secret, code.encode(), hashlib.sha256).hex()


def _count(table: Table) -> Select[int]:
    return select(func.count()).select_from(table)
