"""Asking Rasa: a strict server on loopback answers well, slowly, badly or not at all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.errors import UnderstandingError
from bot.understanding import KeywordRules, RasaNLU, Resilient, Understood

TOKEN = "s3cret"
GOOD = {"intent": {"name": "complain", "confidence": 0.9}, "text": "我要投诉"}
Answer = Callable[[], Awaitable[web.StreamResponse]]


class FakeRasa:
    """Takes only what Rasa takes: POST /model/parse?token=…, JSON with a text."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: Answer = self.good
        self.server = TestServer(self._app())

    def _app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/model/parse", self._parse)
        return app

    async def _parse(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("token") != TOKEN:
            return web.json_response({"status": "failure"}, status=401)
        body = await request.json()
        assert set(body) == {"text"}
        self.asked.append(body["text"])
        return await self.answer()

    async def good(self) -> web.StreamResponse:
        return web.json_response(GOOD)

    @property
    def url(self) -> str:
        return str(self.server.make_url("")).rstrip("/")


@pytest.fixture
async def rasa() -> AsyncIterator[FakeRasa]:
    fake = FakeRasa()
    await fake.server.start_server()
    yield fake
    await fake.server.close()


@pytest.fixture
async def other() -> AsyncIterator[FakeRasa]:
    fake = FakeRasa()
    await fake.server.start_server()
    yield fake
    await fake.server.close()


async def ask(*urls: str, token: str = TOKEN, timeout_s: float = 0.3) -> Understood:
    nlu = RasaNLU(urls, token, timeout_s)
    await nlu.open()
    try:
        return await nlu.understand("我要投诉")
    finally:
        await nlu.close()


async def test_the_intent_is_read_from_rasas_answer(rasa: FakeRasa) -> None:
    assert await ask(rasa.url) == Understood("complain", "rasa")
    assert rasa.asked == ["我要投诉"]


@pytest.mark.parametrize(
    "body",
    ["", "not json", "[]", "{}", '{"intent": null}', '{"intent": {"confidence": 1}}', '"intent"'],
)
async def test_an_answer_without_an_intent_is_an_error_of_ours(rasa: FakeRasa, body: str) -> None:
    async def garbage() -> web.StreamResponse:
        return web.Response(text=body, content_type="application/json")

    rasa.answer = garbage
    with pytest.raises(UnderstandingError):
        await ask(rasa.url)


@pytest.mark.parametrize("status", [400, 401, 404, 500, 503])
async def test_a_refusal_is_an_error_of_ours(rasa: FakeRasa, status: int) -> None:
    async def refuse() -> web.StreamResponse:
        return web.json_response(GOOD, status=status)

    rasa.answer = refuse
    with pytest.raises(UnderstandingError):
        await ask(rasa.url)


async def test_a_wrong_token_is_an_error_of_ours(rasa: FakeRasa) -> None:
    with pytest.raises(UnderstandingError):
        await ask(rasa.url, token="wrong")


async def test_a_slow_rasa_is_given_up_in_time(rasa: FakeRasa) -> None:
    async def slow() -> web.StreamResponse:
        await asyncio.sleep(5)
        return await rasa.good()

    rasa.answer = slow
    began = time.monotonic()
    with pytest.raises(UnderstandingError):
        await ask(rasa.url)
    assert time.monotonic() - began < 2


async def test_an_answer_that_is_cut_off_is_an_error_of_ours(rasa: FakeRasa) -> None:
    async def cut() -> web.StreamResponse:
        raise ConnectionResetError

    rasa.answer = cut
    with pytest.raises(UnderstandingError):
        await ask(rasa.url)


async def test_the_next_replica_answers_where_one_fails(rasa: FakeRasa, other: FakeRasa) -> None:
    gone = rasa.url
    await rasa.server.close()
    assert await ask(gone, other.url) == Understood("complain", "rasa")


async def test_replicas_are_asked_in_turn(rasa: FakeRasa, other: FakeRasa) -> None:
    nlu = RasaNLU((rasa.url, other.url), TOKEN, 0.3)
    await nlu.open()
    for _ in range(4):
        await nlu.understand("你好")
    await nlu.close()
    assert len(rasa.asked) == len(other.asked) == 2


async def test_without_rasa_the_rules_answer_and_the_fallback_is_counted() -> None:
    class Away:
        async def understand(self, text: str) -> Understood:
            raise UnderstandingError(text)

    fallbacks: list[Any] = []
    resilient = Resilient(Away(), KeywordRules(), lambda: fallbacks.append(1))
    assert await resilient.understand("我要投诉") == Understood("complain", "rules")
    assert await resilient.understand("定期存款利率") == Understood("nlu_fallback", "rules")
    assert len(fallbacks) == 2
