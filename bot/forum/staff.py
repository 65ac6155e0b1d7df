"""Hears the agents: in their group, and in private where they link their account."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Sequence
from functools import partial

from telegram import CallbackQuery, Message, Update
from telegram.constants import ChatType

from actions.database import Database
from actions.errors import NotAllowed, StorageUnavailable
from actions.topics import Topics
from bot.forum import wording
from bot.forum.cards import OURS, Card
from bot.forum.group import Group
from bot.forum.members import Members
from bot.forum.talk import Talk
from bot.forum.telling import Telling
from bot.http import printable
from bot.limits import RateLimit

logger = logging.getLogger(__name__)

_COMMAND = re.compile(r"/([A-Za-z_]{1,32})(?:@\w+)?(?:\s+(.*))?", re.DOTALL)
_PRIVATE = {"login", "logout", "on", "busy", "off"}
"""What of the commands in a private chat is for agents; everything else is a customer's."""
_GUESSES = 5
"""Codes a minute of one Telegram account."""


class Staff:
    """See Staff in bot/channels/platform.py."""

    def __init__(
        self, group: Group, talk: Talk, topics: Topics, members: Members, database: Database
    ) -> None:
        self._group = group
        self._talk = talk
        self._topics = topics
        self._members = members
        self._database = database
        self._guesses = RateLimit(_GUESSES)
        self._seldom = RateLimit(1)
        self._telling = Telling()

    async def hear(self, update: Update) -> bool:
        """Do what an agent asks for; False where the update is none of theirs.

        Raises StorageUnavailable: then the update must come again.
        """
        if tap := update.callback_query:
            is_ours = tap.message is not None and tap.message.chat.id == self._group.chat
            if is_ours:
                await self._tapped(tap)
            return is_ours
        message = update.message or update.edited_message
        if message is None:
            return False
        if message.chat.id == self._group.chat:
            await self._said(message, is_edit=update.message is None)
            return True
        command = _command(message.text or "")
        is_private = message.chat.type == ChatType.PRIVATE and update.message is not None
        if not (is_private and command and command[0] in _PRIVATE):
            return False
        answer = await self._in_private(message.chat.id, *command)
        self._telling.soon(partial(self._group.whisper, message.chat.id, answer))
        return True

    async def close(self) -> None:
        """Nothing more is said."""
        await self._telling.close()
        await self._group.shutdown()

    async def _in_private(self, user: int, name: str, about: str) -> str:
        try:
            if name == "login":
                return await self._login(user, about)
            if name == "logout":
                return await self._logout(user)
            agent = await self._members.agent(user)
            return (await self._talk.command(agent, None, name, about, ""))[0].text
        except NotAllowed as error:
            return str(error)

    async def _login(self, user: int, code: str) -> str:
        if self._guesses.wait(f"login {user}", time.monotonic()):
            return "试得太多了，请一分钟后再试。"
        agent = await self._members.link(user, code)
        if agent is None:
            return "验证码不对，或者已经用过、过期了。请向管理员再要一个。"
        return (
            f"{agent.name}，您好。已关联坐席账号 {agent.login}。"
            "开始接待请发 /on，下班请发 /off，客户在坐席群的话题里。"
        )

    async def _logout(self, user: int) -> str:
        """Whom the agent has goes back to the queue; also for who may not serve any more."""
        agent = await self._members.linked(user)
        await self._talk.command(agent, None, "off", "", "")
        await self._members.unlink(user)
        return "已解除关联。"

    async def _said(self, message: Message, *, is_edit: bool) -> None:
        """Something in the group: words for the customer, a command, or talk among colleagues."""
        thread, conversation = _thread(message), None
        if thread is not None:
            conversation = await self._database.read(lambda tx: self._topics.in_thread(tx, thread))
        command = _command(message.text or "")
        is_notice = not (message.text or message.effective_attachment)  # Telegram's own
        if is_notice or (conversation is None and not command):
            return
        try:
            answers = await self._answers(message, conversation, command, is_edit=is_edit)
        except NotAllowed as error:
            user = message.from_user.id if message.from_user else 0
            is_stranger = error.code == "signed_out"
            if is_stranger and self._seldom.wait(f"{user} {thread}", time.monotonic()):
                return
            answers = [Card(str(error) if command else f"{wording.NOT_SENT}{error}")]
        except StorageUnavailable:
            raise
        except Exception:  # whatever broke, nobody may believe that the customer has heard it
            logger.exception("what an agent wrote could not be taken")
            answers = [Card(wording.BROKEN if command else f"{wording.NOT_SENT}{wording.BROKEN}")]
        self._tell(message, answers)

    async def _answers(
        self,
        message: Message,
        conversation: int | None,
        command: tuple[str, str] | None,
        *,
        is_edit: bool,
    ) -> Sequence[Card]:
        """What the agent hears of it. Raises NotAllowed and StorageUnavailable."""
        if command and command[0] == "login":
            await self._members.void(command[1])
            return [Card(wording.LEAKED)]
        if message.sender_chat:
            return [Card(wording.ANONYMOUS)]
        if message.from_user is None or message.from_user.is_bot:
            return []
        agent = await self._members.agent(message.from_user.id)
        if is_edit:
            return [Card(wording.EDITED)] if conversation else []
        key = f"{OURS}{message.message_id}"
        if command:
            return await self._talk.command(agent, conversation, *command, key)
        text = printable(message.text or "")
        if conversation is None or not text:
            return [Card(wording.TEXT_ONLY)]
        await self._talk.say(agent, conversation, text, key)
        return []

    async def _tapped(self, tap: CallbackQuery) -> None:
        try:
            agent = await self._members.agent(tap.from_user.id)
            name, *about = (tap.data or "").split(":")
            values = [int(one) if one.isdecimal() else one for one in about]
            answer = await self._talk.tap(agent, name, values)
        except NotAllowed as error:
            answer = Card(str(error), private=True)
        except StorageUnavailable:
            raise
        except Exception:  # whatever broke, the agent may not believe that it is done
            logger.exception("what an agent tapped could not be done")
            answer = Card(wording.BROKEN, private=True)
        brief = "" if answer.keyboard else answer.text
        self._telling.soon(partial(self._group.answer, tap.id, brief, alert=answer.private))
        if answer.keyboard and isinstance(tap.message, Message):
            self._tell(tap.message, [answer])

    def _tell(self, to: Message, answers: Sequence[Card]) -> None:
        for one in answers:
            if one.text:
                post = partial(self._group.post, _thread(to), one.text, one.keyboard)
                self._telling.soon(partial(post, to=to.message_id))


def _command(said: str) -> tuple[str, str] | None:
    """The name of a command, and what follows it."""
    found = _COMMAND.fullmatch(printable(said))
    return (found[1].lower(), (found[2] or "").strip()) if found else None


def _thread(message: Message) -> int | None:
    return message.message_thread_id if message.is_topic_message else None
