"""What an agent does with a customer: each step one transaction, in order with their turns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from sqlalchemy import Connection, select

from actions import journal, oversight, presence
from actions.agents import Agent
from actions.callbacks import Callbacks
from actions.database import Database
from actions.errors import NotAllowed
from actions.floor import Floor
from actions.handoff import HandoffDesk
from actions.notes import Notes
from actions.roles import Role
from actions.tables import agents
from bot.conversations import Conversation, ConversationStore
from bot.desk.delivery import Delivery
from bot.elder import fit
from bot.hub import QUEUE, Hub, agent_topic, typing_topic
from bot.phrases import Phrases
from bot.service import Service
from bot.turn import Author, Message, Mode

OVERSEERS = frozenset({Role.SUPERVISOR})


class DeskWork:
    """The steps of the desk. Each raises NotAllowed in words for the agent."""

    def __init__(
        self,
        database: Database,
        store: ConversationStore,
        desk: HandoffDesk,
        floor: Floor,
        callbacks: Callbacks,
        notes: Notes,
        delivery: Delivery,
        phrases: Phrases,
        service: Service,
        hub: Hub,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._database = database
        self._store = store
        self._desk = desk
        self._floor = floor
        self._callbacks = callbacks
        self._notes = notes
        self._delivery = delivery
        self._phrases = phrases
        self._service = service
        self._hub = hub
        self._clock = clock

    async def accept(self, agent: Agent, handoff: int) -> int:
        """Take a waiting customer; the conversation. Raises NotAllowed: already_taken, reserved."""
        now = self._clock()
        found = await self._database.read(lambda tx: self._floor.find(tx, handoff))
        if found is None:
            raise NotAllowed("not_found", "没有这个排队请求。")

        def take(tx: Connection, conversation: Conversation) -> list[Message]:
            self._desk.accept(tx, handoff, agent, now)
            self._callbacks.keep(tx, handoff, agent.id, now)
            presence.choose(tx, agent.id, presence.Status.READY, now)
            words = self._phrases.agent_joined(agent.name)
            return [self._delivery.switch(tx, conversation, Mode.HUMAN, words, now)]

        await self._delivery.step(found.conversation, take)
        return found.conversation

    async def say(self, agent: Agent, id_: int, text: str, message_id: str) -> Message:
        """Write to the customer; the same `message_id` again is the same message.

        Raises NotAllowed: not_yours.
        """
        now, before, is_first = self._clock(), None, False

        def write(tx: Connection, conversation: Conversation) -> list[Message]:
            nonlocal before, is_first
            self._desk.require(tx, id_, agent.id)
            before = self._store.seen(tx, id_, message_id)
            if before:
                return []
            is_first = self._desk.attend(tx, id_, now)
            note = (conversation.id, Author.AGENT, text, now, agent.name, message_id)
            return [self._store.add_note(tx, *note)]

        said = await self._delivery.talk(id_, write)
        if is_first:
            self._hub.ring(QUEUE)
        message = said[0] if said else before
        if message is None:
            raise NotAllowed("not_found", "这句话没有存下来，请再发一次。")
        return message

    async def typing(self, agent: Agent, id_: int) -> None:
        """The agent is writing: the customer sees it, and it counts as an answer."""

        def attend(tx: Connection) -> bool:
            self._desk.require(tx, id_, agent.id)
            return self._desk.attend(tx, id_, self._clock())

        if await self._database.write(attend):
            self._hub.ring(QUEUE)
        self._hub.ring(typing_topic(id_, agent=True))

    async def end(self, agent: Agent, id_: int, outcome: str) -> None:
        """Give the customer back to the bot, which goes on where it was, and ask how it was."""
        if outcome not in self._service.codes:
            raise NotAllowed("no_outcome", "请选一个处理结果，再结束会话。")
        now = self._clock()

        def give_back(tx: Connection, conversation: Conversation) -> list[Message]:
            self._desk.end(tx, id_, agent.id, outcome, now)
            words = self._phrases.agent_left(agent.name)
            said = [self._delivery.switch(tx, conversation, Mode.BOT, words, now)]
            elder = conversation.elder
            replies = [self._phrases.rate_question(self._service.levels, elder=elder)]
            if conversation.state.intake:
                replies.append(self._phrases.resume(conversation.state.intake))
            fitting = [fit(reply, elder=elder) for reply in replies]
            return said + self._store.add_replies(tx, id_, fitting, now)

        await self._delivery.step(id_, give_back)

    async def transfer(
        self, agent: Agent, id_: int, *, colleague: int | None = None, team: str = ""
    ) -> None:
        """To the front of the queue, for a colleague or a team first."""
        now = self._clock()

        def hand_over(tx: Connection, conversation: Conversation) -> list[Message]:
            to = self._recipient(tx, agent, colleague, team)
            self._desk.transfer(
                tx, id_, agent.id, now, colleague=colleague or None, team=team or None
            )
            words = self._phrases.transferred(agent.name, to)
            return [self._delivery.switch(tx, conversation, Mode.WAITING, words, now)]

        await self._delivery.step(id_, hand_over)

    def _recipient(self, tx: Connection, agent: Agent, colleague: int | None, team: str) -> str:
        if colleague:
            row = tx.execute(select(agents).where(agents.c.id == colleague)).first()
            able = row and {Role.AGENT, Role.SUPERVISOR} & set(row.roles.split(","))
            if row and able and colleague != agent.id:
                return str(row.name)
        elif team and tx.scalar(select(agents.c.id).where(agents.c.team == team)):
            return f"{team}组"
        raise NotAllowed("no_recipient", "请选一位能接待的同事，或一个有人的小组。")

    async def join(self, agent: Agent, id_: int) -> None:
        """A supervisor takes part beside the agent."""
        now = self._clock()

        def join(tx: Connection, conversation: Conversation) -> list[Message]:
            oversight.join(tx, id_, agent.id, now)
            words = self._phrases.supervisor_joined(agent.name)
            return [self._delivery.notice(tx, conversation, words, now)]

        await self._delivery.step(id_, join)

    async def take_over(self, agent: Agent, id_: int) -> None:
        """A supervisor becomes the one who has the customer."""
        now = self._clock()

        def take(tx: Connection, conversation: Conversation) -> list[Message]:
            oversight.take_over(tx, id_, agent.id, now)
            words = self._phrases.taken_over(agent.name)
            return [self._delivery.notice(tx, conversation, words, now)]

        await self._delivery.step(id_, take)

    async def note(self, agent: Agent, id_: int, text: str, key: str | None = None) -> None:
        """Keep a note that no customer sees; the same `key` again is the same note."""
        now = self._clock()

        def keep(tx: Connection) -> None:
            self._visible(tx, agent, id_)
            self._notes.add(tx, id_, agent.id, text, now, key)

        await self._database.write(keep)

    async def reveal(self, agent: Agent, id_: int, message: int) -> str:
        """What the customer wrote, unmasked, journalled."""
        now = self._clock()

        def open_(tx: Connection) -> str:
            self._visible(tx, agent, id_)
            text = self._store.customer_text(tx, id_, message)
            if text is None:
                raise NotAllowed("not_found", "没有这条客户消息。")
            subject = f"conversation:{id_}"
            journal.record(tx, now, f"agent:{agent.id}", "message.reveal", subject, str(message))
            return text

        return await self._database.write(open_)

    def _visible(self, tx: Connection, agent: Agent, id_: int) -> None:
        oversees = bool(OVERSEERS & agent.roles)
        if self._floor.visible_to(tx, id_, agent.id, oversees=oversees) is None:
            raise NotAllowed("not_found", "没有这个会话，或者它不在队列里，也不在您名下。")

    async def choose(self, agent: Agent, status: presence.Status) -> None:
        """The agent tells the others how things stand."""
        now = self._clock()
        await self._database.write(lambda tx: presence.choose(tx, agent.id, status, now))
        self._hub.ring(QUEUE, agent_topic(agent.id))

    async def arrive(self, agent: Agent) -> None:
        """The agent signs in: how things stood the last time says nothing any more."""
        await self._database.write(lambda tx: presence.forget(tx, agent.id))

    async def leave(self, agent: Agent) -> None:
        """The agent signs out: whom they have goes back to the front of the queue."""
        now = self._clock()
        mine = await self._database.read(lambda tx: self._floor.held_by(tx, agent.id))
        for handoff in mine:
            if handoff.agent != agent.id:
                continue

            def back(
                tx: Connection, conversation: Conversation, id_: int = handoff.id
            ) -> list[Message]:
                if self._desk.put_back(tx, id_, agent.id, now, "signed_out") is None:
                    return []
                words = self._phrases.put_back()
                return [self._delivery.switch(tx, conversation, Mode.WAITING, words, now)]

            await self._delivery.step(handoff.conversation, back)
        await self._database.write(lambda tx: presence.forget(tx, agent.id))
