"""Hears the agents: in their group, and in private where they link their account."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import re
import time
from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy import Connection
from telegram import CallbackQuery, Message, Update
from telegram.constants import ChatType

from actions.agents import Agent
from actions.database import Database
from actions.errors import NotAllowed, StorageUnavailable
from actions.phones import Phones
from actions.topics import Topics
from bot.desk.access import AT_THE_DESK
from bot.errors import DeliveryDelayed, DeliveryFailed
from bot.forum import wording
from bot.forum.group import Group, TopicGone
from bot.forum.talk import Answer, Talk
from bot.http import printable
from bot.limits import RateLimit

logger = logging.getLogger(__name__)

_COMMAND = re.compile(r"/([A-Za-z_]{1,32})(?:@\w+)?(?:\s+(.*))?", re.DOTALL)
_PRIVATE = {"login", "logout", "on", "busy", "off"}
"""What of the commands in a private chat is for agents; everything else is a customer's."""
_GUESSES = 5
"""Codes a minute of one Telegram account."""
_TRIES = 5


class Staff:
    """See Staff in bot/channels/telegram/listener.py."""

    def __init__(
        self,
        group: Group,
        talk: Talk,
        topics: Topics,
        phones: Phones,
        database: Database,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._group = group
        self._talk = talk
        self._topics = topics
        self._phones = phones
        self._database = database
        self._clock = clock
        self._guesses = RateLimit(_GUESSES)
        self._seldom = RateLimit(1)
        self._telling: set[asyncio.Task[None]] = set()

    async def hear(self, update: Update) -> bool:
        """Do what an agent asks for; False where the update is none of theirs.

        Raises StorageUnavailable: then the update must come again.
        """
        tap = update.callback_query
        if tap:
            if not tap.message or tap.message.chat.id != self._group.chat:
                return False
            await self._tapped(tap)
            return True
        message = update.message or update.edited_message
        if message is None:
            return False
        if message.chat.id == self._group.chat:
            await self._said(message, is_edit=update.message is None)
            return True
        command = _COMMAND.fullmatch(message.text or "")
        is_private = message.chat.type == ChatType.PRIVATE and update.message is not None
        if not (is_private and command and command[1].lower() in _PRIVATE):
            return False
        answer = await self._in_private(message.chat.id, command[1].lower(), command[2] or "")
        self._soon(self._whispered(message.chat.id, answer))
        return True

    async def close(self) -> None:
        """Nothing more is said."""
        for task in self._telling:
            task.cancel()
        await asyncio.gather(*self._telling, return_exceptions=True)
        await self._group.shutdown()

    async def _in_private(self, user: int, name: str, about: str) -> str:
        if name == "login":
            return await self._login(user, about)
        if name == "logout":
            return await self._logout(user)
        try:
            agent = await self._agent(user)
        except NotAllowed as error:
            return str(error)
        return (await self._talk.command(agent, None, name, about))[0].text

    async def _login(self, user: int, code: str) -> str:
        if self._guesses.wait(f"login {user}", time.monotonic()):
            return "试得太多了，请一分钟后再试。"
        now = self._clock()
        agent = await self._database.write(lambda tx: self._phones.link(tx, user, code, now))
        if agent is None:
            return "验证码不对，或者已经用过、过期了。请向管理员再要一个。"
        return (
            f"{agent.name}，您好。已关联坐席账号 {agent.login}。"
            "开始接待请发 /on，下班请发 /off，客户在坐席群的话题里。"
        )

    async def _logout(self, user: int) -> str:
        """Whom the agent has goes back to the queue; also for who may not serve any more."""
        agent = await self._database.read(lambda tx: self._phones.agent(tx, user))
        if agent is None:
            return wording.STRANGER
        await self._talk.command(agent, None, "off", "")
        now = self._clock()
        await self._database.write(lambda tx: self._phones.unlink(tx, user, now))
        return "已解除关联。"

    async def _agent(self, user: int) -> Agent:
        """Whose Telegram account it is. Raises NotAllowed: signed_out, forbidden."""
        agent = await self._database.read(lambda tx: self._phones.agent(tx, user))
        if agent is None:
            raise NotAllowed("signed_out", wording.STRANGER)
        if AT_THE_DESK.isdisjoint(agent.roles):
            raise NotAllowed("forbidden", wording.NO_ROLE)
        return agent

    async def _said(self, message: Message, *, is_edit: bool) -> None:
        """Something in the group: words for the customer, a command, or talk among colleagues."""
        thread = message.message_thread_id if message.is_topic_message else None
        conversation = await self._database.read(lambda tx: self._found(tx, thread))
        text = printable(message.text or "")
        command = _COMMAND.fullmatch(text)
        if _is_notice(message) or (conversation is None and not command):
            return
        if command and command[1].lower() == "login":
            now = self._clock()
            await self._database.write(lambda tx: self._phones.void(tx, command[2] or "", now))
            self._tell(thread, message, [Answer(wording.LEAKED)])
            return
        if message.sender_chat:
            self._tell(thread, message, [Answer(wording.ANONYMOUS)])
            return
        if message.from_user is None or message.from_user.is_bot:
            return
        try:
            agent = await self._agent(message.from_user.id)
            answers = await self._done(agent, conversation, message, command, is_edit=is_edit)
        except NotAllowed as error:
            if error.code == "signed_out" and self._seldom.wait(
                f"stranger {message.from_user.id} {thread}", time.monotonic()
            ):
                return
            answers = [Answer(str(error) if command else f"{wording.NOT_SENT}{error}")]
        except StorageUnavailable:
            raise
        except Exception:  # whatever broke, nobody may believe that the customer has heard it
            logger.exception("what an agent wrote could not be taken")
            answers = [Answer(f"{wording.NOT_SENT}{wording.BROKEN}")]
        self._tell(thread, message, answers)

    def _found(self, tx: Connection, thread: int | None) -> int | None:
        return None if thread is None else self._topics.in_thread(tx, thread)

    async def _done(
        self,
        agent: Agent,
        conversation: int | None,
        message: Message,
        command: re.Match[str] | None,
        *,
        is_edit: bool,
    ) -> Sequence[Answer]:
        if is_edit:
            return [Answer(wording.EDITED)]
        if command:
            about = (command[2] or "").strip()
            return await self._talk.command(agent, conversation, command[1].lower(), about)
        text = printable(message.text or "")
        if conversation is None or not text:
            return [Answer(wording.TEXT_ONLY)]
        return [await self._talk.say(agent, conversation, text, message.message_id)]

    async def _tapped(self, tap: CallbackQuery) -> None:
        try:
            agent = await self._agent(tap.from_user.id)
            name, *about = (tap.data or "").split(":")
            values = [int(one) if one.isdecimal() else one for one in about]
            answer = await self._talk.tap(agent, name, values)
        except NotAllowed as error:
            self._soon(self._rested(tap.id, str(error), alert=True))
            return
        private = answer.text if answer.private else ""
        brief = "" if answer.keyboard else answer.text
        self._soon(self._rested(tap.id, private or brief, alert=bool(private)))
        if answer.keyboard and isinstance(tap.message, Message):
            self._tell(_thread(tap.message), tap.message, [answer])

    def _tell(self, thread: int | None, to: Message, answers: Sequence[Answer]) -> None:
        for answer in answers:
            if answer.text:
                self._soon(self._told(thread, to.message_id, answer))

    def _soon(self, telling: Awaitable[None]) -> None:
        """Telegram may want to hear nothing for a minute; the next customers do not wait for it."""
        task = asyncio.ensure_future(telling)
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _told(self, thread: int | None, to: int, answer: Answer) -> None:
        for attempt in range(_TRIES):
            try:
                await self._group.post(thread, answer.text, answer.keyboard, to=to)
            except (TopicGone, DeliveryFailed) as error:
                logger.warning("an agent was not answered: %s", error)
                return
            except DeliveryDelayed as error:
                logger.info("an agent must wait for an answer: %s", error)
                await asyncio.sleep(error.retry_after or 2.0**attempt)
            else:
                return

    async def _rested(self, tap: str, text: str, *, alert: bool) -> None:
        try:
            await self._group.answer(tap, text, alert=alert)
        except (DeliveryDelayed, DeliveryFailed) as error:
            logger.info("Telegram did not take a courtesy: %s", error)

    async def _whispered(self, user: int, text: str) -> None:
        try:
            await self._group.whisper(user, text)
        except (DeliveryDelayed, DeliveryFailed) as error:
            logger.info("an agent was not answered in private: %s", error)


def _thread(message: Message) -> int | None:
    return message.message_thread_id if message.is_topic_message else None


def _is_notice(message: Message) -> bool:
    """Whether Telegram itself says it: a topic was closed, somebody has come."""
    return not (message.text or message.effective_attachment)
