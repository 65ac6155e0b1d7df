"""The telephone put together: what answers calls, the lines by which they come, their page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from actions.database import Database
from actions.persons import Persons
from actions.privacy import Cipher
from audio import Hearing, Synthesizer
from bot.call.hotline import Hotline
from bot.conversations import ConversationStore
from bot.lines.browser import BrowserCalls
from bot.lines.opening import Lines, open_watch
from bot.metrics import Metrics
from bot.phrases import Phrases
from bot.recording.opening import Recording, open_recording
from bot.settings import Settings
from bot.switchboard import Switchboard


@dataclass(frozen=True, slots=True)
class Telephony:
    """Its parts."""

    recording: Recording
    lines: Lines
    """From the telephone exchange."""
    browser: BrowserCalls
    """From the page /call."""


def open_telephony(
    settings: Settings,
    hearing: Hearing | None,
    voices: Synthesizer,
    switchboard: Switchboard,
    phrases: Phrases,
    persons: Persons,
    cipher: Cipher,
    database: Database,
    store: ConversationStore,
    metrics: Metrics,
    clock: Callable[[], dt.datetime],
    page: Mapping[str, object],
) -> Telephony:
    """No line is opened yet. Without `hearing` each caller goes on to a human at once.

    `page`: what the template of the page needs to know.
    """
    recording = open_recording(settings, cipher, database, store, switchboard.alone, metrics, clock)
    watch = open_watch(settings)
    hotline = Hotline(
        hearing,
        voices,
        switchboard,
        phrases,
        watch,
        recording.recorder,
        persons,
        database,
        clock,
    )
    lines = Lines(settings, watch, hotline)
    if settings.telephone.enabled:
        metrics.lines(lambda: lines.pacer.late, lambda: watch.connected)
    browser = BrowserCalls(lines.legs, watch, cipher, database, store, clock, page)
    return Telephony(recording, lines, browser)
