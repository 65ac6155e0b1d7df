"""What the bot can do: the actions that the outcome of a turn carries out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from actions.attachments import Attachments
from actions.callbacks import Callbacks
from actions.floor import Floor
from actions.gaps import Gaps
from actions.handoff import HandoffDesk
from actions.links import Links
from actions.persons import Persons
from actions.privacy import Cipher
from actions.queueing import QueueRules, Urgency
from actions.register import ComplaintRegister
from actions.service_requests import ServiceRequests
from bot.service import Service
from bot.settings import Settings


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


def open_queueing(settings: Settings, cipher: Cipher, service: Service) -> Queueing:
    """The way to a human as the settings want it."""
    queue, hours = settings.queue, settings.desk_hours()
    rules = QueueRules(
        {
            Urgency.FRAUD: dt.timedelta(seconds=queue.fraud_head_start_s),
            Urgency.ELDER: dt.timedelta(seconds=queue.elder_head_start_s),
            Urgency.NORMAL: dt.timedelta(),
        },
        queue.seats,
        dt.timedelta(seconds=queue.no_answer_s),
        dt.timedelta(seconds=queue.long_wait_s),
        dt.timedelta(seconds=queue.keep_place_s),
        dt.timedelta(seconds=queue.absent_s),
    )
    return Queueing(
        rules,
        HandoffDesk(rules, hours),
        Floor(rules),
        Callbacks(cipher, hours, dt.timedelta(minutes=queue.callback_min)),
        Persons(cipher),
        {score: label for label, score in service.levels},
    )
