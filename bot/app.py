"""The composition root: here, and only here, the parts are put together."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from aiohttp import web

from actions import answer_templates, calendar, classification
from actions.agents import Agents
from actions.attachments import Attachments
from actions.cases import Cases
from actions.classification import Classification
from actions.coding import Coder
from actions.database import Database
from actions.deadlines import Deadlines
from actions.gaps import Gaps
from actions.handoff import HandoffDesk, Urgency
from actions.privacy import Cipher
from actions.register import SqlRegister
from actions.service_requests import ServiceRequests
from bot.channels import Channel
from bot.channels.web import WebChannel
from bot.conversations import ConversationStore
from bot.delivery import Courier
from bot.desk.cause_routes import CauseRoutes
from bot.desk.causes import CauseWork
from bot.desk.coding_routes import CodingRoutes
from bot.desk.complaint_export import ComplaintExport
from bot.desk.complaint_file import ComplaintFile
from bot.desk.complaint_routes import ComplaintRoutes
from bot.desk.complaint_steps import ComplaintSteps
from bot.desk.complaints import Bank, ComplaintViews
from bot.desk.disclosure import Disclosure
from bot.desk.door import Door
from bot.desk.knowledge import KnowledgeWork
from bot.desk.knowledge_routes import KnowledgeRoutes
from bot.desk.routes import DeskRoutes
from bot.desk.work import DeskWork
from bot.dialogue import Dialogue
from bot.errors import ConfigurationError
from bot.health import Health
from bot.http import MAX_BODY, errors, safe_headers
from bot.hub import Hub
from bot.limits import RateLimit
from bot.metrics import Metrics
from bot.notify.ways import configured
from bot.outcome import Actions, Outcome
from bot.phrases import Phrases
from bot.rasa_process import RasaProcess, model_path
from bot.reminding import Reminding
from bot.settings import ROOT, Settings
from bot.settings import Knowledge as KnowledgeRules
from bot.switchboard import Duty, Switchboard
from bot.transcripts import Transcripts
from bot.understanding import KeywordRules, RasaNLU, Resilient, Understanding
from knowledge.article import Fault, load
from knowledge.drafts import Drafts
from knowledge.review import Reviewed, part, read_approvals
from knowledge.search import KnowledgeBase

logger = logging.getLogger(__name__)

Clock = Callable[[], dt.datetime]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Library:
    """The articles that may be quoted, and what is wrong with the others."""

    base: KnowledgeBase
    reviewed: Reviewed
    faults: tuple[Fault, ...]


def open_library(
    rules: KnowledgeRules, today: Callable[[], dt.date], folder: Path = ROOT / "knowledge"
) -> Library:
    """Load, check and index the articles; only approved ones can be found."""
    shelf = load(folder / "articles")
    approvals, faults = read_approvals(folder / "approvals.yml")
    reviewed = part(
        shelf.articles, approvals, departments=rules.departments, take_sample=rules.sample
    )
    base = KnowledgeBase(reviewed.approved, today)
    return Library(base, reviewed, (*shelf.faults, *faults))


@dataclass(frozen=True, slots=True)
class Gateway:
    """The parts of one gateway that its listeners and commands use."""

    settings: Settings
    database: Database
    cipher: Cipher
    attachments: Attachments
    agents: Agents
    switchboard: Switchboard
    library: Library
    register: SqlRegister
    desk: HandoffDesk
    web: WebChannel
    desk_routes: DeskRoutes
    knowledge_routes: KnowledgeRoutes
    complaint_routes: ComplaintRoutes
    coding_routes: CodingRoutes
    cause_routes: CauseRoutes
    cases: Cases
    phrases: Phrases
    metrics: Metrics
    hub: Hub
    duty: Duty
    nlu: RasaNLU
    rasa: RasaProcess | None
    reminding: Reminding
    clock: Clock


def assemble(
    settings: Settings, *, clock: Clock | None = None, tell: Callable[[str], None] = logger.info
) -> Gateway:
    """Put the parts together; nothing is opened yet. `tell` shows progress to the operator."""
    zone = settings.bank.zone
    clock = clock or (lambda: dt.datetime.now(dt.UTC))
    cipher = Cipher(settings.security.plain_keys())
    phrases = Phrases(settings.bank.name, settings.bank.hotline)
    database = Database(settings.database())
    store = ConversationStore(cipher)
    transcripts = Transcripts(store)
    library = open_library(settings.knowledge, lambda: clock().astimezone(zone).date())
    metrics, hub, duty = Metrics(), Hub(), Duty()
    nlu, rasa = _rasa(settings, cipher, tell)
    understanding: Understanding = Resilient(nlu, KeywordRules(), metrics.fallback)
    register = SqlRegister(cipher, deadlines(settings), zone)
    gaps = Gaps(cipher)
    attachments = Attachments(cipher, settings.data_dir / "attachments")
    requests = ServiceRequests(cipher, zone)
    desk = HandoffDesk(_head_starts(settings), zone)
    switchboard = Switchboard(
        database,
        store,
        understanding,
        Dialogue(library.base, phrases),
        Outcome(store, Actions(register, requests, desk, gaps, attachments), phrases),
        attachments,
        phrases,
        hub,
        duty,
        metrics,
        clock,
    )
    page = {
        "bank_name": settings.bank.name,
        "hotline": settings.bank.hotline,
        "sample": library.reviewed.sample,
    }
    web_channel = WebChannel(
        switchboard,
        database,
        store,
        transcripts,
        desk,
        hub,
        duty,
        RateLimit(settings.http.rate_limit),
        clock,
        page,
        attachments,
    )
    channels: dict[str, Channel] = {web_channel.name: web_channel}
    agents = Agents(database)
    courier = Courier(channels, hub)
    work = DeskWork(
        database, store, transcripts, desk, register, switchboard, courier, phrases, clock
    )
    door = Door(agents, clock)
    routes = DeskRoutes(
        agents,
        door,
        work,
        hub,
        duty,
        clock,
        settings.bank.name,
        secure_cookies=settings.http.secure_cookies,
    )
    knowledge_work = KnowledgeWork(
        database, gaps, Drafts(settings.data_dir / "drafts"), library.base, clock
    )

    # The classification of complaints, and their causes put right
    trees = _trees()
    coder = Coder(trees)
    cases = Cases(register, coder)
    coding_routes = CodingRoutes(door, database, register, coder)
    cause_work = CauseWork(database, cases, clock, zone)
    cause_routes = CauseRoutes(door, cause_work, trees, settings.bank.name)

    return Gateway(
        settings,
        database,
        cipher,
        attachments,
        agents,
        switchboard,
        library,
        register,
        desk,
        web_channel,
        routes,
        KnowledgeRoutes(door, knowledge_work, settings.bank.name),
        _complaints(
            settings,
            door,
            database,
            register,
            attachments,
            coder.classification,
            store,
            courier,
            phrases,
            clock,
        ),
        coding_routes,
        cause_routes,
        cases,
        phrases,
        metrics,
        hub,
        duty,
        nlu,
        rasa,
        reminding(settings, database, metrics, clock),
        clock,
    )


async def opened(settings: Settings) -> Database:
    """The database alone, brought up to date: for commands. Raises StorageUnavailable, WrongKey."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database())
    try:
        await database.prepare(Cipher(settings.security.plain_keys()))
    except BaseException:
        await database.close()
        raise
    return database


