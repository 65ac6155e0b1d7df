"""Answers to agents, in the background: Telegram may want to hear nothing for a minute."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.errors import DeliveryDelayed, DeliveryFailed
from bot.forum.group import TopicGone

logger = logging.getLogger(__name__)

_TRIES = 5


class Telling:
    """What is under way."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def soon(self, send: Callable[[], Awaitable[object]]) -> None:
        """Call `send` until Telegram takes it, refuses it, or has been tried often enough."""
        task = asyncio.create_task(_told(send))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Nothing more is said."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _told(send: Callable[[], Awaitable[object]]) -> None:
    for attempt in range(_TRIES):
        try:
            await send()
        except (TopicGone, DeliveryFailed) as error:
            logger.warning("an agent was not answered: %s", error)
            return
        except DeliveryDelayed as error:
            logger.info("an agent must wait for an answer: %s", error)
            await asyncio.sleep(error.retry_after or 2.0**attempt)
        else:
            return
