"""Who calls: AudioSocket does not tell the calling number, the exchange's list of channels does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable

from bot.lines.watchdog.ami import Access, AmiError, Channel, signed_in
from bot.lines.watchdog.rescue import hears

logger = logging.getLogger(__name__)

_WITHIN_S = 1.0
_AGAIN_S = 0.05
"""The exchange may show a channel's Dial a moment after the bot has been called."""
_LOOKS = 3


class Callers:
    """Questions that come together share one list of channels."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._asked: dict[str, Callable[[str], None]] = {}
        self._task: asyncio.Task[None] | None = None

    def ask(self, call: str, answer: Callable[[str], None]) -> None:
        """Find out the number; `answer` gets it soon, "" where it is not shown or not known."""
        self._asked[call] = answer
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._answer())

    async def _answer(self) -> None:
        while self._asked:
            asked, self._asked = self._asked, {}
            numbers = await self._numbers(asked)
            for call, answer in asked.items():
                answer(numbers.get(call, ""))

    async def _numbers(self, calls: Collection[str]) -> dict[str, str]:
        """Of those calls whose channel is found."""
        found: dict[str, str] = {}
        try:
            async with signed_in(self._access, _WITHIN_S) as ami:
                for _ in range(_LOOKS):
                    found = numbers_of(calls, await ami.channels())
                    if found.keys() >= set(calls):
                        break
                    await asyncio.sleep(_AGAIN_S)
        except AmiError as error:
            logger.warning("calling numbers cannot be looked up: AMI: %s", error)
        return found


def numbers_of(calls: Iterable[str], channels: Iterable[Channel]) -> dict[str, str]:
    """By call, the number of the channel that hears its bot; calls without one are left out."""
    heard = [(one.data.lower(), one.number) for one in channels if hears(one)]
    return {call: number for call in calls for data, number in heard if call in data}