def reminding(settings: Settings, database: Database, metrics: Metrics, clock: Clock) -> Reminding:
    """Reminders by every way that is set."""
    return Reminding(
        database, configured(settings), settings.reminders, settings.bank.zone, metrics, clock
    )


def _complaints(
    settings: Settings,
    door: Door,
    database: Database,
    register: SqlRegister,
    attachments: Attachments,
    classes: Classification,
    store: ConversationStore,
    courier: Courier,
    phrases: Phrases,
    clock: Clock,
) -> ComplaintRoutes:
    """The officers' page and what stands behind it."""
    about = settings.bank
    bank = Bank(about.name, about.hotline, settings.complaints.branches, about.zone)
    disclosure = Disclosure(clock)
    views = ComplaintViews(
        database, register, attachments, disclosure, _data(answer_templates.load), bank, clock
    )
    return ComplaintRoutes(
        door,
        views,
        ComplaintSteps(database, register, store, courier, phrases, clock),
        ComplaintExport(database, register, disclosure, clock),
        ComplaintFile(database, views, disclosure, bank, clock),
        classes,
        bank,
    )


def _rasa(
    settings: Settings, cipher: Cipher, tell: Callable[[str], None]
) -> tuple[RasaNLU, RasaProcess | None]:
    rasa = settings.rasa
    timeout = rasa.timeout_ms / 1000
    if not rasa.managed:
        token = settings.security.rasa_token
        return RasaNLU(rasa.urls, token.get_secret_value() if token else "", timeout), None
    token_of_child = cipher.derive("rasa-token")
    process = RasaProcess(
        ROOT, rasa.python, model_path(ROOT, settings.data_dir), rasa.port, token_of_child, tell
    )
    return RasaNLU((f"http://127.0.0.1:{rasa.port}",), token_of_child, timeout), process


