"""Receives what WeChat posts, and answers in the response while the platform still waits."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Callable

from aiohttp import web

from actions.errors import StorageUnavailable
from bot.channels.wechat.answers import Answer, Answers
from bot.channels.wechat.customers import Outcome, WechatCustomers
from bot.channels.wechat.link import Link
from bot.channels.wechat.messages import Incoming, Notice, correspondents, read
from bot.channels.wechat.modes import Forbidden, Gate
from bot.channels.wechat.replies import NOTHING, Correspondents, text_reply, transfer_reply
from bot.channels.wechat.xml import NotXml
from bot.limits import RateLimit
from bot.phrases import Phrases

logger = logging.getLogger(__name__)

PATH = "/channels/wechat"
_STOP_S = 5.0
"""What is late when the gateway stops has so long."""


class WechatListener:
    """The account's server address."""

    def __init__(
        self,
        gate: Gate,
        customers: WechatCustomers,
        answers: Answers,
        phrases: Phrases,
        link: Link,
        answer_s: float,
        clock: Callable[[], dt.datetime],
    ) -> None:
        """`answer_s`: so long an answer may take; the platform gives up after five seconds."""
        self._gate = gate
        self._customers = customers
        self._answers = answers
        self._phrases = phrases
        self._link = link
        self._answer_s = answer_s
        self._clock = clock
        self._seldom = RateLimit(1)
        self._late: set[asyncio.Task[None]] = set()

    def routes(self) -> list[web.AbstractRouteDef]:
        """What WeChat calls."""
        return [web.get(PATH, self._greet), web.post(PATH, self._receive)]

    async def run(self) -> None:
        """WeChat calls us; nothing goes on beside that."""

    async def close(self) -> None:
        """Finish what is late, and give the connections back.

        What is not finished in time is in the outbox, and goes out after the next start.
        """
        if self._late:
            await asyncio.wait(self._late, timeout=_STOP_S)
        await self._answers.close()
        await self._link.close()

    async def _greet(self, request: web.Request) -> web.Response:
        try:
            return web.Response(text=self._gate.greet(request.query, self._clock()))
        except Forbidden as error:
            raise _forbidden(error) from error

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        now = self._clock()
        try:
            fields = self._gate.open(request.query, await request.read(), now)
        except Forbidden as error:
            raise _forbidden(error) from error
        except NotXml as error:
            logger.warning("a signed request is no message: %s", error)
            return web.Response(text=NOTHING)
        incoming, to = read(fields), correspondents(fields)
        if incoming is None:
            return web.Response(text=NOTHING)
        if incoming.notice:
            await self._noticed(incoming)
            return web.Response(text=NOTHING)
        answering = asyncio.create_task(self._answer(incoming))
        done, _ = await asyncio.wait({answering}, timeout=self._answer_s)
        if not done:
            self._finish_later(answering)
            return web.Response(text=NOTHING)
        return await self._respond(request, to, answering.result())

    async def _noticed(self, incoming: Incoming) -> None:
        """The platform's own agents have taken the customer, or are done."""
        since = self._clock() if incoming.notice is Notice.OPENED else None
        await self._customers.elsewhere(self._customers.address(incoming), since)

    async def _answer(self, incoming: Incoming) -> Answer | str | None:
        """What goes into the response: of the outbox, or a sentence beside it, or nothing."""
        try:
            outcome = await self._customers.hear(incoming)
            if outcome is Outcome.TOO_FAST:
                wait = self._seldom.wait(incoming.user, time.monotonic())
                return None if wait else self._phrases.too_fast()
            if outcome is Outcome.WITH_THEM:
                return ""
            is_transfer = outcome is Outcome.TRANSFER
            if is_transfer:
                await self._customers.hand_over(incoming)
            address = self._customers.address(incoming)
            return await self._answers.to(address, incoming.message_id, transfer=is_transfer)
        except StorageUnavailable as error:
            logger.error("a message could not be stored: %s", error)  # noqa: TRY400 - says it all
            return self._phrases.unavailable()
        except Exception:  # whatever broke, the customer hears something and can reach a human
            logger.exception("a message of WeChat failed")
            return self._phrases.apology().text

    async def _respond(
        self, request: web.Request, to: Correspondents, answer: Answer | str | None
    ) -> web.StreamResponse:
        """Write the response first, and only then note that it is out."""
        now = self._clock()
        text = answer.text if isinstance(answer, Answer) else answer
        if text is None:
            return web.Response(text=NOTHING)
        created = int(now.timestamp())
        reply = text_reply(to, text, created) if text else transfer_reply(to, created)
        response = web.Response(text=self._gate.close(reply, now), content_type="application/xml")
        try:
            await response.prepare(request)
            await response.write_eof()
        except ConnectionError:  # WeChat will ask again, or the sender does it
            logger.info("WeChat has gone before its answer")
            return response
        if isinstance(answer, Answer):
            self._answers.given(answer)
        return response

    def _finish_later(self, answering: asyncio.Task[Answer | str | None]) -> None:
        """The platform was told not to wait; what comes out goes by the customer-service API."""

        async def finish() -> None:
            answer = await answering
            if isinstance(answer, Answer):
                await self._answers.hand_on(answer)

        task = asyncio.create_task(finish())
        self._late.add(task)
        task.add_done_callback(self._late.discard)


def _forbidden(error: Forbidden) -> web.HTTPForbidden:
    logger.warning("a request that WeChat did not make: %s", error)
    return web.HTTPForbidden()
