"""The desk's 知识 page: what customers asked in vain, and drafts of articles about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from actions import journal
from actions.agents import Agent
from actions.database import Database
from actions.errors import NotAllowed
from actions.gaps import Gap, Gaps, Kind
from bot.turn import Json
from knowledge.drafts import Draft, Drafts
from knowledge.groups import group
from knowledge.search import KnowledgeBase

_SHOWN = 50
"""Groups on the page; the rest comes up as these are settled."""
_EXAMPLES = 8


class KnowledgeWork:
    """Groups gaps, begins and keeps drafts. Nothing here reaches a customer."""

    def __init__(
        self,
        database: Database,
        gaps: Gaps,
        drafts: Drafts,
        base: KnowledgeBase,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._database = database
        self._gaps = gaps
        self._drafts = drafts
        self._base = base
        self._clock = clock

    async def overview(self) -> Json:
        """The largest groups of open questions, and the drafts."""
        found = await self._database.read(self._gaps.unsettled)
        groups = group([gap.question for gap in found])
        return {
            "groups": [self._group([found[place] for place in one]) for one in groups[:_SHOWN]],
            "more": max(0, len(groups) - _SHOWN),
            "drafts": [
                {"id": one.id, "title": one.title, "remarks": len(one.remarks)}
                for one in self._drafts.list()
            ],
        }

    def _group(self, gaps: Sequence[Gap]) -> Json:
        texts = list(dict.fromkeys(gap.question for gap in gaps))
        matches = self._base.answer(texts[0], limit=1).matches
        nearest = matches[0].article if matches else None
        return {
            "ids": [gap.id for gap in gaps],
            "question": texts[0],
            "others": texts[1:_EXAMPLES],
            "unanswered": sum(gap.kind is Kind.UNANSWERED for gap in gaps),
            "handed_off": sum(gap.kind is Kind.HANDED_OFF for gap in gaps),
            "last": max(gap.at for gap in gaps).isoformat(),
            "nearest": {"id": nearest.id, "title": nearest.title} if nearest else None,
        }

    async def settle(self, agent: Agent, ids: Sequence[int]) -> None:
        """These questions need no article."""
        now = self._clock()
        await self._database.write(lambda tx: self._gaps.settle(tx, ids, now))
        await self._record(agent, "gap.settle", f"{len(ids)} questions", now)

    async def begin(self, agent: Agent, ids: Sequence[int]) -> Draft:
        """A draft out of these questions. Raises NotAllowed where they are settled already."""
        now = self._clock()
        wanted = set(ids)
        found = await self._database.read(self._gaps.unsettled)
        questions = [gap.question for gap in found if gap.id in wanted]
        if not questions:
            raise NotAllowed("not_found", "这些问题已经有同事处理了，请刷新页面。")
        draft = self._drafts.begin(questions, now.date())
        await self._database.write(lambda tx: self._gaps.settle(tx, ids, now))
        await self._record(agent, "draft.begin", draft.id, now)
        return draft

    def draft(self, id_: str) -> Draft:
        """One draft. Raises NotAllowed where there is none."""
        try:
            return self._drafts.get(id_)
        except LookupError as error:
            raise NotAllowed("not_found", "没有这篇草稿，可能已被收走或删去。") from error

    async def save(self, agent: Agent, id_: str, text: str) -> Draft:
        """Keep what was written. Raises NotAllowed: not_found, too_long."""
        self.draft(id_)
        try:
            draft = self._drafts.save(id_, text)
        except ValueError as error:
            raise NotAllowed("too_long", f"{error}。") from error
        await self._record(agent, "draft.save", id_, self._clock())
        return draft

    async def remove(self, agent: Agent, id_: str) -> None:
        """Throw a draft away. Raises NotAllowed where there is none."""
        self.draft(id_)
        self._drafts.remove(id_)
        await self._record(agent, "draft.remove", id_, self._clock())

    async def _record(self, agent: Agent, action: str, subject: str, now: dt.datetime) -> None:
        who = f"agent:{agent.id}"
        await self._database.write(lambda tx: journal.record(tx, now, who, action, subject))
