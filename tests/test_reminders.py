"""Which reminder is in order on which day, and what it says."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.agents import Agent
from actions.reminder_ledger import Item
from actions.reminders import DAILY, SOON, Pending, needed
from actions.roles import Role
from bot.phrases.reminders import digest

DUE = dt.date(2026, 12, 10)
OFFICER = Agent(1, "wang", "小王", frozenset({Role.OFFICER}), superior=2)
CHIEF = Agent(2, "li", "李姐", frozenset({Role.SUPERVISOR}))
APPROVER = Agent(3, "zhao", "赵姐", frozenset({Role.APPROVER}))
SENIOR = Agent(4, "qian", "钱总", frozenset({Role.SENIOR}))
PEOPLE = [OFFICER, CHIEF, APPROVER, SENIOR]
OWNED = Pending(7, "2026112500017", "信用卡", DUE, owner=1)


def reminded(one: Pending, left: int) -> list[tuple[str, int]]:
    found = needed([one], PEOPLE, one.due - dt.timedelta(days=left))
    return [(reminder.kind, reminder.account) for reminder in found]


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (4, []),
        (3, [("soon", 1)]),
        (2, [("soon", 1)]),
        (1, [("tomorrow", 1), ("tomorrow", 2)]),
        (0, [("today", 1), ("today", 2)]),
        (-1, [("overdue-1", 1), ("overdue-1", 2)]),
        (-7, [("overdue-7", 1), ("overdue-7", 2)]),
        (-8, []),
    ],
)
def test_the_owner_is_reminded_from_three_days_before_and_the_superior_from_one(
    left: int, expected: list[tuple[str, int]]
) -> None:
    assert reminded(OWNED, left) == expected


def test_a_complaint_that_nobody_has_concerns_every_approver_who_did_not_step_aside() -> None:
    nobodys = replace(OWNED, owner=None)
    assert reminded(nobodys, 3) == [("soon", 3)]
    assert reminded(replace(nobodys, recused=frozenset({3})), 3) == []


def test_an_extension_that_waits_over_a_day_concerns_whoever_may_approve_it() -> None:
    asked = replace(OWNED, asked_by=1, asked_on=DUE - dt.timedelta(days=10))
    assert reminded(asked, 10) == []
    assert reminded(asked, 9) == [("approval-1", 3), ("approval-1", 4)]
    assert reminded(replace(asked, extension=1), 9) == [("approval-1", 4)]


def test_nobody_is_reminded_to_approve_what_they_asked_for() -> None:
    asked = replace(OWNED, asked_by=3, asked_on=DUE - dt.timedelta(days=10))
    assert reminded(asked, 8) == [("approval-2", 4)]


@given(st.integers(-40, 40))
def test_no_day_passes_from_three_before_to_seven_after_without_a_reminder(left: int) -> None:
    assert bool(reminded(OWNED, left)) == (-DAILY <= left <= SOON)


ITEMS = st.lists(
    st.builds(
        Item,
        st.from_regex(r"20\d{11}", fullmatch=True),
        st.text(max_size=40),
        st.dates(dt.date(2026, 1, 1), dt.date(2027, 1, 1)),
        st.booleans(),
    ),
    min_size=1,
    max_size=60,
)


@given(ITEMS, st.sampled_from([2_048, 4_000, 100_000]))
def test_a_message_is_never_longer_than_its_way_carries_and_counts_what_it_leaves_out(
    items: list[Item], most: int
) -> None:
    text = digest(items, DUE, "https://xiaobao.bank.example/desk/complaints", most)
    assert len(text.encode()) <= most
    assert f"有 {len(items)} 件投诉" in text
    left_out = len(items) - text.count("· 20")
    assert (f"还有 {left_out} 件" in text) == (left_out > 0)


def test_a_message_names_number_product_deadline_and_the_desk() -> None:
    items = [
        Item("2026112500017", "信用卡", DUE, approval=False),
        Item("2026112500025", "贷款 13812345678", DUE + dt.timedelta(days=3), approval=False),
        Item("2026112500033", "", DUE - dt.timedelta(days=5), approval=False),
        Item("2026112500041", "理财", DUE - dt.timedelta(days=2), approval=True),
    ]
    text = digest(items, DUE, "https://x.example/desk/complaints", 4_000)
    assert "· 2026112500017　信用卡　12月10日到期，就是今天" in text
    assert "12月13日到期，还有 3 天" in text
    assert "未写业务　12月5日到期，已超过 5 天" in text
    assert "延期申请从12月8日起等待审批" in text
    assert "https://x.example/desk/complaints" in text
    assert "13812345678" not in text
