"""The composition root: here, and only here, the parts are put together."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass

from actions.agents import Agents
from actions.attachments import Attachments
from actions.database import Database
from actions.gaps import Gaps
from actions.links import Links
from actions.notes import Notes
from actions.outbox import Outbox
from actions.privacy import Cipher
from actions.register import SqlRegister
from actions.service_requests import ServiceRequests
from bot.abilities import Actions, Queueing, open_queueing
from bot.board import Board
from bot.casework import Casework, Shared, casework
from bot.channels.media import Media
from bot.channels.platform import Background, Listener, Parts, Platform
from bot.channels.web import WebChannel
from bot.conversations import ConversationStore
from bot.desk.attached import AttachedFiles
from bot.desk.calls import CallWork
from bot.desk.delivery import Delivery
from bot.desk.disclosure import Disclosure
from bot.desk.door import Door
from bot.desk.figures import FiguresDesk
from bot.desk.hotline import HotlineDesk
from bot.desk.hotline_routes import HotlineRoutes
from bot.desk.knowledge import KnowledgeWork
from bot.desk.knowledge_routes import KnowledgeRoutes
from bot.desk.live import DeskEvents
from bot.desk.routes import DeskRoutes
from bot.desk.signin import SignInRoutes
from bot.desk.views import DeskViews
from bot.desk.work import DeskWork
from bot.dialogue import Dialogue
from bot.forum.opening import Forum, open_forum
from bot.hearing import Ears, open_hearing
from bot.hub import Hub
from bot.known import KnownCustomers
from bot.library import Library, open_library
from bot.limits import RateLimit
from bot.metrics import Metrics
from bot.outcome import Outcome
from bot.phrases import Phrases
from bot.platforms import ANSWERING, platforms, pushed
from bot.rasa_process import RasaProcess, open_rasa
from bot.reminding import Reminding, open_reminding
from bot.sender import Sender
from bot.service import load_service
from bot.settings import Settings
from bot.speaking.opening import Speech, open_speech
from bot.sweep import Sweep
from bot.switchboard import Switchboard
from bot.telephony import Telephony, open_telephony
from bot.transcripts import Transcripts
from bot.understanding import KeywordRules, RasaNLU, Resilient, Understanding
from knowledge.drafts import Drafts

logger = logging.getLogger(__name__)

Clock = Callable[[], dt.datetime]


def words(settings: Settings) -> Phrases:
    """The bot's words for this bank."""
    url = settings.speaking.public_url
    album = f"{url}/album" if url else ""
    bank, recorded = settings.bank, settings.recordings.enabled
    return Phrases(bank.name, bank.hotline, bank.zone, album, recorded)


@dataclass(frozen=True, slots=True)
class Desk:
    """The agents' side."""

    work: DeskWork
    views: DeskViews
    routes: DeskRoutes
    sign_in: SignInRoutes
    figures: FiguresDesk
    hotline: HotlineRoutes


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
    telephony: Telephony
    clock: Clock
    nlu: RasaNLU
    rasa: RasaProcess | None
    reminding: Reminding
    speech: Speech
    ears: Ears | None
    """None where speech is not heard."""

    @property
    def listeners(self) -> list[Listener]:
        """How the platforms' customers are heard."""
        return [one.listener for one in self.platforms if one.listener]

    @property
    def beside(self) -> list[Background]:
        """What goes on beside the requests."""
        heard = [self.ears] if self.ears else []
        return [
            *self.listeners,
            *self.forums,
            *heard,
            self.speech.studio,
            self.telephony.recording.keeping,
        ]


def assemble(
    settings: Settings, *, clock: Clock | None = None, tell: Callable[[str], None] = logger.info
) -> Gateway:
    """Put the parts together; nothing is opened yet. `tell` shows progress to the operator."""
    zone = settings.bank.zone
    clock = clock or (lambda: dt.datetime.now(dt.UTC))
    cipher = Cipher(settings.security.plain_keys())
    phrases = words(settings)
    database = Database(settings.database())
    outbox = Outbox(pushed(settings), ANSWERING)
    store = ConversationStore(cipher, outbox)
    transcripts = Transcripts(store)
    library = open_library(settings.knowledge, lambda: clock().astimezone(zone).date())
    metrics, hub, service = Metrics(), Hub(), load_service()
    nlu, rasa = open_rasa(settings, cipher, tell)
    understanding: Understanding = Resilient(nlu, KeywordRules(), metrics.fallback)
    register = SqlRegister(cipher, settings.deadlines(), zone)
    gaps, links = Gaps(cipher), Links(cipher)
    attachments = Attachments(cipher, settings.attachments)
    requests = ServiceRequests(cipher, zone)
    queue = open_queueing(settings, cipher, service)
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
    ears = open_hearing(settings, tell)
    page = {
        "bank_name": settings.bank.name,
        "hotline": settings.bank.hotline,
        "sample": library.reviewed.sample,
        "microphone": settings.bank.microphone,
        "calls": settings.telephone.browser and ears is not None,
        "recorded": settings.recordings.enabled,
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
        database,
        store,
        transcripts,
        queue.floor,
        notes,
        attachments,
        links,
        register,
        board,
        service,
        clock,
    )
    files = AttachedFiles(database, queue.floor, attachments, clock)
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
    speech = open_speech(
        settings.speaking, settings.data_dir, phrases, library.base, library.reviewed.approved
    )
    parts = Parts(
        cipher,
        switchboard,
        database,
        store,
        outbox,
        phrases,
        hub,
        Media(ears.notes if ears else None),
        RateLimit(settings.http.rate_limit),
        clock,
        forum.staff if forum else None,
        speech.speaker,
    )
    reached = platforms(settings, parts)
    telephony = open_telephony(
        settings,
        ears.calls if ears else None,
        speech.voices,
        switchboard,
        phrases,
        queue.persons,
        cipher,
        database,
        store,
        metrics,
        clock,
        page,
    )
    events = DeskEvents(database, door, board, views, transcripts, hub, clock)
    bank, disclosure = settings.bank.name, Disclosure(clock)
    secure = settings.http.secure_cookies
    desk = Desk(
        work,
        views,
        DeskRoutes(door, work, calls, views, events, files, library.base, service, bank),
        SignInRoutes(agents, door, work, clock, secure_cookies=secure),
        FiguresDesk(database, door, service, clock, zone, bank),
        HotlineRoutes(
            door,
            HotlineDesk(
                database,
                telephony.recording.recordings,
                transcripts,
                register,
                disclosure,
                cipher,
                clock,
                zone,
            ),
            bank,
        ),
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
            Shared(
                database,
                register,
                attachments,
                store,
                door,
                delivery,
                phrases,
                disclosure,
                clock,
            ),
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
        telephony,
        clock,
        nlu,
        rasa,
        open_reminding(settings, database, metrics, clock),
        speech,
        ears,
    )
