"""What was said in the response to a customer's message.

A platform that did not get the response delivers the message again, and must get the same one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import Connection, select

from actions.database import insert_into
from actions.privacy import Cipher
from actions.tables import responses

KEPT = dt.timedelta(hours=1)
"""Platforms deliver again within a minute."""


class Responses:
    """Each step within the caller's transaction."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    def get(self, tx: Connection, turn: int) -> str | None:
        """What was said in the response to the turn in this row."""
        sealed = tx.scalar(select(responses.c.content).where(responses.c.turn == turn))
        return None if sealed is None else self._cipher.open(sealed)

    def put(self, tx: Connection, said: Mapping[int, str], now: dt.datetime) -> None:
        """Keep what was said, by the row of the turn; what is kept already stays."""
        rows = [
            {"turn": turn, "content": self._cipher.seal(text), "at": now}
            for turn, text in said.items()
        ]
        tx.execute(insert_into(tx, responses).on_conflict_do_nothing(), rows)

    def forget(self, tx: Connection, now: dt.datetime) -> None:
        """Drop what no platform asks for any more."""
        tx.execute(responses.delete().where(responses.c.at < now - KEPT))
