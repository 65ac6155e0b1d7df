"""Conversations and their messages, stored sealed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.intake import Progress
from actions.privacy import Cipher
from actions.tables import conversations, messages
from bot.turn import Address, Author, Message, Mode, Reply, Route, Turn


@dataclass(frozen=True, slots=True)
class State:
    """What the dialogue remembers between two turns."""

    intake: Progress | None = None
    article: str = ""
    """The id of the article quoted last."""
    quiz: str = ""
    """The id of the article whose question awaits A, B or C."""
    misses: int = 0
    """Turns in a row that were not understood."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A customer on one channel, as of the last turn."""

    address: Address
    id: int = 0
    """0 until it is stored."""
    mode: Mode = Mode.BOT
    elder: bool = False
    state: State = field(default_factory=State)


_STATE = TypeAdapter(State)
_REPLY = TypeAdapter(Reply)


class ConversationStore:
    """Reads and writes within the caller's transaction."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    async def find(
        self, connection: AsyncConnection, address: Address, message_id: str = ""
    ) -> tuple[Conversation, int | None] | None:
        """The conversation at `address`, with the row of its message `message_id` if it has one."""
        seen = and_(
            messages.c.conversation == conversations.c.id, messages.c.message_id == message_id
        )
        query = (
            select(conversations, messages.c.id.label("seen"))
            .join_from(conversations, messages, seen, isouter=True)
            .where(conversations.c.channel == address.channel, conversations.c.user == address.user)
        )
        row = (await connection.execute(query)).first()
        return (self._conversation(row), row.seen) if row else None

    async def get(self, connection: AsyncConnection, id_: int) -> Conversation | None:
        """The conversation in row `id_`."""
        query = select(conversations).where(conversations.c.id == id_)
        row = (await connection.execute(query)).first()
        return self._conversation(row) if row else None

    async def fresh(self, connection: AsyncConnection, id_: int) -> Conversation:
        """The conversation in row `id_`. Raises LookupError where there is none."""
        conversation = await self.get(connection, id_)
        if conversation is None:
            raise LookupError(id_)
        return conversation

    async def save(
        self, connection: AsyncConnection, conversation: Conversation, now: dt.datetime
    ) -> int:
        """Store the state of `conversation`; its row, which is new where its id is 0."""
        values = {
            "mode": conversation.mode,
            "elder": conversation.elder,
            "state": self._cipher.seal(_STATE.dump_json(conversation.state).decode()),
            "updated": now,
        }
        if conversation.id:
            await connection.execute(
                conversations.update().where(conversations.c.id == conversation.id).values(values)
            )
            return conversation.id
        address = conversation.address
        statement = (
            conversations.insert()
            .values(channel=address.channel, user=address.user, created=now, **values)
            .returning(conversations.c.id)
        )
        return int((await connection.execute(statement)).scalar_one())

    async def add_turn(
        self, connection: AsyncConnection, conversation: int, turn: Turn, shown: str, route: Route
    ) -> Message:
        """Store what the customer said, `shown` being the text without secrets."""
        statement = (
            messages.insert()
            .values(
                conversation=conversation,
                author=Author.CUSTOMER,
                at=turn.received,
                message_id=turn.message_id,
                route=route,
                content=self._cipher.seal(shown),
            )
            .returning(messages.c.id)
        )
        id_ = int((await connection.execute(statement)).scalar_one())
        return Message(id_, Author.CUSTOMER, turn.received, shown)

    async def add_reply(
        self,
        connection: AsyncConnection,
        conversation: int,
        reply: Reply,
        now: dt.datetime,
        answers: int | None = None,
    ) -> Message:
        """Store a message of the bot, `answers` being the row of the turn it answers."""
        statement = (
            messages.insert()
            .values(
                conversation=conversation,
                author=Author.BOT,
                at=now,
                answers=answers,
                content=self._cipher.seal(_REPLY.dump_json(reply).decode()),
            )
            .returning(messages.c.id)
        )
        id_ = int((await connection.execute(statement)).scalar_one())
        return Message(id_, Author.BOT, now, reply.text, reply=reply)

    async def add_note(
        self,
        connection: AsyncConnection,
        conversation: int,
        author: Author,
        text: str,
        now: dt.datetime,
        name: str | None = None,
        message_id: str | None = None,
    ) -> Message:
        """Store an agent's message, or a notice of the system."""
        statement = (
            messages.insert()
            .values(
                conversation=conversation,
                author=author,
                at=now,
                name=name,
                message_id=message_id,
                content=self._cipher.seal(text),
            )
            .returning(messages.c.id)
        )
        id_ = int((await connection.execute(statement)).scalar_one())
        return Message(id_, author, now, text, name, client_id=message_id)

    async def replies_to(
        self, connection: AsyncConnection, row: int
    ) -> tuple[Route, list[Message]]:
        """How the turn in `row` was routed, and what it was answered."""
        query = (
            select(messages)
            .where(or_(messages.c.id == row, messages.c.answers == row))
            .order_by(messages.c.id)
        )
        first, *rest = (await connection.execute(query)).all()
        return Route(first.route), [self._message(item) for item in rest]

    async def seen(
        self, connection: AsyncConnection, conversation: int, message_id: str
    ) -> Message | None:
        """The message that was stored under this id of its sender."""
        query = select(messages).where(
            messages.c.conversation == conversation, messages.c.message_id == message_id
        )
        row = (await connection.execute(query)).first()
        return self._message(row) if row else None

    async def transcript(
        self, connection: AsyncConnection, conversation: int, limit: int = 500
    ) -> list[Message]:
        """The last `limit` messages, oldest first."""
        query = (
            select(messages)
            .where(messages.c.conversation == conversation)
            .order_by(messages.c.id.desc())
            .limit(limit)
        )
        rows = (await connection.execute(query)).all()
        return [self._message(row) for row in reversed(rows)]

    async def newest(self, connection: AsyncConnection) -> int:
        """The row of the newest message of all; 0 where there is none."""
        query = select(func.max(messages.c.id))
        return int(await connection.scalar(query) or 0)

    async def later(
        self, connection: AsyncConnection, conversation: int, after: int
    ) -> list[Message]:
        """Messages after row `after` that came by themselves: they answer no turn."""
        query = (
            select(messages)
            .where(
                messages.c.conversation == conversation,
                messages.c.id > after,
                messages.c.author != Author.CUSTOMER,
                messages.c.answers.is_(None),
            )
            .order_by(messages.c.id)
        )
        return [self._message(row) for row in (await connection.execute(query)).all()]

    async def since(
        self, connection: AsyncConnection, conversation_ids: list[int], after: int
    ) -> list[tuple[int, Message]]:
        """Every message after row `after` in these conversations, with its conversation."""
        query = (
            select(messages)
            .where(messages.c.conversation.in_(conversation_ids), messages.c.id > after)
            .order_by(messages.c.id)
        )
        rows = await connection.execute(query)
        return [(row.conversation, self._message(row)) for row in rows]

    async def last_replies(self, connection: AsyncConnection, conversation: int) -> list[Message]:
        """The bot's answer to the last turn that had one."""
        last = (
            select(func.max(messages.c.answers))
            .where(messages.c.conversation == conversation)
            .scalar_subquery()
        )
        query = select(messages).where(messages.c.answers == last).order_by(messages.c.id)
        return [self._message(row) for row in (await connection.execute(query)).all()]

    async def unanswered(
        self, connection: AsyncConnection, conversation_ids: list[int]
    ) -> dict[int, int]:
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
        return {row.conversation: row.number for row in await connection.execute(query)}

    async def last_words(
        self, connection: AsyncConnection, conversation_ids: list[int]
    ) -> dict[int, str]:
        """For each conversation, what its customer said last."""
        newest = (
            select(func.max(messages.c.id))
            .where(
                messages.c.conversation.in_(conversation_ids), messages.c.author == Author.CUSTOMER
            )
            .group_by(messages.c.conversation)
        )
        rows = await connection.execute(select(messages).where(messages.c.id.in_(newest)))
        return {row.conversation: self._cipher.open(row.content) for row in rows}

    def _conversation(self, row: Row[Any]) -> Conversation:
        return Conversation(
            Address(row.channel, row.user),
            row.id,
            Mode(row.mode),
            row.elder,
            _STATE.validate_json(self._cipher.open(row.state)),
        )

    def _message(self, row: Row[Any]) -> Message:
        content = self._cipher.open(row.content)
        author = Author(row.author)
        reply = _REPLY.validate_json(content) if author is Author.BOT else None
        text = reply.text if reply else content
        return Message(row.id, author, row.at, text, row.name, reply, row.message_id)
