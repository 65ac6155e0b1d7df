"""What officers see of complaints: lists, one complaint, and its personal data for a reason."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from actions.agents import Agent, everyone
from actions.answer_templates import Template, fill
from actions.attachments import Attachment, Attachments
from actions.complaint_rows import Entry
from actions.complaints import Complaint
from actions.database import Database
from actions.errors import NotAllowed
from actions.register import ComplaintRegister
from actions.roles import Role
from actions.steps import Actor
from bot.desk import complaint_forms, complaint_query, complaint_shown
from bot.desk.complaint_shown import Names
from bot.desk.disclosure import EXPORTERS, REVEALERS, Disclosure
from bot.turn import Json

"""Who may see the page; auditors and supervisors change nothing."""
_APPROVERS = frozenset({Role.APPROVER, Role.SENIOR})
_PAGE = 50


@dataclass(frozen=True, slots=True)
class Bank:
    """What the page and its templates say about the bank."""

    name: str
    hotline: str
    branches: tuple[str, ...]
    zone: dt.tzinfo


@dataclass(frozen=True, slots=True)
class Opened:
    """One complaint with what belongs to it, as of one moment."""

    complaint: Complaint
    entries: list[Entry]
    merged: list[Complaint]
    people: list[Agent]
    attachments: list[Attachment]

    @property
    def names(self) -> Names:
        """What each account is called."""
        return {one.id: one.name for one in self.people}


class ComplaintViews:
    """Looks only; complaint_steps.py changes."""

    def __init__(
        self,
        database: Database,
        register: ComplaintRegister,
        attachments: Attachments,
        disclosure: Disclosure,
        templates: tuple[Template, ...],
        bank: Bank,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._database = database
        self._register = register
        self._attachments = attachments
        self._disclosure = disclosure
        self._templates = templates
        self._bank = bank
        self._clock = clock

    async def overview(self, agent: Agent) -> Json:
        """Who asks, what they may do, how much stands in each list, and what can be chosen."""
        today = self._register.today(self._clock())

        def look(tx: Connection) -> list[Json]:
            return [
                {
                    "id": name,
                    "label": label,
                    "count": self._register.count(
                        tx, complaint_query.bucket(name, agent.id, today)
                    ),
                }
                for name, label in complaint_query.BUCKETS.items()
                if name != "approval" or agent.roles & _APPROVERS
            ]

        return {
            "agent": {"login": agent.login, "name": agent.name},
            "may": {
                "write": Role.OFFICER in agent.roles,
                "reveal": not agent.roles.isdisjoint(REVEALERS),
                "export_clear": not agent.roles.isdisjoint(EXPORTERS),
            },
            "buckets": await self._database.read(look),
            "choices": complaint_query.choices(self._bank.branches),
        }

    async def found(self, agent: Agent, values: Mapping[str, Any]) -> Json:
        """One page of what `values` look for (complaint_query). Raises BadField, NotAllowed."""
        today = self._register.today(self._clock())
        wanted = complaint_query.read(values, agent.id, today)

        def look(tx: Connection) -> Json:
            page = self._register.search(tx, replace(wanted, limit=_PAGE + 1))
            names = names_of(tx)
            return {
                "total": self._register.count(tx, wanted),
                "more": len(page) > _PAGE,
                "complaints": [complaint_shown.row(one, names, today) for one in page[:_PAGE]],
            }

        return await self._database.read(look)

    async def one(self, agent: Agent, number: str) -> Json:
        """Everything about one complaint, masked, and what `agent` can do with it now."""
        opened = await self._database.read(lambda tx: self.open(tx, number))
        return self.shown(agent, opened)

    async def reveal(self, agent: Agent, number: str, reason: str) -> Json:
        """The same in the clear, for this look only.

        Raises NotAllowed (recused, forbidden), BadField (reason), RateLimited.
        """
        opened = await self._database.read(lambda tx: self.open(tx, number))
        self._disclosure.require(agent, opened.complaint)
        self._disclosure.admit(agent, reason, REVEALERS)
        await self._database.write(
            lambda tx: self._disclosure.note(
                tx, agent, "complaint.reveal", f"complaint:{number}", reason
            )
        )
        return self.shown(agent, opened, clear=True)

    def open(self, tx: Connection, number: str) -> Opened:
        """One complaint. Raises NotAllowed where there is none."""
        complaint = self._register.get(tx, number)
        if complaint is None:
            raise NotAllowed("not_found", f"没有编号为 {number} 的投诉，请核对编号。")
        return Opened(
            complaint,
            self._register.timeline(tx, number),
            self._register.merged(tx, number),
            everyone(tx),
            self._attachments.of(tx, number),
        )

    async def attachment(
        self, agent: Agent, number: str, id_: str, reason: str
    ) -> tuple[Attachment, bytes]:
        """A file of this complaint: personal data, like everything in the clear.

        Raises NotAllowed (not_found, recused, forbidden), BadField (reason) and RateLimited.
        """
        opened = await self._database.read(lambda tx: self.open(tx, number))
        found = [one for one in opened.attachments if one.id == id_]
        if not found:
            raise NotAllowed("not_found", "这件投诉没有这个附件。")
        self._disclosure.require(agent, opened.complaint)
        self._disclosure.admit(agent, reason, REVEALERS)
        content = await asyncio.to_thread(self._attachments.open, id_)
        await self._database.write(
            lambda tx: self._disclosure.note(
                tx, agent, "complaint.attachment", f"complaint:{number}", f"{reason}（{id_[:8]}）"
            )
        )
        return found[0], content

    def shown(self, agent: Agent, opened: Opened, *, clear: bool = False) -> Json:
        """One complaint as `agent` sees it."""
        one, today = opened.complaint, self._register.today(self._clock())
        what = complaint_shown.whole(
            one, opened.entries, opened.merged, opened.names, today, clear=clear
        )
        steps = complaint_forms.offered(
            one,
            Actor(agent.id, agent.roles),
            today,
            self._register.deadlines,
            untold=what["untold"],
        )
        known = self._known(opened)
        return {
            **what,
            "attachments": [complaint_shown.attachment(file) for file in opened.attachments],
            "recused": agent.id in one.recused,
            "steps": [complaint_forms.shown(step) for step in steps],
            "templates": [
                {
                    "title": template.title,
                    "group": template.group,
                    "steps": sorted(template.steps),
                    "text": fill(template.text, known),
                }
                for template in self._templates
                if not template.steps.isdisjoint(steps)
            ],
            "owners": [
                {"id": person.id, "name": person.name}
                for person in opened.people
                if Role.OFFICER in person.roles and person.id not in one.recused
            ],
            "branches": [name for name in self._bank.branches if name != one.branch],
        }

    def _known(self, opened: Opened) -> dict[str, str]:
        """What fills the gaps of a template; what is not known here stays a gap."""
        one = opened.complaint
        return {
            "编号": one.number,
            "业务": one.draft.product,
            "登记日期": _day(one.received_on),
            "期限": _day(one.due),
            "机构": one.branch,
            "经办人": opened.names.get(one.owner or 0, ""),
            "银行": self._bank.name,
            "热线": self._bank.hotline,
        }


def names_of(tx: Connection) -> dict[int, str]:
    """What each account is called."""
    return {one.id: one.name for one in everyone(tx)}


def _day(day: dt.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
