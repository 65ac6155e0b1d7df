"""The rules of the queue for humans. Pure: no storage, no clock.

Each urgency gives a head start: a customer is taken as if they had come that much earlier. So an
elder passes others who came shortly before, but never one who has waited long, and nobody waits
for ever. Whoever has been accepted once already goes before everyone else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Urgency(StrEnum):
    """The classes of the queue, most urgent first."""

    FRAUD = "fraud"
    ELDER = "elder"
    NORMAL = "normal"


class HandoffState(StrEnum):
    """The life of one request for a human."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    ENDED = "ended"
    LEFT = "left"
    """The customer went back to the bot before anyone accepted."""
    CALLED = "called"
    """Nobody accepted; the customer was called back as promised."""


OPEN = (HandoffState.WAITING, HandoffState.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Load:
    """How busy the desk is now, and how fast it has been lately."""

    on_duty: int
    """Agents who take customers now."""
    open: int
    """Conversations that they have."""
    waited_s: int | None
    """The median wait of the last customers who were accepted; None where there are too few."""
    handling_s: int | None
    """The median length of the last conversations; None where there are too few."""


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """Where a customer stands in the queue."""

    position: int
    """1 for the next to be taken."""
    eta_s: int | None
    """Seconds to wait by recent experience; None where that cannot honestly be said."""
    number: str = ""
    """The ticket by which the bank finds this request again."""
    on_duty: int = 0
    """Agents who take customers now."""
    promised: dt.datetime | None = None
    """By when the bank calls back, where it has promised that."""
    since: dt.datetime | None = None
    """When the customer asked for a human."""


_MINUTE = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class QueueRules:
    """What a bank may set."""

    head_starts: Mapping[Urgency, dt.timedelta]
    seats: int = 3
    """Conversations that one agent holds at once."""
    no_answer: dt.timedelta = dt.timedelta(seconds=30)
    """From acceptance to the agent's first words; then the customer goes back to the front."""
    long_wait: dt.timedelta = 10 * _MINUTE
    """Beyond it a callback is promised."""
    keep_place: dt.timedelta = 15 * _MINUTE
    """Who leaves and comes back within it has the old place."""
    absent: dt.timedelta = 2 * _MINUTE
    """An agent whose desk has been closed so long has left their customers."""

    def rank(self, requested: dt.datetime, urgency: Urgency) -> dt.datetime:
        """The moment by which the queue is ordered, earliest first."""
        return requested - self.head_starts[urgency]

    def front(self, requested: dt.datetime) -> dt.datetime:
        """The rank of somebody who had been accepted already."""
        return requested - 2 * max(self.head_starts.values()) - dt.timedelta(days=1)

    def estimate(self, position: int, load: Load) -> int | None:
        """Seconds until number `position` is taken; None where that cannot honestly be said.

        With a free seat it takes as long as it took lately. Without one, a seat becomes free
        every `handling_s` divided by the number of seats.
        """
        if not load.on_duty or load.waited_s is None:
            return None
        seats = load.on_duty * self.seats
        beyond = position - max(0, seats - load.open)
        if beyond <= 0:
            return load.waited_s
        if load.handling_s is None:
            return None
        return load.handling_s * beyond // seats

    def needs_callback(self, waited: dt.timedelta, on_duty: int, eta_s: int | None) -> str | None:
        """Why the bank should promise to call: `nobody`, `long_wait`; None where it need not."""
        if not on_duty:
            return "nobody"
        if waited >= self.long_wait or (eta_s or 0) >= self.long_wait.total_seconds():
            return "long_wait"
        return None
