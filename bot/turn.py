"""The words that every part of the conversation shares. No I/O."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from actions.queueing import QueuePlace
from actions.uploads import Upload
from audio import Expecting


class Mode(StrEnum):
    """Who answers the customer now."""

    BOT = "bot"
    WAITING = "waiting"
    """In the queue for a human."""
    HUMAN = "human"
    """An agent has accepted; the bot is silent."""


class Route(StrEnum):
    """What kind of thing a turn turned out to be."""

    KNOWLEDGE = "knowledge"
    COMPLAINT = "complaint"
    HUMAN = "human"
    FRAUD = "fraud"
    SERVICE = "service"
    CHAT = "chat"
    FALLBACK = "fallback"


class Author(StrEnum):
    """Whose words a message holds."""

    CUSTOMER = "customer"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"
    """A notice, such as that an agent has joined."""
    DESK = "desk"
    """A remark that only the desk reads, such as that a message could not be delivered."""


@dataclass(frozen=True, slots=True)
class Address:
    """A customer as one channel knows them."""

    channel: str
    user: str
    """The channel's own id; for the web, a digest of the conversation's secret."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that a customer said or tapped."""

    address: Address
    message_id: str
    """Unique per address; the same id again is the same turn, delivered twice."""
    received: dt.datetime
    """With a time zone."""
    text: str = ""
    payload: str = ""
    """What a button carries, for example `/human` or `/article:card-lost`; at most 64 bytes."""
    person: str = ""
    """The telephone or customer number, only where the channel knows it for certain."""
    uploads: tuple[Upload, ...] = ()
    """Pictures, voice notes and papers that came with it, checked by actions.uploads.check."""
    heard_as: tuple[str, ...] = ()
    """Other readings of what was spoken, the likelier first; `text` is the likeliest."""


@dataclass(frozen=True, slots=True)
class Button:
    """A choice offered under a reply."""

    title: str
    payload: str


HUMAN_BUTTON = Button("转人工", "/human")


@dataclass(frozen=True, slots=True)
class Citation:
    """The article that a reply quotes."""

    id: str
    title: str
    sources: tuple[str, ...]
    effective: str
    """ISO date."""


@dataclass(frozen=True, slots=True)
class ComplaintNote:
    """A complaint as its customer sees it."""

    number: str
    state: str
    """In Chinese, for example 已登记."""
    due: str
    """ISO date of the day by which it is answered."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One message of the bot."""

    text: str
    spoken: str = ""
    """How a voice says it; the text itself where that is speakable."""
    buttons: tuple[Button, ...] = ()
    article: Citation | None = None
    complaint: ComplaintNote | None = None
    handoff: QueuePlace | None = None
    awaits: Expecting = Expecting.ANYTHING
    """What kind of answer it asks for: a voice line listens accordingly."""
    ends: bool = False
    """A farewell: a telephone line may be closed after it."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is stored and shown: one line of the conversation."""

    id: int
    """Grows with time over all conversations."""
    author: Author
    at: dt.datetime
    text: str
    name: str | None = None
    """The agent's display name."""
    reply: Reply | None = None
    """The whole reply, where the bot wrote it."""
    client_id: str | None = None
    """The id that its sender gave it, so that a page can tell its own messages."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a turn led to."""

    mode: Mode
    elder: bool
    route: Route
    messages: tuple[Message, ...] = field(default=())
    understanding_s: float | None = None
    """How long understanding took; None where the turn needed none."""


Json = dict[str, Any]
