"""Brings the agents' group up to date with the database: each topic, and who has none.

Nothing is queued beside the conversation itself: a topic knows how far it is, so a kill loses
nothing. One gateway at a time does this, by a lease.
A group takes about twenty messages a minute: what has gathered meanwhile goes out together, and
new topics come slowly, so that who is being served need not wait for them.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Collection

from actions.database import Database
from actions.errors import StorageUnavailable, XiaobaoError
from actions.floor import Handoff
from bot.errors import DeliveryDelayed
from bot.forum.lag import Lag
from bot.forum.lease import Lease
from bot.forum.scribe import CHANNEL, Scribe
from bot.forum.waitlist import WaitList
from bot.hub import DESK, LIVE, Hub, conversation_topic
from bot.limits import RateLimit
from bot.metrics import Metrics

logger = logging.getLogger(__name__)

_NEW_TOPICS = 3
"""A minute, for who waits, and three more at first; each is two messages."""
_POLL_S = 1.0
"""How often it looks without a ring: other gateways hear customers too."""
_BREATH_S = 0.2
_LONGEST_PAUSE_S = 60.0
_REST = dt.timedelta(seconds=60)


class Mirror:
    """One for each gateway; only who has the lease does anything."""

    def __init__(
        self,
        lag: Lag,
        scribe: Scribe,
        waitlist: WaitList,
        lease: Lease,
        database: Database,
        hub: Hub,
        metrics: Metrics,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._lag = lag
        self._scribe = scribe
        self._waitlist = waitlist
        self._lease = lease
        self._database = database
        self._hub = hub
        self._metrics = metrics
        self._clock = clock
        self._new_topics = RateLimit(_NEW_TOPICS)
        self._paused_until = clock()
        self._pause_s = 1.0
        self._resting: dict[int, dt.datetime] = {}
        """Topics that Telegram refuses, each until it is tried again: the others go on."""

    async def run(self) -> None:
        """Go on until the gateway stops."""
        try:
            with self._hub.listen(DESK, LIVE) as news:
                while True:
                    followed = await self.once()
                    news.follow({DESK, LIVE, *map(conversation_topic, followed)})
                    if not await news.comes(_POLL_S):
                        return
                    await asyncio.sleep(_BREATH_S)
        finally:
            await self._lease.let_go()

    async def once(self) -> Collection[int]:
        """Bring on whatever is behind; the conversations that go on in topics."""
        try:
            now = self._clock()
            if now >= self._paused_until and await self._lease.held():
                followed = await self._bring_all(now)
                self._pause_s = 1.0
                return followed
        except DeliveryDelayed as error:
            logger.warning("the agents' group must wait: %s", error)
            self._metrics.delivery(CHANNEL, "delayed")
            wait_s = self._pause_s if error.retry_after is None else error.retry_after
            self._paused_until = self._clock() + dt.timedelta(seconds=wait_s)
            self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)
        except XiaobaoError as error:
            logger.warning("the agents' group waits for the database: %s", error)
        return ()

    async def _bring_all(self, now: dt.datetime) -> Collection[int]:
        behind = await self._database.read(lambda tx: self._lag.behind(tx, now))
        without = {one.id: one for one in behind.without}
        for handoff in behind.requests:
            if now < self._resting.get(handoff.conversation, now):
                continue
            if handoff.id in without and self._new_topics.wait("", now.timestamp()):
                continue
            without.pop(handoff.id, None)
            await self._bring_on_or_rest(handoff)
        await self._waitlist.show(list(without.values()))
        return behind.followed

    async def _bring_on_or_rest(self, handoff: Handoff) -> None:
        self._resting.pop(handoff.conversation, None)
        try:
            await self._scribe.bring_on(handoff)
        except (DeliveryDelayed, StorageUnavailable):
            raise
        except Exception:  # whatever broke, the next customer must not wait for it
            logger.exception("a topic of the agents' group could not be brought up to date")
            self._resting[handoff.conversation] = self._clock() + _REST
