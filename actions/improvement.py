"""A task that puts a cause of complaints right (溯源整改): its course, and who may do what. Pure.

After 银行业保险业消费投诉处理管理办法 (2020 No. 3), Art. 9.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from actions.errors import NotAllowed
from actions.roles import Role
from actions.steps import Actor

MOST_LINKED = 500
"""Complaints of one task."""
LONGEST_TITLE = 120
LONGEST_CHANGE = 1_000
LONGEST_WHY = 400
"""Characters; the journal keeps 500 of a reason with what belongs to it."""


class Stage(StrEnum):
    """How far a task has come."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    CHECKED = "checked"


class Turn(StrEnum):
    """What can be done with a task."""

    START = "start"
    FINISH = "finish"
    CHECK = "check"
    REOPEN = "reopen"
    CHANGE = "change"
    """Another day, owner or plan."""


STAGE_LABELS = {
    Stage.OPEN: "待整改",
    Stage.IN_PROGRESS: "整改中",
    Stage.DONE: "已整改，待复核",
    Stage.CHECKED: "已复核",
}
TURN_LABELS = {
    Turn.START: "开始整改",
    Turn.FINISH: "整改完成",
    Turn.CHECK: "复核通过",
    Turn.REOPEN: "退回再改",
    Turn.CHANGE: "调整",
}
COURSE: dict[Turn, dict[Stage, Stage]] = {
    Turn.START: {Stage.OPEN: Stage.IN_PROGRESS},
    Turn.FINISH: {Stage.IN_PROGRESS: Stage.DONE},
    Turn.CHECK: {Stage.DONE: Stage.CHECKED},
    Turn.REOPEN: {Stage.DONE: Stage.IN_PROGRESS, Stage.CHECKED: Stage.IN_PROGRESS},
    Turn.CHANGE: {Stage.OPEN: Stage.OPEN, Stage.IN_PROGRESS: Stage.IN_PROGRESS},
}
"""From which stage each turn leads where; nothing else can happen."""
WRITERS = frozenset({Role.OFFICER, Role.APPROVER, Role.SENIOR})
"""Who may open and move tasks."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a task is about; written by the bank's people, without personal data."""

    title: str
    change: str
    """What will be done differently."""
    owner: int
    due: dt.date
    cause: str
    """The leaf of the cause axis that it is to end."""


@dataclass(frozen=True, slots=True)
class Improvement:
    """One task."""

    id: int
    plan: Plan
    stage: Stage
    opened: dt.datetime
    done_on: dt.date | None = None
    done_by: int | None = None
    numbers: tuple[str, ...] = ()
    """The complaints that it is to end, oldest first."""

    def overdue(self, today: dt.date) -> bool:
        """Whether the day has passed and the task is not done."""
        return self.stage in {Stage.OPEN, Stage.IN_PROGRESS} and today > self.plan.due

    def turns(self, by: Actor) -> list[Turn]:
        """What `by` can do now."""
        return [turn for turn in Turn if objection(self, turn, by) is None]


@dataclass(frozen=True, slots=True)
class Past:
    """One line of a task's history, out of the journal."""

    at: dt.datetime
    actor: str
    action: str
    detail: str


def objection(task: Improvement, turn: Turn, by: Actor) -> NotAllowed | None:
    """Why `by` may not take this turn now; None if they may."""
    if by.roles.isdisjoint(WRITERS):
        return NotAllowed("forbidden", "整改任务由投诉专员和审批人办理，您的角色只能查看。")
    if task.stage not in COURSE[turn]:
        now, wanted = STAGE_LABELS[task.stage], TURN_LABELS[turn]
        return NotAllowed("wrong_state", f"这项任务现在是“{now}”，不能做“{wanted}”。")
    if turn is Turn.CHECK and by.account in {task.plan.owner, task.done_by}:
        return NotAllowed("four_eyes", "负责人和完成人不能复核自己的整改，请由其他同事复核。")
    return None
