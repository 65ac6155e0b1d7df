"""The one path that every turn takes, text or voice.

seen before? → a human is wanted? → with an agent, or waiting? → fraud in progress?
→ understanding → dialogue. What a turn changes is stored in one transaction, before it is answered.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from weakref import WeakValueDictionary

from sqlalchemy import Connection

from actions.attachments import Attachments, Kept
from actions.database import Database
from actions.errors import NotAllowed
from actions.persons import Persons
from actions.privacy import without_secrets
from actions.queueing import Urgency
from actions.register import Standing
from actions.uploads import Upload
from bot import rules
from bot.channels import HOTLINE
from bot.conversations import Conversation, ConversationStore
from bot.decision import CallHuman, Decision, LeaveQueue
from bot.dialogue import Dialogue
from bot.errors import UnknownConversation
from bot.hub import QUEUE, Hub, conversation_topic, outbox_topic
from bot.metrics import Metrics
from bot.outcome import Outcome
from bot.phrases import Phrases
from bot.turn import Address, Heard, Mode, Route, Turn
from bot.understanding import NOT_UNDERSTOOD, Understanding, Understood
from bot.wish import wants_human

logger = logging.getLogger(__name__)

CALLED = "/call"
"""A telephone call has begun."""
UNANSWERED = "/unanswered"
"""A call came back from the exchange's queue, where nobody took it."""
_READINGS = 2
"""Of what was spoken, tried where the likeliest makes no sense."""


