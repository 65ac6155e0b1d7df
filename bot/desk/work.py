"""What an agent does with a customer: accept, write, end. Stored first, then delivered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace

from actions.agents import Agent
from actions.database import Database
from actions.errors import NotAllowed
from actions.handoff import Handoff, HandoffDesk
from actions.privacy import mask
from actions.register import ComplaintRegister
from bot import wire
from bot.channels import Channel
from bot.conversations import Conversation, ConversationStore
from bot.elder import fit
from bot.hub import QUEUE, Hub
from bot.phrases import Phrases, note
from bot.switchboard import Switchboard
from bot.turn import Author, Json, Message, Mode

_PREVIEW = 40
"""Characters of a customer's last words in the queue."""


class DeskWork:
    """The steps of the desk, each in one transaction and in order with the customer's turns."""

    def __init__(
        self,
        database: Database,
        store: ConversationStore,
        desk: HandoffDesk,
        register: ComplaintRegister,
        switchboard: Switchboard,
        channels: Mapping[str, Channel],
        phrases: Phrases,
        hub: Hub,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._database = database
        self._store = store
        self._desk = desk
        self._register = register
        self._switchboard = switchboard
        self._channels = channels
        self._phrases = phrases
        self._hub = hub
        self._clock = clock

    async def queue(self, agent: Agent) -> Json:
        """Who waits, and whom this agent has, with their last words."""
        async with self._database.read() as connection:
            waiting = await self._desk.waiting(connection)
            mine = await self._desk.held_by(connection, agent.id)
            ids = [one.conversation for one in (*waiting, *mine)]
            words = await self._store.last_words(connection, ids)
            unread = await self._store.unanswered(connection, ids)
        return {
            "waiting": [self._row(one, words, unread) for one in waiting],
            "mine": [self._row(one, words, unread) for one in mine],
        }

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
        async with self._database.read() as connection:
            found = await self._desk.conversation_of(connection, handoff)
        if found is None:
            raise NotAllowed("not_found", "没有这个排队请求。")
        conversation = await self._get(found)
        async with self._switchboard.alone(conversation.address), self._database.write() as tx:
            now = self._clock()
            await self._desk.accept(tx, handoff, agent.id, now)
            conversation = await self._store.fresh(tx, found)
            await self._store.save(tx, replace(conversation, mode=Mode.HUMAN), now)
            message = await self._store.add_note(
                tx, found, Author.SYSTEM, self._phrases.agent_joined(agent.name), now
            )
        await self._deliver(conversation, message)
        return found

    async def say(self, agent: Agent, id_: int, text: str, message_id: str) -> Message:
        """Write to the customer; the same `message_id` again is the same message.

        Raises NotAllowed: not_yours.
        """
        async with self._database.write() as connection:
            await self._desk.require(connection, id_, agent.id)
            before = await self._store.seen(connection, id_, message_id)
            if before:
                return before
            message = await self._store.add_note(
                connection, id_, Author.AGENT, text, self._clock(), agent.name, message_id
            )
            conversation = await self._store.fresh(connection, id_)
        await self._deliver(conversation, message)
        return message

    async def end(self, agent: Agent, id_: int) -> None:
        """Give the customer back to the bot, which goes on where it was. Raises NotAllowed."""
        conversation = await self._get(id_)
        async with self._switchboard.alone(conversation.address), self._database.write() as tx:
            now = self._clock()
            await self._desk.end(tx, id_, agent.id, now)
            conversation = await self._store.fresh(tx, id_)
            await self._store.save(tx, replace(conversation, mode=Mode.BOT), now)
            said = [
                await self._store.add_note(
                    tx, id_, Author.SYSTEM, self._phrases.agent_left(agent.name), now
                )
            ]
            if conversation.state.intake:
                reply = fit(
                    self._phrases.resume(conversation.state.intake), elder=conversation.elder
                )
                said.append(await self._store.add_reply(tx, id_, reply, now))
        for message in said:
            await self._deliver(conversation, message)

    async def conversation(self, agent: Agent, id_: int) -> Json:
        """Everything about one open conversation, masked. Raises NotAllowed where it is not open.

        An agent reads what waits in the queue and what is their own, nothing else.
        """
        async with self._database.read() as connection:
            conversation = await self._store.get(connection, id_)
            handoff = await self._desk.visible_to(connection, id_, agent.id)
            if conversation is None or handoff is None:
                raise NotAllowed("not_found", "没有这个会话，或者它不在队列里，也不在您名下。")
            transcript = await self._store.transcript(connection, id_)
            complaints = await self._register.of(connection, id_)
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
                for one in complaints
            ],
            "messages": [wire.line(message) for message in transcript],
        }

    async def news(self, agent: Agent, after: int | None) -> tuple[list[tuple[int, Message]], int]:
        """Messages after row `after` in this agent's conversations, and the row reached."""
        async with self._database.read() as connection:
            if after is None:
                return [], await self._store.newest(connection)
            mine = [one.conversation for one in await self._desk.held_by(connection, agent.id)]
            fresh = await self._store.since(connection, mine, after) if mine else []
        return fresh, max([after, *(message.id for _, message in fresh)])

    async def _get(self, id_: int) -> Conversation:
        async with self._database.read() as connection:
            conversation = await self._store.get(connection, id_)
        if conversation is None:
            raise NotAllowed("not_found", "没有这个会话。")
        return conversation

    async def _deliver(self, conversation: Conversation, message: Message) -> None:
        channel = self._channels[conversation.address.channel]
        await channel.send(conversation.address, conversation.id, message)
        self._hub.ring(QUEUE)


def customer_name(conversation: int) -> str:
    """How the desk calls a customer without knowing who they are."""
    return f"访客 {conversation:04d}"
