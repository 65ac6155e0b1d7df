"""Forum topics at the strict Bot API server, and an agent's phone in the supergroup.

What Telegram answers where a topic is gone, unchanged or forbidden is as its servers say it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import telegram_api
from telegram_api import BOT, DATE, BotApi, Json, Refusal, buttons, private

GROUP = -1_001_234_567_890
ANONYMOUS = {"id": 1_087_968_824, "is_bot": True, "first_name": "Group"}

telegram_api.PARAMETERS |= {
    "createForumTopic": ({"chat_id", "name"}, {"icon_color", "icon_custom_emoji_id"}),
    "editForumTopic": ({"chat_id", "message_thread_id"}, {"name", "icon_custom_emoji_id"}),
    "closeForumTopic": ({"chat_id", "message_thread_id"}, set()),
    "reopenForumTopic": ({"chat_id", "message_thread_id"}, set()),
    "pinChatMessage": ({"chat_id", "message_id"}, {"disable_notification"}),
    "unpinChatMessage": ({"chat_id"}, {"message_id"}),
    "editMessageText": (
        {"chat_id", "message_id", "text"},
        {"reply_markup", "link_preview_options", "parse_mode"},
    ),
}
telegram_api.PARAMETERS["sendMessage"][1].update({"message_thread_id", "reply_parameters"})


@dataclass
class Topic:
    """One of the group's, as its members see it."""

    name: str
    is_closed: bool = False
    shown: list[Json] = field(default_factory=list)

    def texts(self) -> list[str]:
        return [one["text"] for one in self.shown]

    def says(self, words: str) -> bool:
        return any(words in text for text in self.texts())

    def titles(self) -> list[str]:
        """Every button that can be tapped now."""
        return [button["text"] for message in self.shown for button in buttons(message)]