def _data(load: Callable[[], T]) -> T:
    """What operators keep in a file. Raises ConfigurationError that names it."""
    try:
        return load()
    except ValueError as error:
        raise ConfigurationError([str(error)]) from error


def deadlines(settings: Settings) -> Deadlines:
    """The law's days as they are set, counted by the calendar of holidays."""
    rules = settings.complaints
    return Deadlines(
        rules.decision_days,
        rules.extended_days,
        rules.further_days,
        rules.dispute_window_days,
        rules.review_days,
        rules.working_days,
        _data(calendar.load),
    )


def _trees() -> classification.Classification:
    try:
        return classification.load()
    except ValueError as error:
        raise ConfigurationError(str(error).splitlines()) from error


def _head_starts(settings: Settings) -> dict[Urgency, dt.timedelta]:
    return {
        Urgency.FRAUD: dt.timedelta(seconds=settings.queue.fraud_head_start_s),
        Urgency.ELDER: dt.timedelta(seconds=settings.queue.elder_head_start_s),
        Urgency.NORMAL: dt.timedelta(),
    }


def application(gateway: Gateway) -> web.Application:
    """The one aiohttp application; opening it opens the database, Rasa and the connections."""
    app = web.Application(client_max_size=MAX_BODY, middlewares=[errors(gateway.phrases)])
    app.on_response_prepare.append(safe_headers)
    app.add_routes(gateway.web.routes())
    app.add_routes(gateway.desk_routes.routes())
    app.add_routes(gateway.knowledge_routes.routes())
    app.add_routes(gateway.complaint_routes.routes())
    app.add_routes(gateway.coding_routes.routes())
    app.add_routes(gateway.cause_routes.routes())
    health = Health(
        gateway.database,
        gateway.library.base,
        gateway.nlu,
        gateway.desk,
        gateway.duty,
        gateway.metrics,
        gateway.clock,
    )
    app.add_routes(health.routes())

    async def parts(_app: web.Application) -> AsyncIterator[None]:
        await gateway.database.prepare(gateway.cipher)
        now = time.time()
        await gateway.database.read(lambda tx: gateway.attachments.tidy(tx, now))
        await gateway.nlu.open()
        if gateway.rasa:
            gateway.rasa.start()
        try:
            yield
        finally:
            if gateway.rasa:
                await gateway.rasa.stop()
            await gateway.nlu.close()
            await gateway.database.close()

    async def reminders(_app: web.Application) -> AsyncIterator[None]:
        watch = asyncio.create_task(gateway.reminding.watch())
        yield
        gateway.reminding.stop()
        await watch

    async def wake_streams(_app: web.Application) -> None:
        gateway.hub.close()

    app.cleanup_ctx.append(parts)
    if gateway.settings.reminders.enabled:
        app.cleanup_ctx.append(reminders)
    app.on_shutdown.append(wake_streams)
    return app
