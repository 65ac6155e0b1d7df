"""Values that every gateway shares and one at a time renews: access tokens, and cursors.

A value is sealed. Who renews it holds a lease; who finds the lease run out takes over.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, or_, select

from actions.database import insert_into
from actions.privacy import Cipher
from actions.tables import shared_values


@dataclass(frozen=True, slots=True)
class Shared:
    """A value as stored."""

    value: str
    expires: dt.datetime | None


class SharedValues:
    """Each step within the caller's transaction."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    def get(self, tx: Connection, name: str) -> Shared | None:
        """The value of this name; None where there is none yet."""
        row = tx.execute(select(shared_values).where(shared_values.c.name == name)).first()
        if row is None or row.value is None:
            return None
        return Shared(self._cipher.open(row.value), row.expires)

    def names(self, tx: Connection, prefix: str) -> list[str]:
        """The names that begin like this."""
        query = select(shared_values.c.name).where(shared_values.c.name.startswith(prefix))
        return list(tx.scalars(query.order_by(shared_values.c.name)))

    def know(self, tx: Connection, name: str) -> None:
        """Make sure that the name is there, with or without a value."""
        tx.execute(insert_into(tx, shared_values).values(name=name).on_conflict_do_nothing())

    def lease(self, tx: Connection, name: str, now: dt.datetime, lasts: dt.timedelta) -> str | None:
        """The right to renew it for so long; None while somebody else has it."""
        self.know(tx, name)
        free = or_(shared_values.c.leased_until.is_(None), shared_values.c.leased_until <= now)
        lease = secrets.token_hex(8)
        taken = (
            shared_values.update()
            .where(shared_values.c.name == name, free)
            .values(lease=lease, leased_until=now + lasts)
        )
        return lease if tx.execute(taken).rowcount else None

    def put(
        self, tx: Connection, name: str, lease: str, value: str, expires: dt.datetime | None = None
    ) -> bool:
        """Store a renewed value; False where the lease was lost, and nothing is stored."""
        values = {"value": self._cipher.seal(value), "expires": expires}
        held = (shared_values.c.name == name, shared_values.c.lease == lease)
        return bool(tx.execute(shared_values.update().where(*held).values(values)).rowcount)

    def hold(self, tx: Connection, name: str, lease: str, until: dt.datetime) -> bool:
        """Keep the right to renew it until then; False where it was lost."""
        held = (shared_values.c.name == name, shared_values.c.lease == lease)
        kept = shared_values.update().where(*held).values(leased_until=until)
        return bool(tx.execute(kept).rowcount)

    def release(self, tx: Connection, name: str, lease: str) -> None:
        """Let others renew it."""
        held = (shared_values.c.name == name, shared_values.c.lease == lease)
        tx.execute(shared_values.update().where(*held).values(lease=None, leased_until=None))
