"""`gateway.queue` in config.yml: when humans are there, and what who waits is promised."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from actions.spans import Span, parse_spans
from bot.section import Section


def _spans(value: object) -> object:
    return parse_spans(value) if isinstance(value, str) else value


Spans = Annotated[tuple[Span, ...], BeforeValidator(_spans)]


class WorkingHours(Section):
    """When humans are at the desk, for example `08:30-12:00, 13:00-17:30`; "" for a closed day."""

    mon: Spans = parse_spans("08:30-17:30")
    tue: Spans = parse_spans("08:30-17:30")
    wed: Spans = parse_spans("08:30-17:30")
    thu: Spans = parse_spans("08:30-17:30")
    fri: Spans = parse_spans("08:30-17:30")
    sat: Spans = parse_spans("09:00-16:00")
    sun: Spans = parse_spans("09:00-16:00")


class Queue(Section):
    """How the queue for humans is ordered, and what is promised to who waits."""

    elder_head_start_s: Annotated[int, Field(ge=0)] = 600
    """Elders are taken as if they had come this much earlier; so nobody waits for ever."""
    fraud_head_start_s: Annotated[int, Field(ge=0)] = 86_400
    seats: Annotated[int, Field(ge=1, le=20)] = 3
    """Conversations that one agent holds at once; by it the waiting time is estimated."""
    no_answer_s: Annotated[int, Field(ge=5)] = 30
    """An agent who accepts and does not write so long loses the customer to another."""
    absent_s: Annotated[int, Field(ge=40)] = 120
    """So long after a desk was closed its customers go back to the front of the queue."""
    long_wait_s: Annotated[int, Field(ge=30)] = 600
    """Beyond it a callback is promised."""
    keep_place_s: Annotated[int, Field(ge=0)] = 900
    """Who leaves the queue and comes back within it has the old place."""
    callback_min: Annotated[int, Field(ge=10)] = 120
    """A promised call comes within so many minutes of open hours."""
    hours: WorkingHours = WorkingHours()