class Switchboard:
    """Hears turns and answers them; one customer's turns in order, different ones in parallel."""

    def __init__(
        self,
        database: Database,
        store: ConversationStore,
        understanding: Understanding,
        dialogue: Dialogue,
        outcome: Outcome,
        attachments: Attachments,
        phrases: Phrases,
        hub: Hub,
        persons: Persons,
        metrics: Metrics,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._database = database
        self._store = store
        self._understanding = understanding
        self._dialogue = dialogue
        self._outcome = outcome
        self._attachments = attachments
        self._phrases = phrases
        self._hub = hub
        self._persons = persons
        self._metrics = metrics
        self._clock = clock
        self._locks: WeakValueDictionary[Address, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def alone(self, address: Address) -> AsyncIterator[None]:
        """While inside, nothing else happens in this customer's conversation."""
        lock = self._locks.get(address)
        if lock is None:
            lock = self._locks[address] = asyncio.Lock()
        async with lock:
            yield

    async def hear(self, turn: Turn, *, is_new: bool = True) -> Heard:
        """Answer one turn; a turn delivered twice gets the stored answer again.

        Raises UnknownConversation for an unknown address that is said not to be new,
        StorageUnavailable when the turn could not be stored, and NotAllowed when it brings more
        uploads than a complaint may have: then nothing has happened.
        """
        async with self.alone(turn.address):
            known = await self._database.read(lambda tx: self._known(tx, turn, is_new=is_new))
            if isinstance(known, Heard):
                return known
            before, standings = known
            began = time.perf_counter()
            heard = await self._answer(before, turn, standings)
            self._metrics.turn(heard.route, time.perf_counter() - began)
            return heard

    def _known(
        self, tx: Connection, turn: Turn, *, is_new: bool
    ) -> tuple[Conversation, list[Standing]] | Heard:
        """The customer's conversation and complaints, or the same turn's answer of before."""
        found = self._store.find(tx, turn.address, turn.message_id)
        if found is None and not is_new:
            raise UnknownConversation("这次对话已经找不到了，请重新开始一次对话。")
        conversation, row = found or (Conversation(turn.address), None)
        if row is None:
            return self._recognise(tx, conversation, turn), self._standings(tx, conversation)
        route, messages = self._store.replies_to(tx, row)
        return Heard(conversation.mode, conversation.elder, route, tuple(messages))

    def _standings(self, tx: Connection, conversation: Conversation) -> list[Standing]:
        """Only the dialogue asks for them: not of who is new, nor while a human answers."""
        if not conversation.id or conversation.mode is not Mode.BOT:
            return []
        return self._outcome.standings(tx, conversation.id, self._clock())

    def _recognise(self, tx: Connection, conversation: Conversation, turn: Turn) -> Conversation:
        """Elder mode follows the person over all channels, where the channel knows the person."""
        person = self._persons.key(tx, turn.person) if turn.person else conversation.person
        conversation = replace(conversation, number=turn.person)
        if not person:
            return conversation
        elder = self._persons.is_elder(tx, person, turn.received.date())
        return replace(
            conversation, person=person, elder=conversation.elder if elder is None else elder
        )

    async def _answer(
        self, before: Conversation, turn: Turn, standings: Sequence[Standing]
    ) -> Heard:
        shown = without_secrets(turn.text)
        has_secret = shown != turn.text
        turn = replace(turn, text=shown)
        conversation = before
        if rules.is_elder(turn.text):
            conversation = replace(before, elder=True)
        decision, understanding_s = await self._decide(
            conversation, turn, standings, was_elder=before.elder
        )
        if has_secret:
            replies = (self._phrases.secret_warning(), *decision.replies)
            decision = replace(decision, replies=replies)
        if decision.elder is not None:
            conversation = replace(conversation, elder=decision.elder)
        was = conversation.mode
        conversation = replace(conversation, state=decision.state)
        now, kept = self._clock(), await self._keep(turn.uploads)

        def store(tx: Connection) -> tuple[Conversation, Heard]:
            if conversation.person and conversation.elder != before.elder:
                self._persons.choose(tx, conversation.person, elder=conversation.elder)
            return self._outcome.carry_out(tx, conversation, turn, decision, now, kept)

        try:
            conversation, heard = await self._database.write(store)
        except NotAllowed:
            # After any other failure it is not known whether the rows are there: the next start is.
            await asyncio.to_thread(self._attachments.discard, kept)
            raise
        self._hub.ring(outbox_topic(conversation.address.channel))
        if conversation.mode is not Mode.BOT or was is not Mode.BOT:
            self._hub.ring(conversation_topic(conversation.id))
        if Mode.WAITING in {conversation.mode, was}:
            self._hub.ring(QUEUE)
        return replace(heard, understanding_s=understanding_s)

    async def _keep(self, uploads: Sequence[Upload]) -> Sequence[Kept]:
        """The uploads on disk."""
        return await asyncio.to_thread(self._attachments.write, uploads) if uploads else ()

    async def _decide(
        self,
        conversation: Conversation,
        turn: Turn,
        standings: Sequence[Standing],
        *,
        was_elder: bool,
    ) -> tuple[Decision, float | None]:
        """Steps two to five of the path, and how many seconds understanding took."""
        if at_once := self._without_understanding(conversation, turn, was_elder=was_elder):
            return at_once, None
        began, understood = time.perf_counter(), None
        if turn.text:
            turn, understood = await self._understand(turn)
        took_s = time.perf_counter() - began if understood else None
        try:
            return self._dialogue.decide(conversation, turn, understood, standings), took_s
        except Exception:  # whatever broke, the customer hears something and can reach a human
            logger.exception("no decision on message %s", turn.message_id)
            sorry = self._phrases.apology()
            return Decision(Route.FALLBACK, conversation.state, (sorry,)), took_s

    def _without_understanding(
        self, conversation: Conversation, turn: Turn, *, was_elder: bool
    ) -> Decision | None:
        """Steps two to four: what must not depend on Rasa."""
        readings = (turn.text, *turn.heard_as)
        if turn.payload == "/human" or any(map(wants_human, readings)):
            return self._dialogue.human(conversation, "客户要求人工")
        is_telephone = conversation.address.channel == HOTLINE
        if turn.payload == CALLED and (is_telephone or conversation.mode is Mode.BOT):
            return self._dialogue.calls.called(conversation)
        if turn.payload == UNANSWERED:
            return self._dialogue.calls.unanswered(conversation)
        if not turn.payload and (link := self._dialogue.link(conversation, turn.text)):
            return link
        if any(map(rules.fraud_in_progress, readings)) and conversation.mode is not Mode.HUMAN:
            return self._dialogue.fraud(conversation)
        if conversation.mode is not Mode.BOT:
            return self._relay(conversation, turn, was_elder=was_elder)
        return None

    async def _understand(self, turn: Turn) -> tuple[Turn, Understood]:
        """The first reading that makes sense, and what it means; else the likeliest one."""
        likeliest = await self._understanding.understand(turn.text)
        if likeliest.intent != NOT_UNDERSTOOD:
            return turn, likeliest
        for reading in turn.heard_as[:_READINGS]:
            understood = await self._understanding.understand(reading)
            if understood.intent != NOT_UNDERSTOOD:
                return replace(turn, text=reading), understood
        return turn, likeliest

    def _relay(self, conversation: Conversation, turn: Turn, *, was_elder: bool) -> Decision:
        """To the agent: the bot adds nothing, but a waiting customer may go back to it."""
        state = conversation.state
        if rated := self._dialogue.rating(state, turn.payload):
            return rated
        elder = None
        if turn.payload in {"/elder_on", "/elder_off"}:
            elder = turn.payload == "/elder_on"
        if conversation.mode is Mode.WAITING:
            if turn.payload == "/leave" or rules.keyword_intent(turn.text) == "cancel":
                return Decision(Route.SERVICE, state, effects=(LeaveQueue(),))
            if (conversation.elder or elder) and not was_elder:
                better = CallHuman(Urgency.ELDER, "客户要求人工")
                return Decision(Route.HUMAN, state, effects=(better,), elder=elder)
        return Decision(Route.HUMAN, state, elder=elder)
