"""What only telephone calls lead to: the exchange's queue, a call back, an article in writing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import Connection

from actions import journal
from actions.links import Place
from actions.queueing import Urgency
from bot.abilities import Actions
from bot.channels import SMS
from bot.conversations import Conversation, ConversationStore
from bot.decision import BeginCall, OfferMore, PromiseCall, SendCopy
from bot.phrases import Phrases
from bot.texting import Texting
from bot.turn import Mode, Reply


class Calling:
    """Works within the turn's transaction."""

    def __init__(self, store: ConversationStore, actions: Actions, phrases: Phrases) -> None:
        self._store = store
        self._actions = actions
        self._phrases = phrases
        self._texting = Texting(store)

    def perform(
        self,
        tx: Connection,
        conversation: Conversation,
        effect: BeginCall | PromiseCall | OfferMore | SendCopy,
        now: dt.datetime,
    ) -> tuple[Mode, list[Reply]]:
        """Do it: the conversation's mode after it, and what the caller hears."""
        mode, id_ = conversation.mode, conversation.id
        match effect:
            case BeginCall():
                if mode is Mode.WAITING:  # a call back that was promised stays so
                    self._actions.queue.desk.leave(tx, id_, now)
                return Mode.BOT, []
            case OfferMore():
                place = self._linked(tx, conversation)
                ways = [place.channel] if place else []
                if self._texting.reaches(tx, conversation, now):
                    ways.append(SMS)
                return mode, [self._phrases.after_article(ways)]
            case SendCopy():
                return mode, [self._send(tx, conversation, effect, now)]
            case PromiseCall(number):
                return self._promise(tx, conversation, number, now)

    def transfer(
        self,
        tx: Connection,
        conversation: Conversation,
        urgency: Urgency,
        reason: str,
        now: dt.datetime,
    ) -> tuple[Mode, list[Reply]]:
        """The exchange's own queue takes the call when the bot's leg has ended."""
        subject = f"conversation:{conversation.id}"
        journal.record(tx, now, "bot", "call.transfer", subject, f"{urgency}:{reason}")
        said = [] if urgency is Urgency.FRAUD else [self._phrases.connecting()]
        return Mode.HUMAN, said

    def receipt(
        self,
        tx: Connection,
        conversation: Conversation,
        said: Sequence[Reply],
        now: dt.datetime,
    ) -> list[Reply]:
        """Put the number of the complaint that a caller has just made into a text message."""
        made = next((reply.complaint for reply in said if reply.complaint), None)
        if made is None or not self._texting.reaches(tx, conversation, now):
            return []
        self._texting.send(tx, conversation, self._phrases.receipt(made), now)
        return [self._phrases.receipt_sent()]

    def _linked(self, tx: Connection, conversation: Conversation) -> Place | None:
        """Where the same person can be written to on a platform."""
        platforms = [channel for channel in self._store.written_to if channel != SMS]
        return self._actions.links.elsewhere(tx, conversation.id, platforms)

    def _send(
        self, tx: Connection, conversation: Conversation, copy: SendCopy, now: dt.datetime
    ) -> Reply:
        """A linked platform comes first, unless a text message is asked for."""
        place = self._linked(tx, conversation)
        if (copy.by_text or place is None) and self._texting.reaches(tx, conversation, now):
            self._texting.send(tx, conversation, copy.reply, now)
            return self._phrases.copy_sent(SMS)
        if place is None:
            return self._phrases.copy_impossible()
        self._store.add_replies(tx, place.conversation, [copy.reply], now)
        return self._phrases.copy_sent(place.channel)

    def _promise(
        self, tx: Connection, conversation: Conversation, number: str, now: dt.datetime
    ) -> tuple[Mode, list[Reply]]:
        """On the desk's list of people to call; the telephone line can end then."""
        queue, id_, elder = self._actions.queue, conversation.id, conversation.elder
        urgency = Urgency.ELDER if elder else Urgency.NORMAL
        queue.desk.request(tx, id_, urgency, "电话里等人工没有等到", now, elder=elder)
        queue.callbacks.promise(tx, id_, "long_wait", now)
        queue.callbacks.note_contact(tx, id_, number)
        place = queue.floor.place(tx, id_, now)
        said = self._phrases.call_back(place, knows_number=bool(number)) if place else None
        return Mode.WAITING, [said] if said else []
