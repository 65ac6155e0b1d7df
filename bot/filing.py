"""What a customer registers or does about it: complaints, visits, suggestions."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from actions.complaints import Draft, Step
from actions.errors import NotAllowed
from actions.register import Origin
from actions.steps import CUSTOMER_ACTOR, Move
from bot.abilities import Actions
from bot.conversations import Conversation
from bot.decision import FileComplaint, FileRequest, ShowComplaints, TakeStep
from bot.phrases import Phrases
from bot.turn import Reply

_SHOWN = 3
"""Complaints whose progress is told at once, the newest."""


class Filing:
    """Works within the turn's transaction."""

    def __init__(self, actions: Actions, phrases: Phrases) -> None:
        self._actions = actions
        self._phrases = phrases

    def perform(
        self,
        tx: Connection,
        conversation: Conversation,
        effect: FileComplaint | TakeStep | FileRequest | ShowComplaints,
        now: dt.datetime,
    ) -> list[Reply]:
        """Do it, and what its customer is told."""
        id_ = conversation.id
        match effect:
            case FileComplaint(draft):
                return [self._receive(tx, conversation, draft, now)]
            case TakeStep():
                return [self._take_step(tx, id_, effect, now)]
            case FileRequest(progress):
                requests, kind = self._actions.requests, progress.intake
                number = requests.receive(tx, id_, kind, progress.answers, now)
                return [self._phrases.request_received(kind, number)]
            case ShowComplaints():
                return self._progress(tx, id_, now)

    def _receive(
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
