"""What the bot can do: the actions that the outcome of a turn carries out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from actions.attachments import Attachments
from actions.callbacks import Callbacks
from actions.floor import Floor
from actions.gaps import Gaps
from actions.handoff import HandoffDesk
from actions.links import Links
from actions.persons import Persons
from actions.queueing import QueueRules
from actions.register import ComplaintRegister
from actions.service_requests import ServiceRequests


@dataclass(frozen=True, slots=True)
class Queueing:
    """The way to a human, each within a transaction."""

    rules: QueueRules
    desk: HandoffDesk
    floor: Floor
    callbacks: Callbacks
    persons: Persons
    scores: Mapping[int, str]
    """What a customer's judgement can be, with its label."""


@dataclass(frozen=True, slots=True)
class Actions:
    """What the bot can do, each within a transaction."""

    register: ComplaintRegister
    requests: ServiceRequests
    gaps: Gaps
    attachments: Attachments
    queue: Queueing
    links: Links
