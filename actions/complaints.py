"""What a complaint is. Pure: no storage, no clock."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a complaint stands. The intake makes the first; the officers' page moves it on."""

    RECEIVED = "received"


LABELS = {State.RECEIVED: "已登记"}
"""What customers and officers read."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What the intake has gathered: personal data, never logged."""

    what: str
    product: str
    when_where: str
    wants: str
    contact: str


@dataclass(frozen=True, slots=True)
class Complaint:
    """One registered complaint."""

    number: str
    state: State
    received: dt.datetime
    due: dt.date
    draft: Draft
