"""What the knowledge lacked: questions without an answer, or whose answer was not enough."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, select

from actions.privacy import Cipher, mask
from actions.tables import gaps

_MOST = 1_000
"""Open questions that are read; older ones wait until these are settled."""


class Kind(StrEnum):
    """How a question came to be noted."""

    UNANSWERED = "unanswered"
    HANDED_OFF = "handed_off"
    """It was answered, and the customer asked for a human next."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One question, masked."""

    id: int
    kind: Kind
    question: str
    at: dt.datetime


class Gaps:
    """Within the caller's transaction. Nothing tells who asked."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    def note(self, tx: Connection, kind: Kind, question: str, now: dt.datetime) -> None:
        """Keep `question`, masked and sealed, until somebody has settled it."""
        sealed = self._cipher.seal(mask(question))
        tx.execute(gaps.insert(), {"kind": kind, "question": sealed, "at": now})

    def unsettled(self, tx: Connection) -> list[Gap]:
        """The newest open questions, newest first."""
        query = select(gaps).where(gaps.c.settled.is_(None)).order_by(gaps.c.id.desc()).limit(_MOST)
        return [
            Gap(row.id, Kind(row.kind), self._cipher.open(row.question), row.at)
            for row in tx.execute(query)
        ]

    def settle(self, tx: Connection, ids: Sequence[int], now: dt.datetime) -> int:
        """An article was written, or none is needed; how many were still open."""
        which = (gaps.c.id.in_(ids), gaps.c.settled.is_(None))
        settled = tx.execute(gaps.update().where(*which).values(settled=now))
        return int(settled.rowcount)
