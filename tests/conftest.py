"""Parts for the tests: real ones, on temporary folders and free ports."""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import shutil
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pydantic import SecretStr

from actions.database import Database
from actions.privacy import Cipher, new_key
from actions.roles import Role
from bot import app as composition
from bot import library
from bot.application import application
from bot.settings import Http, Rasa, Security, Settings
from bot.speaking_settings import Speaking
from bot.turn import Json
from knowledge import search
from knowledge.article import Article, Shelf, load
from knowledge.index import Index

# How fast examples are made depends on what else the machine does; it says nothing about us.
hypothesis_settings.register_profile("ours", suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("ours")

KEY = new_key()
START = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)


class Clock:
    """A clock that goes only when told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> dt.datetime:
        return self.now

    def forward(self, **delta: float) -> None:
        self.now += dt.timedelta(**delta)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session", autouse=True)
def indexed_once() -> Iterator[None]:
    """Articles are read and indexed once a session: a gateway per test would take seconds each."""
    made: dict[tuple[str, ...], Index] = {}

    def index(articles: Sequence[Article]) -> Index:
        key = tuple(article.model_dump_json() for article in articles)
        if key not in made:
            made[key] = Index(articles)
        return made[key]

    @functools.cache
    def shelf(folder: Path) -> Shelf:
        return load(folder)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "Index", index)
        patch.setattr(library, "load", shelf)
        yield


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cipher() -> Cipher:
    return Cipher([KEY])


@pytest.fixture(scope="session")
def tables_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as a first start leaves it; to make its tables for each test takes too long."""
    file = tmp_path_factory.mktemp("prepared") / "xiaobao.sqlite3"

    async def make() -> None:
        database = Database(f"sqlite:///{file}")
        await database.prepare(Cipher([KEY]))
        await database.close()

    asyncio.run(make())
    return file


@pytest.fixture
def settings(tmp_path: Path, tables_made: Path) -> Settings:
    """Without Rasa: every turn is understood by the rules."""
    shutil.copy(tables_made, tmp_path)
    return Settings(
        data_dir=tmp_path,
        http=Http(rate_limit=0),
        rasa=Rasa(managed=False),
        speaking=Speaking(background=False),
        security=Security(key=(SecretStr(KEY),)),
    )


@pytest.fixture
async def gateway(settings: Settings, clock: Clock) -> composition.Gateway:
    return composition.assemble(settings, clock=clock)


class Server(TestServer):
    """As `bot serve` runs it: a page that goes away does not cut its handler off in mid-query."""

    async def _make_runner(self, **options: Any) -> web.AppRunner:
        runner = await super()._make_runner(**{**options, "handler_cancellation": False})
        assert isinstance(runner, web.AppRunner)
        return runner


@pytest.fixture
async def client(
    gateway: composition.Gateway,
) -> AsyncIterator[TestClient[Any, Any]]:
    """A customer's browser, on a real listener."""
    async with TestClient(Server(application(gateway))) as client:
        yield client


class Chat:
    """One customer's conversation over HTTP."""

    def __init__(self, client: TestClient[Any, Any]) -> None:
        self.client = client
        self.conversation = ""
        self.answer: Json = {}

    async def say(self, text: str = "", payload: str = "", id_: str = "") -> Json:
        body: Json = {"text": text} if text else {"payload": payload}
        if self.conversation:
            body["conversation"] = self.conversation
        if id_:
            body["id"] = id_
        response = await self.client.post("/api/messages", json=body)
        self.answer = await response.json()
        assert response.status == 200, self.answer
        self.conversation = self.answer["conversation"]
        return self.answer

    async def tap(self, payload: str) -> Json:
        return await self.say(payload=payload)

    def text(self) -> str:
        return "\n".join(reply["text"] for reply in self.answer["replies"])

    def buttons(self) -> list[str]:
        return [
            button["payload"] for reply in self.answer["replies"] for button in reply["buttons"]
        ]


@pytest.fixture
def chat(client: TestClient[Any, Any]) -> Chat:
    return Chat(client)


@pytest.fixture
def new_chat(client: TestClient[Any, Any]) -> Callable[[], Chat]:
    return lambda: Chat(client)


PASSWORD = "long-enough-7"


class Desk:
    """One signed-in agent over HTTP."""

    def __init__(self, server: TestServer) -> None:
        self.http = TestClient(server)

    async def sign_in(self, login: str, password: str = PASSWORD) -> int:
        return (await self.post("/sign-in", login=login, password=password))[0]

    async def post(self, path: str, **body: Any) -> tuple[int, Json]:
        response = await self.http.post(f"/desk/api{path}", json=body, headers={"X-Desk": "1"})
        return response.status, await response.json()

    async def get(self, path: str) -> tuple[int, Json]:
        response = await self.http.get(f"/desk/api{path}")
        return response.status, await response.json()

    async def queue(self) -> Json:
        status, queue = await self.get("/queue")
        assert status == 200, queue
        return queue


@pytest.fixture
async def new_desk(
    gateway: composition.Gateway, client: TestClient[Any, Any], clock: Clock
) -> AsyncIterator[Callable[..., Any]]:
    opened: list[Desk] = []

    async def make(login: str, name: str, *roles: Role, team: str | None = None) -> Desk:
        granted = roles or (Role.AGENT,)
        await gateway.agents.add(login, name, PASSWORD, clock(), roles=granted, team=team)
        desk = Desk(client.server)  # type: ignore[arg-type]  # the fixture makes a TestServer
        opened.append(desk)
        assert await desk.sign_in(login) == 200
        return desk

    yield make
    for desk in opened:
        await desk.http.close()


@pytest.fixture
async def desk(new_desk: Callable[..., Any]) -> Desk:
    made: Desk = await new_desk("wang", "小王")
    return made
