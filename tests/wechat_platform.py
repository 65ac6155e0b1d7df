"""WeChat's two platforms, as strict as the real ones: an Official Account, and customer service.

What a gateway does against the documentation is refused with the platform's own code and noted in
`violations`, which fixtures want empty. The other side, `Phone`, is a customer's WeChat.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.wechat.crypto import Envelope
from bot.channels.wechat.signature import is_signed, sign
from bot.channels.wechat.xml import build, parse

Json = dict[str, Any]
Clock = Callable[[], dt.datetime]

TOKEN = "xiaobaotest"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APP_ID, APP_SECRET = "wx0123456789abcdef", "s3cret-of-the-account-0123456789"
CORP_ID, CORP_SECRET = "ww0123456789abcdef", "s3cret-of-customer-service"
ACCOUNT = "gh_0123456789ab"
OPEN_KFID = "wkAJ2GCAAA-strict_0"
UNAVAILABLE = "该公众号暂时无法提供服务，请稍后再试"
TRANSFERRED = "〔转到微信人工客服〕"
_CHOICE = re.compile(r"^([1-9]) (.+)$", re.MULTILINE)


class Refusal(Exception):
    """An error code of the platform."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Shown:
    """One message on a customer's screen."""

    text: str
    choices: tuple[tuple[str, str], ...] = ()
    """Title, and what a tap sends."""
    passive: bool = False


@dataclass
class Quota:
    """What may be sent to a customer, as the platform counts."""

    message: tuple[dt.datetime, int] | None = None
    event: tuple[dt.datetime, int] | None = None

    def spend(self, now: dt.datetime) -> None:
        event, message = self.event, self.message
        if event and event[1] < 3 and now - event[0] < dt.timedelta(minutes=1):
            self.event = event[0], event[1] + 1
            return
        if message is None or now - message[0] >= dt.timedelta(hours=48):
            raise Refusal(45015, "response out of time limit or subscription is canceled")
        if message[1] >= 5:
            raise Refusal(45047, "out of response count limit")
        self.message = message[0], message[1] + 1


@dataclass
class Chat:
    """A customer as the platform knows them."""

    shown: list[Shown] = field(default_factory=list)
    quota: Quota = field(default_factory=Quota)
    gone: bool = False
    state: int = 0
    """service_state of WeCom."""


