"""Improvement tasks where they are kept; the journal holds who did what, when and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, select

from actions import journal
from actions.errors import NotAllowed
from actions.improvement import (
    COURSE,
    LONGEST_CHANGE,
    LONGEST_TITLE,
    TURN_LABELS,
    WRITERS,
    Improvement,
    Past,
    Plan,
    Stage,
    Turn,
    objection,
)
from actions.privacy import mask
from actions.roles import Role
from actions.steps import Actor
from actions.tables import agents, complaints, improvement_complaints, improvements
from actions.tables import journal as journal_table

_SHOWN = 100
"""Tasks in a list, those that are not yet checked first."""


class Improvements:
    """Works within the caller's transaction."""

    def open(
        self, tx: Connection, plan: Plan, numbers: Sequence[str], by: Actor, now: dt.datetime
    ) -> int:
        """Begin a task for these complaints; its number. Raises NotAllowed."""
        if by.roles.isdisjoint(WRITERS):
            raise NotAllowed("forbidden", "您的角色只能查看，不能新建整改任务。")
        values = {
            **_values(tx, plan),
            "cause": plan.cause,
            "stage": Stage.OPEN,
            "opened": now,
        }
        made = improvements.insert().values(values).returning(improvements.c.id)
        id_ = int(tx.execute(made).scalar_one())
        rows = _rows_of(tx, numbers)
        tx.execute(
            improvement_complaints.insert(),
            [{"improvement": id_, "complaint": row} for row in rows],
        )
        detail = f"{plan.title}；期限 {plan.due}；关联投诉 {len(rows)} 件"
        journal.record(tx, now, by.name, "improvement.open", f"improvement:{id_}", detail)
        return id_

    def move(
        self,
        tx: Connection,
        id_: int,
        turn: Turn,
        by: Actor,
        why: str,
        now: dt.datetime,
        today: dt.date,
        plan: Plan | None = None,
    ) -> None:
        """Take one turn; `plan` belongs to a change.

        Raises NotAllowed: not_found, wrong_state, forbidden, four_eyes, needs_reason.
        """
        task = self.get(tx, id_)
        refused = objection(task, turn, by)
        if refused is None and not why.strip():
            refused = NotAllowed("needs_reason", f"请写明“{TURN_LABELS[turn]}”的情况或理由。")
        if refused is not None:
            raise refused
        values: dict[str, Any] = {"stage": COURSE[turn][task.stage]}
        if turn is Turn.FINISH:
            values |= {"done_on": today, "done_by": by.account}
        if turn is Turn.REOPEN:
            values |= {"done_on": None, "done_by": None}
        if turn is Turn.CHANGE and plan is not None:
            values |= _values(tx, plan)
            why = (
                f"{why}（期限 {task.plan.due} → {plan.due}）" if plan.due != task.plan.due else why
            )
        tx.execute(improvements.update().where(improvements.c.id == id_).values(values))
        journal.record(tx, now, by.name, f"improvement.{turn}", f"improvement:{id_}", why.strip())

    def get(self, tx: Connection, id_: int) -> Improvement:
        """One task. Raises NotAllowed where there is none."""
        query = select(improvements).where(improvements.c.id == id_)
        found = _with_numbers(tx, [_task(row) for row in tx.execute(query.with_for_update())])
        if not found:
            raise NotAllowed("not_found", f"没有编号为 {id_} 的整改任务，请刷新页面。")
        return found[0]

    def list(self, tx: Connection) -> Sequence[Improvement]:
        """The tasks, those to be done first and the soonest due of them; then the latest others."""
        pending = improvements.c.stage != Stage.CHECKED
        order = (pending.desc(), improvements.c.due, improvements.c.id.desc())
        query = select(improvements).order_by(*order).limit(_SHOWN)
        return _with_numbers(tx, [_task(row) for row in tx.execute(query)])

    def history(self, tx: Connection, id_: int) -> Sequence[Past]:
        """Who did what, when and why, oldest first."""
        query = (
            select(journal_table)
            .where(journal_table.c.subject == f"improvement:{id_}")
            .order_by(journal_table.c.id)
        )
        return [Past(row.at, row.actor, row.action, row.detail) for row in tx.execute(query)]


def _values(tx: Connection, plan: Plan) -> dict[str, Any]:
    """What a plan stores. Raises NotAllowed where its owner has no account that could do it."""
    roles = tx.scalar(select(agents.c.roles).where(agents.c.id == plan.owner))
    if roles is None or WRITERS.isdisjoint(map(Role, roles.split(","))):
        raise NotAllowed("no_owner", "请选择负责人：要有投诉专员或审批人的账号。")
    return {
        "title": mask(plan.title)[:LONGEST_TITLE],
        "change": mask(plan.change)[:LONGEST_CHANGE],
        "owner": plan.owner,
        "due": plan.due,
    }


def _rows_of(tx: Connection, numbers: Sequence[str]) -> list[int]:
    query = select(complaints.c.id).where(complaints.c.number.in_(numbers))
    rows = [int(row) for row in tx.scalars(query)]
    if not rows or len(rows) != len(set(numbers)):
        raise NotAllowed("not_found", "有的投诉编号找不到，请刷新页面后再试。")
    return rows


def _task(row: Row[Any]) -> Improvement:
    plan = Plan(row.title, row.change, row.owner, row.due, row.cause)
    return Improvement(row.id, plan, Stage(row.stage), row.opened, row.done_on, row.done_by)


def _with_numbers(tx: Connection, tasks: Sequence[Improvement]) -> list[Improvement]:
    query = (
        select(improvement_complaints.c.improvement, complaints.c.number)
        .join_from(improvement_complaints, complaints)
        .where(improvement_complaints.c.improvement.in_([task.id for task in tasks]))
        .order_by(complaints.c.id)
    )
    linked: dict[int, list[str]] = {}
    for id_, number in tx.execute(query):
        linked.setdefault(id_, []).append(number)
    return [replace(task, numbers=tuple(linked.get(task.id, ()))) for task in tasks]
