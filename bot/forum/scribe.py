"""Writes one customer's topic: opens it, tells what was said since, and shows the card.

What Telegram has taken is noted at once; after a kill the step under way is at worst said twice.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import replace

from actions.database import Database
from actions.floor import Handoff
from actions.queueing import OPEN, HandoffState
from actions.topics import Topic, Topics
from bot.forum.cards import card, title, words
from bot.forum.group import CardGone, Group, TopicGone
from bot.forum.lag import Lag, View
from bot.forum.lease import Lease
from bot.metrics import Metrics
from bot.service import Service
from bot.turn import Author

logger = logging.getLogger(__name__)

CHANNEL = "telegram-desk"
"""In the metrics."""


class Scribe:
    """Works for who has the lease."""

    def __init__(
        self,
        group: Group,
        lag: Lag,
        topics: Topics,
        lease: Lease,
        database: Database,
        service: Service,
        metrics: Metrics,
        zone: dt.tzinfo,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._group = group
        self._lag = lag
        self._topics = topics
        self._lease = lease
        self._database = database
        self._outcomes = {one.code: one.label for one in service.outcomes}
        self._metrics = metrics
        self._zone = zone
        self._clock = clock

    async def bring_on(self, handoff: Handoff) -> None:
        """The topic as things stand. Raises DeliveryDelayed, DeliveryFailed, StorageUnavailable."""
        try:
            now = self._clock()
            view = await self._database.read(lambda tx: self._lag.look(tx, handoff.id, now))
            await self._lease.require()
            topic = await self._begun(view)
            topic = await self._told(view, topic)
            topic = await self._shown(view, topic)
            if view.handoff.state not in OPEN:
                if topic.thread:
                    await self._group.close(topic.thread)
                await self._save(replace(topic, handoff=None, card=None, shows=""))
        except TopicGone as gone:
            logger.warning("a topic was deleted in the agents' group and is made again: %s", gone)
            await self._database.write(lambda tx: self._topics.lose(tx, handoff.conversation))

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
                await self._lease.require()
                await self._group.post(topic.thread, text)
            self._metrics.delivery(CHANNEL, "sent", len(seen))
            topic = await self._save(replace(topic, reached=new[-1].id))
        return topic

    async def _shown(self, view: View, topic: Topic) -> Topic:
        """The card as things stand; who waits again has a new one, that everybody is told of."""
        handoff, thread = view.handoff, topic.thread
        if thread is None or (topic.card and topic.shows == view.shows):
            return topic
        if topic.shows and f"/{title(handoff)}/" not in topic.shows:
            await self._group.name(thread, title(handoff))
        face = card(
            handoff,
            [one for one in view.said if one.id <= topic.reached and view.is_open],
            self._zone,
            outcome=self._outcomes.get(handoff.outcome or "", ""),
            promised=view.promised,
            has_guests=view.has_guests,
        )
        waits = handoff.state is HandoffState.WAITING
        is_new = waits and not topic.shows.startswith(HandoffState.WAITING)
        await self._lease.require()
        if topic.card:
            try:
                buttons = None if is_new else face.keyboard
                await self._group.edit(topic.card, face.text, buttons)
            except CardGone:
                is_new = True
        if topic.card is None or is_new:
            number = await self._group.post(thread, face.text, face.keyboard)
            topic = replace(topic, card=number)
        return await self._save(replace(topic, shows=view.shows))

    async def _save(self, topic: Topic) -> Topic:
        await self._database.write(lambda tx: self._topics.save(tx, topic))
        return topic
