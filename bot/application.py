"""The aiohttp application of a gateway: its routes, and what lives as long as it does."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator

from aiohttp import web

from audio import Deaf
from bot.app import Gateway
from bot.board import stopped
from bot.errors import ConfigurationError
from bot.health import Health
from bot.http import MAX_BODY, errors, safe_headers

logger = logging.getLogger(__name__)


def application(gateway: Gateway) -> web.Application:
    """The one aiohttp application; opening it opens the database, Rasa and the connections."""
    app = web.Application(client_max_size=MAX_BODY, middlewares=[errors(gateway.phrases)])
    app.on_response_prepare.append(safe_headers)
    app.add_routes(_routes(gateway))

    async def parts(_app: web.Application) -> AsyncIterator[None]:
        async with _running(gateway):
            yield

    async def reminders(_app: web.Application) -> AsyncIterator[None]:
        watch = asyncio.create_task(gateway.reminding.watch())
        yield
        gateway.reminding.stop()
        await watch

    async def wake_streams(_app: web.Application) -> None:
        gateway.hub.close()

    app.cleanup_ctx.append(parts)
    if gateway.settings.reminders.enabled:
        app.cleanup_ctx.append(reminders)
    app.on_shutdown.append(wake_streams)
    return app


def _routes(gateway: Gateway) -> list[web.AbstractRouteDef]:
    """Everything that the public listener serves."""
    desk = gateway.desk
    health = Health(
        gateway.database,
        gateway.library.base,
        gateway.nlu,
        gateway.board,
        desk.figures,
        gateway.outbox,
        gateway.clock,
        gateway.metrics,
    )
    return [
        *gateway.web.routes(),
        *desk.sign_in.routes(),
        *desk.routes.routes(),
        *desk.figures.routes(),
        *desk.hotline.routes(),
        *gateway.knowledge_routes.routes(),
        *gateway.casework.routes(),
        *gateway.speech.routes.routes(),
        *(gateway.telephony.browser.routes() if gateway.settings.telephone.browser else ()),
        *(route for listener in gateway.listeners for route in listener.routes()),
        *health.routes(),
    ]


@contextlib.asynccontextmanager
async def _running(gateway: Gateway) -> AsyncIterator[None]:
    """What goes on beside the requests, from its beginning to its end."""
    await gateway.database.prepare(gateway.cipher)
    now = time.time()
    await gateway.database.read(lambda tx: gateway.attachments.tidy(tx, now))
    await gateway.nlu.open()
    if gateway.rasa:
        gateway.rasa.start()
    beside = gateway.beside
    running = [gateway.board.run(), gateway.sweep.run(), *(one.run() for one in beside)]
    tasks = [asyncio.create_task(one) for one in running]
    sending = [asyncio.create_task(sender.run()) for sender in gateway.senders]
    opening = asyncio.create_task(_open_lines(gateway))
    try:
        yield
    finally:
        await stopped(opening)
        await gateway.telephony.lines.close()
        for task in tasks:
            await stopped(task)
        gateway.hub.close()
        await asyncio.gather(*sending)
        for one in beside:
            await one.close()
        if gateway.rasa:
            await gateway.rasa.stop()
        await gateway.nlu.close()
        await gateway.database.close()


async def _open_lines(gateway: Gateway) -> None:
    """Take calls as soon as they can be heard; before that the exchange has a human for them."""
    if gateway.ears:
        with contextlib.suppress(Deaf):  # which it has told
            await gateway.ears.recognition.ready()
    try:
        await gateway.telephony.lines.open()
    except ConfigurationError as error:
        logger.error("no calls are taken: %s", error)  # noqa: TRY400 - it says it all
