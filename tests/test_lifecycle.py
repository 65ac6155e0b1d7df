"""No sequence of steps leads out of the table, moves a deadline back, or moves one silently."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from memory_register import MemoryRegister

from actions.calendar import Calendar, load
from actions.complaints import (
    ENDED,
    LIFECYCLE,
    OPEN,
    RUNNING,
    WHO,
    Coding,
    Complaint,
    Draft,
    State,
    Step,
)
from actions.deadlines import Deadlines
from actions.errors import NotAllowed
from actions.register import Origin
from actions.roles import Role
from actions.steps import CUSTOMER_ACTOR, NEEDS_WHY, Actor, Move, allowed

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = load()
START = dt.datetime(2026, 9, 20, 2, tzinfo=dt.UTC)
DRAFT = Draft("柜台多扣了二十块", "信用卡", "上周五", "退钱", "不留")
CODING = Coding("前台/营业现场", "信用卡", "定价收费")
PEOPLE = (
    CUSTOMER_ACTOR,
    Actor(1, frozenset({Role.OFFICER})),
    Actor(2, frozenset({Role.OFFICER, Role.APPROVER})),
    Actor(3, frozenset({Role.APPROVER})),
    Actor(4, frozenset({Role.SENIOR})),
    Actor(5, frozenset({Role.AUDITOR})),
    Actor(6, frozenset({Role.AGENT, Role.SUPERVISOR, Role.ADMIN})),
)


FOLLOWING = {Step.ANSWER_MERGED, Step.UNMERGE}
"""Taken by the register itself, with the step of the complaint into which another was merged."""


class Lives(RuleBasedStateMachine):
    """Two complaints, and everybody trying everything on any day."""

    @initialize(working_days=st.booleans())
    def begin(self, *, working_days: bool) -> None:
        self.deadlines = Deadlines(working_days=working_days, calendar=CALENDAR)
        self.register = MemoryRegister(self.deadlines, ZONE)
        self.now = START
        origin = Origin("desk")
        received = [self.register.receive(NOTHING, origin, DRAFT, self.now) for _ in range(2)]
        self.numbers = [one.number for one in received]
        self.seen = {one.number: one for one in received}

    def look(self, number: str) -> Complaint:
        found = self.register.get(NOTHING, number)
        assert found is not None
        return found

    @rule(days=st.integers(0, 40))
    def time_passes(self, days: int) -> None:
        self.now += dt.timedelta(days=days)

    @rule(
        place=st.integers(0, 1),
        step=st.sampled_from(Step),
        by=st.sampled_from(PEOPLE),
        why=st.sampled_from(["", "  ", "事由"]),
        to=st.sampled_from(["", "城东支行", "other", "2026092099999"]),
        owner=st.sampled_from([None, 1, 2, 3]),
        coding=st.sampled_from([None, CODING]),
    )
    def somebody_tries(self, place: int, step: Step, by: Actor, to: str, **rest: Any) -> None:
        self.attempt(self.numbers[place], step, by, to=self._target(place, to), **rest)

    @rule(place=st.integers(0, 1), by=st.sampled_from(PEOPLE[1:]), pick=st.integers(0, 30))
    def somebody_does_what_the_page_offers(self, place: int, by: Actor, pick: int) -> None:
        number = self.numbers[place]
        before = self.look(number)
        offered = allowed(before, by, self.register.today(self.now), self.deadlines)
        if not offered:
            return
        step = offered[pick % len(offered)]
        to = self.numbers[1 - place] if step is Step.MERGE else f"城东支行{pick}"
        owner = next(one for one in (1, 2, 3, 7) if one not in before.recused)
        move = Move(step, by, "事由", to, owner, CODING)
        if step is Step.MERGE and self.look(to).state not in RUNNING:
            return
        if step is Step.TRANSFER and to == before.branch:  # which the page does not offer
            return
        self.register.move(NOTHING, number, move, self.now)

    def _target(self, place: int, to: str) -> str:
        return self.numbers[1 - place] if to == "other" else to

    def attempt(self, number: str, step: Step, by: Actor, **rest: Any) -> None:
        before = self.look(number)
        entries = len(self.register.timeline(NOTHING, number))
        after, refusal = before, ""
        try:
            after = self.register.move(NOTHING, number, Move(step, by, **rest), self.now)
        except NotAllowed as error:
            refusal = str(error)
        if refusal:
            assert refusal.endswith("。")
            assert self.look(number) == before, "a refused step changed something"
            assert len(self.register.timeline(NOTHING, number)) == entries
            return
        assert LIFECYCLE[step][before.state] is after.state
        assert by is CUSTOMER_ACTOR or by.roles & WHO[step]
        assert by.account not in before.recused or step is Step.NOTE
        assert step not in NEEDS_WHY or rest["why"].strip()

    @invariant()
    def no_deadline_moves_back_and_each_move_is_an_extension_or_a_dispute(self) -> None:
        for number in getattr(self, "numbers", []):
            entries = self.register.timeline(NOTHING, number)
            for before, after in pairwise(entries):
                assert after.due >= before.due
                if after.due != before.due:
                    assert after.step in {Step.EXTEND, Step.DISPUTE}
                    assert after.untold or self._told_later(entries, after)
            assert entries[-1].due == self.look(number).due

    def _told_later(self, entries: list[Any], entry: Any) -> bool:
        later = entries[entries.index(entry) :]
        return any(one.step is Step.TOLD for one in later)

    @invariant()
    def the_time_line_is_a_walk_through_the_table(self) -> None:
        for number in getattr(self, "numbers", []):
            entries = self.register.timeline(NOTHING, number)
            state = State.RECEIVED
            for entry in entries[1:]:
                state = LIFECYCLE[entry.step][state]
                assert entry.state is state
            complaint = self.look(number)
            assert complaint.state is state
            assert (complaint.ended_on is not None) == (state in ENDED)
            assert complaint.extension <= 2
            assert complaint.due <= self.deadlines.decision(complaint.received_on, 2) or any(
                entry.step is Step.DISPUTE for entry in entries
            )

    @precondition(lambda self: hasattr(self, "numbers"))
    @rule(place=st.integers(0, 1))
    def a_customer_can_always_withdraw_what_is_open(self, place: int) -> None:
        before = self.look(self.numbers[place])
        if before.state in OPEN:
            today = self.register.today(self.now)
            assert Step.WITHDRAW in allowed(before, CUSTOMER_ACTOR, today, self.deadlines)


NOTHING: Any = None
"""The register in memory needs no transaction."""
TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


@pytest.mark.parametrize("step", list(LIFECYCLE))
def test_every_step_but_those_that_follow_from_another_complaints_has_somebody_to_take_it(
    step: Step,
) -> None:
    assert bool(WHO[step]) is (step not in FOLLOWING)


def test_every_state_but_the_ends_can_still_be_left() -> None:
    for state in OPEN:
        assert any(moves.get(state, state) is not state for moves in LIFECYCLE.values())
    for state in ENDED - {State.CLOSED}:
        by_hand = [moves for step, moves in LIFECYCLE.items() if step not in FOLLOWING]
        assert all(moves.get(state, state) is state for moves in by_hand)


def test_working_days_leave_out_weekends_and_holidays_and_count_the_days_worked_instead() -> None:
    calendar = Calendar({dt.date(2026, 10, 1)}, {dt.date(2026, 10, 10)})
    deadlines = Deadlines(decision_days=3, working_days=True, calendar=calendar)
    # 30 September is a Wednesday; 2, 5 and 6 October count.
    assert deadlines.decision(dt.date(2026, 9, 30)) == dt.date(2026, 10, 6)
    # 9 October is a Friday; the Saturday is worked, then Monday.
    assert deadlines.decision(dt.date(2026, 10, 8)) == dt.date(2026, 10, 12)
