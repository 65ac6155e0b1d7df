"""The composition root: here, and only here, the parts are put together."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from actions.agents import Agents
from actions.attachments import Attachments
from actions.callbacks import Callbacks
from actions.database import Database
from actions.floor import Floor
from actions.gaps import Gaps
from actions.handoff import HandoffDesk
from actions.links import Links
from actions.notes import Notes
from actions.outbox import Outbox
from actions.persons import Persons
from actions.privacy import Cipher
from actions.queueing import QueueRules, Urgency
from actions.register import SqlRegister
from actions.service_requests import ServiceRequests
from bot.abilities import Actions, Queueing
from bot.board import Board, stopped
from bot.casework import Casework, Shared, casework, reminding
from bot.channels.media import Media
from bot.channels.platform import Background, Parts, Platform
from bot.channels.web import WebChannel
from bot.conversations import ConversationStore
from bot.desk.calls import CallWork
from bot.desk.delivery import Delivery
from bot.desk.door import Door
from bot.desk.figures import FiguresDesk
from bot.desk.knowledge import KnowledgeWork
from bot.desk.knowledge_routes import KnowledgeRoutes
from bot.desk.live import DeskEvents
from bot.desk.routes import DeskRoutes
from bot.desk.signin import SignInRoutes
from bot.desk.views import DeskViews
from bot.desk.work import DeskWork
from bot.dialogue import Dialogue
from bot.forum.opening import Forum, open_forum
from bot.health import Health
from bot.http import MAX_BODY, errors, safe_headers
from bot.hub import Hub
from bot.known import KnownCustomers
from bot.limits import RateLimit
from bot.metrics import Metrics
from bot.outcome import Outcome
from bot.phrases import Phrases
from bot.platforms import ANSWERING, platforms, pushed
from bot.rasa_process import RasaProcess, model_path
from bot.reminding import Reminding
from bot.sender import Sender
from bot.service import Service, load_service
from bot.settings import ROOT, Settings
from bot.settings import Knowledge as KnowledgeRules
from bot.sweep import Sweep
from bot.switchboard import Switchboard
from bot.transcripts import Transcripts
from bot.understanding import KeywordRules, RasaNLU, Resilient, Understanding
from knowledge.article import load
from knowledge.drafts import Drafts
from knowledge.fault import Fault
from knowledge.review import Reviewed, part, read_approvals
from knowledge.search import KnowledgeBase

logger = logging.getLogger(__name__)

Clock = Callable[[], dt.datetime]


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
class Desk:
    """The agents' side."""

    work: DeskWork
    views: DeskViews
    routes: DeskRoutes
    sign_in: SignInRoutes
    figures: FiguresDesk


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
    queueing: Queueing
    web: WebChannel
    desk: Desk
    knowledge_routes: KnowledgeRoutes
    casework: Casework
    board: Board
    sweep: Sweep
    phrases: Phrases
    metrics: Metrics
    hub: Hub
    outbox: Outbox
    platforms: tuple[Platform, ...]
    senders: tuple[Sender, ...]
    forums: tuple[Forum, ...]
    """One where agents serve by telephone."""
    clock: Clock
    nlu: RasaNLU
    rasa: RasaProcess | None
    reminding: Reminding


