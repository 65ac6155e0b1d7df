"""What comes in by WeChat or WeCom becomes turns; every customer of theirs passes here."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from enum import Enum, auto
from functools import partial

from sqlalchemy import Connection

from actions.database import Database
from actions.ledger import Ledgers
from bot.channels.media import Media, hear
from bot.channels.tapped import tapped
from bot.channels.wechat.api import PlatformApi
from bot.channels.wechat.link import PlatformRefused, PlatformUnreachable
from bot.channels.wechat.messages import Incoming
from bot.conversations import ConversationStore
from bot.limits import RateLimit
from bot.phrases import Phrases
from bot.switchboard import Switchboard
from bot.turn import Address, Mode, Turn
from bot.wish import wants_human

logger = logging.getLogger(__name__)

ELSEWHERE = "/elsewhere"
"""The payload of a turn that goes to the platform's own agents."""


class Outcome(Enum):
    """What a message led to."""

    ANSWERED = auto()
    TOO_FAST = auto()
    TRANSFER = auto()
    """The platform's own agents are to have the customer."""
    WITH_THEM = auto()
    """They have the customer; the bot is silent."""


class WechatCustomers:
    """Hears messages, one customer's in order."""

    def __init__(
        self,
        channel: str,
        switchboard: Switchboard,
        database: Database,
        store: ConversationStore,
        ledgers: Ledgers,
        phrases: Phrases,
        limit: RateLimit,
        clock: Callable[[], dt.datetime],
        media: Media,
        api: PlatformApi | None,
        stays_elsewhere: dt.timedelta | None,
    ) -> None:
        """`api`: None for accounts without it.

        `stays_elsewhere`: so long a customer is left to the platform's own agents, where those take
        over; None where our own desk does.
        """
        self._channel = channel
        self._switchboard = switchboard
        self._database = database
        self._store = store
        self._ledgers = ledgers
        self._phrases = phrases
        self._limit = limit
        self._clock = clock
        self._media = media
        self._api = api
        self._stays_elsewhere = stays_elsewhere

    def address(self, incoming: Incoming) -> Address:
        """Under which the customer is known."""
        return Address(self._channel, incoming.user)

    async def hear(self, incoming: Incoming) -> Outcome:
        """Answer one message; the answer is in the outbox when this returns.

        Raises StorageUnavailable: then nothing has happened, and it must come again.
        """
        address = self.address(incoming)
        where = await self._where(address)
        if where is Outcome.WITH_THEM and not incoming.is_event:
            return where
        turn = await self._understood(
            Turn(
                address,
                incoming.message_id,
                self._clock(),
                self._words(incoming),
                incoming.payload,
            ),
            incoming,
        )
        wish = turn.payload == "/human" or wants_human(turn.text)
        if not wish and self._limit.wait(f"{self._channel} {incoming.user}", time.monotonic()):
            return Outcome.TOO_FAST
        if wish and where is Outcome.TRANSFER and not incoming.is_event:
            return Outcome.TRANSFER
        await hear(self._switchboard, await self._fetched(turn, incoming))
        return Outcome.ANSWERED

    async def to_desk(self, incoming: Incoming) -> None:
        """Whatever the platform's own agents do: a human of ours is wanted."""
        address, now = self.address(incoming), self._clock()
        words = self._words(incoming)
        await self._switchboard.hear(Turn(address, incoming.message_id, now, words, "/human"))

    async def hand_over(self, incoming: Incoming) -> None:
        """The platform's own agents have the customer: note what was asked, and be silent."""
        address, now = self.address(incoming), self._clock()
        # Without the words: they ask for a human, and would open a session at our own desk.
        turn = Turn(address, incoming.message_id, now, payload=ELSEWHERE)
        await self._switchboard.hear(turn)
        await self.elsewhere(address, now)

    async def elsewhere(self, address: Address, since: dt.datetime | None) -> None:
        """Since when the platform's own agents have them; None: they have ended."""

        def note(tx: Connection) -> None:
            if found := self._store.find(tx, address):
                self._ledgers.hand_over(tx, found[0].id, since)

        await self._database.write(note)

    async def _where(self, address: Address) -> Outcome:
        """Whether the bot answers, or the platform's own agents do, or may."""
        stays, now = self._stays_elsewhere, self._clock()
        if stays is None:
            return Outcome.ANSWERED

        def look(tx: Connection) -> Outcome:
            found = self._store.find(tx, address)
            if found is None:
                return Outcome.TRANSFER
            since = self._ledgers.of(tx, found[0].id, now).elsewhere
            if since and now - since < stays:
                return Outcome.WITH_THEM
            return Outcome.TRANSFER if found[0].mode is Mode.BOT else Outcome.ANSWERED

        return await self._database.read(look)

    def _words(self, incoming: Incoming) -> str:
        return self._phrases.in_transcript(incoming.text, incoming.what)

    async def _understood(self, turn: Turn, incoming: Incoming) -> Turn:
        """A number or a tap, as the payload of the button that it means."""
        if incoming.choice:
            found = await self._database.read(
                lambda tx: self._store.choice(tx, turn.address, incoming.choice)
            )
            return replace(turn, payload=found) if found else turn
        return await tapped(turn, self._database, self._store)

    async def _fetched(self, turn: Turn, incoming: Incoming) -> Turn:
        if incoming.media is None:
            return turn
        fetch = partial(self._file, incoming.media_id)
        return await self._media.take(turn, incoming.media, fetch)

    async def _file(self, media_id: str) -> bytes | None:
        """A file that a customer sent; None where the platform does not give it out."""
        if self._api is None:
            return None
        try:
            content, _ = await self._api.media(media_id)
        except (PlatformRefused, PlatformUnreachable) as error:
            logger.warning("a file of a customer could not be fetched: %s", error)
            return None
        return content
