"""Figures for Prometheus, at /metrics."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from actions.calls import Ending
from actions.figures import Figures
from actions.outbox import Backlog
from bot.turn import Route

_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
_CALL_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.4, 0.6, 0.8, 1.0, 1.5, 2.0, 3.0, 5.0)


class Metrics:
    """One gateway's figures."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._turns = Counter("xiaobao_turns", "Turns answered", ["route"], registry=self.registry)
        self._seconds = Histogram(
            "xiaobao_turn_seconds",
            "From turn to stored answer",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._fallbacks = Counter(
            "xiaobao_understanding_fallbacks",
            "Turns understood by rules because Rasa was slow or away",
            registry=self.registry,
        )
        self._reminders = Counter(
            "xiaobao_reminders",
            "Reminder messages, by way and outcome",
            ["way", "outcome"],
            registry=self.registry,
        )
        self.reminders_given_up = Gauge(
            "xiaobao_reminders_given_up",
            "Reminders of the last 7 days that could not be sent",
            registry=self.registry,
        )
        self.waiting = Gauge(
            "xiaobao_waiting", "Customers waiting for a human", registry=self.registry
        )
        self.on_duty = Gauge("xiaobao_agents_on_duty", "Open desks", registry=self.registry)

        self._deliveries = Counter(
            "xiaobao_deliveries",
            "Messages to customers by platform: sent, delayed (each try), given_up",
            ["channel", "outcome"],
            registry=self.registry,
        )
        self._unsent = Gauge(
            "xiaobao_outbox", "Messages that are not sent yet", ["channel"], registry=self.registry
        )
        self._unsent_s = Gauge(
            "xiaobao_outbox_oldest_seconds",
            "Age of the oldest message that is not sent yet",
            ["channel"],
            registry=self.registry,
        )
        self._call_steps = Histogram(
            "xiaobao_call_step_seconds",
            "Where the time of a turn on the telephone goes; understanding is a part of answer",
            ["step"],
            buckets=_CALL_SECONDS,
            registry=self.registry,
        )
        self._calls = Counter(
            "xiaobao_calls", "Calls that the bot answered", ["ended"], registry=self.registry
        )
        self.calls_live = Gauge(
            "xiaobao_calls_live", "Calls that the bot has now", registry=self.registry
        )
        self._missed = Counter(
            "xiaobao_recording_missed_seconds",
            "Sound of calls that could not be recorded in time",
            registry=self.registry,
        )
        self._service = Gauge(
            "xiaobao_human_service",
            "Of the last 24 hours: seconds, or a share from 0 to 1; elders and others apart",
            ["group", "figure"],
            registry=self.registry,
        )

    def service(self, group: str, figures: Figures) -> None:
        """How well a group of customers reached a human; what is not known is NaN."""
        for name, value in asdict(figures).items():
            self._service.labels(group, name).set(math.nan if value is None else value)

    def delivery(self, channel: str, outcome: str, number: int = 1) -> None:
        """Count what became of messages to customers."""
        self._deliveries.labels(channel, outcome).inc(number)

    def backlogs(self, backlogs: Mapping[str, Backlog], now: dt.datetime) -> None:
        """What the outbox holds, by channel."""
        self._unsent.clear()
        self._unsent_s.clear()
        for channel, backlog in backlogs.items():
            self._unsent.labels(channel).set(backlog.waiting)
            self._unsent_s.labels(channel).set((now - backlog.oldest).total_seconds())

    def lines(self, late: Callable[[], int], watched: Callable[[], bool]) -> None:
        """Show the telephone lines: frames that went out late, and whether a watchdog listens."""
        Gauge(
            "xiaobao_line_late_frames",
            "Frames of sound sent to the exchange 20 ms or more late, since the start",
            registry=self.registry,
        ).set_function(late)
        Gauge(
            "xiaobao_watchdog_connected",
            "1 where a watchdog hears this gateway, so that callers of a hung one are rescued",
            registry=self.registry,
        ).set_function(watched)

    def call_step(self, step: str, seconds: float) -> None:
        """What one step of a turn on the telephone took (actions/calls.py STEPS)."""
        self._call_steps.labels(step).observe(seconds)

    def call(self, ending: Ending) -> None:
        """Count one call that is over."""
        self._calls.labels(ending).inc()

    def recording_missed(self, seconds: float) -> None:
        """Count sound that is not in a recording."""
        self._missed.inc(seconds)

    def turn(self, route: Route, seconds: float) -> None:
        """Count one answered turn."""
        self._turns.labels(route).inc()
        self._seconds.observe(seconds)

    def fallback(self) -> None:
        """Count one turn that Rasa could not understand in time."""
        self._fallbacks.inc()

    def reminder(self, way: str, *, sent: bool) -> None:
        """Count one message of reminders, taken or refused."""
        self._reminders.labels(way, "sent" if sent else "failed").inc()

    def render(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self.registry)
