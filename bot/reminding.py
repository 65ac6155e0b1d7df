"""Reminding officers and their superiors, beside the turns and never in their way."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from actions import reminder_ledger as ledger
from actions.agents import Agent, everyone
from actions.database import Database
from actions.errors import XiaobaoError
from actions.reminder_ledger import Claim, Planned
from actions.reminders import needed
from bot.errors import ReminderFailed
from bot.metrics import Metrics
from bot.notify import Notice, Notifier
from bot.notify.settings import Reminders
from bot.notify.ways import configured
from bot.phrases.reminders import digest, subject
from bot.settings import Settings

logger = logging.getLogger(__name__)

_EVERY_S = 60
"""How often the gateway looks whether there is something to send."""
_FIRST_WAIT = dt.timedelta(minutes=5)
"""After a failure; doubled with each further one."""
_LONGEST_WAIT = dt.timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Tally:
    """What one run came to, in messages."""

    sent: int
    failed: int


class Reminding:
    """Finds out what is needed, enlists it, and sends what nobody else is sending."""

    def __init__(
        self,
        database: Database,
        notifiers: Sequence[Notifier],
        rules: Reminders,
        zone: dt.tzinfo,
        metrics: Metrics,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self.notifiers = {notifier.way: notifier for notifier in notifiers}
        self._database = database
        self._rules = rules
        self._zone = zone
        self._metrics = metrics
        self._clock = clock
        self._stopping = asyncio.Event()
        self._enlisted: tuple[dt.date, dt.time] | None = None

    async def watch(self) -> None:
        """Send at the hours that are set, until stopped."""
        while not self._stopping.is_set():
            try:
                await self.tick()
            except XiaobaoError as error:
                logger.warning("reminders have to wait: %s", error)
            except Exception:
                logger.exception("reminders failed")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _EVERY_S)

    def stop(self) -> None:
        """Finish the message under way: one that was sent but not marked would be sent again."""
        self._stopping.set()

    async def tick(self) -> None:
        """What is to be done now: nothing out of hours; else enlist once an hour set, and send."""
        local = self._clock().astimezone(self._zone)
        begun = [hour for hour in self._rules.at if hour <= local.time()]
        if not begun or local.time() > self._rules.until:
            return
        if (slot := (local.date(), max(begun))) != self._enlisted:
            await self.enlist()
            self._enlisted = slot
        await self.deliver()

    async def plan(self) -> list[Planned]:
        """What is needed today and has not been enlisted. Changes nothing."""
        today = self._clock().astimezone(self._zone).date()

        def look(tx: Connection) -> list[Planned]:
            people = everyone(tx)
            by_id = {person.id: person for person in people}
            return ledger.fresh(
                tx,
                (
                    Planned(one, notifier.way, place)
                    for one in needed(ledger.pending(tx, today, self._zone), people, today)
                    for notifier in self.notifiers.values()
                    if (place := notifier.place(by_id[one.account]))
                ),
            )

        return await self._database.read(look)

    async def enlist(self) -> None:
        """Note what is to be sent."""
        if planned := await self.plan():
            now = self._clock()
            await self._database.write(lambda tx: ledger.enlist(tx, planned, now))

    async def deliver(self) -> Tally:
        """Send what waits; the ways beside each other, one message at a time on each."""
        now = self._clock()
        waiting = await self._database.read(lambda tx: ledger.waiting(tx, now))
        tallies = await asyncio.gather(
            *(
                self._deliver_by(notifier, [message for message, by in waiting if by == way])
                for way, notifier in self.notifiers.items()
            )
        )
        return Tally(sum(one.sent for one in tallies), sum(one.failed for one in tallies))

    async def _deliver_by(self, notifier: Notifier, messages: Sequence[str]) -> Tally:
        done = []
        for message in messages:
            if self._stopping.is_set():
                break
            if (claimed := await self._claim(message)) is not None:
                done.append(await self._send(notifier, *claimed))
        return Tally(done.count(True), done.count(False))

    async def _claim(self, message: str) -> tuple[Claim, list[Agent]] | None:
        now = self._clock()

        def take(tx: Connection) -> tuple[Claim, list[Agent]] | None:
            claim = ledger.claim(tx, message, now)
            if claim is None:
                return None
            return claim, [person for person in everyone(tx) if person.id in claim.accounts]

        return await self._database.write(take)

    async def _send(self, notifier: Notifier, claim: Claim, people: Sequence[Agent]) -> bool:
        """Whether it was taken; either way the ledger knows."""
        now = self._clock()
        failure = await self._failure(notifier, claim, people, now)
        self._metrics.reminder(claim.way, sent=failure is None)
        if failure is None:
            await self._database.write(lambda tx: ledger.mark_sent(tx, claim.message))
            return True
        logger.warning("reminder %s by %s: %s", claim.message, claim.way, failure)
        reason, wait = str(failure), _wait(claim.tries, failure.retry_after)
        await self._database.write(
            lambda tx: ledger.mark_failed(tx, claim.message, reason, now, wait)
        )
        return False

    async def _failure(
        self, notifier: Notifier, claim: Claim, people: Sequence[Agent], now: dt.datetime
    ) -> ReminderFailed | None:
        """Why the message could not be delivered; None where it was."""
        # Where somebody is reached may have been put right since it was enlisted.
        place = next(filter(None, map(notifier.place, people)), "")
        if not place:
            return ReminderFailed("账号没有收件地址")
        try:
            await notifier.send(place, self._notice(notifier, claim, now))
        except ReminderFailed as error:
            return error
        return None

    def _notice(self, notifier: Notifier, claim: Claim, now: dt.datetime) -> Notice:
        local = now.astimezone(self._zone)
        link = f"{self._rules.desk_url.rstrip('/')}/complaints"
        text = digest(claim.items, local.date(), link, notifier.most)
        return Notice(claim.message, subject(len(claim.items)), text, local)


def _wait(tries: int, retry_after: int) -> dt.timedelta:
    """Until the next try: doubled each time, and never shorter than the platform asks for."""
    backoff = min(_FIRST_WAIT * (1 << min(tries - 1, 10)), _LONGEST_WAIT)
    return max(backoff, dt.timedelta(seconds=min(retry_after, 86_400)))


def open_reminding(
    settings: Settings, database: Database, metrics: Metrics, clock: Callable[[], dt.datetime]
) -> Reminding:
    """Reminders by every way that is set."""
    return Reminding(
        database, configured(settings), settings.reminders, settings.bank.zone, metrics, clock
    )
