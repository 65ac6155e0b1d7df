"""What would keep reminders from reaching people, in words that say what to do."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection, select

from actions.agents import Agent, everyone
from actions.calendar import Calendar
from actions.complaints import RUNNING
from actions.database import Database
from actions.reminder_ledger import given_up
from actions.roles import Role
from actions.tables import complaints
from bot.errors import ReminderFailed
from bot.notify.ways import configured
from bot.settings import Settings

_NOVEMBER = 11
"""By then the State Council has announced the coming year's holidays."""


def holiday_problem(calendar: Calendar, today: dt.date) -> str:
    """What holidays.yml lacks; "" for nothing."""
    for year in (today.year, *([today.year + 1] if today.month >= _NOVEMBER else [])):
        if not calendar.knows(year):
            return f"holidays.yml 里还没有 {year} 年的节假日，请按国务院办公厅的通知补上"
    return ""


async def reminder_problems(settings: Settings, database: Database) -> list[str]:
    """Servers that do not answer, people who cannot be reached, reminders that were given up."""
    ways = configured(settings)
    if not ways:
        return []
    problems = []
    for way in ways:
        try:
            await way.try_out()
        except ReminderFailed as error:
            problems.append(f"提醒发不出去：{error}")
    now = dt.datetime.now(dt.UTC)
    people, owners, nobodys = await database.read(_who)
    reached = {one.id for one in people if any(way.place(one) for way in ways)}
    concerned = owners | {one.superior for one in people if one.id in owners and one.superior}
    problems += [
        f"{one.login} 收不到提醒：账号没有邮箱（或 Telegram 会话编号），"
        "请用 python -m bot agent 补上"
        for one in people
        if one.id in concerned - reached
    ]
    approvers = {one.id for one in people if Role.APPROVER in one.roles}
    if nobodys and not approvers & reached:
        problems.append(
            "有投诉还没有经办人，也没有一个收得到提醒的审批人，请添加审批人的账号和邮箱"
        )
    problems += [
        f"给 {one.login} 的 {one.number} 条提醒（{one.way}）一天内都没有发出去：{one.error}"
        for one in await database.read(lambda tx: given_up(tx, now))
    ]
    return problems


def _who(tx: Connection) -> tuple[list[Agent], set[int], bool]:
    """Everybody, the owners of running complaints, and whether one has no owner."""
    query = select(complaints.c.owner).where(complaints.c.state.in_(sorted(RUNNING))).distinct()
    owners = set(tx.scalars(query))
    return everyone(tx), owners - {None}, None in owners
