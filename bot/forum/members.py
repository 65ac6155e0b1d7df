"""Which agents the Telegram accounts are, and who of them is on duty."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from actions.agents import Agent
from actions.database import Database
from actions.errors import NotAllowed
from actions.phones import Phones
from bot.desk.access import AT_THE_DESK
from bot.forum import wording


class Members:
    """Each step is a transaction and raises StorageUnavailable. `user`: Telegram's number."""

    def __init__(
        self, phones: Phones, database: Database, clock: Callable[[], dt.datetime]
    ) -> None:
        self._phones = phones
        self._database = database
        self._clock = clock

    async def link(self, user: int, code: str) -> Agent | None:
        """Whose code it is, linked; None for one that is of no use."""
        now = self._clock()
        return await self._database.write(lambda tx: self._phones.link(tx, user, code, now))

    async def unlink(self, user: int) -> None:
        """The account is nobody's any more."""
        now = self._clock()
        await self._database.write(lambda tx: self._phones.unlink(tx, user, now))

    async def void(self, code: str) -> None:
        """Others have seen the code."""
        now = self._clock()
        await self._database.write(lambda tx: self._phones.void(tx, code, now))

    async def linked(self, user: int) -> Agent:
        """Whose account it is, also who may not serve any more. Raises NotAllowed: signed_out."""
        agent = await self._database.read(lambda tx: self._phones.agent(tx, user))
        if agent is None:
            raise NotAllowed("signed_out", wording.STRANGER)
        return agent

    async def agent(self, user: int) -> Agent:
        """Whose account it is, who may serve. Raises NotAllowed: signed_out, forbidden."""
        agent = await self.linked(user)
        if AT_THE_DESK.isdisjoint(agent.roles):
            raise NotAllowed("forbidden", wording.NO_ROLE)
        return agent

    async def begin(self, agent: Agent) -> None:
        """Who serves is on duty; a day later they must say so again."""
        now = self._clock()
        await self._database.write(lambda tx: self._phones.begin(tx, agent.id, now))

    async def end(self, agent: Agent) -> None:
        """Off duty."""
        await self._database.write(lambda tx: self._phones.end(tx, agent.id))
