"""The register in memory: what the others are compared with, rules and nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy import Connection

from actions.blind_index import words
from actions.complaint_rows import Entry
from actions.complaint_search import Filter
from actions.complaints import LABELS, RUNNING, Complaint, Draft, State, Step
from actions.deadlines import Deadlines
from actions.errors import NotAllowed
from actions.likeness import alike
from actions.numbers import compose
from actions.register import Origin
from actions.steps import TELLS, Move, follow

T = TypeVar("T")


class NoDatabase:
    """Work without a transaction: there is nothing to undo in one thread."""

    async def read(self, work: Callable[[Any], T]) -> T:
        return work(None)

    write = read


class MemoryRegister:
    def __init__(self, deadlines: Deadlines, zone: dt.tzinfo) -> None:
        self.deadlines = deadlines
        self._zone = zone
        self._complaints: dict[str, Complaint] = {}
        self._entries: dict[str, list[Entry]] = {}

    def today(self, now: dt.datetime) -> dt.date:
        return now.astimezone(self._zone).date()

    def receive(self, tx: Connection, origin: Origin, draft: Draft, now: dt.datetime) -> Complaint:
        today = self.today(now)
        received_on = origin.received_on or today
        complaint = Complaint(
            compose(today, len(self._complaints) + 1),
            State.RECEIVED,
            now,
            received_on,
            self.deadlines.decision(received_on),
            draft,
            origin.source,
            origin.branch,
            origin.conversation,
            origin.elder,
        )
        same = [one.number for one in self._complaints.values() if _same_matter(one, complaint)]
        complaint = replace(complaint, related=tuple(same[-5:]))
        self._enter(complaint, Step.RECEIVE, now, origin.account)
        return complaint

    def move(
        self, tx: Connection, number: str, move: Move, now: dt.datetime, seen: int | None = None
    ) -> Complaint:
        before = self._complaints.get(number)
        if before is None:
            raise NotAllowed("not_found", f"没有编号为 {number} 的投诉。")
        if seen is not None and seen != len(self._entries[number]):
            raise NotAllowed("stale", "这件投诉又有了新的变化，请先看一下时间线。")
        if move.step is Step.MERGE:
            self._check_target(move.to)
        after = follow(before, move, self.today(now), self.deadlines)
        if move.step is Step.TOLD:
            told = [replace(entry, untold=False) for entry in self._entries[number]]
            self._entries[number] = told
        untold = move.step in TELLS and after.conversation is None
        account = move.by.account
        self._enter(after, move.step, now, account, move.why, move.to, untold=untold)
        if move.step is Step.ANSWER:
            for child in self.merged(tx, number):
                untold = child.conversation is None
                step = Step.ANSWER_MERGED
                self._enter(child, step, now, account, move.why, move.to, untold=untold)
        if move.step is Step.WITHDRAW:
            for child in [one for one in self._complaints.values() if one.merged_into == number]:
                alone = replace(child, state=State.RECEIVED, merged_into="", ended_on=None)
                self._enter(alone, Step.UNMERGE, now, account, "", move.to, untold=True)
        return after

    def _check_target(self, number: str) -> None:
        target = self._complaints.get(number)
        if target is None:
            raise NotAllowed("not_found", f"没有编号为 {number} 的投诉，请核对。")
        if target.state not in RUNNING:
            raise NotAllowed("wrong_state", f"{number} 现在是“{LABELS[target.state]}”。")

    def merged(self, tx: Connection, number: str) -> list[Complaint]:
        into, found = [number], list[Complaint]()
        while into:
            more = [one for one in self._complaints.values() if one.merged_into in into]
            found += more
            into = [one.number for one in more]
        return found

    def not_told(self, tx: Connection, number: str) -> None:
        *before, last = self._entries[number]
        self._entries[number] = [*before, replace(last, untold=True)]

    def count(self, tx: Connection, wanted: Filter) -> int:
        return len(self.search(tx, replace(wanted, before="", limit=len(self._complaints))))

    def of(self, tx: Connection, conversation: int) -> list[Complaint]:
        return self._newest_first(lambda one: one.conversation == conversation)

    def find(self, tx: Connection, conversation: int, number: str) -> Complaint | None:
        found = self._complaints.get(number)
        return found if found and found.conversation == conversation else None

    def get(self, tx: Connection, number: str) -> Complaint | None:
        return self._complaints.get(number)

    def timeline(self, tx: Connection, number: str) -> list[Entry]:
        return list(self._entries.get(number, ()))

    def search(self, tx: Connection, wanted: Filter) -> list[Complaint]:
        if 0 < len(wanted.text.strip()) < 2:
            raise NotAllowed("too_short", "请至少输入两个字来搜索。")
        order = list(self._complaints)
        found = self._newest_first(lambda one: _fits(one, wanted) and self._has(one, wanted))
        if wanted.due_first:
            found.sort(key=lambda one: (one.due, order.index(one.number)))
        numbers = [one.number for one in found]
        after = numbers.index(wanted.before) + 1 if wanted.before in numbers else 0
        return found[after : after + wanted.limit]

    def _has(self, one: Complaint, wanted: Filter) -> bool:
        """What stands in its time line counts too."""
        draft, entries = one.draft, self._entries[one.number]
        added = [entry.why for entry in entries if entry.step is Step.SUPPLEMENT]
        texts = (draft.what, draft.wants, draft.when_where, draft.contact, draft.product, *added)
        told = not wanted.untold or any(entry.untold for entry in entries)
        return told and words(wanted.text) <= set().union(*map(words, texts))

    def due(self, tx: Connection, until: dt.date) -> list[Complaint]:
        owed = [one for one in self._complaints.values() if one.state in RUNNING]
        return sorted((one for one in owed if one.due <= until), key=lambda one: one.due)

    def _newest_first(self, fits: Callable[[Complaint], bool]) -> list[Complaint]:
        return [one for one in reversed(self._complaints.values()) if fits(one)]

    def _enter(
        self,
        complaint: Complaint,
        step: Step,
        now: dt.datetime,
        account: int | None,
        why: str = "",
        to: str = "",
        *,
        untold: bool = False,
    ) -> None:
        self._complaints[complaint.number] = complaint
        entry = Entry(step, now, account, complaint.state, complaint.due, why, to, untold)
        self._entries.setdefault(complaint.number, []).append(entry)


def _same_matter(one: Complaint, other: Complaint) -> bool:
    mine = one.conversation is not None and one.conversation == other.conversation
    contact = any(digit.isdigit() for digit in one.draft.contact)
    mine = mine or (contact and one.draft.contact == other.draft.contact)
    recent = other.received - one.received <= dt.timedelta(days=90)
    return mine and recent and alike(one.draft.what, other.draft.what)


def _fits(one: Complaint, wanted: Filter) -> bool:
    return all(
        (
            one.number.startswith(wanted.number),
            not wanted.states or one.state in wanted.states,
            wanted.owner is None or one.owner == wanted.owner,
            wanted.branch is None or one.branch == wanted.branch,
            not wanted.product or one.draft.product == wanted.product,
            not wanted.cause or (one.coding and one.coding.cause.startswith(wanted.cause)),
            not wanted.source or one.source == wanted.source,
            wanted.elder is None or one.elder == wanted.elder,
            not wanted.received_from or one.received_on >= wanted.received_from,
            not wanted.received_until or one.received_on <= wanted.received_until,
            not wanted.due_until or (one.state in RUNNING and one.due <= wanted.due_until),
            not wanted.due_from or (one.state in RUNNING and one.due >= wanted.due_from),
            not wanted.extension_asked or one.extension_asked_by is not None,
        )
    )