class Platform:
    """What both have in common. Trouble is switched on by the attributes."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.chats: dict[str, Chat] = {}
        self.changed = asyncio.Condition()
        self.violations: list[str] = []
        self.reach = ""
        """Where the gateway is."""
        self.is_out = False
        """Connections are cut before anything happens."""
        self.answers_lost = 0
        """So many sendings are carried out, and their answers lost."""
        self.broken = 0
        self.refusals: list[int] = []
        """Codes with which the next sendings are refused."""
        self.files: dict[str, tuple[bytes, str]] = {}
        self.tokens: dict[str, dt.datetime] = {}
        self.fetched = 0
        """How often a new token was given out."""
        self._ids = itertools.count(1)
        self._http: aiohttp.ClientSession | None = None
        self.server: TestServer | None = None

    async def start(self) -> str:
        app = web.Application(client_max_size=2**20)
        app.router.add_route("*", "/cgi-bin/{path:.*}", self._call)
        self.server = TestServer(app)
        await self.server.start_server(access_log=None)
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        return str(self.server.make_url("")).rstrip("/")

    async def stop(self) -> None:
        assert self.server is not None
        assert self._http is not None
        await self._http.close()
        await self.server.close()

    @property
    def http(self) -> aiohttp.ClientSession:
        assert self._http is not None
        return self._http

    def chat(self, user: str) -> Chat:
        return self.chats.setdefault(user, Chat())

    def new_id(self) -> int:
        return next(self._ids)

    async def until(self, condition: Callable[[], Any]) -> None:
        async with self.changed:
            await self.changed.wait_for(condition)

    async def show(self, user: str, shown: Shown) -> None:
        self.chat(user).shown.append(shown)
        async with self.changed:
            self.changed.notify_all()

    async def notify(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    def violated(self, what: str, code: int = 40035) -> None:
        self.violations.append(what)
        raise Refusal(code, what)

    # What gateways call.

    async def _call(self, request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        if self.is_out:
            request.transport.abort()
            return web.Response()
        if self.broken:
            self.broken -= 1
            return web.Response(status=502, text="Bad Gateway")
        path = request.match_info["path"]
        try:
            if path == "media/get":
                self._check_token(request)
                return self._media(request)
            answer = await self._answer(path, request)
        except Refusal as refusal:
            return web.json_response({"errcode": refusal.code, "errmsg": str(refusal)})
        if "send" in path and self.answers_lost:
            self.answers_lost -= 1
            request.transport.abort()
        return web.json_response({"errcode": 0, "errmsg": "ok", **answer})

    async def _answer(self, path: str, request: web.Request) -> Json:
        raise NotImplementedError

    async def body(self, request: web.Request, required: set[str], optional: set[str]) -> Json:
        if request.method != "POST":
            raise Refusal(43002, "require POST method")
        raw = await request.read()
        if b"\\u" in raw:
            self.violated("escaped characters are shown as they are", 40033)
        given: Json = json.loads(raw)
        if unknown := given.keys() - required - optional:
            self.violated(f"{request.path}: {unknown}")
        if missing := required - given.keys():
            self.violated(f"{request.path}: {missing} is missing")
        return given

    def new_token(self) -> Json:
        now = self.clock()
        for token, until in self.tokens.items():
            if now < until - dt.timedelta(minutes=5):
                return {"access_token": token, "expires_in": int((until - now).total_seconds())}
        token = f"token-{self.new_id()}"
        self.fetched += 1
        self.tokens[token] = now + dt.timedelta(seconds=7200)
        return {"access_token": token, "expires_in": 7200}

    def _check_token(self, request: web.Request) -> None:
        token = request.query.get("access_token", "")
        if not token:
            self.violated("no access_token", 41001)
        if token not in self.tokens:
            raise Refusal(40001, "invalid credential, access_token is invalid or not latest")
        if self.clock() >= self.tokens[token]:
            raise Refusal(42001, "access_token expired")

    def _media(self, request: web.Request) -> web.Response:
        found = self.files.get(request.query.get("media_id", ""))
        if found is None:
            return web.json_response({"errcode": 40007, "errmsg": "invalid media_id"})
        content, kind = found
        return web.Response(body=content, content_type=kind)

    def trouble(self) -> None:
        if self.refusals:
            code = self.refusals.pop(0)
            raise Refusal(code, "injected")

    def _text(self, given: Json, most: int = 2048) -> Shown:
        text = str(given["text"]["content"])
        size = len(text.encode())
        if not text.strip() or size > most:
            self.violated(f"a text of {size} bytes", 45002)
        return Shown(text, numbered(text))

    def _menu(self, given: Json, items: list[tuple[str, str]], most: int) -> Shown:
        head = str(given["msgmenu"]["head_content"])
        if not head.strip() or len(head.encode()) > most:
            self.violated(f"a menu's head of {len(head.encode())} bytes", 45002)
        for id_, title in items:
            if not 1 <= len(id_.encode()) <= 64 or not 1 <= len(title.encode()) <= 128:
                self.violated(f"a menu's item {id_} {title}")
        return Shown(head, tuple((title, id_) for id_, title in items))


def numbered(text: str) -> tuple[tuple[str, str], ...]:
    """The choices of a text that asks for a number."""
    _, asks, after = text.partition("回复数字就行：\n")
    return (
        tuple((title, f"reply {number}") for number, title in _CHOICE.findall(after))
        if asks
        else ()
    )


class Official(Platform):
    """An Official Account in one of the three modes."""

    def __init__(self, clock: Clock, mode: str = "safe") -> None:
        super().__init__(clock)
        self.mode = mode
        self.envelope = Envelope(KEY, APP_ID)
        self.deliveries = 3
        """How often it sends a message that is not answered; some say two."""
        self.patience_s = 5.0
        self.menu: Json | None = None
        self.responses_lost = 0
        """So many responses are cut off on the way to the platform."""
        self.posted = 0
        self.answered: dict[tuple[str, ...], str] = {}
        """What each message was answered; another answer to the same is a violation."""
        self.forced = 0

    async def _answer(self, path: str, request: web.Request) -> Json:
        if path == "stable_token":
            given = await self.body(request, {"grant_type", "appid", "secret"}, {"force_refresh"})
            if given["appid"] != APP_ID:
                raise Refusal(40013, "invalid appid")
            if given["secret"] != APP_SECRET:
                raise Refusal(40125, "invalid appsecret")
            if given.get("force_refresh"):
                self.forced += 1
                self.tokens.clear()
            return self.new_token()
        self._check_token(request)
        if path == "message/custom/send":
            return await self._send(request)
        if path == "menu/create":
            return await self._create_menu(request)
        raise Refusal(48001, "api unauthorized")

    async def _send(self, request: web.Request) -> Json:
        given = await self.body(request, {"touser", "msgtype"}, {"text", "msgmenu"})
        self.trouble()
        chat = self.chats.get(given["touser"])
        if chat is None:
            raise Refusal(40003, "invalid openid")
        if chat.gone:
            raise Refusal(43004, "require subscribe")
        if given["msgtype"] == "text":
            shown = self._text(given)
        else:
            items = [(one["id"], one["content"]) for one in given["msgmenu"]["list"]]
            shown = self._menu(given, items, 2048)
        chat.quota.spend(self.clock())
        await self.show(given["touser"], shown)
        return {}

    async def _create_menu(self, request: web.Request) -> Json:
        given = await self.body(request, {"button"}, set())
        buttons = given["button"]
        if not 1 <= len(buttons) <= 3:
            self.violated("1 to 3 buttons", 40016)
        for button in buttons:
            inside = button.get("sub_button", [])
            if len(inside) > 5:
                self.violated("5 sub-buttons", 40023)
            if len(button["name"].encode()) > 16 or any(
                len(one["name"].encode()) > 60 for one in inside
            ):
                self.violated(f"the name {button['name']}", 40018)
            for one in inside or [button]:
                if one.get("type") != "click" or len(one["key"].encode()) > 128:
                    self.violated(f"a button {one}", 40019)
        self.menu = given
        return {}

    # What the platform does by itself.

    def sealed(self, fields: dict[str, str | int]) -> tuple[dict[str, str], bytes]:
        """Query and body of one delivery."""
        stamp, nonce = str(int(self.clock().timestamp())), secrets.token_hex(8)
        query = {"signature": sign(TOKEN, stamp, nonce), "timestamp": stamp, "nonce": nonce}
        query["openid"] = str(fields["FromUserName"])
        plain = build(fields)
        if self.mode == "plain":
            return query, plain.encode()
        secret = self.envelope.seal(plain)
        query |= {"encrypt_type": "aes", "msg_signature": sign(TOKEN, stamp, nonce, secret)}
        outer: dict[str, str | int] = {"ToUserName": ACCOUNT, "Encrypt": secret}
        if self.mode == "compatible":
            outer = {**fields, "Encrypt": secret}
        return query, build(outer).encode()

    async def deliver(self, fields: dict[str, str | int]) -> str:
        """Post it as often as needed; what came of it, for tests."""
        user = str(fields["FromUserName"])
        for _ in range(self.deliveries):
            answer = await self._post(fields)
            if answer is None:
                continue
            if answer in {"", "success"}:
                return "nothing"
            which = [str(fields.get(one, "")) for one in ("MsgId", "CreateTime", "EventKey")]
            return await self._passive(user, answer, (user, *which), is_message=bool(which[0]))
        await self.show(user, Shown(UNAVAILABLE))
        return "unavailable"

    async def _post(self, fields: dict[str, str | int]) -> str | None:
        """The answer; None where there is none in time."""
        query, body = self.sealed(fields)
        self.posted += 1
        try:
            async with asyncio.timeout(self.patience_s):
                text = await self._connected(query, body)
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None
        if self.responses_lost:
            self.responses_lost -= 1
            return None
        return text

    async def _connected(self, query: dict[str, str], body: bytes) -> str | None:
        """Post it; while nobody listens, it is tried until the patience ends."""
        url, kind = f"{self.reach}/channels/wechat", {"Content-Type": "text/xml"}
        while True:
            try:
                async with self.http.post(url, params=query, data=body, headers=kind) as response:
                    text = await response.text()
                    return text if response.status == 200 else None
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.05)

    async def _passive(
        self, user: str, answer: str, which: tuple[str, ...], *, is_message: bool
    ) -> str:
        fields = parse(answer.encode())
        if self.mode != "plain":
            stamp, nonce, secret = fields["TimeStamp"], fields["Nonce"], fields["Encrypt"]
            if not is_signed(fields["MsgSignature"], TOKEN, stamp, nonce, secret):
                self.violations.append("a wrong signature of an answer")
            fields = parse(self.envelope.open(secret).encode())
        ends = fields["ToUserName"], fields["FromUserName"]
        if ends != (user, ACCOUNT) or not fields["CreateTime"].isdecimal():
            self.violations.append(f"an answer from and to {ends}")
        if fields["MsgType"] == "transfer_customer_service":
            if not is_message:
                self.violations.append("only a message can be transferred")
            await self.show(user, Shown(TRANSFERRED, passive=True))
            return "transfer"
        text = fields["Content"]
        if which in self.answered:
            if self.answered[which] != text:
                self.violations.append(f"two answers: {self.answered[which]} and {text}")
            return "text"
        self.answered[which] = text
        if fields["MsgType"] != "text" or not text.strip() or len(text.encode()) > 2048:
            self.violations.append(f"an answer of {len(text.encode())} bytes")
        await self.show(user, Shown(text, numbered(text), passive=True))
        return "text"


class Phone:
    """A customer of the Official Account."""

    def __init__(self, platform: Official, number: int) -> None:
        self.platform, self.user = platform, f"o-customer_{number}"
        self.chat = platform.chat(self.user)
        self.last: dict[str, str | int] = {}
        self.came = ""
        """What came of the last delivery."""

    def head(self) -> dict[str, str | int]:
        created = int(self.platform.clock().timestamp())
        return {"ToUserName": ACCOUNT, "FromUserName": self.user, "CreateTime": created}

    async def message(self, kind: str, **fields: str | int) -> str:
        self.chat.quota.message = self.platform.clock(), 0
        head = {**self.head(), "MsgType": kind, "MsgId": 23_000_000_000 + self.platform.new_id()}
        self.last = {**head, **fields}
        return await self.again()

    async def event(self, event: str, **fields: str | int) -> str:
        if event.lower() in {"click", "subscribe", "scan"}:
            self.chat.quota.event = self.platform.clock(), 0
        self.last = {**self.head(), "MsgType": "event", "Event": event, **fields}
        return await self.again()

    async def again(self) -> str:
        """The platform delivers the last message once more."""
        self.came = await self.platform.deliver(self.last)
        return self.came

    async def say(self, text: str) -> None:
        await self.message("text", Content=text)

    async def tap(self, title: str) -> None:
        for shown in reversed(self.chat.shown):
            for name, carried in shown.choices:
                if name == title:
                    if carried.startswith("reply "):
                        await self.say(carried.removeprefix("reply "))
                    else:
                        await self.message("text", Content=title, bizmsgmenuid=carried)
                    return
        raise AssertionError(f"no choice {title} in {self.texts()}")

    async def speak(self, audio: bytes, recognition: str | None = None) -> None:
        media = f"media-{self.platform.new_id()}"
        self.platform.files[media] = audio, "audio/amr"
        more = {} if recognition is None else {"Recognition": recognition}
        await self.message("voice", MediaId=media, Format="amr", **more)

    async def picture(self, content: bytes) -> None:
        media = f"media-{self.platform.new_id()}"
        self.platform.files[media] = content, "image/jpeg"
        await self.message("image", MediaId=media, PicUrl="http://127.0.0.1:1/never-fetched")

    def texts(self) -> list[str]:
        return [shown.text for shown in self.chat.shown]

    def titles(self) -> list[str]:
        with_some = [shown for shown in self.chat.shown if shown.choices]
        return [title for title, _ in with_some[-1].choices] if with_some else []

    async def hears(self, words: str, times: int = 1) -> None:
        await self.platform.until(lambda: sum(words in text for text in self.texts()) >= times)


TRANSITIONS = {0: {1, 2, 3, 4}, 1: {2, 3, 4}, 2: {3, 4}, 3: {3, 4}, 4: set()}
"""service_state/trans."""


class CustomerService(Platform):
    """WeCom customer service: callbacks announce, sync_msg gives out."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.envelope = Envelope(KEY, CORP_ID)
        self.items: list[Json] = []
        self.page = 2
        """So many items are given out at once."""
        self.news: dict[str, dt.datetime] = {}
        """Tokens of callbacks."""
        self.codes: dict[str, tuple[str, dt.datetime]] = {}
        self.sent_keys: list[str] = []
        self.pool_is_shut = False
        self.is_silent = False
        """Callbacks are lost."""
        self.without_token = 0

    async def _answer(self, path: str, request: web.Request) -> Json:
        if path == "gettoken":
            if request.query.get("corpid") != CORP_ID:
                raise Refusal(40013, "invalid corpid")
            if request.query.get("corpsecret") != CORP_SECRET:
                raise Refusal(40001, "invalid credential")
            return self.new_token()
        try:
            self._check_token(request)
        except Refusal as refusal:  # WeCom's own code for it
            raise Refusal(40014 if refusal.code == 40001 else refusal.code, "") from refusal
        handlers = {
            "kf/sync_msg": self._sync,
            "kf/send_msg": self._send,
            "kf/send_msg_on_event": self._send_on_event,
            "kf/service_state/get": self._get_state,
            "kf/service_state/trans": self._trans,
        }
        if path not in handlers:
            raise Refusal(48002, "api forbidden")
        return await handlers[path](request)

    async def _sync(self, request: web.Request) -> Json:
        given = await self.body(
            request, {"open_kfid"}, {"cursor", "token", "limit", "voice_format"}
        )
        self.trouble()
        if given["open_kfid"] != OPEN_KFID:
            raise Refusal(95000, "invalid open_kfid")
        token = given.get("token")
        if token is None:
            self.without_token += 1
        elif token not in self.news or self.clock() - self.news[token] > dt.timedelta(minutes=10):
            raise Refusal(95007, "invalid msg token")
        cursor = str(given.get("cursor", "c0"))
        if not re.fullmatch(r"c\d+", cursor):
            self.violated(f"cursor {cursor}")
        begin = int(cursor[1:])
        end = min(begin + min(self.page, int(given.get("limit", 1000))), len(self.items))
        return {
            "next_cursor": f"c{end}",
            "has_more": int(end < len(self.items)),
            "msg_list": self.items[begin:end],
        }

    async def _send(self, request: web.Request) -> Json:
        given = await self.body(
            request, {"touser", "open_kfid", "msgtype"}, {"msgid", "text", "msgmenu"}
        )
        self.trouble()
        self._check_key(given)
        chat = self.chats.get(given["touser"])
        if chat is None or given["open_kfid"] != OPEN_KFID:
            raise Refusal(40003, "invalid user")
        if chat.state not in {0, 1}:
            raise Refusal(95016, "not allowed in this state")
        shown = self._content(given)
        try:
            chat.quota.spend(self.clock())
        except Refusal as refusal:
            code = {45015: 95002, 45047: 95001}[refusal.code]
            raise Refusal(code, "limit") from refusal
        if chat.gone:
            self.items.append(
                self._event(
                    event_type="msg_send_fail",
                    external_userid=given["touser"],
                    fail_msgid=given["msgid"],
                    fail_type=10,
                )
            )
            await self.announce()
            return {"msgid": given["msgid"]}
        await self.show(given["touser"], shown)
        return {"msgid": given.get("msgid", "generated")}

    async def _send_on_event(self, request: web.Request) -> Json:
        given = await self.body(request, {"code", "msgtype"}, {"msgid", "text", "msgmenu"})
        self._check_key(given)
        user, until = self.codes.pop(given["code"], ("", self.clock()))
        if not user or self.clock() >= until:
            raise Refusal(95008, "invalid code")
        await self.show(user, self._content(given))
        return {"msgid": given.get("msgid", "generated")}

    def _check_key(self, given: Json) -> None:
        key = given.get("msgid", "x")
        if not re.fullmatch(r"[0-9a-zA-Z_-]{1,32}", key):
            self.violated(f"msgid {key}")
        self.sent_keys.append(key)

    def _content(self, given: Json) -> Shown:
        if given["msgtype"] == "text":
            return self._text(given)
        items = []
        for one in given["msgmenu"]["list"]:
            if one["type"] != "click":
                self.violated(f"menu {one}")
            items.append((one["click"]["id"], one["click"]["content"]))
        return self._menu(given, items, 1024)

    async def _get_state(self, request: web.Request) -> Json:
        given = await self.body(request, {"open_kfid", "external_userid"}, set())
        return {"service_state": self.chat(given["external_userid"]).state}

    async def _trans(self, request: web.Request) -> Json:
        given = await self.body(
            request, {"open_kfid", "external_userid", "service_state"}, {"servicer_userid"}
        )
        user, state = given["external_userid"], int(given["service_state"])
        chat = self.chat(user)
        if self.pool_is_shut:
            raise Refusal(95011, "nobody is on duty")
        if state not in TRANSITIONS[chat.state]:
            raise Refusal(95016, "not allowed in this state")
        chat.state = state
        code = f"code-{self.new_id()}"
        self.codes[code] = user, self.clock() + dt.timedelta(hours=48)
        return {"msg_code": code}

    # What the platform does by itself.

    def _event(self, **event: str | int) -> Json:
        now = int(self.clock().timestamp())
        content = {"open_kfid": OPEN_KFID, **event}
        id_ = f"ev{self.new_id()}"
        return {"msgid": id_, "send_time": now, "origin": 4, "msgtype": "event", "event": content}

    async def announce(self) -> int:
        """The callback; its status."""
        if self.is_silent:
            return 0
        token = f"news-{self.new_id()}"
        self.news[token] = self.clock()
        inner = build(
            {
                "ToUserName": CORP_ID,
                "CreateTime": int(self.clock().timestamp()),
                "MsgType": "event",
                "Event": "kf_msg_or_event",
                "Token": token,
                "OpenKfId": OPEN_KFID,
            }
        )
        query, body = self.sealed(inner)
        try:
            async with self.http.post(
                f"{self.reach}/channels/wecom", params=query, data=body
            ) as response:
                return response.status
        except (aiohttp.ClientError, OSError):
            return 0

    def sealed(self, inner: str) -> tuple[dict[str, str], bytes]:
        stamp, nonce = str(int(self.clock().timestamp())), f"{self.new_id()}"
        secret = self.envelope.seal(inner)
        query = {"timestamp": stamp, "nonce": nonce}
        query["msg_signature"] = sign(TOKEN, stamp, nonce, secret)
        return query, build({"ToUserName": CORP_ID, "Encrypt": secret, "AgentID": ""}).encode()


