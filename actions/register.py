"""The register of complaints: sealed, numbered, with due days and every step of their lives."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any, Protocol

from sqlalchemy import Connection, Select, func, select

from actions import journal, numbers
from actions.blind_index import BlindIndex
from actions.complaint_rows import ComplaintRows, Entry
from actions.complaint_search import Filter, matching
from actions.complaints import LABELS, RUNNING, STEP_LABELS, Complaint, Draft, State, Step
from actions.deadlines import Deadlines
from actions.errors import NotAllowed
from actions.likeness import alike
from actions.privacy import Cipher
from actions.steps import CUSTOMER_ACTOR, TELLS, Move, allowed, follow
from actions.tables import complaints

_SAME_MATTER = dt.timedelta(days=90)
"""How far back a second complaint about the same matter is looked for."""
_LINKED = 5
"""Earlier complaints that a new one names, the latest ones."""


Names = tuple[str, ...]


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


@dataclass(frozen=True, slots=True)
class Standing:
    """A complaint as its customer has to do with it."""

    complaint: Complaint
    can: tuple[Step, ...]
    """What the customer can do about it now."""


class ComplaintRegister(Protocol):
    """Where complaints are kept. Each call works within the caller's transaction.

    Raises StorageUnavailable; then, as in any transaction, nothing is stored.
    """

    deadlines: Deadlines
    """The days that its complaints are given."""

    def today(self, now: dt.datetime) -> dt.date:
        """The bank's day at `now`."""

    def receive(self, tx: Connection, origin: Origin, draft: Draft, now: dt.datetime) -> Complaint:
        """Register a complaint; it has its number and due date when this returns.

        Earlier complaints of the same customer about the same matter are in its `related`.
        """

    def move(
        self, tx: Connection, number: str, move: Move, now: dt.datetime, seen: int | None = None
    ) -> Complaint:
        """Take one step. Raises NotAllowed (wrong_state, forbidden, needs_…, not_found, stale).

        `seen`: how many entries of the time line its taker had before them; with more, it is stale.
        An answer is entered with what was merged into the complaint as well; after a withdrawal
        that goes on by itself.
        """

    def of(self, tx: Connection, conversation: int) -> list[Complaint]:
        """The complaints of this conversation's customer, newest first."""

    def standing(self, tx: Connection, conversation: int, now: dt.datetime) -> list[Standing]:
        """The same, with what the customer can do about each of them now."""

    def find(self, tx: Connection, conversation: int, number: str) -> Complaint | None:
        """The customer's complaint; None also where it is someone else's."""

    def get(self, tx: Connection, number: str) -> Complaint | None:
        """Any complaint: for the desk, which has checked who asks."""

    def timeline(self, tx: Connection, number: str) -> list[Entry]:
        """Every step of a complaint, oldest first."""

    def search(self, tx: Connection, wanted: Filter) -> list[Complaint]:
        """What fits, newest first (the soonest due first where `wanted.due_first`).

        Raises NotAllowed where `wanted.text` is a single character.
        """

    def count(self, tx: Connection, wanted: Filter) -> int:
        """How many fit, whatever `wanted.limit` and `wanted.before` say."""

    def merged(self, tx: Connection, number: str) -> list[Complaint]:
        """What goes on under this number, also by way of another one."""

    def not_told(self, tx: Connection, number: str) -> None:
        """The customer could not be told of the last step in the chat."""

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
        """See ComplaintRegister."""
        return now.astimezone(self._zone).date()

    def receive(self, tx: Connection, origin: Origin, draft: Draft, now: dt.datetime) -> Complaint:
        """See ComplaintRegister."""
        today = self.today(now)
        received_on = origin.received_on or today
        # Whoever has drawn a number makes all others wait for theirs: what can be done before, is.
        received = self._moment(origin.received_on, now)
        related = self._same_matter(tx, origin, draft, received)
        complaint = Complaint(
            numbers.issue(tx, today),
            State.RECEIVED,
            received,
            received_on,
            self.deadlines.decision(received_on),
            draft,
            origin.source,
            origin.branch,
            origin.conversation,
            origin.elder,
            related=related,
        )
        row = self._rows.insert(tx, complaint)
        self._index_terms(tx, row, complaint)
        self._rows.add_step(
            tx, row, complaint, Step.RECEIVE, complaint.received, origin.account, untold=False
        )
        self._journal(tx, complaint, Step.RECEIVE, now, origin.account)
        return complaint

    def move(
        self, tx: Connection, number: str, move: Move, now: dt.datetime, seen: int | None = None
    ) -> Complaint:
        """See ComplaintRegister."""
        row, before = self._locked(tx, number)
        if seen is not None and seen != self._rows.length(tx, row):
            raise NotAllowed(
                "stale", "您打开以后，这件投诉又有了新的变化。请先看一下时间线，再决定怎么做。"
            )
        if move.step is Step.MERGE:
            self._check_target(tx, move.to)
        at = self._moment(move.on, now)
        after = follow(before, move, self.today(at), self.deadlines)
        self._rows.update(tx, row, after)
        if move.step is Step.SUPPLEMENT:
            self._add_terms(tx, row, move.why)
        if move.step is Step.TOLD:
            self._rows.mark_told(tx, row)
        # Whoever wrote in a chat is told there; the others are called, and that is ticked off.
        untold = move.step in TELLS and after.conversation is None and move.on is None
        who = move.by.account
        self._rows.add_step(tx, row, after, move.step, at, who, untold=untold, move=move)
        self._journal(tx, after, move.step, now, who)
        if move.step is Step.ANSWER:
            self._answer_merged(tx, number, move, now)
        if move.step is Step.WITHDRAW:
            self._unmerge(tx, number, move, now)
        return after

    def _answer_merged(self, tx: Connection, number: str, move: Move, now: dt.datetime) -> None:
        """Whoever complained about the same matter hears the answer too."""
        account, step = move.by.account, Step.ANSWER_MERGED
        for one in self.merged(tx, number):
            row, child = self._locked(tx, one.number)
            untold = child.conversation is None
            self._rows.add_step(tx, row, child, step, now, account, untold=untold, move=move)
            self._journal(tx, child, step, now, account)

    def _unmerge(self, tx: Connection, number: str, move: Move, now: dt.datetime) -> None:
        """One customer's withdrawal is not another's: what was merged is owed an answer again."""
        for one in self._rows.those(tx, complaints.c.merged_into == number):
            row, child = self._locked(tx, one.number)
            alone = replace(child, state=State.RECEIVED, merged_into="", ended_on=None)
            self._rows.update(tx, row, alone)
            account, step = move.by.account, Step.UNMERGE
            bare = replace(move, why="")
            self._rows.add_step(tx, row, alone, step, now, account, untold=True, move=bare)
            self._journal(tx, alone, step, now, account)

    def _locked(self, tx: Connection, number: str) -> tuple[int, Complaint]:
        found = self._rows.locked(tx, number)
        if found is None:
            raise NotAllowed("not_found", f"没有编号为 {number} 的投诉。")
        return found

    def of(self, tx: Connection, conversation: int) -> list[Complaint]:
        """See ComplaintRegister."""
        return self._rows.those(
            tx, complaints.c.conversation == conversation, order=complaints.c.id.desc()
        )

    def standing(self, tx: Connection, conversation: int, now: dt.datetime) -> list[Standing]:
        """See ComplaintRegister."""
        today = self.today(now)
        return [
            Standing(one, tuple(allowed(one, CUSTOMER_ACTOR, today, self.deadlines)))
            for one in self.of(tx, conversation)
        ]

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
        return self._rows.read(tx, self._query(tx, wanted).limit(wanted.limit))

    def count(self, tx: Connection, wanted: Filter) -> int:
        """See ComplaintRegister."""
        found = self._query(tx, replace(wanted, before="")).order_by(None).subquery()
        return tx.execute(select(func.count()).select_from(found)).scalar_one()

    def _query(self, tx: Connection, wanted: Filter) -> Select[Any]:
        terms = self._index.terms(tx, [wanted.text])
        if wanted.text and not terms:
            raise NotAllowed("too_short", "请至少输入两个字来搜索。")
        return matching(wanted, self._index.rarest_first(tx, terms))

    def merged(self, tx: Connection, number: str) -> list[Complaint]:
        """See ComplaintRegister."""
        found: list[Complaint] = []
        into = [number]
        while into:
            more = self._rows.those(
                tx, complaints.c.merged_into.in_(into), order=complaints.c.id.asc()
            )
            found += more
            into = [one.number for one in more]
        return found

    def not_told(self, tx: Connection, number: str) -> None:
        """See ComplaintRegister."""
        row, _ = self._locked(tx, number)
        self._rows.mark_untold(tx, row)

    def due(self, tx: Connection, until: dt.date) -> list[Complaint]:
        """See ComplaintRegister."""
        return self._rows.those(
            tx,
            complaints.c.state.in_(RUNNING),
            complaints.c.due <= until,
            order=complaints.c.due.asc(),
        )

    def _same_matter(
        self, tx: Connection, origin: Origin, draft: Draft, received: dt.datetime
    ) -> Names:
        """The numbers of this customer's complaints of late whose text is like this one's."""
        contact = None if draft.anonymous else self._index.number(tx, draft.contact)
        recent = self._rows.recent_of(tx, origin.conversation, contact, received - _SAME_MATTER)
        same = [one.number for one in recent if alike(one.draft.what, draft.what)]
        return tuple(same[-_LINKED:])

    def _index_terms(self, tx: Connection, row: int, complaint: Complaint) -> None:
        draft = complaint.draft
        texts = [draft.what, draft.wants, draft.when_where, draft.contact, draft.product]
        self._index.add(tx, row, self._index.terms(tx, texts))

    def _add_terms(self, tx: Connection, row: int, text: str) -> None:
        """What is added to a complaint can be found too."""
        terms = self._index.terms(tx, [text])
        self._index.add(tx, row, terms - self._index.held_by(tx, row))

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
