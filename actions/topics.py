"""The forum topics in which agents serve by telephone: one for each customer, and how far it is.

What stands in a topic follows from the database alone: which request it is about, which state of it
the card shows, and up to which message it has come. Whoever finds a topic behind brings it on, so
after a crash at worst the one thing under way is said twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, select

from actions.database import insert_into
from actions.tables import topics


@dataclass(frozen=True, slots=True)
class Topic:
    """One of them, as it stands."""

    conversation: int
    thread: int | None = None
    """Telegram's number; None while there is no topic."""
    handoff: int | None = None
    """The request that it is about; None while nothing is going on."""
    card: int | None = None
    """The message with the buttons."""
    shows: str = ""
    """Which state of the request the card shows."""
    reached: int = 0
    """The row of the newest message that stands in it, or is left out of it."""


class Topics:
    """Within the caller's transaction."""

    def of(self, tx: Connection, conversation: int) -> Topic:
        """The customer's topic, new where there was none."""
        row = tx.execute(select(topics).where(topics.c.conversation == conversation)).first()
        return _topic(row) if row else Topic(conversation)

    def busy(self, tx: Connection) -> dict[int, Topic]:
        """Those about a request, by conversation."""
        rows = tx.execute(select(topics).where(topics.c.handoff.is_not(None)))
        return {row.conversation: _topic(row) for row in rows}

    def in_thread(self, tx: Connection, thread: int) -> int | None:
        """The conversation whose topic it is; None for a topic that is none of ours."""
        return tx.scalar(select(topics.c.conversation).where(topics.c.thread == thread))

    def lose(self, tx: Connection, conversation: int) -> None:
        """Somebody has deleted it; how far it was is still known."""
        self.save(tx, replace(self.of(tx, conversation), thread=None, card=None, shows=""))

    def save(self, tx: Connection, topic: Topic) -> None:
        """Store how it stands."""
        values = {
            "thread": topic.thread,
            "handoff": topic.handoff,
            "card": topic.card,
            "shows": topic.shows,
            "reached": topic.reached,
        }
        tx.execute(
            insert_into(tx, topics)
            .values(conversation=topic.conversation, **values)
            .on_conflict_do_update(index_elements=[topics.c.conversation], set_=values)
        )


def _topic(row: Row[Any]) -> Topic:
    return Topic(row.conversation, row.thread, row.handoff, row.card, row.shows, row.reached)
