"""Conversations and their messages, stored sealed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, and_, bindparam, func, or_, select

from actions.intake import Progress
from actions.outbox import Outbox
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
    question: str = ""
    """What the last turn asked, where an article answered it."""
    misses: int = 0
    """Turns in a row that were not understood."""
    silences: int = 0
    """Times in a row that nothing was heard on the telephone."""
    offer: str = ""
    """What was offered last, as the payload that a plain 好的 stands for."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A customer on one channel, as of the last turn."""

    address: Address
    id: int = 0
    """0 until it is stored."""
    mode: Mode = Mode.BOT
    elder: bool = False
    state: State = field(default_factory=State)
    person: str = ""
    """Under what the customer is known over all channels; "" where nobody knows who it is."""
    number: str = ""
    """The number from which they call; only while the turn is answered, never stored."""


_STATE = TypeAdapter(State)
_REPLY = TypeAdapter(Reply)


# Built once: for the statements of every turn, building them costs more than running them.
_FIND = (
    select(conversations, messages.c.id.label("seen"))
    .join_from(
        conversations,
        messages,
        and_(
            messages.c.conversation == conversations.c.id,
            messages.c.message_id == bindparam("message_id"),
        ),
        isouter=True,
    )
    .where(
        conversations.c.channel == bindparam("channel"), conversations.c.user == bindparam("user")
    )
)
_OPEN = conversations.insert().returning(conversations.c.id)
_UPDATE = conversations.update().where(conversations.c.id == bindparam("row"))
_BY_ROW = select(messages).where(messages.c.id.in_(bindparam("rows", expanding=True)))
_ADD = messages.insert().returning(messages.c.id)


