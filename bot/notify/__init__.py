"""Ways on which the bank's own people are reminded; none of them carries personal data."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Protocol

from actions.agents import Agent

TIMEOUT_S = 30
"""For one message altogether; far below the ledger's lease."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One message."""

    id: str
    """The same when it is tried again, so that a receiver can tell that it has it already."""
    subject: str
    text: str
    at: dt.datetime


class Notifier(Protocol):
    """One way."""

    @property
    def way(self) -> str:
        """Its name in the ledger."""

    @property
    def most(self) -> int:
        """Bytes of text that it carries, in UTF-8."""

    def place(self, person: Agent) -> str:
        """Where `person` is reached; "" where they are not."""

    async def send(self, place: str, notice: Notice) -> None:
        """Deliver. Raises ReminderFailed, whose message holds no secret."""

    async def try_out(self) -> None:
        """See whether it would work, without a message. Raises ReminderFailed."""
