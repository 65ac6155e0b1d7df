"""The agents' supergroup at the Bot API, and what its refusals mean."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.error import BadRequest, Forbidden

from bot.channels.telegram.channel import translated
from bot.errors import DeliveryDelayed, XiaobaoError
from bot.forum.wording import COMMANDS

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_MEND_S = 60.0
"""What only the group's administrator can mend is tried again so often."""
_GONE = ("thread not found", "topic_id_invalid", "topic_deleted")
_CARD_GONE = ("message to edit not found", "message can't be edited")
T = TypeVar("T")


class TopicGone(XiaobaoError):
    """Somebody has deleted the topic."""


class CardGone(XiaobaoError):
    """Somebody has deleted the message, or it is too old to be changed."""


class Group:
    """Every step raises DeliveryDelayed and DeliveryFailed, in words for operators."""

    def __init__(self, bot: Bot, chat: int) -> None:
        self._bot = bot
        self.chat = chat

    async def introduce(self) -> None:
        """Connect, and show the agents' commands in the group."""
        await translated(self._bot.initialize())
        commands = [BotCommand(name, what) for name, what in COMMANDS]
        scope = BotCommandScopeChat(self.chat)
        await self._asked(self._bot.set_my_commands(commands, scope=scope))

    async def create(self, title: str) -> int:
        """A new topic's number."""
        made = await self._asked(self._bot.create_forum_topic(self.chat, title))
        if made is None:
            raise DeliveryDelayed("Telegram 没有建成话题")
        return made.message_thread_id

    async def name(self, thread: int, title: str) -> None:
        """Call the topic so. Raises TopicGone."""
        await self._asked(self._bot.edit_forum_topic(self.chat, thread, name=title))

    async def open(self, thread: int) -> None:
        """Let the topic go on. Raises TopicGone."""
        await self._asked(self._bot.reopen_forum_topic(self.chat, thread))

    async def close(self, thread: int) -> None:
        """Nothing goes on in the topic any more. Raises TopicGone."""
        await self._asked(self._bot.close_forum_topic(self.chat, thread))

    async def post(
        self,
        thread: int | None,
        text: str,
        keyboard: InlineKeyboardMarkup | None = None,
        *,
        to: int | None = None,
    ) -> int:
        """Write into the topic; the message's number. Raises TopicGone.

        `thread`: None for the group's general topic. `to`: the message that it answers.
        """
        answered = ReplyParameters(to, allow_sending_without_reply=True) if to else None
        sent = await self._asked(
            self._bot.send_message(
                self.chat,
                text,
                message_thread_id=thread,
                reply_markup=keyboard,
                reply_parameters=answered,
                link_preview_options=_NO_PREVIEW,
            )
        )
        if sent is None:
            raise DeliveryDelayed("Telegram 没有收下这条消息")
        return sent.message_id

    async def edit(self, message: int, text: str, keyboard: InlineKeyboardMarkup | None) -> None:
        """Let the message say this instead. Raises CardGone."""
        await self._asked(
            self._bot.edit_message_text(
                text,
                self.chat,
                message,
                reply_markup=keyboard,
                link_preview_options=_NO_PREVIEW,
            )
        )

    async def pin(self, message: int, *, is_on: bool) -> None:
        """Let the message stand at the top of its topic, or no more."""
        pin = self._bot.pin_chat_message if is_on else self._bot.unpin_chat_message
        await translated(pin(self.chat, message_id=message))

    async def whisper(self, user: int, text: str) -> None:
        """Write to one agent alone."""
        await translated(self._bot.send_message(user, text))

    async def answer(self, tap: str, text: str, *, alert: bool) -> None:
        """Let the tapped button rest; `text`, of at most 200 characters, is shown to who tapped."""
        await self._asked(self._bot.answer_callback_query(tap, text[:200] or None, alert))

    async def shutdown(self) -> None:
        """Give the connections back."""
        await self._bot.shutdown()

    async def _asked(self, request: Awaitable[T]) -> T | None:
        """What Telegram answers; None where things are already as they should be."""
        return await translated(_understood(request))


async def _understood(request: Awaitable[T]) -> T | None:
    try:
        return await request
    except BadRequest as error:
        said = error.message.lower()
        if "not_modified" in said or "not modified" in said:
            return None
        if any(words in said for words in _GONE):
            raise TopicGone(error.message) from error
        if any(words in said for words in _CARD_GONE):
            raise CardGone(error.message) from error
        if any(words in said for words in ("not enough rights", "not a forum", "chat not found")):
            raise _to_be_mended(error.message) from error
        raise
    except Forbidden as error:
        raise _to_be_mended(error.message) from error


def _to_be_mended(said: str) -> DeliveryDelayed:
    return DeliveryDelayed(
        f"坐席群用不了（{said}）。请确认：群已开启“话题”，机器人在群里、是管理员、有“管理话题”权限，"
        "telegram.desk_group 是这个群的编号",
        _MEND_S,
        everyone=True,
    )
