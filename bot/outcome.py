"""What a decision changes: the turn, its effects and its replies, stored together or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from actions.attachments import Kept
from actions.queueing import QueuePlace, Urgency
from actions.register import Standing
from bot.abilities import Actions
from bot.calling import Calling
from bot.channels import HOTLINE
from bot.conversations import Conversation, ConversationStore
from bot.decision import (
    BeginCall,
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
    OfferMore,
    PromiseCall,
    Rate,
    RepeatLast,
    SendCopy,
    ShowComplaints,
    TakeStep,
)
from bot.elder import fit
from bot.filing import Filing
from bot.linking import Linking
from bot.phrases import Phrases
from bot.turn import Heard, Mode, Reply, Turn


class Outcome:
    """Works within one transaction and knows no clock: the caller gives both."""

    def __init__(self, store: ConversationStore, actions: Actions, phrases: Phrases) -> None:
        self._store = store
        self._actions = actions
        self._phrases = phrases
        self._filing = Filing(actions, phrases)
        self._linking = Linking(store, actions, phrases)
        self._calling = Calling(store, actions, phrases)

    def standings(self, tx: Connection, conversation: int, now: dt.datetime) -> list[Standing]:
        """What the dialogue needs to know of this customer's complaints."""
        return self._actions.register.standing(tx, conversation, now)

    def carry_out(
        self,
        tx: Connection,
        conversation: Conversation,
        turn: Turn,
        decision: Decision,
        now: dt.datetime,
        kept: Sequence[Kept] = (),
    ) -> tuple[Conversation, Heard]:
        """The conversation after the turn, and what its customer hears.

        `kept`: the turn's uploads. Raises NotAllowed: too_many.
        """
        was = conversation.mode
        if not conversation.id:
            conversation = replace(conversation, id=self._store.save(tx, conversation, now))
        elif turn.person:
            self._actions.links.recognised(tx, conversation.id, conversation.person)
        words = self._shown(turn)
        said = self._store.add_turn(tx, conversation.id, turn, words, decision.route)
        self._actions.attachments.add(tx, conversation.id, said.id, kept, now)
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

    def _shown(self, turn: Turn) -> str:
        """How a turn reads in the transcript."""
        files = "".join(f"［{upload.kind}］" for upload in turn.uploads)
        return f"{files}{turn.text}" or self._tap(turn.payload)

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
            case FileComplaint() | TakeStep() | FileRequest() | ShowComplaints():
                said = self._filing.perform(tx, conversation, effect, now)
                if isinstance(effect, FileComplaint):
                    said = [*said, *self._calling.receipt(tx, conversation, said, now)]
                return mode, said
            case NoteGap(kind, question):
                self._actions.gaps.note(tx, kind, question, now)
                return mode, []
            case OfferLink() | JoinLink() | LeaveLink():
                return mode, [self._linking.perform(tx, conversation, effect, now)]
            case RepeatLast():
                last = self._store.last_replies(tx, id_)
                return mode, [m.reply for m in last if m.reply] or [says.nothing_to_repeat()]
            case BeginCall() | PromiseCall() | OfferMore() | SendCopy():
                return self._calling.perform(tx, conversation, effect, now)

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
        if conversation.address.channel == HOTLINE:
            return self._calling.transfer(tx, conversation, urgency, reason, now)
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
    "/call": "（打来电话）",
    "/unanswered": "（人工没有接）",
    "/copy": "发给我",
    "/withdraw": "撤回",
    "/supplement": "补充",
    "/dispute": "不满意，申请核查",
}
