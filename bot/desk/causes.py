"""The desk's 溯源整改 page: 堵点 of the last days, and the tasks that put them right."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from actions.agents import Agent, everyone
from actions.cases import Cases
from actions.complaints import Complaint
from actions.database import Database
from actions.errors import NotAllowed
from actions.hotspots import MOST, Period, hotspots
from actions.improvement import WRITERS, Improvement, Past, Plan, Turn
from actions.improvements import Improvements
from actions.steps import Actor
from bot.desk import causes_shown
from bot.turn import Json


class CauseWork:
    """Looks at complaints of late, and moves improvement tasks."""

    def __init__(
        self,
        database: Database,
        cases: Cases,
        clock: Callable[[], dt.datetime],
        zone: dt.tzinfo,
    ) -> None:
        self._database = database
        self._cases = cases
        self._improvements = Improvements()
        self._clock = clock
        self._zone = zone

    async def overview(self, agent: Agent, days: int) -> Json:
        """The 堵点 of the last `days` days, the tasks, and what `agent` may do."""
        today = self._today()
        period = Period(today - dt.timedelta(days=days - 1), today)
        found, tasks, people = await self._database.read(
            lambda tx: (
                self._cases.read(tx, period.before, today),
                self._improvements.list(tx),
                everyone(tx),
            )
        )
        # Comparing thousands of texts takes a while; no customer's turn should wait for it.
        causes = await asyncio.to_thread(self._compared, found, period, tasks)
        names = {one.id: one.name for one in people}
        by = Actor(agent.id, agent.roles)
        writers = [one for one in people if not one.roles.isdisjoint(WRITERS)]
        return {
            "agent": {"login": agent.login, "name": agent.name},
            "may_write": not agent.roles.isdisjoint(WRITERS),
            "people": [{"id": one.id, "name": one.name} for one in writers],
            "today": today.isoformat(),
            "days": days,
            **causes,
            "tasks": [causes_shown.task(one, by, names, today) for one in tasks],
        }

    def _compared(
        self, found: Sequence[Complaint], period: Period, tasks: Sequence[Improvement]
    ) -> Json:
        whole = len(found) < MOST
        cases = self._cases.coded(found)
        causes = hotspots(cases, period, whole=whole)
        return {
            **causes_shown.period(cases, period, whole=whole),
            "causes": [causes_shown.cause(one, tasks) for one in causes],
        }

    async def task(self, agent: Agent, id_: int) -> Json:
        """One task with its past, and what still comes after it. Raises NotAllowed (not_found)."""
        today = self._today()

        def look(
            tx: Connection,
        ) -> tuple[Improvement, Sequence[Past], dict[int, str], list[str], list[Complaint]]:
            task = self._improvements.get(tx, id_)
            names = {one.id: one.name for one in everyone(tx)}
            return (
                task,
                self._improvements.history(tx, id_),
                names,
                *self._cases.after(tx, task, today),
            )

        task, past, names, models, later = await self._database.read(look)
        again = await asyncio.to_thread(self._cases.still_coming, task, models, later)
        return {
            **causes_shown.task(task, Actor(agent.id, agent.roles), names, today),
            "past": [causes_shown.past(one, names) for one in past],
            "after": causes_shown.after(task, again, today),
        }

    async def open(self, agent: Agent, plan: Plan, numbers: Sequence[str]) -> int:
        """Begin a task for these complaints; its number. Raises NotAllowed."""
        self._check_due(plan.due)
        by, now = Actor(agent.id, agent.roles), self._clock()
        return await self._database.write(
            lambda tx: self._improvements.open(tx, plan, numbers, by, now)
        )

    async def move(self, agent: Agent, id_: int, turn: Turn, why: str, due: dt.date | None) -> None:
        """Take one turn of a task; a change may give it another day. Raises NotAllowed."""
        if due is not None:
            self._check_due(due)
        by, now, today = Actor(agent.id, agent.roles), self._clock(), self._today()

        def take(tx: Connection) -> None:
            plan = self._improvements.get(tx, id_).plan
            changed = replace(plan, due=due or plan.due)
            self._improvements.move(tx, id_, turn, by, why, now, today, changed)

        await self._database.write(take)

    def _check_due(self, due: dt.date) -> None:
        if due < self._today():
            raise NotAllowed("too_early", "完成期限不能早于今天。")

    def _today(self) -> dt.date:
        return self._clock().astimezone(self._zone).date()
