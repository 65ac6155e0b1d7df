"""The register of complaints: sealed, numbered, with due days and every step of their lives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from sqlalchemy import Connection, select

from actions import journal, numbers
from actions.blind_index import BlindIndex
from actions.complaint_rows import ComplaintRows, Entry
from actions.complaint_search import Filter, matching
from actions.complaints import LABELS, RUNNING, STEP_LABELS, Complaint, Draft, State, Step
from actions.deadlines import Deadlines
from actions.errors import NotAllowed
from actions.likeness import alike
from actions.privacy import Cipher
from actions.steps import TELLS, Move, follow
from actions.tables import complaint_terms, complaints

_SAME_MATTER = dt.timedelta(days=90)
"""How far back a second complaint about the same matter is looked for."""
_LINKED = 5
"""Earlier complaints that a new one names, the latest ones."""
_LOOKED_AT = 200
"""Complaints whose text is opened to see whether they really match."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a complaint comes from."""

    source: str
    """A channel's name, `desk` or `import`."""
    conversation: int | None = None
    elder: bool = False
    branch: str = ""
    account: int | None = None
    """Who wrote it down; None for the customer."""
    received_on: dt.date | None = None
    """The day on which it reached the bank, where that is not today (an import)."""


class ComplaintRegister(Protocol):
    """Where complaints are kept. Each call works within the caller's transaction.

    Raises StorageUnavailable; then, as in any transaction, nothing is stored.
    """

    def receive(self, tx: Connection, origin: Origin, draft: Draft, now: dt.datetime) -> Complaint:
        """Register a complaint; it has its number and due date when this returns.

        Earlier complaints of the same customer about the same matter are in its `related`.
        """

    def move(self, tx: Connection, number: str, move: Move, now: dt.datetime) -> Complaint:
        """Take one step. Raises NotAllowed (wrong_state, forbidden, needs_…, not_found)."""

    def of(self, tx: Connection, conversation: int) -> list[Complaint]:
        """The complaints of this conversation's customer, newest first."""

    def find(self, tx: Connection, conversation: int, number: str) -> Complaint | None:
        """The customer's complaint; None also where it is someone else's."""

    def get(self, tx: Connection, number: str) -> Complaint | None:
        """Any complaint: for the desk, which has checked who asks."""

    def timeline(self, tx: Connection, number: str) -> list[Entry]:
        """Every step of a complaint, oldest first."""

    def search(self, tx: Connection, wanted: Filter) -> list[Complaint]:
        """What fits, newest first (the soonest due first where `wanted.due_first`)."""

    def due(self, tx: Connection, until: dt.date) -> list[Complaint]:
        """Complaints to which an answer is owed by `until`, the soonest first."""


