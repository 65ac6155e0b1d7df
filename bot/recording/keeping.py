"""What time does to recordings: what is too old goes, and a call that a kill left ends."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable

from actions import call_keeping
from actions.call_keeping import Expired, is_held
from actions.calls import Calls, Ending, Unfinished
from actions.database import Database
from actions.errors import XiaobaoError
from actions.recordings import Recordings
from bot.recording.recorder import CallRecorder

logger = logging.getLogger(__name__)

_EVERY_S = 24 * 3600.0
_AGAIN_S = 600.0
"""After a failure."""
_GONE = dt.timedelta(hours=6)
"""A call without sound and without a turn for so long is over."""
_ORPHAN_S = 24 * 3600
"""A file that no row names for so long is named by none: the database was away to the end."""


class Keeping:
    """Runs in every gateway, at its start and once a day."""

    def __init__(
        self,
        database: Database,
        calls: Calls,
        recordings: Recordings,
        recorder: CallRecorder,
        days: int,
        zone: dt.tzinfo,
        clock: Callable[[], dt.datetime],
    ) -> None:
        """`days`: how long a recording is kept. `zone`: where the bank's days begin."""
        self._database = database
        self._calls = calls
        self._recordings = recordings
        self._recorder = recorder
        self._kept = dt.timedelta(days=days)
        self._zone = zone
        self._clock = clock

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            pause = _EVERY_S
            try:
                await self.once()
            except XiaobaoError as error:
                logger.warning("recordings cannot be looked through: %s", error)
                pause = _AGAIN_S
            except Exception:
                logger.exception("looking through the recordings failed")
            await asyncio.sleep(pause)

    async def close(self) -> None:
        """The calls that go on end here."""
        await self._recorder.close()

    async def once(self) -> int:
        """Do what is due; how many recordings were deleted."""
        for call in await self._database.read(self._calls.unfinished):
            if call.uuid not in self._recorder.live:
                await self._settle(call)
        await self._tidy()
        now = self._clock()
        before, today = now - self._kept, now.astimezone(self._zone).date()
        over = await self._database.read(lambda tx: call_keeping.expired(tx, before))
        due = [one for one in over if not is_held(one.concerns, today)]
        for one in due:
            await self._delete(one, now)
        return len(due)

    async def _delete(self, one: Expired, now: dt.datetime) -> None:
        """The file first: a row that says it is gone is then always right."""
        await asyncio.to_thread(self._recordings.remove, one.recording)
        why = f"满 {self._kept.days} 天"
        await self._database.write(lambda tx: self._calls.forget_sound(tx, one.call, now, why))

    async def _settle(self, call: Unfinished) -> None:
        """Give a call its end, where no gateway has it any more."""
        ended = await asyncio.to_thread(self._left, call)
        if ended is not None:
            await self._database.write(
                lambda tx: self._calls.end(tx, call.id, ended, Ending.LOST, None)
            )

    def _left(self, call: Unfinished) -> dt.datetime | None:
        """When the call was left alone; None while it goes on."""
        if call.recording and (until := self._recordings.written_until(call.recording)):
            if self._recordings.is_being_written(call.recording):
                return None
            return max(dt.datetime.fromtimestamp(until, dt.UTC), call.last)
        return call.last if self._clock() - call.last > _GONE else None

    async def _tidy(self) -> None:
        named = await self._database.read(self._calls.recordings)
        await asyncio.to_thread(self._remove_unnamed, named, self._clock().timestamp())

    def _remove_unnamed(self, named: set[str], now_s: float) -> None:
        for name in set(self._recordings.ids()) - named:
            until = self._recordings.written_until(name)
            if until and until < now_s - _ORPHAN_S:
                logger.error("recording %s belongs to no call and is removed", name)
                self._recordings.remove(name)
