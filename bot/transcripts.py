"""What was said, as pages and desks read it. Within the caller's transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from sqlalchemy import Connection, func, select

from actions.tables import conversations, messages
from bot.conversations import ConversationStore
from bot.turn import Author, Message

_LONGEST_CALL = 2_000
"""Messages."""


class Transcripts:
    """Reads what ConversationStore wrote."""

    def __init__(self, store: ConversationStore) -> None:
        self._open = store.message

    def transcript(self, tx: Connection, conversation: int, limit: int = 500) -> list[Message]:
        """The last `limit` messages as their customer sees them, oldest first."""
        shown = (messages.c.conversation == conversation, messages.c.author != Author.DESK)
        query = select(messages).where(*shown).order_by(messages.c.id.desc()).limit(limit)
        rows = tx.execute(query).all()
        return [self._open(row) for row in reversed(rows)]

    def during(
        self, tx: Connection, conversation: int, since: dt.datetime, until: dt.datetime
    ) -> list[Message]:
        """What was said from `since` to `until`, as the desk sees it, oldest first."""
        then = (messages.c.at >= since, messages.c.at <= until)
        query = select(messages).where(messages.c.conversation == conversation, *then)
        rows = tx.execute(query.order_by(messages.c.id).limit(_LONGEST_CALL))
        return [self._open(row) for row in rows]

    def of_all(
        self, tx: Connection, conversation_ids: Sequence[int], limit: int = 500
    ) -> list[tuple[int, Message]]:
        """The last `limit` messages of these as the desk sees them, oldest first."""
        query = (
            select(messages)
            .where(messages.c.conversation.in_(conversation_ids))
            .order_by(messages.c.id.desc())
            .limit(limit)
        )
        rows = tx.execute(query).all()
        return [(row.conversation, self._open(row)) for row in reversed(rows)]

    def channels(self, tx: Connection, conversation_ids: Collection[int]) -> dict[int, str]:
        """By which channel each of these conversations goes on."""
        query = select(conversations.c.id, conversations.c.channel)
        rows = tx.execute(query.where(conversations.c.id.in_(conversation_ids)))
        return {row.id: row.channel for row in rows}

    def newest(self, tx: Connection) -> int:
        """The row of the newest message of all; 0 where there is none."""
        query = select(func.max(messages.c.id))
        return int(tx.scalar(query) or 0)

    def newest_of(self, tx: Connection, conversation_ids: Collection[int]) -> dict[int, int]:
        """For each of these conversations, the row of its newest message."""
        query = (
            select(messages.c.conversation, func.max(messages.c.id).label("newest"))
            .where(messages.c.conversation.in_(conversation_ids))
            .group_by(messages.c.conversation)
        )
        return {row.conversation: row.newest for row in tx.execute(query)}

    def later(self, tx: Connection, conversation: int, after: int) -> list[Message]:
        """Messages after row `after` that came by themselves: they answer no turn."""
        query = (
            select(messages)
            .where(
                messages.c.conversation == conversation,
                messages.c.id > after,
                messages.c.author.not_in([Author.CUSTOMER, Author.DESK]),
                messages.c.answers.is_(None),
            )
            .order_by(messages.c.id)
        )
        return [self._open(row) for row in tx.execute(query).all()]

    def since(
        self, tx: Connection, conversation_ids: list[int], after: int
    ) -> list[tuple[int, Message]]:
        """Every message after row `after` in these conversations, with its conversation."""
        query = (
            select(messages)
            .where(messages.c.conversation.in_(conversation_ids), messages.c.id > after)
            .order_by(messages.c.id)
        )
        rows = tx.execute(query)
        return [(row.conversation, self._open(row)) for row in rows]

    def unanswered(self, tx: Connection, conversation_ids: list[int]) -> dict[int, int]:
        """For each conversation, how much its customer said since an agent last wrote."""
        newer = messages.alias()
        answered = (
            select(func.coalesce(func.max(newer.c.id), 0))
            .where(
                newer.c.conversation == messages.c.conversation,
                newer.c.author.in_([Author.AGENT, Author.SYSTEM]),
            )
            .scalar_subquery()
        )
        query = (
            select(messages.c.conversation, func.count().label("number"))
            .where(
                messages.c.conversation.in_(conversation_ids),
                messages.c.author == Author.CUSTOMER,
                messages.c.id > answered,
            )
            .group_by(messages.c.conversation)
        )
        return {row.conversation: row.number for row in tx.execute(query)}

    def last_words(self, tx: Connection, conversation_ids: list[int]) -> dict[int, str]:
        """For each conversation, what its customer said last."""
        newest = (
            select(func.max(messages.c.id))
            .where(
                messages.c.conversation.in_(conversation_ids), messages.c.author == Author.CUSTOMER
            )
            .group_by(messages.c.conversation)
        )
        rows = tx.execute(select(messages).where(messages.c.id.in_(newest)))
        return {row.conversation: self._open(row).text for row in rows}