class KfPhone:
    """A customer of customer service."""

    def __init__(self, platform: CustomerService, number: int) -> None:
        self.platform, self.user = platform, f"wm-customer_{number}"
        self.chat = platform.chat(self.user)
        self.last: Json = {}

    async def message(self, kind: str, **content: Any) -> None:
        if self.chat.state == 4:
            self.chat.state = 0
        self.chat.quota.message = self.platform.clock(), 0
        self.last = {
            "msgid": f"from_{self.platform.new_id()}",
            "open_kfid": OPEN_KFID,
            "external_userid": self.user,
            "send_time": int(self.platform.clock().timestamp()),
            "origin": 3,
            "msgtype": kind,
            kind: content,
        }
        await self.again()

    async def again(self) -> None:
        self.platform.items.append(self.last)
        await self.platform.announce()

    async def enter(self) -> None:
        """Open the chat for the first time."""
        code = f"welcome-{self.platform.new_id()}"
        until = self.platform.clock() + dt.timedelta(seconds=20)
        self.platform.codes[code] = self.user, until
        entered = self.platform._event(
            event_type="enter_session", external_userid=self.user, welcome_code=code
        )
        self.platform.items.append(entered)
        await self.platform.announce()

    async def ended(self) -> None:
        """The platform's own agent ends the session."""
        self.chat.state = 4
        ended = self.platform._event(
            event_type="session_status_change", external_userid=self.user, change_type=3
        )
        self.platform.items.append(ended)
        await self.platform.announce()

    async def say(self, text: str) -> None:
        await self.message("text", content=text)

    async def tap(self, title: str) -> None:
        for shown in reversed(self.chat.shown):
            for name, carried in shown.choices:
                if name == title:
                    if carried.startswith("reply "):
                        await self.say(carried.removeprefix("reply "))
                    else:
                        await self.message("text", content=title, menu_id=carried)
                    return
        raise AssertionError(f"no choice {title} in {self.texts()}")

    async def speak(self, audio: bytes) -> None:
        media = f"media-{self.platform.new_id()}"
        self.platform.files[media] = audio, "audio/amr"
        await self.message("voice", media_id=media)

    async def picture(self, content: bytes) -> None:
        media = f"media-{self.platform.new_id()}"
        self.platform.files[media] = content, "image/jpeg"
        await self.message("image", media_id=media)

    def texts(self) -> list[str]:
        return [shown.text for shown in self.chat.shown]

    def titles(self) -> list[str]:
        with_some = [shown for shown in self.chat.shown if shown.choices]
        return [title for title, _ in with_some[-1].choices] if with_some else []

    async def hears(self, words: str, times: int = 1) -> None:
        await self.platform.until(lambda: sum(words in text for text in self.texts()) >= times)
