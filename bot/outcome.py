"""What a decision changes: the turn, its effects and its replies, stored together or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from actions.attachments import Attachments, Kept
from actions.callbacks import Callbacks
from actions.complaints import Draft, Step
from actions.errors import NotAllowed
from actions.floor import Floor
from actions.gaps import Gaps
from actions.handoff import HandoffDesk
from actions.persons import Persons
from actions.queueing import QueuePlace, QueueRules, Urgency
from actions.register import ComplaintRegister, Origin, Standing
from actions.service_requests import ServiceRequests
from actions.steps import CUSTOMER_ACTOR, Move
from bot.conversations import Conversation, ConversationStore
from bot.decision import (
    CallHuman,
    Decision,
    Effect,
    FileComplaint,
    FileRequest,
    LeaveQueue,
    NoteGap,
    Rate,
    RepeatLast,
    ShowComplaints,
    TakeStep,
)
from bot.elder import fit
from bot.phrases import Phrases
from bot.turn import Heard, Mode, Reply, Turn


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
    attachments: Attachments
    queue: Queueing


class Outcome:
    """Works within one transaction and knows no clock: the caller gives both."""

    def __init__(self, store: ConversationStore, actions: Actions, phrases: Phrases) -> None:
        self._store = store
        self._actions = actions
        self._phrases = phrases

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
            case FileComplaint(draft):
                return mode, [self._file_complaint(tx, conversation, draft, now)]
            case TakeStep():
                return mode, [self._take_step(tx, id_, effect, now)]
            case FileRequest(progress):
                number = self._actions.requests.receive(
                    tx, id_, progress.intake, progress.answers, now
                )
                return mode, [says.request_received(progress.intake, number)]
            case ShowComplaints():
                return mode, self._progress(tx, id_, now)
            case NoteGap(kind, question):
                self._actions.gaps.note(tx, kind, question, now)
                return mode, []
            case RepeatLast():
                last = self._store.last_replies(tx, id_)
                return mode, [m.reply for m in last if m.reply] or [says.nothing_to_repeat()]

    def _file_complaint(
        self, tx: Connection, conversation: Conversation, draft: Draft, now: dt.datetime
    ) -> Reply:
        register, id_ = self._actions.register, conversation.id
        origin = Origin(conversation.address.channel, id_, conversation.elder)
        complaint = register.receive(tx, origin, draft, now)
        files = self._actions.attachments.join(tx, id_, complaint.number, now)
        # Who gives somebody else's telephone number does not learn what they complained about.
        linked = [number for number in complaint.related if register.find(tx, id_, number)]
        return self._phrases.complaint_received(complaint, linked, *files)

    def _take_step(
        self, tx: Connection, conversation: int, wanted: TakeStep, now: dt.datetime
    ) -> Reply:
        register, number = self._actions.register, wanted.number
        if register.find(tx, conversation, number) is None:
            return self._phrases.no_complaints()
        move = Move(wanted.step, CUSTOMER_ACTOR, wanted.why)
        try:
            complaint = register.move(tx, number, move, now)
        except NotAllowed as refusal:  # nothing has changed yet
            return self._phrases.refused(refusal)
        files = (0, 0)
        if wanted.step is not Step.WITHDRAW:
            files = self._actions.attachments.join(tx, conversation, number, now)
        return self._phrases.step_taken(wanted.step, complaint, *files)

    def _progress(self, tx: Connection, conversation: int, now: dt.datetime) -> list[Reply]:
        register = self._actions.register
        return [
            self._phrases.progress(one, register.timeline(tx, one.complaint.number), register.today)
            for one in register.standing(tx, conversation, now)[:_SHOWN]
        ] or [self._phrases.no_complaints()]

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


_SHOWN = 3
"""Complaints whose progress is told at once, the newest."""
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
    "/silence": "（没有听到说话）",
    "/withdraw": "撤回",
    "/supplement": "补充",
    "/dispute": "不满意，申请核查",
}
