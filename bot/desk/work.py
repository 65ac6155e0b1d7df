"""What an agent does with a customer: accept, write, end. Stored first, then delivered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace

from sqlalchemy import Connection

from actions.agents import Agent
from actions.database import Database
from actions.errors import NotAllowed
from actions.handoff import Handoff, HandoffDesk
from actions.privacy import mask
from actions.register import ComplaintRegister
from bot import wire
from bot.conversations import Conversation, ConversationStore
from bot.delivery import Courier
from bot.elder import fit
from bot.phrases import Phrases, note
from bot.switchboard import Switchboard
from bot.transcripts import Transcripts
from bot.turn import Address, Author, Json, Message, Mode

_PREVIEW = 40
"""Characters of a customer's last words in the queue."""


class DeskWork:
    """The steps of the desk, each in one transaction and in order with the customer's turns."""

    def __init__(
        self,
        database: Database,
        store: ConversationStore,
        transcripts: Transcripts,
        desk: HandoffDesk,
        register: ComplaintRegister,
        switchboard: Switchboard,
        courier: Courier,
        phrases: Phrases,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._database = database
        self._store = store
        self._transcripts = transcripts
        self._desk = desk
        self._register = register
        self._switchboard = switchboard
        self._courier = courier
        self._phrases = phrases
        self._clock = clock

    async def queue(self, agent: Agent) -> Json:
        """Who waits, and whom this agent has, with their last words."""

        def look(tx: Connection) -> Json:
            waiting, mine = self._desk.waiting(tx), self._desk.held_by(tx, agent.id)
            ids = [one.conversation for one in (*waiting, *mine)]
            words, unread = (
                self._transcripts.last_words(tx, ids),
                self._transcripts.unanswered(tx, ids),
            )
            return {
                "waiting": [self._row(one, words, unread) for one in waiting],
                "mine": [self._row(one, words, unread) for one in mine],
            }

        return await self._database.read(look)

    def _row(self, handoff: Handoff, words: Mapping[int, str], unread: Mapping[int, int]) -> Json:
        waited = self._clock() - handoff.requested
        return {
            "id": handoff.id,
            "conversation": handoff.conversation,
            "customer": customer_name(handoff.conversation),
            "channel": handoff.channel,
            "urgency": handoff.urgency,
            "elder": handoff.elder,
            "reason": handoff.reason,
            "waiting_s": max(0, int(waited.total_seconds())),
            "unread": unread.get(handoff.conversation, 0),
            "last": mask(words.get(handoff.conversation, ""))[:_PREVIEW],
        }

    async def accept(self, agent: Agent, handoff: int) -> int:
        """Take a waiting customer; the conversation. Raises NotAllowed: already_taken."""
        id_ = await self._database.read(lambda tx: self._desk.conversation_of(tx, handoff))
        if id_ is None:
            raise NotAllowed("not_found", "没有这个排队请求。")
        now = self._clock()

        def take(tx: Connection) -> tuple[Conversation, Message]:
            self._desk.accept(tx, handoff, agent.id, now)
            conversation = self._store.fresh(tx, id_)
            self._store.save(tx, replace(conversation, mode=Mode.HUMAN), now)
            words = self._phrases.agent_joined(agent.name)
            return conversation, self._store.add_note(tx, id_, Author.SYSTEM, words, now)

        async with self._switchboard.alone(await self._address(id_)):
            conversation, message = await self._database.write(take)
        await self._courier.deliver(conversation, message)
        return id_

    async def say(self, agent: Agent, id_: int, text: str, message_id: str) -> Message:
        """Write to the customer; the same `message_id` again is the same message.

        Raises NotAllowed: not_yours.
        """

        def write(tx: Connection) -> tuple[Conversation, Message, bool]:
            self._desk.require(tx, id_, agent.id)
            conversation = self._store.fresh(tx, id_)
            before = self._store.seen(tx, id_, message_id)
            message = before or self._store.add_note(
                tx, id_, Author.AGENT, text, self._clock(), agent.name, message_id
            )
            return conversation, message, before is None

        conversation, message, is_new = await self._database.write(write)
        if is_new:
            await self._courier.deliver(conversation, message)
        return message

    async def end(self, agent: Agent, id_: int) -> None:
        """Give the customer back to the bot, which goes on where it was. Raises NotAllowed."""
        now = self._clock()

        def give_back(tx: Connection) -> tuple[Conversation, list[Message]]:
            self._desk.end(tx, id_, agent.id, now)
            conversation = self._store.fresh(tx, id_)
            self._store.save(tx, replace(conversation, mode=Mode.BOT), now)
            words = self._phrases.agent_left(agent.name)
            said = [self._store.add_note(tx, id_, Author.SYSTEM, words, now)]
            if conversation.state.intake:
                reply = self._phrases.resume(conversation.state.intake)
                replies = [fit(reply, elder=conversation.elder)]
                said += self._store.add_replies(tx, id_, replies, now)
            return conversation, said

        async with self._switchboard.alone(await self._address(id_)):
            conversation, said = await self._database.write(give_back)
        for message in said:
            await self._courier.deliver(conversation, message)

    async def conversation(self, agent: Agent, id_: int) -> Json:
        """Everything about one open conversation, masked. Raises NotAllowed where it is not open.

        An agent reads what waits in the queue and what is their own, nothing else.
        """
        return await self._database.read(lambda tx: self._shown(tx, agent, id_))

    def _shown(self, tx: Connection, agent: Agent, id_: int) -> Json:
        conversation = self._store.get(tx, id_)
        handoff = self._desk.visible_to(tx, id_, agent.id)
        if conversation is None or handoff is None:
            raise NotAllowed("not_found", "没有这个会话，或者它不在队列里，也不在您名下。")
        return {
            "id": id_,
            "customer": customer_name(id_),
            "channel": conversation.address.channel,
            "elder": conversation.elder,
            "urgency": handoff.urgency,
            "mode": conversation.mode,
            "mine": handoff.agent == agent.id,
            "complaints": [
                {
                    "number": one.number,
                    "state": note(one).state,
                    "due": one.due.isoformat(),
                    "summary": mask(one.draft.what),
                }
                for one in self._register.of(tx, id_)
            ],
            "messages": [wire.line(message) for message in self._transcripts.transcript(tx, id_)],
        }

    async def news(self, agent: Agent, after: int | None) -> tuple[list[tuple[int, Message]], int]:
        """Messages after row `after` in this agent's conversations, and the row reached."""

        def look(tx: Connection) -> tuple[list[tuple[int, Message]], int]:
            if after is None:
                return [], self._transcripts.newest(tx)
            mine = [one.conversation for one in self._desk.held_by(tx, agent.id)]
            fresh = self._transcripts.since(tx, mine, after) if mine else []
            return fresh, max([after, *(message.id for _, message in fresh)])

        return await self._database.read(look)

    async def _address(self, id_: int) -> Address:
        conversation = await self._database.read(lambda tx: self._store.get(tx, id_))
        if conversation is None:
            raise NotAllowed("not_found", "没有这个会话。")
        return conversation.address


def customer_name(conversation: int) -> str:
    """How the desk calls a customer without knowing who they are."""
    return f"访客 {conversation:04d}"
