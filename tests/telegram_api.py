"""A Bot API server that is as strict as Telegram's: https://core.telegram.org/bots/api.

What a client does against the documentation is refused as Telegram refuses it, and noted in
`violations`, which the fixture wants empty. The other side of it, `Person`, is a customer's phone.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

TOKEN = "123456789:AAtest-token-of-the-strict-server_0"
BOT = {"id": 123456789, "is_bot": True, "first_name": "消保小宝", "username": "xiaobao_bot"}
DATE = 1_795_510_800
Json = dict[str, Any]

PARAMETERS: dict[str, tuple[set[str], set[str]]] = {
    # method: required, optional (only what this project may use)
    "getMe": (set(), set()),
    "getUpdates": (set(), {"offset", "limit", "timeout", "allowed_updates"}),
    "setWebhook": (
        {"url"},
        {"secret_token", "allowed_updates", "max_connections", "drop_pending_updates"},
    ),
    "deleteWebhook": (set(), {"drop_pending_updates"}),
    "setMyCommands": ({"commands"}, {"scope", "language_code"}),
    "sendMessage": (
        {"chat_id", "text"},
        {"reply_markup", "link_preview_options", "parse_mode", "disable_notification"},
    ),
    "sendVoice": ({"chat_id", "voice"}, {"caption", "duration", "reply_markup"}),
    "answerCallbackQuery": ({"callback_query_id"}, {"text", "show_alert"}),
    "getFile": ({"file_id"}, set()),
}


class Refusal(Exception):
    """An error of the Bot API."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


@dataclass
class Chat:
    """A private chat as the server knows it."""

    blocked: bool = False
    gone: bool = False
    shown: list[Json] = field(default_factory=list)
    """What the customer has on the screen, oldest first."""


