"""What the agents' pages show: masked, and only what this agent may see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from sqlalchemy import Connection, func, select

from actions import presence
from actions.agents import Agent
from actions.attachments import Attachments
from actions.database import Database
from actions.errors import NotAllowed
from actions.floor import Floor, Handoff
from actions.links import Links
from actions.notes import Notes
from actions.presence import STATUS_LABELS, Colleague
from actions.privacy import mask
from actions.queueing import HandoffState
from actions.register import ComplaintRegister
from actions.tables import conversations, handoffs
from bot import wire
from bot.board import Board
from bot.conversations import ConversationStore
from bot.desk.attached import attached
from bot.desk.rows import customer_name, request_row
from bot.desk.summary import summarise
from bot.desk.work import OVERSEERS
from bot.phrases import note
from bot.service import Service
from bot.transcripts import Transcripts
from bot.turn import Json, Message


class DeskViews:
    """Reads; changes nothing."""

    def __init__(
        self,
        database: Database,
        store: ConversationStore,
        transcripts: Transcripts,
        floor: Floor,
        notes: Notes,
        attachments: Attachments,
        links: Links,
        register: ComplaintRegister,
        board: Board,
        service: Service,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._database = database
        self._store = store
        self._transcripts = transcripts
        self._floor = floor
        self._notes = notes
        self._attachments = attachments
        self._links = links
        self._register = register
        self._board = board
        self._service = service
        self._clock = clock

    async def queue(self, agent: Agent) -> Json:
        """Who waits, whom this agent has, and for supervisors whom the others have."""
        wall = await self._board.look()
        others = wall.others() if OVERSEERS & agent.roles else {}
        return {**wall.queue(), "mine": await self.mine(agent), **others}

    async def mine(self, agent: Agent) -> list[Json]:
        """Whom this agent has, with what they said last and how much of it is unread."""
        mine = self._board.wall.of(agent.id)
        ids = [one.conversation for one in mine]

        def look(tx: Connection) -> list[Json]:
            words = self._transcripts.last_words(tx, ids)
            unread = self._transcripts.unanswered(tx, ids)
            return [
                request_row(one, words.get(id_, ""), unread.get(id_, 0), self._clock())
                for one, id_ in zip(mine, ids, strict=True)
            ]

        return await self._database.read(look) if ids else []

    async def conversation(self, agent: Agent, id_: int) -> Json:
        """Everything about one open conversation, masked. Raises NotAllowed where it is not open.

        An agent reads what waits in the queue and what is their own; a supervisor whatever is open.
        """
        return await self._database.read(lambda tx: self._opened(tx, agent, id_))

    def _opened(self, tx: Connection, agent: Agent, id_: int) -> Json:
        conversation = self._store.get(tx, id_)
        oversees = bool(OVERSEERS & agent.roles)
        handoff = self._floor.visible_to(tx, id_, agent.id, oversees=oversees)
        if conversation is None or handoff is None:
            raise NotAllowed("not_found", "没有这个会话，或者它不在队列里，也不在您名下。")
        linked = self._links.of(tx, id_)
        said = self._transcripts.of_all(tx, linked)
        messages = [message for owner, message in said if owner == id_]
        guests = self._floor.guests(tx).get(handoff.id, frozenset())
        return {
            "id": id_,
            "customer": customer_name(id_),
            "channel": conversation.address.channel,
            "elder": conversation.elder,
            "urgency": handoff.urgency,
            "mode": conversation.mode,
            "mine": handoff.agent == agent.id,
            "joined": agent.id in guests,
            "agent": handoff.agent_name,
            "facts": self._facts(tx, id_, handoff),
            "summary": [mask(sentence) for sentence in summarise(messages)],
            "notes": [
                {"name": one.name, "text": one.text, "at": one.at.isoformat(timespec="seconds")}
                for one in self._notes.of(tx, id_)
            ],
            "complaints": [
                {
                    "number": one.number,
                    "state": note(one).state,
                    "due": one.due.isoformat(),
                    "summary": mask(one.draft.what),
                }
                for one in self._register.of(tx, id_)
            ],
            "messages": self._time_line(tx, said, id_),
            "linked": len(linked) - 1,
        }

    def _time_line(
        self, tx: Connection, said: Sequence[tuple[int, Message]], present: int
    ) -> list[Json]:
        """What this person said on all channels, in the order of time.

        What belongs to another conversation than the `present` one names its channel, and stays
        masked: it is revealed, and its files shown, only where that conversation itself is served.
        """
        channels = self._transcripts.channels(tx, {owner for owner, _ in said})
        mine = [(owner, message) for owner, message in said if owner == present]
        lines = {line["id"]: line for line in self.lines(tx, mine)}
        return [
            lines[message.id]
            if owner == present
            else {**wire.desk_line(message), "channel": channels[owner], "masked": False}
            for owner, message in said
        ]

    def lines(self, tx: Connection, said: Sequence[tuple[int, Message]]) -> list[Json]:
        """Messages with the files that came with them, given with their conversations."""
        if not said:
            return []
        owners, rows = {owner for owner, _ in said}, [message.id for _, message in said]
        files = self._attachments.with_messages(tx, owners, rows)
        return [
            {
                **wire.desk_line(message),
                "attachments": [attached(owner, one) for one in files.get(message.id, ())],
            }
            for owner, message in said
        ]

    def _facts(self, tx: Connection, id_: int, handoff: Handoff) -> Json:
        """What is known about the customer besides the words."""
        ended = (handoffs.c.conversation == id_, handoffs.c.state == HandoffState.ENDED)
        served = tx.scalar(select(func.count()).select_from(handoffs).where(*ended)) or 0
        last = tx.scalar(
            select(handoffs.c.outcome).where(*ended).order_by(handoffs.c.ended.desc()).limit(1)
        )
        first = tx.scalar(select(conversations.c.created).where(conversations.c.id == id_))
        labels = {one.code: one.label for one in self._service.outcomes}
        return {
            "number": handoff.number,
            "reason": handoff.reason,
            "first": first.isoformat(timespec="seconds") if first else None,
            "served": served,
            "last_outcome": labels.get(last or ""),
        }

    async def colleagues(self, agent: Agent) -> Json:
        """Who else may speak with customers, and this agent's own status."""
        now = self._clock()
        found = await self._database.read(lambda tx: presence.colleagues(tx, now))
        me = next((one.status for one in found if one.id == agent.id), None)
        return {
            "status": me,
            "statuses": [{"code": code, "label": label} for code, label in STATUS_LABELS.items()],
            "colleagues": [_colleague(one) for one in found if one.id != agent.id],
            "teams": sorted({one.team for one in found if one.team}),
        }


def _colleague(one: Colleague) -> Json:
    label = STATUS_LABELS[one.status] if one.status else "不在线"
    return {"id": one.id, "name": one.name, "team": one.team, "status": label}
