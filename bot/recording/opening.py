"""The recording of calls, put together; nothing is written yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from actions.calls import Calls
from actions.database import Database
from actions.privacy import Cipher
from actions.recordings import Recordings
from bot.conversations import ConversationStore
from bot.metrics import Metrics
from bot.recording.keeping import Keeping
from bot.recording.log import Alone
from bot.recording.recorder import CallRecorder
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Recording:
    """Its parts."""

    recorder: CallRecorder
    recordings: Recordings
    keeping: Keeping


def open_recording(
    settings: Settings,
    cipher: Cipher,
    database: Database,
    store: ConversationStore,
    alone: Alone,
    metrics: Metrics,
    clock: Callable[[], dt.datetime],
) -> Recording:
    """What `settings.recordings` say; what was recorded before is kept and heard in any case."""
    rules, calls = settings.recordings, Calls(cipher)
    recordings = Recordings(cipher, settings.recordings_folder)
    recorder = CallRecorder(
        database,
        store,
        calls,
        recordings if rules.enabled else None,
        alone,
        metrics,
        clock,
    )
    keeping = Keeping(database, calls, recordings, recorder, rules.days, settings.bank.zone, clock)
    return Recording(recorder, recordings, keeping)
