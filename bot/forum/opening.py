"""The agents' group, put together; nothing is connected yet."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from actions.database import Database
from actions.errors import XiaobaoError
from actions.phones import Phones
from actions.presence import BEAT
from actions.privacy import Cipher
from actions.shared import SharedValues
from actions.topics import Topics
from bot.abilities import Queueing
from bot.channels.telegram.channel import open_bot
from bot.desk.calls import CallWork
from bot.desk.views import DeskViews
from bot.desk.work import DeskWork
from bot.errors import DeliveryDelayed, DeliveryFailed
from bot.forum.group import Group
from bot.forum.lag import Lag
from bot.forum.lease import Lease
from bot.forum.members import Members
from bot.forum.mirror import Mirror
from bot.forum.scribe import Scribe
from bot.forum.staff import Staff
from bot.forum.talk import Talk
from bot.forum.waitlist import WaitList
from bot.hub import QUEUE, Hub
from bot.metrics import Metrics
from bot.platform_settings import plain_secret
from bot.service import Service
from bot.settings import Settings
from bot.transcripts import Transcripts

logger = logging.getLogger(__name__)

_PAUSE_S = 30.0


@dataclass(frozen=True, slots=True)
class Forum:
    """Runs beside the listener that hears the agents."""

    group: Group
    mirror: Mirror
    staff: Staff
    phones: Phones
    database: Database
    hub: Hub
    clock: Callable[[], dt.datetime]

    async def run(self) -> None:
        """Keep the topics up to date, and who serves by telephone present, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for one in (self._introduce(), self.mirror.run(), self._beat()):
                tasks.create_task(one)

    async def _introduce(self) -> None:
        while True:
            try:
                await self.group.introduce()
            except (DeliveryDelayed, DeliveryFailed) as error:
                logger.warning("the agents' commands cannot be shown yet: %s", error)
                await asyncio.sleep(_PAUSE_S)
            else:
                return

    async def _beat(self) -> None:
        """What an open desk page says, said for each telephone."""
        while True:
            now = self.clock()
            try:
                if await self.database.write(partial(self.phones.beat, now=now)):
                    self.hub.ring(QUEUE)
            except XiaobaoError as error:
                logger.warning("who serves by telephone cannot be noted: %s", error)
            await asyncio.sleep(BEAT.total_seconds())

    async def close(self) -> None:
        """Give the connections back."""
        await self.staff.close()


def open_forum(
    settings: Settings,
    cipher: Cipher,
    queue: Queueing,
    work: DeskWork,
    calls: CallWork,
    views: DeskViews,
    transcripts: Transcripts,
    service: Service,
    database: Database,
    hub: Hub,
    metrics: Metrics,
    clock: Callable[[], dt.datetime],
) -> Forum | None:
    """The supergroup of the settings as a desk; None where there is none."""
    telegram, zone = settings.telegram, settings.bank.zone
    if not (telegram.enabled and telegram.desk_group):
        return None
    bot = open_bot(plain_secret(telegram.token), telegram.base_url.rstrip("/"))
    group, topics, phones = Group(bot, telegram.desk_group), Topics(), Phones(cipher)
    lease = Lease(SharedValues(cipher), database, clock)
    lag = Lag(topics, phones, queue.floor, transcripts)
    scribe = Scribe(group, lag, topics, lease, database, service, metrics, zone, clock)
    waitlist = WaitList(group, lease, zone, clock)
    mirror = Mirror(lag, scribe, waitlist, lease, database, hub, metrics, clock)
    members = Members(phones, database, clock)
    talk = Talk(work, calls, views, members, service, zone, settings.reminders.desk_url)
    staff = Staff(group, talk, topics, members, database)
    return Forum(group, mirror, staff, phones, database, hub, clock)
