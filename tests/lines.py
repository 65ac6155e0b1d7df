"""A customer's line to the bank on each channel, for the contract suite of the channels.

A further channel is one more `Line` and one more entry of `LINES`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol, get_args

from aiohttp import FormData
from aiohttp.test_utils import TestClient
from conftest import Chat, Server
from pydantic import SecretStr
from telegram_api import TOKEN, BotApi, Person
from wechat_platform import (
    APP_ID,
    APP_SECRET,
    CORP_ID,
    CORP_SECRET,
    KEY,
    CustomerService,
    KfPhone,
    Official,
    Phone,
)
from wechat_platform import TOKEN as WECHAT_TOKEN

from bot import app as composition
from bot.app import Gateway
from bot.application import application
from bot.platform_settings import Telegram, Wechat, Wecom
from bot.settings import Settings
from bot.turn import Json

Client = TestClient[Any, Any]
Clock = Callable[[], dt.datetime]
Modes = Literal["plain", "compatible", "safe"]


class Line(Protocol):
    """What a customer does, and what is on their screen."""

    async def say(self, text: str) -> None:
        """Write `text`."""

    async def tap(self, title: str) -> None:
        """Tap the newest button of this title."""

    async def picture(self, content: bytes) -> None:
        """Send a picture."""

    async def again(self) -> None:
        """What was sent last arrives once more, as it does after an outage."""

    async def shown(self, words: str) -> list[str]:
        """Everything that the bank has said, oldest first, as soon as `words` are among it."""

    async def titles(self) -> list[str]:
        """The newest buttons."""


class PlatformLine(Line, Protocol):
    """On a platform that must be sent to."""

    async def speak(self, audio: bytes) -> None:
        """Send a voice note."""

    async def vanish(self) -> None:
        """From now on nothing can be delivered to this customer."""


@dataclass
class Bank:
    """A gateway with one channel besides the web."""

    gateway: Gateway
    client: Client
    line: Callable[[int], Line]
    """Another customer on that channel."""


class WebLine:
    """The page: it sends turns with ids, and reads what is new by itself."""

    def __init__(self, client: Client) -> None:
        self._chat = Chat(client)
        self._last: Json = {}

    async def _send(self, **body: str) -> None:
        self._last = {**body, "id_": str(uuid.uuid4())}
        await self.again()

    async def again(self) -> None:
        await self._chat.say(**self._last)

    async def say(self, text: str) -> None:
        await self._send(text=text)

    async def tap(self, title: str) -> None:
        buttons = [one for reply in await self._replies() for one in reply.get("buttons", [])]
        payload = next(one["payload"] for one in reversed(buttons) if one["title"] == title)
        await self._send(payload=payload)

    async def picture(self, content: bytes) -> None:
        form = FormData({"conversation": self._chat.conversation, "id": str(uuid.uuid4())})
        form.add_field("file", content, filename="小票.png", content_type="image/png")
        assert (await self._chat.client.post("/api/attachments", data=form)).status == 200

    async def _replies(self) -> list[Json]:
        asked = {"conversation": self._chat.conversation}
        response = await self._chat.client.get("/api/history", params=asked)
        said: list[Json] = (await response.json())["messages"]
        return [one for one in said if one["author"] != "customer"]

    async def shown(self, words: str) -> list[str]:
        texts: list[str] = []
        while not any(words in text for text in texts):
            texts = [one["text"] for one in await self._replies()]
        return texts

    async def titles(self) -> list[str]:
        return [one["title"] for one in (await self._replies())[-1]["buttons"]]


class TelegramLine:
    """A phone, see telegram_api.Person."""

    def __init__(self, api: BotApi, number: int) -> None:
        self._person = Person(api, 1_000 + number)

    async def say(self, text: str) -> None:
        await self._person.say(text)

    async def tap(self, title: str) -> None:
        await self._person.tap(title)

    async def speak(self, audio: bytes) -> None:
        await self._person.file(audio, "voice")

    async def picture(self, content: bytes) -> None:
        await self._person.file(content, "photo")

    async def again(self) -> None:
        await self._person.again()

    async def shown(self, words: str) -> list[str]:
        await self._person.hears(words)
        return self._person.texts()

    async def titles(self) -> list[str]:
        return self._person.titles()

    async def vanish(self) -> None:
        self._person.chat.blocked = True


class WechatLine:
    """A phone of either platform, see wechat_platform."""

    def __init__(self, phone: Phone | KfPhone) -> None:
        self._phone = phone

    async def say(self, text: str) -> None:
        await self._phone.say(text)

    async def tap(self, title: str) -> None:
        await self._phone.tap(title)

    async def speak(self, audio: bytes) -> None:
        await self._phone.speak(audio)

    async def picture(self, content: bytes) -> None:
        await self._phone.picture(content)

    async def again(self) -> None:
        await self._phone.again()

    async def shown(self, words: str) -> list[str]:
        await self._phone.hears(words)
        return self._phone.texts()

    async def titles(self) -> list[str]:
        return self._phone.titles()

    async def vanish(self) -> None:
        self._phone.chat.gone = True


@asynccontextmanager
async def opened(settings: Settings, clock: Clock) -> AsyncIterator[tuple[Gateway, Client]]:
    gateway = composition.assemble(settings, clock=clock)
    async with TestClient(Server(application(gateway))) as client:
        yield gateway, client


@asynccontextmanager
async def web(settings: Settings, clock: Clock) -> AsyncIterator[Bank]:
    async with opened(settings, clock) as (gateway, client):
        yield Bank(gateway, client, lambda _: WebLine(client))


@asynccontextmanager
async def telegram(settings: Settings, clock: Clock) -> AsyncIterator[Bank]:
    api = BotApi()
    enabled = Telegram(enabled=True, token=SecretStr(TOKEN), base_url=await api.start())
    with_it = settings.model_copy(update={"telegram": enabled})
    async with opened(with_it, clock) as (gateway, client):
        yield Bank(gateway, client, lambda number: TelegramLine(api, number))
    await api.stop()
    assert api.violations == []


def official(mode: Modes, **more: Any) -> Wechat:
    return Wechat(
        enabled=True,
        mode=mode,
        token=SecretStr(WECHAT_TOKEN),
        app_id=APP_ID,
        app_secret=SecretStr(APP_SECRET),
        aes_key=SecretStr(KEY),
        **more,
    )


def customer_service(**more: Any) -> Wecom:
    return Wecom(
        enabled=True,
        token=SecretStr(WECHAT_TOKEN),
        corp_id=CORP_ID,
        secret=SecretStr(CORP_SECRET),
        aes_key=SecretStr(KEY),
        **more,
    )


@asynccontextmanager
async def wechat(settings: Settings, clock: Clock, mode: Modes) -> AsyncIterator[Bank]:
    platform = Official(clock, mode)
    section = official(mode, base_url=await platform.start())
    async with opened(settings.model_copy(update={"wechat": section}), clock) as (gateway, client):
        platform.reach = str(client.make_url("")).rstrip("/")
        yield Bank(gateway, client, lambda number: WechatLine(Phone(platform, number)))
    await platform.stop()
    assert platform.violations == []


@asynccontextmanager
async def wecom(settings: Settings, clock: Clock) -> AsyncIterator[Bank]:
    platform = CustomerService(clock)
    section = customer_service(base_url=await platform.start())
    async with opened(settings.model_copy(update={"wecom": section}), clock) as (gateway, client):
        platform.reach = str(client.make_url("")).rstrip("/")
        yield Bank(gateway, client, lambda number: WechatLine(KfPhone(platform, number)))
    await platform.stop()
    assert platform.violations == []


Open = Callable[[Settings, Clock], AbstractAsyncContextManager[Bank]]
PLATFORMS: Mapping[str, Open] = {
    "telegram": telegram,
    **{f"wechat, {mode} mode": partial(wechat, mode=mode) for mode in get_args(Modes)},
    "wecom": wecom,
}
"""Channels that must be sent to; their lines are PlatformLines."""
LINES: Mapping[str, Open] = {"web": web, **PLATFORMS}
