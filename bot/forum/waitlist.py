"""Who waits and has no topic yet: one message at the top of the group's general topic.

A topic costs two of the twenty messages that a group takes in a minute; this one tells of them all.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Sequence

from actions.floor import Handoff
from bot.errors import DeliveryDelayed, DeliveryFailed
from bot.forum.cards import Card
from bot.forum.group import CardGone, Group
from bot.forum.lease import Lease
from bot.forum.wording import without_topic

logger = logging.getLogger(__name__)

_EVERY = dt.timedelta(seconds=15)
"""It changes no more often: most of what a group takes is for those who are being served."""


class WaitList:
    """Shown by who has the lease, which keeps the message's number."""

    def __init__(
        self, group: Group, lease: Lease, zone: dt.tzinfo, clock: Callable[[], dt.datetime]
    ) -> None:
        self._group = group
        self._lease = lease
        self._zone = zone
        self._clock = clock
        self._shown: tuple[str | None, Sequence[int]] = (None, ())
        """Under which lease, and whom."""
        self._next = clock()

    async def show(self, waiting: Sequence[Handoff]) -> None:
        """Let the list be of these. Raises DeliveryDelayed, StorageUnavailable."""
        now, wanted = self._clock(), (self._lease.number, [one.id for one in waiting])
        if wanted == self._shown or now < self._next:
            return
        await self._lease.require()
        kept = await self._lease.kept()
        if waiting or kept:
            self._next = now + _EVERY
            face = without_topic(waiting, self._zone)
            try:
                await self._write(face, int(kept or 0), ends=not waiting)
            except DeliveryFailed as error:
                logger.warning("the list of who waits is not shown: %s", error)
                return
        self._shown = wanted

    async def _write(self, face: Card, message: int, *, ends: bool) -> None:
        """A list that begins is a new message, which everybody is told of."""
        try:
            if message:
                await self._group.edit(message, face.text, face.keyboard)
        except CardGone:
            message = 0
        if ends:
            await self._lease.keep("")
            if message:
                await self._pin(message, is_on=False)
        elif not message:
            message = await self._group.post(None, face.text, face.keyboard)
            await self._lease.keep(str(message))
            await self._pin(message, is_on=True)

    async def _pin(self, message: int, *, is_on: bool) -> None:
        """A courtesy: the administrator may not have allowed it."""
        try:
            await self._group.pin(message, is_on=is_on)
        except (DeliveryDelayed, DeliveryFailed) as error:
            logger.info("the list of who waits stays where it is: %s", error)
