"""Records every call of this gateway."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from actions.calls import Calls
from actions.database import Database
from actions.recordings import Recordings, new_name
from bot.call.record import Record
from bot.conversations import ConversationStore
from bot.metrics import Metrics
from bot.recording.log import Alone, Begun, CallLog
from bot.recording.record import CallRecord
from bot.recording.tape import Tape
from bot.turn import Address

logger = logging.getLogger(__name__)


class CallRecorder:
    """See bot.call.record.Recorder."""

    def __init__(
        self,
        database: Database,
        store: ConversationStore,
        calls: Calls,
        recordings: Recordings | None,
        alone: Alone,
        metrics: Metrics,
        clock: Callable[[], dt.datetime],
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """Without `recordings` no sound is kept, only how each call went."""
        self._database = database
        self._store = store
        self._calls = calls
        self._recordings = recordings
        self._alone = alone
        self._metrics = metrics
        self._clock = clock
        self._ticks = ticks
        # One for all calls: a slow disk then holds up one thread, and no call.
        self._thread = ThreadPoolExecutor(1, "recording")
        self._live: dict[CallLog, CallRecord] = {}
        self._logs: set[CallLog] = set()
        """Of the calls that go on, and of those that are not written down yet."""

    @property
    def live(self) -> frozenset[str]:
        """The UUIDs of the calls that go on here."""
        return frozenset(log.uuid for log in self._live)

    async def begin(
        self, call: str, caller: str, conversation: Address, rate: int, began: dt.datetime
    ) -> Record:
        """See Recorder."""
        name = new_name() if self._recordings else None
        begun = Begun(call, caller, conversation, rate, began, name)
        log = CallLog(begun, self._database, self._store, self._calls, self._alone)
        self._logs = {one for one in self._logs if one in self._live or not one.is_settled}
        self._logs.add(log)
        tape = Tape(call, self._recordings, name, rate) if self._recordings and name else None
        record = CallRecord(
            call,
            log,
            tape,
            self._thread,
            rate,
            self._calls,
            self._metrics,
            self._clock,
            self._ticks,
            lambda: self._ended(log),
        )
        self._live[log] = record
        self._metrics.calls_live.set(len(self._live))
        return record

    def _ended(self, log: CallLog) -> None:
        self._live.pop(log, None)
        self._metrics.calls_live.set(len(self._live))

    async def settle(self) -> None:
        """What is known of all calls is written down, unless the database is away."""
        await asyncio.gather(*(log.settle() for log in self._logs))

    async def close(self) -> None:
        """The gateway stops: what still goes on is lost to us, and what can be written is."""
        await asyncio.gather(*(record.close("lost") for record in [*self._live.values()]))
        await self.settle()
        for log in self._logs:
            log.give_up()
        await asyncio.to_thread(self._thread.shutdown)
