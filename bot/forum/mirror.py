"""Brings each customer's topic up to date with the database: words in order, and the card.

Nothing is queued beside the conversation itself: a topic knows how far it is, so a kill loses
nothing, and what was under way is at worst said twice. One gateway at a time does this, by a lease.
A group takes about twenty messages a minute: what has gathered meanwhile goes out together.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from sqlalchemy import Connection

from actions.database import Database
from actions.errors import StorageUnavailable, XiaobaoError
from actions.floor import Handoff
from actions.queueing import OPEN, HandoffState
from actions.shared import SharedValues
from actions.topics import Topic, Topics
from bot.errors import DeliveryDelayed
from bot.forum.group import CardGone, Group, TopicGone, seconds
from bot.forum.lag import Lag, View
from bot.forum.wording import card, state_of, title, words
from bot.hub import DESK, LIVE, Hub, conversation_topic
from bot.metrics import Metrics
from bot.service import Service
from bot.turn import Author

logger = logging.getLogger(__name__)

_NAME = "telegram-desk"
"""The lease, and the channel in the metrics."""
_LEASE = dt.timedelta(seconds=60)
"""Before each step it lasts for two thirds of this: longer than Telegram may take to answer."""
_POLL_S = 1.0
"""How often it looks without a ring: other gateways hear customers too."""
_BREATH_S = 0.2
_LONGEST_PAUSE_S = 60.0
_REST = dt.timedelta(seconds=60)


class Mirror:
    """One for each gateway; only who has the lease does anything."""

    def __init__(
        self,
        group: Group,
        lag: Lag,
        topics: Topics,
        shared: SharedValues,
        database: Database,
        service: Service,
        hub: Hub,
        metrics: Metrics,
        zone: dt.tzinfo,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._group = group
        self._lag = lag
        self._topics = topics
        self._shared = shared
        self._database = database
        self._outcomes = {one.code: one.label for one in service.outcomes}
        self._hub = hub
        self._metrics = metrics
        self._zone = zone
        self._clock = clock
        self._lease: str | None = None
        self._renewed = clock()
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
            await self._let_go()

    async def once(self) -> Sequence[int]:
        """Bring on whatever is behind; the conversations that go on in topics."""
        try:
            now = self._clock()
            if now < self._paused_until or not await self._leads():
                return ()
            behind, followed = await self._database.read(lambda tx: self._lag.behind(tx, now))
            for handoff in behind:
                if now >= self._resting.get(handoff.conversation, now):
                    await self._bring_on_or_rest(handoff)
            self._pause_s = 1.0
        except DeliveryDelayed as error:
            logger.warning("the agents' group must wait: %s", error)
            self._metrics.delivery(_NAME, "delayed")
            self._paused_until = self._clock() + seconds(error, self._pause_s)
            self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)
        except XiaobaoError as error:
            logger.warning("the agents' group waits for the database: %s", error)
        else:
            return followed
        return ()

    async def _leads(self) -> bool:
        """Whether this gateway writes to the group, and will for longer than a step takes."""
        now = self._clock()
        if self._lease and now < self._renewed + _LEASE / 3:
            return True

        def lease(tx: Connection) -> str | None:
            if self._lease and self._shared.hold(tx, _NAME, self._lease, now + _LEASE):
                return self._lease
            return self._shared.lease(tx, _NAME, now, _LEASE)

        self._lease, self._renewed = await self._database.write(lease), now
        return self._lease is not None

    async def _go_on(self) -> None:
        """Before each step: another gateway may have taken over from one that was slow."""
        if not await self._leads():
            raise DeliveryDelayed("另一个网关正在写坐席群", 1.0)

    async def _let_go(self) -> None:
        lease = self._lease
        if lease:
            with suppress(StorageUnavailable):  # then it runs out
                await self._database.write(lambda tx: self._shared.release(tx, _NAME, lease))

    async def _bring_on_or_rest(self, handoff: Handoff) -> None:
        self._resting.pop(handoff.conversation, None)
        try:
            await self._bring_on(handoff)
        except (DeliveryDelayed, StorageUnavailable):
            raise
        except Exception:  # whatever broke, the next customer must not wait for it
            logger.exception("a topic of the agents' group could not be brought up to date")
            self._resting[handoff.conversation] = self._clock() + _REST

    async def _bring_on(self, handoff: Handoff) -> None:
        try:
            now = self._clock()
            view = await self._database.read(lambda tx: self._lag.look(tx, handoff.id, now))
            await self._go_on()
            topic = await self._begun(view)
            topic = await self._told(view, topic)
            topic = await self._shown(view, topic)
            if view.handoff.state not in OPEN:
                if topic.thread:
                    await self._group.close(topic.thread)
                await self._save(replace(topic, handoff=None, card=None, shows=""))
        except TopicGone as gone:
            logger.warning("a topic was deleted in the agents' group and is made again: %s", gone)
            await self._database.write(lambda tx: self._forget(tx, handoff.conversation))

    def _forget(self, tx: Connection, conversation: int) -> None:
        lost = self._topics.of(tx, conversation)
        self._topics.save(tx, replace(lost, thread=None, card=None, shows=""))

    async def _begun(self, view: View) -> Topic:
        """The topic, there and open; a new request's card tells what was said before it."""
        handoff, topic = view.handoff, view.topic
        if topic.thread is None and handoff.state in OPEN:
            thread = await self._group.create(title(handoff))
            topic = await self._save(replace(topic, thread=thread))
        elif topic.thread and topic.handoff is None:
            await self._group.open(topic.thread)
            await self._group.name(topic.thread, title(handoff))
        if topic.handoff is None:
            reached = max((one.id for one in view.said), default=0)
            topic = replace(topic, handoff=handoff.id, card=None, shows="", reached=reached)
        return topic

    async def _told(self, view: View, topic: Topic) -> Topic:
        """What was said since; words of a talk that goes on at a desk page stay there."""
        new = [one for one in view.said if one.id > topic.reached]
        if topic.card and topic.thread and new:
            seen = [one for one in new if view.is_open or one.author is Author.DESK]
            for text in words(seen):
                await self._go_on()
                await self._group.post(topic.thread, text)
            self._metrics.delivery(_NAME, "sent", len(seen))
            topic = await self._save(replace(topic, reached=new[-1].id))
        return topic

    async def _shown(self, view: View, topic: Topic) -> Topic:
        """The card as things stand; who waits again has a new one, that everybody is told of."""
        handoff, shows = view.handoff, state_of(view.handoff)
        if topic.thread is None or (topic.card and topic.shows == shows):
            return topic
        if topic.shows and f"{title(handoff)}/" not in topic.shows:
            await self._group.name(topic.thread, title(handoff))
        before = [one for one in view.said if one.id <= topic.reached] if view.is_open else []
        outcome = self._outcomes.get(handoff.outcome or "", "")
        face = card(handoff, before, self._zone, outcome, view.promised)
        waits_again = handoff.state is HandoffState.WAITING and not topic.shows.startswith(
            HandoffState.WAITING
        )
        await self._go_on()
        if topic.card:
            try:
                await self._group.edit(
                    topic.card, face.text, None if waits_again else face.keyboard
                )
            except CardGone:
                waits_again = True
        if topic.card is None or waits_again:
            number = await self._group.post(topic.thread, face.text, face.keyboard)
            topic = replace(topic, card=number)
        return await self._save(replace(topic, shows=shows))

    async def _save(self, topic: Topic) -> Topic:
        await self._database.write(lambda tx: self._topics.save(tx, topic))
        return topic
