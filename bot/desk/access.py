"""Which of the desk's pages an account may open; each page's own API checks it again."""

from __future__ import annotations

from collections.abc import Mapping

from actions.agents import Agent
from actions.roles import Role

AT_THE_DESK = frozenset({Role.AGENT, Role.SUPERVISOR})
"""Who speaks with customers."""
COMPLAINT_READERS = frozenset(
    {Role.OFFICER, Role.APPROVER, Role.SENIOR, Role.AUDITOR, Role.SUPERVISOR}
)
CALL_READERS = COMPLAINT_READERS | {Role.AGENT}
"""Agents read the calls of customers whom they have served, the others all."""
FIGURE_READERS = frozenset({Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN})
_PAGES: Mapping[str, frozenset[Role]] = {
    "desk": AT_THE_DESK,
    "complaints": COMPLAINT_READERS,
    "causes": COMPLAINT_READERS,
    "calls": CALL_READERS,
    "figures": FIGURE_READERS,
    "knowledge": frozenset(Role),
}


def pages_of(agent: Agent) -> list[str]:
    """The pages that this account may open; the first is where it begins its work."""
    return [page for page, roles in _PAGES.items() if roles & agent.roles]