class ConversationStore:
    """Reads and writes within the caller's transaction."""

    def __init__(self, cipher: Cipher, outbox: Outbox | None = None) -> None:
        """`outbox`: what is said to customers whose platform must be sent to is owed there."""
        self._cipher = cipher
        self._outbox = outbox or Outbox(())
        self.written_to = self._outbox.channels
        """The channels on which a customer can be written to at any time."""

    def find(
        self, tx: Connection, address: Address, message_id: str = ""
    ) -> tuple[Conversation, int | None] | None:
        """The conversation at `address`, with the row of its message `message_id` if it has one."""
        values = {"channel": address.channel, "user": address.user, "message_id": message_id}
        row = tx.execute(_FIND, values).first()
        return (self._conversation(row), row.seen) if row else None

    def get(self, tx: Connection, id_: int) -> Conversation | None:
        """The conversation in row `id_`."""
        query = select(conversations).where(conversations.c.id == id_)
        row = tx.execute(query).first()
        return self._conversation(row) if row else None

    def fresh(self, tx: Connection, id_: int) -> Conversation:
        """The conversation in row `id_`. Raises LookupError where there is none."""
        conversation = self.get(tx, id_)
        if conversation is None:
            raise LookupError(id_)
        return conversation

    def save(self, tx: Connection, conversation: Conversation, now: dt.datetime) -> int:
        """Store the state of `conversation`; its row, which is new where its id is 0.

        Who it is, once stored, is changed by actions/links.py alone.
        """
        values = {
            "mode": conversation.mode,
            "elder": conversation.elder,
            "state": self._cipher.seal(_STATE.dump_json(conversation.state).decode()),
            "updated": now,
        }
        if conversation.id:
            tx.execute(_UPDATE, {"row": conversation.id, **values})
            return conversation.id
        address = conversation.address
        values |= {"channel": address.channel, "user": address.user, "created": now}
        values["person"] = conversation.person or None
        return int(tx.execute(_OPEN, values).scalar_one())

    def add_turn(
        self, tx: Connection, conversation: int, turn: Turn, shown: str, route: Route
    ) -> Message:
        """Store what the customer said, `shown` being the text without secrets."""
        id_ = self._add(
            tx,
            conversation=conversation,
            author=Author.CUSTOMER,
            at=turn.received,
            message_id=turn.message_id,
            route=route,
            content=self._cipher.seal(shown),
        )
        return Message(id_, Author.CUSTOMER, turn.received, shown)

    def add_replies(
        self,
        tx: Connection,
        conversation: int,
        replies: Sequence[Reply],
        now: dt.datetime,
        answers: int | None = None,
    ) -> list[Message]:
        """Store messages of the bot, and owe them to their customer.

        `answers`: the row of the turn that they answer.
        """
        stored = []
        for reply in replies:
            id_ = self._add(
                tx,
                conversation=conversation,
                author=Author.BOT,
                at=now,
                answers=answers,
                content=self._cipher.seal(_REPLY.dump_json(reply).decode()),
            )
            self._outbox.put(tx, conversation, id_, now, answers)
            stored.append(Message(id_, Author.BOT, now, reply.text, reply=reply))
        return stored

    def add_note(
        self,
        tx: Connection,
        conversation: int,
        author: Author,
        text: str,
        now: dt.datetime,
        name: str | None = None,
        message_id: str | None = None,
    ) -> Message:
        """Store an agent's message or a notice of the system, and owe it to the customer."""
        id_ = self._add(
            tx,
            conversation=conversation,
            author=author,
            at=now,
            name=name,
            message_id=message_id,
            content=self._cipher.seal(text),
        )
        self._outbox.put(tx, conversation, id_, now)
        return Message(id_, author, now, text, name, client_id=message_id)

    def add_remark(self, tx: Connection, conversation: int, text: str, now: dt.datetime) -> None:
        """Store a remark for the desk; it is neither sent nor shown to the customer."""
        sealed = self._cipher.seal(text)
        self._add(tx, conversation=conversation, author=Author.DESK, at=now, content=sealed)

    def replies_to(self, tx: Connection, row: int) -> tuple[Route, list[Message]]:
        """How the turn in `row` was routed, and what it was answered."""
        query = (
            select(messages)
            .where(or_(messages.c.id == row, messages.c.answers == row))
            .order_by(messages.c.id)
        )
        first, *rest = tx.execute(query).all()
        return Route(first.route), [self.message(item) for item in rest]

    def seen(self, tx: Connection, conversation: int, message_id: str) -> Message | None:
        """The message that was stored under this id of its sender."""
        query = select(messages).where(
            messages.c.conversation == conversation, messages.c.message_id == message_id
        )
        row = tx.execute(query).first()
        return self.message(row) if row else None

    def customer_text(self, tx: Connection, conversation: int, row: int) -> str | None:
        """What the customer wrote in `row`, in full; None where that is not theirs."""
        query = select(messages.c.content).where(
            messages.c.id == row,
            messages.c.conversation == conversation,
            messages.c.author == Author.CUSTOMER,
        )
        sealed = tx.scalar(query)
        return None if sealed is None else self._cipher.open(sealed)

    def said_in(self, tx: Connection, conversation: int, row: int) -> Message | None:
        """The message in `row`; None where it belongs to somebody else."""
        query = select(messages).where(
            messages.c.id == row, messages.c.conversation == conversation
        )
        found = tx.execute(query).first()
        return self.message(found) if found else None

    def button_payload(self, tx: Connection, address: Address, row: int, index: int) -> str:
        """What a button under the message in `row` carries; "" unless it was said to `address`."""
        found = self.find(tx, address)
        said = self.said_in(tx, found[0].id, row) if found else None
        return _carried(said, index)

    def choice(self, tx: Connection, address: Address, number: int) -> str:
        """What the button of this number, from 1 on, carries under the bot's newest message.

        "" where it has fewer buttons.
        """
        query = (
            select(messages)
            .join(conversations, messages.c.conversation == conversations.c.id)
            .where(
                conversations.c.channel == address.channel,
                conversations.c.user == address.user,
                messages.c.author == Author.BOT,
            )
            .order_by(messages.c.id.desc())
            .limit(1)
        )
        row = tx.execute(query).first()
        return _carried(self.message(row), number - 1) if row else ""

    def by_row(self, tx: Connection, rows: Collection[int]) -> dict[int, Message]:
        """The messages in these rows."""
        found = tx.execute(_BY_ROW, {"rows": list(rows)})
        return {row.id: self.message(row) for row in found}

    def said_since(self, tx: Connection, conversation: int, since: dt.datetime) -> int:
        """How many messages the conversation has had since then."""
        query = select(func.count()).where(
            messages.c.conversation == conversation, messages.c.at > since
        )
        return int(tx.execute(query).scalar_one())

    def last_replies(self, tx: Connection, conversation: int) -> list[Message]:
        """The bot's answer to the last turn that had one."""
        last = (
            select(func.max(messages.c.answers))
            .where(messages.c.conversation == conversation)
            .scalar_subquery()
        )
        query = select(messages).where(messages.c.answers == last).order_by(messages.c.id)
        return [self.message(row) for row in tx.execute(query).all()]

    def _add(self, tx: Connection, **values: Any) -> int:
        return int(tx.execute(_ADD, values).scalar_one())

    def _conversation(self, row: Row[Any]) -> Conversation:
        return Conversation(
            Address(row.channel, row.user),
            row.id,
            Mode(row.mode),
            row.elder,
            _STATE.validate_json(self._cipher.open(row.state)),
            row.person or "",
        )

    def message(self, row: Row[Any]) -> Message:
        """A row of the messages' table, opened."""
        content = self._cipher.open(row.content)
        author = Author(row.author)
        reply = _REPLY.validate_json(content) if author is Author.BOT else None
        text = reply.text if reply else content
        return Message(row.id, author, row.at, text, row.name, reply, row.message_id)


def _carried(said: Message | None, index: int) -> str:
    buttons = said.reply.buttons if said and said.reply else ()
    return buttons[index].payload if 0 <= index < len(buttons) else ""
