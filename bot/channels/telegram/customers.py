"""What comes in by Telegram becomes turns; every customer of it passes here."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Awaitable, Callable
from functools import partial

from telegram import Bot, Update
from telegram.error import TelegramError

from actions.database import Database
from bot.channels.media import Media, hear
from bot.channels.tapped import tapped
from bot.channels.telegram.updates import Incoming, read
from bot.conversations import ConversationStore
from bot.limits import RateLimit
from bot.phrases import Phrases
from bot.switchboard import Switchboard
from bot.turn import Address, Turn
from bot.wish import wants_human

logger = logging.getLogger(__name__)

MAX_FILE = 20 * 2**20
"""Bytes; the Bot API serves no larger ones."""


class TelegramCustomers:
    """Hears updates, one customer's in order."""

    def __init__(
        self,
        bot: Bot,
        switchboard: Switchboard,
        database: Database,
        store: ConversationStore,
        phrases: Phrases,
        limit: RateLimit,
        clock: Callable[[], dt.datetime],
        media: Media,
    ) -> None:
        """`limit`: messages per minute of one customer."""
        self._bot = bot
        self._switchboard = switchboard
        self._database = database
        self._store = store
        self._phrases = phrases
        self._limit = limit
        self._seldom = RateLimit(1)
        self._clock = clock
        self._media = media

    async def hear(self, update: Update) -> None:
        """Answer one update; the answer is in the outbox when this returns.

        Raises StorageUnavailable: then nothing has happened, and the update must come again.
        """
        incoming = read(update)
        if incoming is None:
            return
        if incoming.is_group:
            await self._once_a_minute(incoming.chat, self._phrases.only_private())
            return
        if self._is_too_fast(incoming):
            await self._once_a_minute(incoming.chat, self._phrases.too_fast())
            return
        await hear(self._switchboard, await self._turn(incoming))
        if incoming.tap:
            await self._quietly(self._bot.answer_callback_query(incoming.tap))

    async def apologise(self, chat: int) -> None:
        """Something of ours broke: the customer hears at least that, and how to reach a human."""
        if chat > 0:  # groups have negative numbers
            await self._quietly(self._bot.send_message(chat, self._phrases.apology().text))

    def _is_too_fast(self, incoming: Incoming) -> bool:
        if incoming.payload == "/human" or wants_human(incoming.text):
            return False
        return bool(self._limit.wait(f"telegram {incoming.chat}", time.monotonic()))

    async def _turn(self, incoming: Incoming) -> Turn:
        address = Address("telegram", str(incoming.chat))
        turn = Turn(
            address,
            incoming.message_id,
            self._clock(),
            self._phrases.in_transcript(incoming.text, incoming.what),
            incoming.payload,
            incoming.phone,
        )
        turn = await tapped(turn, self._database, self._store)
        if incoming.media is None:
            return turn
        return await self._media.take(turn, incoming.media, partial(self._file, incoming.file))

    async def _file(self, id_: str) -> bytes | None:
        """A file that a customer sent; None where Telegram does not give it out."""
        try:
            file = await self._bot.get_file(id_)
            if (file.file_size or 0) > MAX_FILE:
                return None
            return bytes(await file.download_as_bytearray())
        except TelegramError as error:
            logger.warning("a file of a customer could not be fetched: %s", error)
            return None

    async def _once_a_minute(self, chat: int, words: str) -> None:
        """Say something outside of any conversation, but not again and again."""
        if not self._seldom.wait(str(chat), time.monotonic()):
            await self._quietly(self._bot.send_message(chat, words))

    async def _quietly(self, request: Awaitable[object]) -> None:
        """For courtesies: nothing depends on them."""
        try:
            await request
        except TelegramError as error:
            logger.info("Telegram did not take a courtesy: %s", error)
