"""The desk's 知识 page: what customers asked in vain, and drafts of articles about it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection

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
        # Grouping a thousand questions takes a while; no customer's turn should wait for it.
        return await asyncio.to_thread(self._shown, found)

    def _shown(self, found: Sequence[Gap]) -> Json:
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
        await self._settle(agent, ids, "gap.settle", f"{len(ids)} questions")

    async def begin(self, agent: Agent, ids: Sequence[int]) -> Draft:
        """A draft out of these questions. Raises NotAllowed where they are settled already."""
        wanted = set(ids)
        found = await self._database.read(self._gaps.unsettled)
        questions = [gap.question for gap in found if gap.id in wanted]
        if not questions:
            raise NotAllowed("not_found", "这些问题已经有同事处理了，请刷新页面。")
        draft = self._drafts.begin(questions, self._clock().date())
        await self._settle(agent, ids, "draft.begin", draft.id)
        return draft

    def draft(self, id_: str) -> Draft:
        """One draft. Raises NotAllowed where there is none."""
        with _told():
            return self._drafts.get(id_)

    async def save(self, agent: Agent, id_: str, text: str) -> Draft:
        """Keep what was written. Raises NotAllowed: not_found, too_long."""
        with _told():
            draft = self._drafts.save(id_, text)
        await self._settle(agent, (), "draft.save", id_)
        return draft

    async def remove(self, agent: Agent, id_: str) -> None:
        """Throw a draft away. Raises NotAllowed where there is none."""
        with _told():
            self._drafts.remove(id_)
        await self._settle(agent, (), "draft.remove", id_)

    async def _settle(self, agent: Agent, ids: Sequence[int], action: str, subject: str) -> None:
        """Settle questions, if any, and journal who did what, in one transaction."""
        now, who = self._clock(), f"agent:{agent.id}"

        def store(tx: Connection) -> None:
            if ids:
                self._gaps.settle(tx, ids, now)
            journal.record(tx, now, who, action, subject)

        await self._database.write(store)


@contextmanager
def _told() -> Iterator[None]:
    """What is wrong with a draft, in words for the agent."""
    try:
        yield
    except LookupError as error:
        raise NotAllowed("not_found", "没有这篇草稿，可能已被收走或删去。") from error
    except ValueError as error:
        raise NotAllowed("too_long", f"{error}。") from error