class SqlRegister:
    """The register in our database."""

    def __init__(self, cipher: Cipher, deadlines: Deadlines, zone: dt.tzinfo) -> None:
        """`zone`: where the bank's days begin and end."""
        self.deadlines = deadlines
        self._rows = ComplaintRows(cipher)
        self._index = BlindIndex(cipher)
        self._zone = zone

    def today(self, now: dt.datetime) -> dt.date:
        """The bank's day at `now`."""
        return now.astimezone(self._zone).date()

    def receive(self, tx: Connection, origin: Origin, draft: Draft, now: dt.datetime) -> Complaint:
        """See ComplaintRegister."""
        today = self.today(now)
        received_on = origin.received_on or today
        complaint = Complaint(
            numbers.issue(tx, today),
            State.RECEIVED,
            self._moment(origin.received_on, now),
            received_on,
            self.deadlines.decision(received_on),
            draft,
            origin.source,
            origin.branch,
            origin.conversation,
            origin.elder,
        )
        related = self._same_matter(tx, complaint)
        complaint = replace(complaint, related=tuple(one.number for one in related))
        row = self._rows.insert(tx, complaint)
        self._index_terms(tx, row, complaint)
        self._rows.add_step(
            tx, row, complaint, Step.RECEIVE, complaint.received, origin.account, untold=False
        )
        self._journal(tx, complaint, Step.RECEIVE, now, origin.account)
        return complaint

    def move(self, tx: Connection, number: str, move: Move, now: dt.datetime) -> Complaint:
        """See ComplaintRegister."""
        found = self._rows.locked(tx, number)
        if found is None:
            raise NotAllowed("not_found", f"没有编号为 {number} 的投诉。")
        row, before = found
        if move.step is Step.MERGE:
            self._check_target(tx, move.to)
        at = self._moment(move.on, now)
        after = follow(before, move, self.today(at), self.deadlines)
        self._rows.update(tx, row, after)
        if move.step is Step.SUPPLEMENT:
            self._add_terms(tx, row, [move.why])
        if move.step is Step.TOLD:
            self._rows.mark_told(tx, row)
        # Whoever wrote in a chat is told there; the others are called, and that is ticked off.
        untold = move.step in TELLS and after.conversation is None and move.on is None
        who = move.by.account
        self._rows.add_step(tx, row, after, move.step, at, who, untold=untold, move=move)
        self._journal(tx, after, move.step, now, who)
        return after

    def of(self, tx: Connection, conversation: int) -> list[Complaint]:
        """See ComplaintRegister."""
        return self._rows.those(
            tx, complaints.c.conversation == conversation, order=complaints.c.id.desc()
        )

    def find(self, tx: Connection, conversation: int, number: str) -> Complaint | None:
        """See ComplaintRegister."""
        found = self._rows.those(
            tx, complaints.c.conversation == conversation, complaints.c.number == number
        )
        return found[0] if found else None

    def get(self, tx: Connection, number: str) -> Complaint | None:
        """See ComplaintRegister."""
        found = self._rows.those(tx, complaints.c.number == number)
        return found[0] if found else None

    def timeline(self, tx: Connection, number: str) -> list[Entry]:
        """See ComplaintRegister."""
        return self._rows.timeline(tx, number)

    def search(self, tx: Connection, wanted: Filter) -> list[Complaint]:
        """See ComplaintRegister."""
        terms = self._index.terms(tx, [wanted.text])
        if wanted.text and not terms:
            raise NotAllowed("too_short", "请至少输入两个字来搜索。")
        query = matching(wanted, terms).limit(_LOOKED_AT if terms else wanted.limit)
        found = self._rows.read(tx, query)
        # The index knows pairs of characters: whether they stand together, the text itself says.
        return [one for one in found if wanted.stands_in(one)][: wanted.limit]

    def due(self, tx: Connection, until: dt.date) -> list[Complaint]:
        """See ComplaintRegister."""
        return self._rows.those(
            tx,
            complaints.c.state.in_(RUNNING),
            complaints.c.due <= until,
            order=complaints.c.due.asc(),
        )

    def untold(self, tx: Connection) -> list[Complaint]:
        """Complaints whose customers must be told something outside the chat."""
        return self._rows.untold(tx)

    def _same_matter(self, tx: Connection, complaint: Complaint) -> Sequence[Complaint]:
        """This customer's complaints of late whose text is like this one's."""
        whose = [complaints.c.conversation == complaint.conversation]
        contact = self._index.terms(tx, [complaint.draft.contact])
        if contact and not complaint.draft.anonymous:
            known = select(complaint_terms.c.complaint).where(complaint_terms.c.term.in_(contact))
            whose.append(complaints.c.id.in_(known))
        if complaint.conversation is None:
            whose = whose[1:]
        if not whose:
            return []
        recent = self._rows.recent_of(tx, whose, complaint.received - _SAME_MATTER)
        same = [one for one in recent if alike(one.draft.what, complaint.draft.what)]
        return same[-_LINKED:]

    def _index_terms(self, tx: Connection, row: int, complaint: Complaint) -> None:
        draft = complaint.draft
        self._add_terms(
            tx, row, [draft.what, draft.wants, draft.when_where, draft.contact, draft.product]
        )

    def _add_terms(self, tx: Connection, row: int, texts: Sequence[str]) -> None:
        terms = self._index.terms(tx, texts)
        known = set(
            tx.scalars(
                select(complaint_terms.c.term).where(
                    complaint_terms.c.complaint == row, complaint_terms.c.term.in_(terms)
                )
            )
        )
        fresh = [{"term": term, "complaint": row} for term in sorted(terms - known)]
        if fresh:
            tx.execute(complaint_terms.insert(), fresh)

    def _check_target(self, tx: Connection, number: str) -> None:
        target = self.get(tx, number)
        if target is None:
            raise NotAllowed("not_found", f"没有编号为 {number} 的投诉，请核对要并入的编号。")
        if target.state not in RUNNING:
            now = LABELS[target.state]
            raise NotAllowed("wrong_state", f"{number} 现在是“{now}”，不能并入。")

    def _moment(self, day: dt.date | None, now: dt.datetime) -> dt.datetime:
        """`now`, or noon of an earlier day that is being written down now."""
        if day is None:
            return now
        return min(dt.datetime.combine(day, dt.time(12), self._zone), now)

    def _journal(
        self,
        tx: Connection,
        complaint: Complaint,
        step: Step,
        now: dt.datetime,
        account: int | None,
    ) -> None:
        """Who did it, and when it was really done."""
        who = (
            f"agent:{account}" if account is not None else f"conversation:{complaint.conversation}"
        )
        journal.record(
            tx,
            now,
            who,
            f"complaint.{step}",
            f"complaint:{complaint.number}",
            f"{STEP_LABELS[step]} → {LABELS[complaint.state]}，期限 {complaint.due}",
        )
