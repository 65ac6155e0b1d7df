"""Sends what one channel's customers are owed: in order for each, for many at once.

A message goes out twice only where a process dies between the platform's answer and our note of
it, and the platform knows no repetitions: docs/adr/0020-the-outbox.md.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from sqlalchemy import Connection

from actions.database import Database
from actions.errors import StorageUnavailable, XiaobaoError
from actions.outbox import LEASE, Bundle, Outbox, Parcel
from bot.channels import Accepted, Letter, Post, PushChannel
from bot.conversations import ConversationStore
from bot.errors import DeliveryDelayed, DeliveryFailed
from bot.hub import Hub, conversation_topic, outbox_topic
from bot.metrics import Metrics
from bot.phrases import Phrases

logger = logging.getLogger(__name__)

AT_ONCE = 16
"""Customers who are sent to at the same time."""
STEP_S = 20.0
"""One step of a channel; well within the lease, which each step renews."""
_POLL_S = 1.0
"""How often it looks without a ring: for what was postponed, and what other gateways stored."""
_BREATH_S = 0.02
"""Rings within it lead to one look; under load there are hundreds a second."""
_LONGEST_PAUSE_S = 60.0
_STOP_S = 5.0
"""What is under way when the gateway stops has so long to be finished and noted."""

assert LEASE.total_seconds() > STEP_S  # noqa: S101 - else two senders would have one message


class Sender:
    """One for each channel and gateway."""

    def __init__(
        self,
        channel: PushChannel,
        outbox: Outbox,
        database: Database,
        store: ConversationStore,
        phrases: Phrases,
        hub: Hub,
        metrics: Metrics,
        not_told: Callable[[Connection, str], None],
        clock: Callable[[], dt.datetime],
    ) -> None:
        """`not_told`: what is done about a complaint whose customer was not reached."""
        self._channel = channel
        self._outbox = outbox
        self._database = database
        self._store = store
        self._phrases = phrases
        self._hub = hub
        self._metrics = metrics
        self._not_told = not_told
        self._clock = clock
        self._under_way: set[asyncio.Task[None]] = set()
        self._paused_until = clock()
        self._stopping = False

    async def run(self) -> None:
        """Send until the gateway stops."""
        topic = outbox_topic(self._channel.name)
        try:
            with self._hub.listen(topic) as news:
                while True:
                    try:
                        for task in await self._begin():
                            task.add_done_callback(lambda _: self._hub.ring(topic))
                    except XiaobaoError as error:
                        logger.warning("the outbox waits for the database: %s", error)
                    if not await news.comes(_POLL_S):
                        return
                    await asyncio.sleep(_BREATH_S)
        finally:
            await self._stop()

    async def once(self) -> None:
        """Send whatever is due now, and what that makes due."""
        while tasks := await self._begin():
            await asyncio.gather(*tasks)

    async def _begin(self) -> list[asyncio.Task[None]]:
        """Take what is due, as far as there is room; a task for each customer."""
        now, name = self._clock(), self._channel.name
        room = AT_ONCE - len(self._under_way)
        if room <= 0 or now < self._paused_until:
            return []
        if not await self._database.read(lambda tx: self._outbox.due(tx, name, now)):
            return []
        taken = await self._database.write(lambda tx: self._outbox.take(tx, name, now, room))
        tasks = [asyncio.create_task(self._send(bundle)) for bundle in taken]
        self._under_way.update(tasks)
        for task in tasks:
            task.add_done_callback(self._under_way.discard)
        return tasks

    async def _stop(self) -> None:
        """Let each customer's present step end; cut off in the middle it might go out twice."""
        self._stopping = True
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=_STOP_S)
            for task in late:
                task.cancel()

    async def _send(self, bundle: Bundle) -> None:
        try:
            try:
                await self._hand_over(bundle)
            except DeliveryFailed as error:
                await self._give_up(bundle, str(error), everything=error.unreachable)
            except DeliveryDelayed as error:
                await self._postpone(bundle, error)
        except StorageUnavailable as error:  # the lease runs out, and it is tried again
            logger.warning("the outbox waits for the database: %s", error)
        except Exception:  # whatever broke, the other customers' messages must go on
            logger.exception("sending by %s failed", self._channel.name)
            await self._postpone(bundle, DeliveryDelayed(self._phrases.not_sent_by_us()))

    async def _hand_over(self, bundle: Bundle) -> None:
        post = await self._database.read(lambda tx: self._open(tx, bundle))
        async with aclosing(self._channel.deliver(post)) as steps:
            while (step := await self._step(steps)) is not None:
                await self._note(bundle, step)
                if self._stopping:
                    break
        now = self._clock()
        await self._database.write(lambda tx: self._outbox.release(tx, bundle, now))

    async def _step(self, steps: AsyncGenerator[Accepted]) -> Accepted | None:
        try:
            async with asyncio.timeout(STEP_S):
                return await anext(steps, None)
        except TimeoutError as error:
            raise DeliveryDelayed(self._phrases.platform_silent()) from error

    def _open(self, tx: Connection, bundle: Bundle) -> Post:
        conversation = self._store.fresh(tx, bundle.conversation)
        said = self._store.by_row(tx, [parcel.message for parcel in bundle.parcels])
        letters = [Letter(one.id, said[one.message], one.parts) for one in bundle.parcels]
        return Post(conversation.address, conversation.elder, tuple(letters))

    async def _note(self, bundle: Bundle, step: Accepted) -> None:
        """Store what the platform took. It is out: without the note it would go out again."""
        if not step.parts:
            self._metrics.delivery(self._channel.name, "sent", len(step.letters))

        def note(tx: Connection) -> None:
            self._outbox.accepted(tx, bundle, step.letters, step.parts, self._clock())

        while True:
            try:
                await self._database.write(note)
            except StorageUnavailable as error:
                logger.warning("a message is sent, and cannot be noted yet: %s", error)
                await asyncio.sleep(_POLL_S)
            else:
                return

    async def _postpone(self, bundle: Bundle, error: DeliveryDelayed) -> None:
        """Try again after the platform's pause or a growing one of ours, unless it is too old."""
        now, reason = self._clock(), str(error)
        if not error.gathers:
            self._metrics.delivery(self._channel.name, "delayed")

        def postpone(tx: Connection) -> bool:
            parcel = self._outbox.next_of(tx, bundle)
            if parcel is None:
                return True
            pause_s = error.retry_after
            if pause_s is None:
                pause_s = min(2.0 ** min(parcel.attempts, 10), _LONGEST_PAUSE_S)
            due = now + dt.timedelta(seconds=pause_s)
            if error.everyone:
                self._paused_until = max(due, self._paused_until)
            last = parcel.created + self._channel.give_up_after
            if error.kept and now < last:
                self._tell_kept(tx, bundle, parcel, reason, now)
                due = last
            if due > last:
                return False
            self._outbox.postpone(tx, bundle, due, reason, was_tried=not error.gathers)
            return True

        if not await self._database.write(postpone):
            await self._give_up(bundle, reason, everything=False)
        elif error.kept:
            self._hub.ring(conversation_topic(bundle.conversation))

    def _tell_kept(
        self, tx: Connection, bundle: Bundle, parcel: Parcel, reason: str, now: dt.datetime
    ) -> None:
        """Tell the agents, at the first try of a message."""
        if not parcel.attempts:
            words = self._phrases.kept_for_later(reason)
            self._store.add_remark(tx, bundle.conversation, words, now)

    async def _give_up(self, bundle: Bundle, reason: str, *, everything: bool) -> None:
        """Send it no more; the agent reads so in the conversation, its customer does not."""
        now, id_ = self._clock(), bundle.conversation

        def give_up(tx: Connection) -> int:
            lost = self._outbox.give_up(tx, bundle, reason, now, everything=everything)
            if lost:
                self._store.add_remark(tx, id_, self._phrases.not_delivered(reason, len(lost)), now)
                self._outbox.release(tx, bundle, now)
            for message in self._store.by_row(tx, lost).values():
                if message.reply and message.reply.complaint:
                    self._not_told(tx, message.reply.complaint.number)
            return len(lost)

        number = await self._database.write(give_up)
        self._metrics.delivery(self._channel.name, "given_up", number)
        self._hub.ring(conversation_topic(id_))