def assemble(
    settings: Settings, *, clock: Clock | None = None, tell: Callable[[str], None] = logger.info
) -> Gateway:
    """Put the parts together; nothing is opened yet. `tell` shows progress to the operator."""
    zone = settings.bank.zone
    clock = clock or (lambda: dt.datetime.now(dt.UTC))
    cipher = Cipher(settings.security.plain_keys())
    phrases = Phrases(settings.bank.name, settings.bank.hotline, zone)
    database = Database(settings.database())
    outbox = Outbox(pushed(settings), ANSWERING)
    store = ConversationStore(cipher, outbox)
    transcripts = Transcripts(store)
    library = open_library(settings.knowledge, lambda: clock().astimezone(zone).date())
    metrics, hub, service = Metrics(), Hub(), load_service()
    nlu, rasa = _rasa(settings, cipher, tell)
    understanding: Understanding = Resilient(nlu, KeywordRules(), metrics.fallback)
    register = SqlRegister(cipher, settings.deadlines(), zone)
    gaps, links = Gaps(cipher), Links(cipher)
    attachments = Attachments(cipher, settings.attachments)
    requests = ServiceRequests(cipher, zone)
    queue = _queueing(settings, cipher, service)
    switchboard = Switchboard(
        database,
        store,
        understanding,
        Dialogue(library.base, phrases, settings.branches()),
        Outcome(store, Actions(register, requests, gaps, attachments, queue, links), phrases),
        attachments,
        phrases,
        hub,
        queue.persons,
        metrics,
        clock,
    )
    board = Board(database, queue.floor, queue.callbacks, transcripts, hub, clock)
    page = {
        "bank_name": settings.bank.name,
        "hotline": settings.bank.hotline,
        "sample": library.reviewed.sample,
        "microphone": settings.bank.microphone,
    }
    web_channel = WebChannel(
        switchboard,
        database,
        store,
        transcripts,
        queue.floor,
        board,
        hub,
        RateLimit(settings.http.rate_limit),
        KnownCustomers(cipher),
        clock,
        page,
        attachments,
    )
    delivery = Delivery(
        database, store, switchboard, hub, frozenset({WebChannel.name, *pushed(settings)})
    )
    agents, notes = Agents(database), Notes(cipher)
    door = Door(agents, clock)
    views = DeskViews(
        database, store, transcripts, queue.floor, notes, links, register, board, service, clock
    )
    work = DeskWork(
        database,
        store,
        queue.desk,
        queue.floor,
        queue.callbacks,
        notes,
        delivery,
        phrases,
        service,
        hub,
        clock,
    )
    calls = CallWork(
        database, queue.desk, queue.floor, queue.callbacks, work, delivery, phrases, clock
    )
    forum = open_forum(
        settings,
        cipher,
        queue,
        work,
        calls,
        views,
        transcripts,
        service,
        database,
        hub,
        metrics,
        clock,
    )
    parts = Parts(
        cipher,
        switchboard,
        database,
        store,
        outbox,
        phrases,
        hub,
        Media(),
        RateLimit(settings.http.rate_limit),
        clock,
        forum.staff if forum else None,
    )
    reached = platforms(settings, parts)
    events = DeskEvents(database, door, board, views, transcripts, hub, clock)
    bank = settings.bank.name
    secure = settings.http.secure_cookies
    desk = Desk(
        work,
        views,
        DeskRoutes(door, work, calls, views, events, library.base, service, bank),
        SignInRoutes(agents, door, work, clock, secure_cookies=secure),
        FiguresDesk(database, door, service, clock, zone, bank),
    )
    knowledge_work = KnowledgeWork(
        database, gaps, Drafts(settings.data_dir / "drafts"), library.base, clock
    )
    return Gateway(
        settings,
        database,
        cipher,
        attachments,
        agents,
        switchboard,
        library,
        register,
        queue,
        web_channel,
        desk,
        KnowledgeRoutes(door, knowledge_work, bank),
        casework(
            settings,
            Shared(database, register, attachments, store, door, delivery, phrases, clock),
        ),
        board,
        Sweep(
            queue.rules,
            database,
            queue.desk,
            queue.floor,
            queue.callbacks,
            board,
            delivery,
            phrases,
            clock,
        ),
        phrases,
        metrics,
        hub,
        outbox,
        reached,
        tuple(
            Sender(
                one.channel,
                outbox,
                database,
                store,
                phrases,
                hub,
                metrics,
                register.not_told,
                clock,
            )
            for one in reached
        ),
        (forum,) if forum else (),
        clock,
        nlu,
        rasa,
        reminding(settings, database, metrics, clock),
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


def _queueing(settings: Settings, cipher: Cipher, service: Service) -> Queueing:
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


def application(gateway: Gateway) -> web.Application:
    """The one aiohttp application; opening it opens the database, Rasa and the connections."""
    app = web.Application(client_max_size=MAX_BODY, middlewares=[errors(gateway.phrases)])
    app.on_response_prepare.append(safe_headers)
    app.add_routes(gateway.web.routes())
    app.add_routes(gateway.desk.sign_in.routes())
    app.add_routes(gateway.desk.routes.routes())
    app.add_routes(gateway.desk.figures.routes())
    app.add_routes(gateway.knowledge_routes.routes())
    app.add_routes(gateway.casework.routes())
    for platform in gateway.platforms:
        app.add_routes(platform.listener.routes())
    health = Health(
        gateway.database,
        gateway.library.base,
        gateway.nlu,
        gateway.board,
        gateway.desk.figures,
        gateway.outbox,
        gateway.clock,
        gateway.metrics,
    )
    app.add_routes(health.routes())

    async def parts(_app: web.Application) -> AsyncIterator[None]:
        await gateway.database.prepare(gateway.cipher)
        now = time.time()
        await gateway.database.read(lambda tx: gateway.attachments.tidy(tx, now))
        await gateway.nlu.open()
        if gateway.rasa:
            gateway.rasa.start()
        beside: list[Background] = [*(one.listener for one in gateway.platforms), *gateway.forums]
        running = [gateway.board.run(), gateway.sweep.run(), *(one.run() for one in beside)]
        tasks = [asyncio.create_task(one) for one in running]
        sending = [asyncio.create_task(sender.run()) for sender in gateway.senders]
        try:
            yield
        finally:
            for task in tasks:
                await stopped(task)
            gateway.hub.close()
            await asyncio.gather(*sending)
            for one in beside:
                await one.close()
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
