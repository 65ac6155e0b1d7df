"""What a decision changes: the turn, its effects and its replies, stored together or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from actions.callbacks import Callbacks
from actions.floor import Floor
from actions.gaps import Gaps
from actions.handoff import HandoffDesk
from actions.links import Joined, Links
from actions.persons import Persons
from actions.queueing import QueuePlace, QueueRules, Urgency
from actions.register import ComplaintRegister
from actions.service_requests import ServiceRequests
from bot.conversations import Conversation, ConversationStore
from bot.decision import (
    CallHuman,
    Decision,
    Effect,
    FileComplaint,
    FileRequest,
    JoinLink,
    LeaveLink,
    LeaveQueue,
    NoteGap,
    OfferLink,
    Rate,
    RepeatLast,
    ShowComplaints,
)
from bot.elder import fit
from bot.phrases import Phrases
from bot.turn import Author, Heard, Mode, Reply, Turn


@dataclass(frozen=True, slots=True)
class Queueing:
    """The way to a human, each within a transaction."""

    rules: QueueRules
    desk: HandoffDesk
    floor: Floor
    callbacks: Callbacks
    persons: Persons
    scores: Mapping[int, str]
    """What a customer's judgement can be, with its label."""


@dataclass(frozen=True, slots=True)
class Actions:
    """What the bot can do, each within a transaction."""

    register: ComplaintRegister
    requests: ServiceRequests
    gaps: Gaps
    queue: Queueing
    links: Links


class Outcome:
    """Works within one transaction and knows no clock: the caller gives both."""

    def __init__(self, store: ConversationStore, actions: Actions, phrases: Phrases) -> None:
        self._store = store
        self._actions = actions
        self._phrases = phrases

    def carry_out(
        self,
        tx: Connection,
        conversation: Conversation,
        turn: Turn,
        decision: Decision,
        now: dt.datetime,
    ) -> tuple[Conversation, Heard]:
        """The conversation after the turn, and what its customer hears."""
        was = conversation.mode
        if not conversation.id:
            conversation = replace(conversation, id=self._store.save(tx, conversation, now))
        elif turn.person:
            self._actions.links.recognised(tx, conversation.id, conversation.person)
        words = turn.text or self._tap(turn.payload)
        said = self._store.add_turn(tx, conversation.id, turn, words, decision.route)
        replies = list(decision.replies)
        for effect in decision.effects:
            mode, more = self._perform(tx, conversation, effect, now)
            conversation = replace(conversation, mode=mode)
            replies += more
        if conversation.mode is Mode.WAITING and was is Mode.WAITING:
            self._actions.queue.callbacks.note_contact(tx, conversation.id, turn.text)
            replies = replies or self._still_waiting(tx, conversation, now)
        if conversation.mode is Mode.BOT:
            replies = [fit(reply, elder=conversation.elder) for reply in replies]
        messages = self._store.add_replies(tx, conversation.id, replies, now, answers=said.id)
        self._store.save(tx, conversation, now)
        heard = Heard(conversation.mode, conversation.elder, decision.route, tuple(messages))
        return conversation, heard

    def _tap(self, payload: str) -> str:
        """How a tapped button reads in the transcript."""
        name, _, value = payload.partition(":")
        if name == "/rate" and value.isdecimal():
            return self._actions.queue.scores.get(int(value), value)
        return _TAPS.get(payload) or value or _TAPS.get(name, "")

    def _perform(
        self,
        tx: Connection,
        conversation: Conversation,
        effect: Effect,
        now: dt.datetime,
    ) -> tuple[Mode, list[Reply]]:
        """Do what was decided: the conversation's mode after it, and what to say about it."""
        says, mode, id_ = self._phrases, conversation.mode, conversation.id
        match effect:
            case CallHuman(urgency, reason):
                return self._call_human(tx, conversation, urgency, reason, now)
            case LeaveQueue():
                place = self._actions.queue.floor.place(tx, id_, now)
                self._actions.queue.desk.leave(tx, id_, now)
                return Mode.BOT, [says.left_queue(place)]
            case Rate(score):
                queue = self._actions.queue
                kept = score in queue.scores and queue.desk.rate(tx, id_, score, now)
                return mode, [] if mode is Mode.HUMAN else [says.rated(kept=kept)]
            case FileComplaint(draft):
                complaint = self._actions.register.receive(tx, id_, draft, now)
                return mode, [says.complaint_received(complaint)]
            case FileRequest(progress):
                number = self._actions.requests.receive(
                    tx, id_, progress.intake, progress.answers, now
                )
                return mode, [says.request_received(progress.intake, number)]
            case ShowComplaints():
                return mode, says.complaints(self._actions.register.of(tx, id_))
            case NoteGap(kind, question):
                self._actions.gaps.note(tx, kind, question, now)
                return mode, []
            case OfferLink() | JoinLink() | LeaveLink():
                return mode, [self._link(tx, conversation, effect, now)]
            case RepeatLast():
                last = self._store.last_replies(tx, id_)
                return mode, [m.reply for m in last if m.reply] or [says.nothing_to_repeat()]

    def _link(
        self,
        tx: Connection,
        conversation: Conversation,
        effect: OfferLink | JoinLink | LeaveLink,
        now: dt.datetime,
    ) -> Reply:
        says, links, id_ = self._phrases, self._actions.links, conversation.id
        match effect:
            case OfferLink():
                return says.link_code(links.offer(tx, id_, now))
            case JoinLink(code):
                return self._join(tx, conversation, code, now)
            case LeaveLink():
                return says.unlinked(was_linked=links.leave(tx, id_, now))

    def _join(self, tx: Connection, this: Conversation, code: str, now: dt.datetime) -> Reply:
        """Link two conversations; the other one is told, in case its customer knows nothing."""
        joined, id_ = self._actions.links.join(tx, this.id, code, now)
        if joined is Joined.LINKED:
            words = self._phrases.linked_elsewhere()
            self._store.add_note(tx, id_, Author.SYSTEM, words, now)
            if this.elder or self._store.fresh(tx, id_).elder:
                person = self._actions.links.person(tx, this.id)
                self._actions.queue.persons.choose(tx, person, elder=True)
        return self._phrases.link_result(joined)

    def _call_human(
        self,
        tx: Connection,
        conversation: Conversation,
        urgency: Urgency,
        reason: str,
        now: dt.datetime,
    ) -> tuple[Mode, list[Reply]]:
        if conversation.mode is Mode.HUMAN:
            return Mode.HUMAN, []
        self._actions.queue.desk.request(
            tx, conversation.id, urgency, reason, now, elder=conversation.elder
        )
        place = self._place(tx, conversation.id, now)
        return Mode.WAITING, [self._phrases.queued(place)] if place else []

    def _place(self, tx: Connection, conversation: int, now: dt.datetime) -> QueuePlace | None:
        """Where a customer stands; where that means a long wait, a call is promised first."""
        queue = self._actions.queue
        place = queue.floor.place(tx, conversation, now)
        if place is None or place.promised:
            return place
        why = queue.rules.needs_callback(dt.timedelta(), place.on_duty, place.eta_s)
        if why and queue.callbacks.promise(tx, conversation, why, now):
            return queue.floor.place(tx, conversation, now)
        return place

    def _still_waiting(
        self, tx: Connection, conversation: Conversation, now: dt.datetime
    ) -> list[Reply]:
        place = self._place(tx, conversation.id, now)
        return [self._phrases.noted(place)] if place else []


_TAPS = {
    "/human": "转人工",
    "/elsewhere": "转人工（微信平台的客服）",
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
    "/silence": "（没有听到说话）",
}