class GroupApi(BotApi):
    """With one supergroup. `is_forum` and `may_manage` are what its administrator has set."""

    def __init__(self) -> None:
        super().__init__()
        self.topics: dict[int, Topic] = {}
        self.general = Topic("General")
        self.is_forum = self.may_manage = self.is_member = self.may_pin = True
        self.pinned: list[int] = []
        self.now: Callable[[], float] = float
        """In seconds."""
        self.written: list[float] = []
        """When there was what counts against the twenty that a group takes in a minute."""
        self.staff_commands: list[Json] = []
        self.alerts: list[str] = []
        self.refused = ""
        """Words that the server takes from nobody."""

    def topic(self, name: str) -> Topic:
        """The newest topic whose name has `name` in it."""
        return next(one for one in reversed(self.topics.values()) if name in one.name)

    async def has(self, words: str, name: str = "访客") -> Topic:
        """The topic, as soon as it says `words`."""
        await self.until(
            lambda: any(name in one.name and one.says(words) for one in self.topics.values())
        )
        return self.topic(name)

    def delete(self, topic: Topic) -> None:
        """Somebody deletes the topic, with all that is in it."""
        self.topics = {id_: one for id_, one in self.topics.items() if one is not topic}

    def most_in_a_minute(self) -> int:
        return max(
            sum(begin <= when < begin + 60 for when in self.written) for begin in self.written
        )

    def _in_group(self, given: Json) -> None:
        if int(given["chat_id"]) != GROUP:
            raise Refusal(400, "Bad Request: chat not found")
        if not self.is_member:
            raise Refusal(403, "Forbidden: bot was kicked from the supergroup chat")

    def _managed(self, given: Json, what: str) -> None:
        self._in_group(given)
        if not self.is_forum:
            raise Refusal(400, "Bad Request: the chat is not a forum")
        if not self.may_manage:
            raise Refusal(400, f"Bad Request: not enough rights to {what} the topic")

    def _existing(self, given: Json) -> Topic:
        topic = self.topics.get(int(given["message_thread_id"]))
        if topic is None:
            raise Refusal(400, "Bad Request: TOPIC_ID_INVALID")
        return topic

    async def _createForumTopic(self, given: Json) -> Json:  # noqa: N802
        self._managed(given, "create")
        name = str(given["name"])
        if not 1 <= len(name) <= 128:
            self._violated("createForumTopic: name", "Bad Request: TOPIC_TITLE_EMPTY")
        self._flood()
        id_ = self.new_id()
        self.topics[id_] = Topic(name)
        self.written.append(self.now())
        await self.notify()
        return {"message_thread_id": id_, "name": name, "icon_color": 0x6FB9F0}

    async def _editForumTopic(self, given: Json) -> bool:  # noqa: N802
        self._managed(given, "edit")
        topic = self._existing(given)
        if topic.name == given["name"]:
            raise Refusal(400, "Bad Request: TOPIC_NOT_MODIFIED")
        topic.name = str(given["name"])
        await self.notify()
        return True

    async def _closeForumTopic(self, given: Json) -> bool:  # noqa: N802
        self._managed(given, "close")
        return await self._turned(given, is_closed=True)

    async def _reopenForumTopic(self, given: Json) -> bool:  # noqa: N802
        self._managed(given, "reopen")
        return await self._turned(given, is_closed=False)

    async def _turned(self, given: Json, *, is_closed: bool) -> bool:
        topic = self._existing(given)
        if topic.is_closed is is_closed:
            raise Refusal(400, "Bad Request: TOPIC_NOT_MODIFIED")
        topic.is_closed = is_closed
        await self.notify()
        return True

    def _flood(self) -> None:
        if self.floods:
            seconds = self.floods.pop(0)
            raise Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)

    async def _sendMessage(self, given: Json) -> Json:  # noqa: N802
        if int(given["chat_id"]) != GROUP:
            return await super()._sendMessage(given)
        self._in_group(given)
        self._flood()
        thread = int(given.get("message_thread_id", 0))
        topic = self.topics.get(thread) if thread else self.general
        if topic is None:
            raise Refusal(400, "Bad Request: message thread not found")
        if topic.is_closed and not self.may_manage:
            raise Refusal(400, "Bad Request: TOPIC_CLOSED")
        text = self._text(given)
        message = {
            "message_id": self.new_id(),
            "date": DATE,
            "chat": group(),
            "from": BOT,
            "text": text,
            **self._markup(given),
            **in_topic(thread),
        }
        topic.shown.append(message)
        self.written.append(self.now())
        await self.notify()
        return message

    def _text(self, given: Json) -> str:
        text = str(given["text"])
        if self.refused and self.refused in text:
            raise Refusal(400, "Bad Request: have no rights to send a message")
        if not text.strip():
            self._violated("no text", "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > 4096:
            self._violated("too long", "Bad Request: message is too long")
        return text

    async def _editMessageText(self, given: Json) -> Json:  # noqa: N802
        self._in_group(given)
        self._flood()
        wanted = int(given["message_id"])
        shown = [one for topic in (self.general, *self.topics.values()) for one in topic.shown]
        message = next((one for one in shown if one["message_id"] == wanted), None)
        if message is None:
            raise Refusal(400, "Bad Request: message to edit not found")
        new = {"text": self._text(given), **self._markup(given)}
        if new == {name: message[name] for name in ("text", "reply_markup") if name in message}:
            raise Refusal(
                400,
                "Bad Request: message is not modified: specified new message content and reply "
                "markup are exactly the same as a current content and reply markup of the message",
            )
        message.pop("reply_markup", None)
        message |= new
        self.written.append(self.now())
        await self.notify()
        return message

    async def _pinChatMessage(self, given: Json) -> bool:  # noqa: N802
        self._in_group(given)
        if not self.may_pin:
            raise Refusal(400, "Bad Request: not enough rights to manage pinned messages")
        self.pinned.append(int(given["message_id"]))
        self.written.append(self.now())
        await self.notify()
        return True

    async def _unpinChatMessage(self, given: Json) -> bool:  # noqa: N802
        self._in_group(given)
        if int(given["message_id"]) not in self.pinned:
            raise Refusal(400, "Bad Request: message to unpin not found")
        self.pinned.remove(int(given["message_id"]))
        await self.notify()
        return True

    async def _setMyCommands(self, given: Json) -> bool:  # noqa: N802
        if "scope" not in given:
            return await super()._setMyCommands(given)
        usual = self.commands
        await super()._setMyCommands(given)
        self.staff_commands, self.commands = self.commands, usual
        await self.notify()
        return True

    async def _answerCallbackQuery(self, given: Json) -> bool:  # noqa: N802
        if len(str(given.get("text", ""))) > 200:
            self._violated("answerCallbackQuery: too long", "Bad Request: MESSAGE_TOO_LONG")
        self.alerts.append(str(given.get("text", "")))
        return await super()._answerCallbackQuery(given)


def group() -> Json:
    return {"id": GROUP, "type": "supergroup", "title": "坐席", "is_forum": True}


def in_topic(thread: int) -> Json:
    return {"message_thread_id": thread, "is_topic_message": True} if thread else {}


class Phone:
    """An agent's, with the group open."""

    def __init__(self, api: GroupApi, id_: int) -> None:
        self.api, self.id = api, id_
        self.me = {"id": id_, "is_bot": False, "first_name": "员工"}
        self.last: Json = {}

    async def send(self, topic: Topic | None = None, **content: Any) -> None:
        thread = self._thread(topic)
        plain = {"message_id": self.api.new_id(), "date": DATE, "chat": group()}
        message = {**plain, "from": self.me, **in_topic(thread), **content}
        self.last = await self.api.update(message=message)

    def _thread(self, topic: Topic | None) -> int:
        return next((id_ for id_, one in self.api.topics.items() if one is topic), 0)

    async def say(self, text: str, topic: Topic | None = None) -> None:
        await self.send(topic, text=text)

    async def again(self) -> None:
        await self.api.deliver_again(self.last)

    async def privately(self, text: str) -> str:
        """Write to the bot itself; what it answers."""
        chat = self.api.chat(self.id)
        before = len(chat.shown)
        plain = {"message_id": self.api.new_id(), "date": DATE, "chat": private(self.id)}
        self.last = await self.api.update(message={**plain, "from": self.me, "text": text})
        await self.api.until(lambda: len(chat.shown) > before)
        return str(chat.shown[-1]["text"])

    async def tap(self, topic: Topic, title: str) -> str:
        """Tap the newest button of this title; what is shown above the chat after it."""
        await self.api.until(lambda: any(one.startswith(title) for one in topic.titles()))
        message, button = next(
            (message, button)
            for message in reversed(topic.shown)
            for button in buttons(message)
            if button["text"].startswith(title)
        )
        before = len(self.api.alerts)
        self.last = await self.api.update(
            callback_query={
                "id": f"q{self.api.new_id()}",
                "from": self.me,
                "chat_instance": "2",
                "message": message,
                "data": button["callback_data"],
            }
        )
        await self.api.until(lambda: len(self.api.alerts) > before)
        return self.api.alerts[-1]
