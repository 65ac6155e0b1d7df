"""The officers' side put together: complaints, their classification, their causes, reminders."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from actions import answer_templates
from actions.attachments import Attachments
from actions.cases import Cases
from actions.coding import Coder
from actions.database import Database
from actions.register import SqlRegister
from bot.classified import open_classification
from bot.conversations import ConversationStore
from bot.desk.cause_routes import CauseRoutes
from bot.desk.causes import CauseWork
from bot.desk.coding_routes import CodingRoutes
from bot.desk.complaint_export import ComplaintExport
from bot.desk.complaint_file import ComplaintFile
from bot.desk.complaint_routes import ComplaintRoutes
from bot.desk.complaint_steps import ComplaintSteps
from bot.desk.complaints import Bank, ComplaintViews
from bot.desk.delivery import Delivery
from bot.desk.disclosure import Disclosure
from bot.desk.door import Door
from bot.errors import ConfigurationError
from bot.phrases import Phrases
from bot.settings import Settings

Clock = Callable[[], dt.datetime]


@dataclass(frozen=True, slots=True)
class Shared:
    """What the officers' side shares with the rest of the gateway."""

    database: Database
    register: SqlRegister
    attachments: Attachments
    store: ConversationStore
    door: Door
    delivery: Delivery
    phrases: Phrases
    disclosure: Disclosure
    clock: Clock


@dataclass(frozen=True, slots=True)
class Casework:
    """The officers' pages and what stands behind them."""

    complaints: ComplaintRoutes
    coding: CodingRoutes
    causes: CauseRoutes
    cases: Cases

    def routes(self) -> list[web.AbstractRouteDef]:
        """What the officers' pages serve."""
        return [*self.complaints.routes(), *self.coding.routes(), *self.causes.routes()]


def casework(settings: Settings, shared: Shared) -> Casework:
    """Put the officers' side together. Raises ConfigurationError that names a faulty file."""
    trees = open_classification()
    try:
        templates = answer_templates.load()
    except ValueError as error:
        raise ConfigurationError([str(error)]) from error
    about, database, clock = settings.bank, shared.database, shared.clock
    bank = Bank(about.name, about.hotline, settings.complaints.branches, about.zone)
    disclosure, coder = shared.disclosure, Coder(trees)
    cases = Cases(shared.register, coder)
    views = ComplaintViews(
        database, shared.register, shared.attachments, disclosure, templates, bank, clock
    )
    complaints = ComplaintRoutes(
        shared.door,
        views,
        ComplaintSteps(
            database, shared.register, shared.store, shared.delivery, shared.phrases, clock
        ),
        ComplaintExport(database, shared.register, disclosure, clock),
        ComplaintFile(database, views, disclosure, bank, clock),
        coder.classification,
        bank,
    )
    return Casework(
        complaints,
        CodingRoutes(shared.door, database, shared.register, coder),
        CauseRoutes(shared.door, CauseWork(database, cases, clock, about.zone), trees, about.name),
        cases,
    )
