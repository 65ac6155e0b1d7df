"""What officers do with complaints: take a step and tell the customer, write one down for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Connection

from actions.agents import Agent
from actions.answer_templates import gaps
from actions.complaints import Complaint, Draft, Step
from actions.database import Database
from actions.errors import NotAllowed
from actions.privacy import without_secrets
from actions.register import ComplaintRegister, Origin
from actions.steps import TELLS, Actor, Move
from bot.conversations import Conversation, ConversationStore
from bot.desk.complaint_forms import SHOWN
from bot.desk.complaint_shown import extension_reason
from bot.desk.delivery import Delivery
from bot.elder import fit
from bot.errors import BadField
from bot.phrases import Happened, Phrases
from bot.turn import Mode

_FIELDS = {
    "needs_reason": "why",
    "too_long": "why",
    "needs_owner": "owner",
    "needs_branch": "to",
    "needs_case": "to",
    "needs_number": "to",
    "needs_coding": "coding",
}
"""Beside which field of the form an objection stands."""
_MERGING = {"not_found": "to", "wrong_state": "to"}
"""The same, about the complaint into which another one is merged."""


class ComplaintSteps:
    """Each step and what its customers are told is one transaction; then it is delivered."""

    def __init__(
        self,
        database: Database,
        register: ComplaintRegister,
        store: ConversationStore,
        delivery: Delivery,
        phrases: Phrases,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._database = database
        self._register = register
        self._store = store
        self._delivery = delivery
        self._phrases = phrases
        self._clock = clock

    async def take(self, number: str, move: Move, seen: int) -> bool:
        """Take a step on the view that had `seen` entries; whether every customer was reached.

        Raises NotAllowed (stale, forbidden, wrong_state, …) and BadField.
        """
        move = replace(move, why=without_secrets(move.why))
        left = gaps(move.why)
        if left:
            names = "、".join(f"{{{name}}}" for name in left)
            raise BadField("why", f"还有没填的内容：{names}。请填好再提交。")
        now = self._clock()

        def step(tx: Connection) -> list[Conversation]:
            complaint = self._register.move(tx, number, move, now, seen)
            return self._tell(tx, complaint, move, now) if move.step in TELLS else []

        try:
            told = await self._database.write(step)
        except NotAllowed as error:
            fields = _FIELDS | (_MERGING if move.step is Step.MERGE else {})
            if error.code not in fields:
                raise
            raise BadField(fields[error.code], str(error)) from error
        for conversation in told:
            self._delivery.wake(conversation)
        return all(map(self._delivery.reaches, told))

    async def receive(self, agent: Agent, draft: Draft, *, elder: bool, branch: str) -> Complaint:
        """Write down a complaint for a customer at the counter or on the telephone."""
        origin = Origin("desk", elder=elder, branch=branch, account=agent.id)
        return await self._database.write(
            lambda tx: self._register.receive(tx, origin, draft, self._clock())
        )

    def _tell(
        self, tx: Connection, complaint: Complaint, move: Move, now: dt.datetime
    ) -> list[Conversation]:
        """Write to every customer who has a chat; the others stand on the list 待告知客户."""
        happened = [self._happened(tx, complaint, move)]
        if move.step is Step.ANSWER:
            happened += [
                Happened(Step.ANSWER_MERGED, child, move.why)
                for child in self._register.merged(tx, complaint.number)
            ]
        return [
            self._write(tx, one, one.complaint.conversation, now)
            for one in happened
            if one.complaint.conversation is not None
        ]

    def _write(self, tx: Connection, one: Happened, id_: int, now: dt.datetime) -> Conversation:
        conversation = self._store.fresh(tx, id_)
        reply = self._phrases.told(one)
        if conversation.mode is Mode.BOT:
            reply = fit(reply, elder=conversation.elder)
        self._store.add_replies(tx, id_, [reply], now)
        if not self._delivery.reaches(conversation):
            self._register.not_told(tx, one.complaint.number)
        return conversation

    def _happened(self, tx: Connection, complaint: Complaint, move: Move) -> Happened:
        why = move.why if move.step in SHOWN else ""
        if move.step is Step.EXTEND:
            why = extension_reason(self._register.timeline(tx, complaint.number))
        return Happened(move.step, complaint, why, self._until(tx, complaint))

    def _until(self, tx: Connection, complaint: Complaint) -> dt.date | None:
        """The last day for a 核查; for a merged complaint, the day of the common answer."""
        if complaint.merged_into:
            target = self._register.get(tx, complaint.merged_into)
            return target.due if target else None
        if complaint.reviewed or complaint.answered_on is None:
            return None
        last = self._register.deadlines.dispute(complaint.answered_on)
        return last if last >= self._register.today(self._clock()) else None


def actor(agent: Agent) -> Actor:
    """Who takes a step."""
    return Actor(agent.id, agent.roles)