class BotApi:
    """The server. Trouble is switched on by its attributes."""

    def __init__(self) -> None:
        self.chats: dict[int, Chat] = {}
        self.changed = asyncio.Condition()
        self.violations: list[str] = []
        self.commands: list[Json] = []
        self.answered: list[str] = []
        self.webhook: Json | None = None
        self.reach: str = ""
        """Where the webhook's https address leads in the test."""
        self.floods: list[int] = []
        """retry_after of the next sendings, each refused with 429."""
        self.is_out = False
        """Connections are cut before anything happens."""
        self.answers_lost = 0
        """So many sendings are carried out, and their answers lost."""
        self.broken = 0
        """So many requests are answered 502."""
        self.files: dict[str, bytes] = {}
        self.voices: list[bytes] = []
        """The voice notes that were sent, as files."""
        self._updates: list[Json] = []
        self._poller: asyncio.Event | None = None
        self._ids = itertools.count(1)
        self._update_ids = itertools.count(700_000_001)
        self.server: TestServer | None = None

    async def start(self) -> str:
        app = web.Application(client_max_size=50 * 2**20)
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        app.router.add_get("/file/bot{token}/{path:.*}", self._file)
        self.server = TestServer(app)
        await self.server.start_server(access_log=None)
        return str(self.server.make_url("")).rstrip("/")

    async def stop(self) -> None:
        assert self.server is not None
        if self._poller:
            self._poller.set()
        await self.server.close()

    def chat(self, id_: int) -> Chat:
        return self.chats.setdefault(id_, Chat())

    async def until(self, condition: Callable[[], Any]) -> None:
        async with self.changed:
            await self.changed.wait_for(condition)

    async def notify(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    # What clients call.

    async def _call(self, request: web.Request) -> web.StreamResponse:
        asked = request.match_info["method"].lower()  # "all methods are case-insensitive"
        method = next((name for name in PARAMETERS if name.lower() == asked), asked)
        if self.is_out:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        try:
            if self.broken:
                self.broken -= 1
                return web.Response(status=502, text="Bad Gateway")
            given = await self._parameters(request, method)
            result = await getattr(self, f"_{method}")(given)
        except Refusal as refusal:
            body: Json = {
                "ok": False,
                "error_code": refusal.code,
                "description": refusal.description,
            }
            if refusal.parameters:
                body["parameters"] = refusal.parameters
            return web.json_response(body, status=refusal.code)
        if method.startswith("send") and self.answers_lost:
            self.answers_lost -= 1
            assert request.transport is not None
            request.transport.abort()
        return web.json_response({"ok": True, "result": result})

    async def _parameters(self, request: web.Request, method: str) -> Json:
        if request.match_info["token"] != TOKEN:
            raise Refusal(401, "Unauthorized")
        if method not in PARAMETERS:
            raise Refusal(404, "Not Found")
        if request.content_type == "application/json":
            given: Json = await request.json()
        else:
            given = {**request.query, **(await request.post())}
        required, optional = PARAMETERS[method]
        if unknown := given.keys() - required - optional:
            self.violations.append(f"{method}: {unknown} is not in the documentation")
        for name in required - given.keys():
            self._violated(f"{method}: {name} is missing", f"Bad Request: {name} is empty")
        return given

    def _violated(self, what: str, description: str) -> None:
        self.violations.append(what)
        raise Refusal(400, description)

    async def _getMe(self, _given: Json) -> Json:  # noqa: N802
        return {
            **BOT,
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    async def _getUpdates(self, given: Json) -> list[Json]:  # noqa: N802
        if self.webhook:
            raise Refusal(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        offset, timeout = int(given.get("offset", 0)), int(given.get("timeout", 0))
        limit = int(given.get("limit", 100))
        if not 1 <= limit <= 100:
            self.violations.append(f"getUpdates: limit {limit}")
        if self._poller:
            self._poller.set()
        mine = self._poller = asyncio.Event()
        if offset > 0:  # what lies before it is confirmed, and forgotten
            self._updates = [one for one in self._updates if one["update_id"] >= offset]
            await self.notify()
        if not self._updates and timeout:
            ended = asyncio.create_task(mine.wait())
            came = asyncio.create_task(self.until(lambda: self._updates))
            await asyncio.wait({ended, came}, timeout=timeout, return_when="FIRST_COMPLETED")
            for task in (ended, came):
                task.cancel()
        if mine.is_set():
            raise Refusal(
                409,
                "Conflict: terminated by other getUpdates request; "
                "make sure that only one bot instance is running",
            )
        self._poller = None
        wanted = json.loads(given["allowed_updates"]) if "allowed_updates" in given else None
        return [
            one for one in self._updates if not wanted or set(one) & set(wanted)
        ][:limit]  # fmt: skip

    async def _setWebhook(self, given: Json) -> bool:  # noqa: N802
        if not str(given["url"]).startswith("https://"):
            raise Refusal(
                400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"
            )
        secret = str(given.get("secret_token", ""))
        if not 1 <= len(secret) <= 256 or not secret.replace("-", "").replace("_", "").isalnum():
            self._violated("setWebhook: secret_token", "Bad Request: secret token is invalid")
        self.webhook = given
        await self.notify()
        return True

    async def _deleteWebhook(self, _given: Json) -> bool:  # noqa: N802
        self.webhook = None
        return True

    async def _setMyCommands(self, given: Json) -> bool:  # noqa: N802
        commands = json.loads(given["commands"])
        for one in commands:
            name, what = one["command"], one["description"]
            fits = 1 <= len(name) <= 32 and name.replace("_", "").isalnum() and name.islower()
            if not fits or not 1 <= len(what) <= 256:
                self._violated(f"setMyCommands: {one}", "Bad Request: BOT_COMMAND_INVALID")
        self.commands = commands
        await self.notify()
        return True

    def _recipient(self, given: Json) -> Chat:
        if self.floods:
            seconds = self.floods.pop(0)
            raise Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        chat = self.chats.get(int(given["chat_id"]))
        if chat is None or chat.gone:
            raise Refusal(400, "Bad Request: chat not found")
        if chat.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        return chat

    async def _sendMessage(self, given: Json) -> Json:  # noqa: N802
        chat = self._recipient(given)
        text = str(given["text"])
        if not text.strip():
            self._violated("sendMessage: no text", "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > 4096:
            self._violated("sendMessage: too long", "Bad Request: message is too long")
        return await self._show(chat, given, {"text": text, **self._markup(given)})

    def _markup(self, given: Json) -> Json:
        if "reply_markup" not in given:
            return {}
        markup = json.loads(given["reply_markup"])
        for button in itertools.chain.from_iterable(markup["inline_keyboard"]):
            if not button.get("text"):
                self._violated(f"button: {button}", "Bad Request: BUTTON_TEXT_INVALID")
            if not 1 <= len(button.get("callback_data", "").encode()) <= 64:
                self._violated(f"button: {button}", "Bad Request: BUTTON_DATA_INVALID")
        return {"reply_markup": markup}

    async def _sendVoice(self, given: Json) -> Json:  # noqa: N802
        chat = self._recipient(given)
        sound = given["voice"]
        if str(sound).startswith("attach://"):
            self._violated("sendVoice: no file", "Bad Request: file is missing")
        if isinstance(sound, web.FileField):
            self.voices.append(sound.file.read())
        voice = {"file_id": "out", "file_unique_id": "o", "duration": 1, "mime_type": "audio/ogg"}
        return await self._show(chat, given, {"voice": voice})

    async def _show(self, chat: Chat, given: Json, content: Json) -> Json:
        message = {
            "message_id": next(self._ids),
            "date": DATE,
            "chat": private(int(given["chat_id"])),
            "from": BOT,
            **content,
        }
        chat.shown.append(message)
        await self.notify()
        return message

    async def _answerCallbackQuery(self, given: Json) -> bool:  # noqa: N802
        self.answered.append(str(given["callback_query_id"]))
        await self.notify()
        return True

    async def _getFile(self, given: Json) -> Json:  # noqa: N802
        content = self.files.get(str(given["file_id"]))
        if content is None:
            raise Refusal(400, "Bad Request: invalid file_id")
        if len(content) > 20 * 2**20:
            raise Refusal(400, "Bad Request: file is too big")
        id_ = given["file_id"]
        return {
            "file_id": id_,
            "file_unique_id": f"u{id_}",
            "file_size": len(content),
            "file_path": f"voice/{id_}.oga",
        }

    async def _file(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != TOKEN:
            raise web.HTTPUnauthorized
        name = request.match_info["path"].removeprefix("voice/").removesuffix(".oga")
        return web.Response(body=self.files[name])

    # What Telegram does by itself.

    async def update(self, **content: Any) -> Json:
        update = {"update_id": next(self._update_ids), **content}
        await self.deliver(update)
        return update

    async def deliver_again(self, update: Json) -> None:
        """Telegram promises to deliver at least once."""
        # What comes before a question with a later offset would count as confirmed by it.
        await self.until(lambda: self.pending == 0)
        await self.deliver(update)

    async def deliver(self, update: Json) -> None:
        if self.webhook:
            while not await self._post(update):
                await asyncio.sleep(0)
            return
        self._updates.append(update)
        self._updates.sort(key=lambda one: int(one["update_id"]))
        await self.notify()

    async def _post(self, update: Json) -> bool:
        assert self.webhook is not None
        path = str(self.webhook["url"]).partition("//")[2].partition("/")[2]
        headers = {"X-Telegram-Bot-Api-Secret-Token": str(self.webhook["secret_token"])}
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{self.reach}/{path}", json=update, headers=headers) as response,
        ):
            return response.status < 300

    @property
    def pending(self) -> int:
        """Updates that no client has confirmed."""
        return len(self._updates)

    def new_id(self) -> int:
        return next(self._ids)


def private(id_: int) -> Json:
    return {"id": id_, "type": "private", "first_name": "客户"}


class Person:
    """A customer's phone."""

    def __init__(self, api: BotApi, id_: int) -> None:
        self.api, self.id = api, id_
        self.chat = api.chat(id_)
        self.last: Json = {}
        """The update sent last."""

    async def send(self, **content: Any) -> None:
        self.last = await self.api.update(message=self.message(**content))

    def message(self, **content: Any) -> Json:
        sender = {"id": self.id, "is_bot": False, "first_name": "客户"}
        plain = {"message_id": self.api.new_id(), "date": DATE, "chat": private(self.id)}
        return {**plain, "from": sender, **content}

    async def say(self, text: str) -> None:
        await self.send(text=text)

    async def again(self) -> None:
        """Telegram delivers the last update once more."""
        await self.api.deliver_again(self.last)

    async def edit(self, text: str) -> None:
        edited = self.message(text=text, edit_date=DATE + 1)
        self.last = await self.api.update(edited_message=edited)

    async def file(self, content: bytes, kind: str, **more: Any) -> None:
        id_ = f"f{self.api.new_id()}"
        self.api.files[id_] = content
        file = {"file_id": id_, "file_unique_id": f"u{id_}", "file_size": len(content)}
        if kind == "voice":
            await self.send(voice={**file, "duration": 2, "mime_type": "audio/ogg"}, **more)
        elif kind == "document":
            about = {name: more.pop(name) for name in ("file_name", "mime_type")}
            await self.send(document={**file, **about}, **more)
        else:
            await self.send(photo=[{**file, "width": 90, "height": 90}], **more)

    async def tap(self, title: str) -> None:
        """Tap the newest button of this title."""
        for message in reversed(self.chat.shown):
            for button in buttons(message):
                if button["text"] == title:
                    await self.press(message, button["callback_data"])
                    return
        raise AssertionError(f"no button {title} in {self.texts()}")

    async def press(self, message: Json, data: str) -> None:
        self.last = await self.api.update(
            callback_query={
                "id": f"q{self.api.new_id()}",
                "from": {"id": self.id, "is_bot": False, "first_name": "客户"},
                "chat_instance": "1",
                "message": message,
                "data": data,
            }
        )

    def texts(self) -> list[str]:
        return [message.get("text", "") for message in self.chat.shown]

    def titles(self) -> list[str]:
        """The buttons under the newest message that has some."""
        with_some = [message for message in self.chat.shown if list(buttons(message))]
        return [button["text"] for button in buttons(with_some[-1])] if with_some else []

    async def hears(self, words: str, times: int = 1) -> None:
        """Wait until `words` were shown so often."""
        await self.api.until(lambda: sum(words in text for text in self.texts()) >= times)


def buttons(message: Json) -> Iterator[Json]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    yield from itertools.chain.from_iterable(rows)


def by_user(people: list[Person]) -> dict[int, list[str]]:
    shown: dict[int, list[str]] = defaultdict(list)
    for person in people:
        shown[person.id] = person.texts()
    return shown
