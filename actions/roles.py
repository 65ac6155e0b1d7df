"""What a person at the desk may do."""

from __future__ import annotations

from enum import StrEnum

from actions.errors import NotAllowed


class Role(StrEnum):
    """One person can have several."""

    AGENT = "agent"
    """Speaks with customers."""
    SUPERVISOR = "supervisor"
    """Sees every conversation, joins it and takes it over."""
    OFFICER = "officer"
    """Works on complaints."""
    APPROVER = "approver"
    """Lets an officer extend a deadline from 15 to 30 days."""
    SENIOR = "senior"
    """Of the institution above, or head office: lets it be extended by 30 days more."""
    AUDITOR = "auditor"
    """Reads complaints and the journal, and changes nothing."""
    ADMIN = "admin"
    """Manages accounts."""


ROLE_LABELS = {
    Role.AGENT: "坐席",
    Role.SUPERVISOR: "班长",
    Role.OFFICER: "投诉专员",
    Role.APPROVER: "审批人",
    Role.SENIOR: "高级审批人",
    Role.AUDITOR: "审计（只读）",
    Role.ADMIN: "管理员",
}


def parse_roles(text: str) -> frozenset[Role]:
    """The roles in a list such as `officer,approver`. Raises NotAllowed for an unknown one."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    try:
        roles = frozenset(map(Role, names))
    except ValueError as error:
        known = "、".join(f"{role}（{label}）" for role, label in ROLE_LABELS.items())
        raise NotAllowed("bad_role", f"没有这个角色：{text}。可以用：{known}。") from error
    if not roles:
        raise NotAllowed("bad_role", "请至少给一个角色，例如 agent。")
    return roles
