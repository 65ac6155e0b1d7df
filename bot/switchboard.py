"""The one path that every turn takes, text or voice.

seen before? → a human is wanted? → with an agent, or waiting? → fraud in progress?
→ understanding → dialogue. What a turn changes is stored in one transaction, before it is answered.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

from sqlalchemy.ext.asyncio import AsyncConnection

from actions.database import Database
from actions.handoff import HandoffDesk, Urgency
from actions.privacy import without_secrets
from actions.register import ComplaintRegister
from actions.service_requests import ServiceRequests
from bot import dialogue as steps
from bot import rules
from bot.conversations import Conversation, ConversationStore
from bot.dialogue import Decision, Dialogue, Effect
from bot.elder import fit
from bot.errors import UnknownConversation
from bot.hub import QUEUE, Hub, conversation_topic
from bot.metrics import Metrics
from bot.phrases import Phrases
from bot.turn import Address, Heard, Mode, Reply, Route, Turn
from bot.understanding import Understanding

logger = logging.getLogger(__name__)


class Duty:
    """How many agents have their desk open now."""

    def __init__(self) -> None:
        self.present = 0


@dataclass(frozen=True, slots=True)
class Actions:
    """What the bot can do, each within a transaction."""

    register: ComplaintRegister
    requests: ServiceRequests
    desk: HandoffDesk


class Switchboard:
    """Hears turns and answers them; one customer's turns in order, different ones in parallel."""

    def __init__(
        self,
        database: Database,
        store: ConversationStore,
        understanding: Understanding,
        dialogue: Dialogue,
        actions: Actions,
        phrases: Phrases,
        hub: Hub,
        duty: Duty,
        metrics: Metrics,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._database = database
        self._store = store
        self._understanding = understanding
        self._dialogue = dialogue
        self._actions = actions
        self._phrases = phrases
        self._hub = hub
        self._duty = duty
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

        Raises UnknownConversation for an unknown address that is said not to be new, and
        StorageUnavailable when the turn could not be stored: then nothing has happened.
        """
        async with self.alone(turn.address):
            async with self._database.read() as connection:
                found = await self._store.find(connection, turn.address, turn.message_id)
                if found and found[1]:
                    return await self._heard_before(connection, found[0], found[1])
            if found is None and not is_new:
                raise UnknownConversation("这次对话已经找不到了，请重新开始一次对话。")
            before = found[0] if found else Conversation(turn.address)
            began = time.perf_counter()
            heard = await self._answer(before, turn)
            self._metrics.turn(heard.route, time.perf_counter() - began)
            return heard

    async def _heard_before(
        self, connection: AsyncConnection, conversation: Conversation, row: int
    ) -> Heard:
        route, messages = await self._store.replies_to(connection, row)
        return Heard(conversation.mode, conversation.elder, route, tuple(messages))

    async def _answer(self, before: Conversation, turn: Turn) -> Heard:
        shown = without_secrets(turn.text)
        has_secret = shown != turn.text
        turn = replace(turn, text=shown)
        conversation = before
        if rules.is_elder(turn.text):
            conversation = replace(before, elder=True)
        decision = await self._decide(conversation, turn, was_elder=before.elder)
        if has_secret:
            replies = (self._phrases.secret_warning(), *decision.replies)
            decision = replace(decision, replies=replies)
        if decision.elder is not None:
            conversation = replace(conversation, elder=decision.elder)
        return await self._carry_out(replace(conversation, state=decision.state), turn, decision)

    async def _decide(self, conversation: Conversation, turn: Turn, *, was_elder: bool) -> Decision:
        """Steps two to five of the path."""
        if turn.payload == "/human" or rules.wants_human(turn.text):
            return self._dialogue.human(conversation, "客户要求人工")
        if rules.fraud_in_progress(turn.text) and conversation.mode is not Mode.HUMAN:
            return self._dialogue.fraud(conversation)
        if conversation.mode is not Mode.BOT:
            return self._relay(conversation, turn, was_elder=was_elder)
        understood = None
        if not turn.payload:
            understood = await self._understanding.understand(turn.text)
        try:
            return self._dialogue.decide(conversation, turn, understood)
        except Exception:  # whatever broke, the customer hears something and can reach a human
            logger.exception("no decision on message %s", turn.message_id)
            return Decision(Route.FALLBACK, conversation.state, (self._phrases.apology(),))

    def _relay(self, conversation: Conversation, turn: Turn, *, was_elder: bool) -> Decision:
        """To the agent: the bot adds nothing, but a waiting customer may go back to it."""
        state = conversation.state
        elder = None
        if turn.payload in {"/elder_on", "/elder_off"}:
            elder = turn.payload == "/elder_on"
        if conversation.mode is Mode.WAITING:
            if turn.payload == "/leave" or rules.keyword_intent(turn.text) == "cancel":
                return Decision(Route.SERVICE, state, effects=(steps.LeaveQueue(),))
            if (conversation.elder or elder) and not was_elder:
                better = steps.CallHuman(Urgency.ELDER, "客户要求人工")
                return Decision(Route.HUMAN, state, effects=(better,), elder=elder)
        return Decision(Route.HUMAN, state, elder=elder)

    async def _carry_out(self, conversation: Conversation, turn: Turn, decision: Decision) -> Heard:
        """Store the turn, its effects and its replies together, then wake whoever waits."""
        now = self._clock()
        was = conversation.mode
        async with self._database.write() as connection:
            if not conversation.id:
                id_ = await self._store.save(connection, conversation, now)
                conversation = replace(conversation, id=id_)
            words = turn.text or _tap(turn.payload)
            said = await self._store.add_turn(
                connection, conversation.id, turn, words, decision.route
            )
            replies = list(decision.replies)
            for effect in decision.effects:
                mode, more = await self._perform(connection, conversation, effect, now)
                conversation = replace(conversation, mode=mode)
                replies += more
            if conversation.mode is Mode.WAITING and was is Mode.WAITING and not replies:
                replies += await self._still_waiting(connection, conversation)
            messages = []
            for reply in replies:
                is_ours = conversation.mode is Mode.BOT
                shown = fit(reply, elder=conversation.elder) if is_ours else reply
                messages.append(
                    await self._store.add_reply(
                        connection, conversation.id, shown, now, answers=said.id
                    )
                )
            await self._store.save(connection, conversation, now)
        self._ring(conversation, was)
        return Heard(conversation.mode, conversation.elder, decision.route, tuple(messages))

    def _ring(self, conversation: Conversation, was: Mode) -> None:
        if conversation.mode is not Mode.BOT or was is not Mode.BOT:
            self._hub.ring(conversation_topic(conversation.id), QUEUE)

    async def _perform(
        self,
        connection: AsyncConnection,
        conversation: Conversation,
        effect: Effect,
        now: dt.datetime,
    ) -> tuple[Mode, list[Reply]]:
        """Do what was decided: the conversation's mode after it, and what to say about it."""
        says, mode, id_ = self._phrases, conversation.mode, conversation.id
        match effect:
            case steps.CallHuman(urgency, reason):
                return await self._call_human(connection, conversation, urgency, reason, now)
            case steps.LeaveQueue():
                await self._actions.desk.leave(connection, id_, now)
                return Mode.BOT, [says.left_queue()]
            case steps.FileComplaint(draft):
                complaint = await self._actions.register.receive(connection, id_, draft, now)
                return mode, [says.complaint_received(complaint)]
            case steps.FileRequest(progress):
                number = await self._actions.requests.receive(
                    connection, id_, progress.intake, progress.answers, now
                )
                return mode, [says.request_received(progress.intake, number)]
            case steps.ShowComplaints():
                return mode, says.complaints(await self._actions.register.of(connection, id_))
            case steps.RepeatLast():
                last = await self._store.last_replies(connection, id_)
                return mode, [m.reply for m in last if m.reply] or [says.nothing_to_repeat()]

    async def _call_human(
        self,
        connection: AsyncConnection,
        conversation: Conversation,
        urgency: Urgency,
        reason: str,
        now: dt.datetime,
    ) -> tuple[Mode, list[Reply]]:
        if conversation.mode is Mode.HUMAN:
            return Mode.HUMAN, []
        await self._actions.desk.request(connection, conversation.id, urgency, reason, now)
        present = self._duty.present
        place = await self._actions.desk.place(connection, conversation.id, present)
        if place is None:
            return Mode.WAITING, []
        return Mode.WAITING, [self._phrases.queued(place, on_duty=present > 0)]

    async def _still_waiting(
        self, connection: AsyncConnection, conversation: Conversation
    ) -> list[Reply]:
        present = self._duty.present
        place = await self._actions.desk.place(connection, conversation.id, present)
        return [self._phrases.noted(place, on_duty=present > 0)] if place else []


_TAPS = {
    "/human": "转人工",
    "/complain": "我要投诉",
    "/elder_on": "长辈版",
    "/elder_off": "标准版",
    "/start": "",
    "/cancel": "取消",
    "/leave": "不等了，问小宝",
    "/submit": "提交",
    "/correct": "要修改",
    "/progress": "查投诉进度",
    "/repeat": "再说一遍",
    "/quiz": "再来一题",
    "/visit": "预约",
}


def _tap(payload: str) -> str:
    """How a tapped button reads in the transcript."""
    name, _, value = payload.partition(":")
    return _TAPS.get(payload) or value or _TAPS.get(name, "")
