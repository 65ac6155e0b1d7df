"""Sends to Telegram, and translates what it answers."""

from __future__ import annotations

import datetime as dt
import logging
import os
from collections.abc import AsyncGenerator, Awaitable
from typing import TypeVar

from telegram import Bot, LinkPreviewOptions
from telegram.error import (
    BadRequest,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest

from audio import NotSpoken
from bot.channels import Accepted, Post
from bot.channels.telegram.rendering import parts
from bot.channels.voice import Speaker
from bot.errors import DeliveryDelayed, DeliveryFailed
from bot.turn import Author, Message

logger = logging.getLogger(__name__)

_TIMEOUT_S = 15.0
_NO_TOKEN_S = 60.0
"""A refused token is the operator's to mend; meanwhile everything waits."""
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
T = TypeVar("T")


def open_bot(token: str, base_url: str) -> Bot:
    """A client of the Bot API at `base_url`; it connects when it is first used."""
    # How long to wait comes as timedelta; as a plain number it is deprecated, with a warning.
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    # Its address holds the token, and the HTTP library logs every address.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    request, polling = (
        HTTPXRequest(
            connection_pool_size=size,
            read_timeout=_TIMEOUT_S,
            write_timeout=_TIMEOUT_S,
            connect_timeout=5.0,
            pool_timeout=5.0,
        )
        for size in (32, 2)
    )
    return Bot(
        token,
        base_url=f"{base_url}/bot",
        base_file_url=f"{base_url}/file/bot",
        request=request,
        get_updates_request=polling,
    )


class TelegramChannel:
    """See PushChannel."""

    name = "telegram"

    def __init__(
        self, bot: Bot, give_up_after: dt.timedelta, speaker: Speaker | None = None
    ) -> None:
        """`speaker`: gives elders each answer as a voice note too."""
        self.give_up_after = give_up_after
        self._bot = bot
        self._speaker = speaker

    async def deliver(self, post: Post) -> AsyncGenerator[Accepted]:
        """See PushChannel."""
        chat = int(post.address.user)
        for letter in post.letters:
            texts = parts(letter.message, elder=post.elder)
            is_spoken = self._speaks(letter.message, elder=post.elder)
            total = len(texts) + is_spoken
            for number, part in enumerate(texts[letter.parts :], letter.parts + 1):
                await translated(
                    self._bot.send_message(
                        chat,
                        part.text,
                        reply_markup=part.keyboard,
                        link_preview_options=_NO_PREVIEW,
                    )
                )
                yield Accepted((letter.id,), 0 if number == total else number)
            if is_spoken:
                await self._speak(chat, letter.message)
                yield Accepted((letter.id,))

    def _speaks(self, message: Message, *, elder: bool) -> bool:
        return bool(self._speaker and elder and message.author is Author.BOT)

    async def _speak(self, chat: int, message: Message) -> None:
        """The answer as a voice note; without it the text, which is out already, must do."""
        reply = message.reply
        if self._speaker is None or reply is None:
            return
        try:
            voice = await self._speaker.speak(reply.spoken or reply.text)
        except NotSpoken as error:
            logger.warning("no voice for message %s: %s", message.id, error)
            return
        try:
            await translated(self._bot.send_voice(chat, voice, filename="answer.ogg"))
        except DeliveryFailed as error:
            if error.unreachable:
                raise
            # People may forbid voice notes in their settings.
            logger.info("message %s is sent without its voice: %s", message.id, error)


async def translated(request: Awaitable[T]) -> T:
    """What Telegram answers. Raises DeliveryFailed and DeliveryDelayed, in words for the agent."""
    try:
        return await request
    except RetryAfter as error:
        wait = error.retry_after
        seconds = wait.total_seconds() if isinstance(wait, dt.timedelta) else float(wait)
        raise DeliveryDelayed("Telegram 要求稍后再发", seconds, everyone=True) from error
    except Forbidden as error:
        reason = "客户停用了 Telegram 机器人，或已注销账号"
        raise DeliveryFailed(reason, unreachable=True) from error
    except BadRequest as error:
        gone = "chat not found" in error.message.lower()
        reason = "Telegram 上找不到这位客户" if gone else f"Telegram 不接受（{error.message}）"
        raise DeliveryFailed(reason, unreachable=gone) from error
    except InvalidToken as error:
        raise DeliveryDelayed("Telegram 令牌无效", _NO_TOKEN_S, everyone=True) from error
    except TelegramError as error:
        raise DeliveryDelayed("连不上 Telegram") from error
