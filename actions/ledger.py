"""The quota ledgers, stored; each step within the caller's transaction.

When a window opened is read from what the customer sent, so that hearing a customer costs no write.
Only what is sent is counted here, for the window that was open then.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from actions.database import insert_into
from actions.privacy import Cipher
from actions.quota import Kind, Ledger, Window
from actions.tables import ledgers, messages

EVENT = "event:"
"""With this begins the id of a turn that was no message, such as a menu click."""
_CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a customer can be reached now."""

    ledger: Ledger
    elsewhere: dt.datetime | None = None
    """Since when the platform's own agents have them."""
    code: str = ""
    """By it one message may be sent, whatever the ledger says; "" where there is none."""


class Ledgers:
    """One row for each customer to whom something was sent."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    def of(self, tx: Connection, conversation: int, now: dt.datetime) -> Standing:
        """How the customer stands now."""
        is_event = messages.c.message_id.like(f"{EVENT}%")
        newest = (
            select(func.max(messages.c.id))
            .where(messages.c.conversation == conversation, messages.c.author == _CUSTOMER)
            .group_by(is_event)
        )
        heard = tx.execute(
            select(messages.c.id, messages.c.at, is_event.label("is_event")).where(
                messages.c.id.in_(newest)
            )
        ).all()
        row = tx.execute(select(ledgers).where(ledgers.c.conversation == conversation)).first()
        used = {row.message_mark: row.message_used, row.event_mark: row.event_used} if row else {}
        # What was counted holds for the window that it was counted in, and for no later one.
        windows = {
            Kind.EVENT if one.is_event else Kind.MESSAGE: Window(
                one.at, used.get(one.id, 0), one.id
            )
            for one in heard
        }
        ledger = Ledger(windows.get(Kind.MESSAGE), windows.get(Kind.EVENT))
        if row is None:
            return Standing(ledger)
        is_good = row.code is not None and row.code_until > now
        return Standing(ledger, row.elsewhere, self._cipher.open(row.code) if is_good else "")

    def keep(self, tx: Connection, conversation: int, ledger: Ledger) -> None:
        """Store how much of it is used."""
        values: dict[str, Any] = {}
        for kind, window in ((Kind.MESSAGE, ledger.message), (Kind.EVENT, ledger.event)):
            values[f"{kind}_mark"] = window.mark if window else None
            values[f"{kind}_used"] = window.used if window else 0
        _put(tx, conversation, values)

    def hand_over(self, tx: Connection, conversation: int, since: dt.datetime | None) -> None:
        """The platform's own agents have the customer; None: not any more."""
        _put(tx, conversation, {"elsewhere": since})

    def give_code(
        self, tx: Connection, conversation: int, code: str, until: dt.datetime | None
    ) -> None:
        """Keep a code until it is used or runs out; "" takes it away."""
        sealed = self._cipher.seal(code) if code else None
        _put(tx, conversation, {"code": sealed, "code_until": until})


def _put(tx: Connection, conversation: int, values: dict[str, Any]) -> None:
    row = insert_into(tx, ledgers).values(conversation=conversation, **values)
    tx.execute(row.on_conflict_do_update(index_elements=[ledgers.c.conversation], set_=values))
