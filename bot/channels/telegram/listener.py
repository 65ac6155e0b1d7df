"""Receives Telegram's updates: by polling, or at a webhook. Both deliver at least once."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections import defaultdict
from collections.abc import Sequence

from aiohttp import web
from telegram import Bot, BotCommand, Update
from telegram.error import Conflict, RetryAfter, TelegramError

from actions.errors import StorageUnavailable
from bot.channels.platform import Staff
from bot.channels.telegram.channel import translated
from bot.channels.telegram.customers import TelegramCustomers
from bot.channels.telegram.updates import WANTED, chat_of
from bot.errors import DeliveryDelayed, DeliveryFailed
from bot.http import read_object
from bot.phrases import Phrases
from bot.turn import Json

logger = logging.getLogger(__name__)

PATH = "/channels/telegram"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
_POLL_S = 25
"""How long Telegram keeps a question for updates open."""
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 30.0


class TelegramListener:
    """One for each gateway; with polling, one for each bot."""

    def __init__(
        self,
        bot: Bot,
        customers: TelegramCustomers,
        phrases: Phrases,
        secret: str,
        webhook: str = "",
        staff: Staff | None = None,
    ) -> None:
        """`webhook`: this gateway's public address; "" to poll. `secret`: Telegram repeats it."""
        self._bot = bot
        self._customers = customers
        self._phrases = phrases
        self._secret = secret
        self._webhook = webhook
        self._staff = staff

    def routes(self) -> list[web.AbstractRouteDef]:
        """The webhook, where that is the way."""
        return [web.post(PATH, self._receive)] if self._webhook else []

    async def run(self) -> None:
        """Introduce the bot, and then poll until cancelled; trouble is waited out."""
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                await self._introduce()
                break
            except (DeliveryDelayed, DeliveryFailed) as error:
                logger.warning("Telegram cannot be set up yet: %s", error)
                await asyncio.sleep(getattr(error, "retry_after", None) or pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        if not self._webhook:
            await self._poll()

    async def close(self) -> None:
        """Give the connections back."""
        await self._bot.shutdown()

    async def _introduce(self) -> None:
        await translated(self._bot.initialize())
        commands = [BotCommand(name, what) for name, what in self._phrases.commands()]
        await translated(self._bot.set_my_commands(commands))
        if self._webhook:
            await translated(
                self._bot.set_webhook(
                    self._webhook + PATH, secret_token=self._secret, allowed_updates=WANTED
                )
            )
        else:
            await translated(self._bot.delete_webhook())
        logger.info("Telegram: this is @%s", self._bot.username)

    async def _poll(self) -> None:
        """Ask for updates; by asking beyond one, Telegram learns that we have it stored."""
        offset, pause_s = 0, _FIRST_PAUSE_S
        while True:
            try:
                offset = await self._hear_all(await self._updates(offset), offset)
                pause_s = _FIRST_PAUSE_S
                continue
            except Conflict:
                logger.warning(
                    "另一个程序也在用同一个 Telegram 机器人收消息。请停掉它；多个网关请改用 webhook"
                )
            except RetryAfter as error:
                wait = error.retry_after
                pause_s = wait if isinstance(wait, int) else wait.total_seconds()
            except (TelegramError, StorageUnavailable) as error:
                logger.warning("Telegram's updates must wait: %s", error)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    async def _updates(self, offset: int) -> list[Json]:
        """What is new, unread: of a hundred updates one may have a shape that nobody knows yet.

        The library's own get_updates fails for them all then, and logs what customers wrote; by
        a lower-case name, which the Bot API takes as well, it hands the answer over as it is.
        """
        asked = {"offset": offset, "timeout": _POLL_S, "allowed_updates": WANTED}
        found: list[Json] = await self._bot.do_api_request(
            "getupdates", asked, read_timeout=_POLL_S + 10
        )
        return found

    async def _hear_all(self, updates: Sequence[Json], offset: int) -> int:
        """Customers in parallel, each one's updates in order; the offset that confirms them all.

        Raises StorageUnavailable: then none is confirmed, and those stored are known again.
        """
        by_chat: dict[int, list[Json]] = defaultdict(list)
        for update in updates:
            by_chat[chat_of(update)].append(update)
        heard = await asyncio.gather(*map(self._in_order, by_chat.values()), return_exceptions=True)
        for outcome in heard:
            if isinstance(outcome, BaseException):
                raise outcome
        return max([offset, *(int(update["update_id"]) + 1 for update in updates)])

    async def _in_order(self, updates: Sequence[Json]) -> None:
        for update in updates:
            await self._hear(update)

    async def _hear(self, raw: Json) -> None:
        try:
            update = Update.de_json(raw, self._bot)
            if not (self._staff and await self._staff.hear(update)):
                await self._customers.hear(update)
        except StorageUnavailable:
            raise
        except Exception:  # an update that breaks us must not come again for ever
            logger.exception("update %s could not be taken", raw.get("update_id"))
            await self._customers.apologise(chat_of(raw))

    async def _receive(self, request: web.Request) -> web.Response:
        """Answer the webhook; an error answer makes Telegram deliver the update again."""
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._secret.encode()):
            raise web.HTTPForbidden
        await self._hear(await read_object(request))
        return web.json_response({})
