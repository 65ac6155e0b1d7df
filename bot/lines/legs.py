"""The calls that are there now: who is answered, who is refused, and what the watchdog knows."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from bot.call.line import Line
from bot.call.note import Reason, note

logger = logging.getLogger(__name__)

OVERLOAD = note(Reason.OVERLOAD, elder=False, said=())
_PARTING_S = 2.0
"""So long calls have to say something when the gateway stops."""


class Answer(Protocol):
    """The call logic."""

    async def answer(self, line: Line) -> None:
        """Run a call to its end; never raises."""


class Watched(Protocol):
    """What is told to the watchdog of each leg."""

    def begin(self, call: str) -> None:
        """The bot's leg has begun."""

    def end(self, call: str) -> None:
        """It has ended."""

    def note(self, call: str, note: str) -> None:
        """What the look-up of the exchange is answered from now on."""


class Legs:
    """At most so many at once, and each call at most once."""

    def __init__(self, answer: Answer, watch: Watched, most: int) -> None:
        self._answer = answer
        self._watch = watch
        self._most = most
        self._live: dict[str, tuple[Line, asyncio.Task[None]]] = {}

    @property
    def calls(self) -> tuple[str, ...]:
        """The calls that are there."""
        return tuple(self._live)

    def accept(self, line: Line) -> bool:
        """Begin a call whose leg is up; False where it is refused, and its leg must end at once.

        A call that is answered already keeps its leg. A call that comes back is a new one here.
        """
        if line.call in self._live:
            logger.warning("call %s came a second time while it is here; refused", line.call)
            return False
        if len(self._live) >= self._most:
            logger.warning("call %s goes to a human: %d calls are here", line.call, self._most)
            self._watch.note(line.call, OVERLOAD)
            return False
        self._watch.begin(line.call)
        task = asyncio.get_running_loop().create_task(self._run(line))
        self._live[line.call] = (line, task)
        return True

    async def _run(self, line: Line) -> None:
        try:
            await self._answer.answer(line)
        except Exception:
            # The exchange goes on with the caller to a human, so this is the best end there is.
            logger.exception("call %s failed", line.call)
        finally:
            await line.end()
            del self._live[line.call]
            self._watch.end(line.call)

    async def finished(self, line: Line) -> None:
        """Wait until the call on this line is over; at once where it is none of ours."""
        found = self._live.get(line.call)
        if found and found[0] is line:
            await asyncio.wait([found[1]])

    async def close(self) -> None:
        """End every leg; the exchange goes on with the callers."""
        tasks = [task for _, task in self._live.values()]
        await asyncio.gather(*(line.end() for line, _ in tuple(self._live.values())))
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=_PARTING_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
