"""Personal data in the clear: to whom, for which reason, how often; each time journalled."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable

from sqlalchemy import Connection

from actions import journal
from actions.agents import Agent
from actions.complaints import Complaint
from actions.errors import NotAllowed
from actions.roles import ROLE_LABELS, Role
from bot.errors import BadField, RateLimited
from bot.limits import RateLimit

REVEALERS = frozenset({Role.OFFICER, Role.APPROVER, Role.SENIOR, Role.AUDITOR})
"""Who may see one complaint in the clear."""
EXPORTERS = frozenset({Role.OFFICER, Role.AUDITOR})
"""Who may take many away in the clear."""
AN_HOUR = 30
"""How often one account may see personal data in the clear."""
_MIN_REASON = 4
_MAX_REASON = 200


class Disclosure:
    """Asked before anything is shown unmasked."""

    def __init__(self, clock: Callable[[], dt.datetime]) -> None:
        self._clock = clock
        self._limit = RateLimit(AN_HOUR, window_s=3600.0)

    def admit(
        self, agent: Agent, reason: str, roles: frozenset[Role], what: str = "查看完整信息"
    ) -> None:
        """Count one look at personal data; `what` the agent wants to do, in Chinese.

        Raises NotAllowed (forbidden), BadField (reason) and RateLimited, in words for the agent.
        """
        if agent.roles.isdisjoint(roles):
            wanted = "、".join(ROLE_LABELS[role] for role in sorted(roles))
            raise NotAllowed("forbidden", f"{what}需要这些角色之一：{wanted}。")
        if not _MIN_REASON <= len(reason) <= _MAX_REASON:
            raise BadField(
                "reason",
                f"请写明为什么要{what}，{_MIN_REASON} 到 {_MAX_REASON} 个字，"
                "例如：打电话给客户核实经过。",
            )
        seconds = self._limit.wait(str(agent.id), self._clock().timestamp())
        if seconds:
            minutes = math.ceil(seconds / 60)
            raise RateLimited(
                f"每人一小时最多查看完整信息、听录音一共 {AN_HOUR} 次，请过 {minutes} 分钟再试。",
                seconds,
            )

    def require(self, agent: Agent, complaint: Complaint) -> None:
        """Raise NotAllowed where `agent` has stepped aside from `complaint`."""
        if agent.id in complaint.recused:
            raise NotAllowed("recused", "您已回避这件投诉，不能查看完整信息。")

    def note(self, tx: Connection, agent: Agent, action: str, subject: str, detail: str) -> None:
        """Journal who saw or took what, and why."""
        journal.record(tx, self._clock(), f"agent:{agent.id}", action, subject, detail)
