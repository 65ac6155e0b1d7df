"""A call's turns: asked of the switchboard, timed, and told to whoever takes the call next."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from audio import Utterance
from bot.call.note import BYE, Reason, note
from bot.call.record import Record
from bot.call.times import TurnTimes
from bot.switchboard import Switchboard
from bot.turn import Address, Heard, Reply, Turn

logger = logging.getLogger(__name__)

_NOTHING_HEARD = TurnTimes(None, None, None, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls."""

    call: str
    """The call's UUID."""
    number: str
    """"" where it is not shown."""
    address: Address


class Answering:
    """One for each call."""

    def __init__(
        self,
        caller: Caller,
        switchboard: Switchboard,
        tell: Callable[[str], None],
        record: Record,
        clock: Callable[[], dt.datetime],
    ) -> None:
        """`tell`: gets what the exchange is to pass on to an agent."""
        self._caller = caller
        self._switchboard = switchboard
        self._tell = tell
        self._record = record
        self._clock = clock
        self._leg = secrets.token_hex(4)
        """A call that comes back has turns of its own."""
        self._turns = 0
        self._said: list[str] = []
        self._times = _NOTHING_HEARD
        self._answered: float | None = None
        self.elder = False
        """As of the last answer."""

    def spoken(self, utterance: Utterance) -> None:
        """The next turn answers this."""
        waited = utterance.at - utterance.ended
        self._times = replace(_NOTHING_HEARD, endpoint=waited, text=utterance.recognising_s)

    async def hear(
        self,
        text: str = "",
        payload: str = "",
        heard_as: tuple[str, ...] = (),
        within_s: float | None = None,
    ) -> Heard | None:
        """What the switchboard makes of it; None where it fails, or takes longer."""
        self._turns += 1
        if text:
            self._said.append(text)
        who, now = self._caller, self._clock()
        id_ = f"{who.call}:{self._leg}:{self._turns}"
        turn = Turn(who.address, id_, now, text, payload, who.number, heard_as=heard_as)
        began = time.perf_counter()
        hearing = asyncio.ensure_future(self._switchboard.hear(turn))
        try:
            async with asyncio.timeout(within_s):
                heard = await asyncio.shield(hearing)
        except TimeoutError:
            hearing.add_done_callback(_noticed)  # it may still be stored
            logger.warning("call %s goes on without an answer", who.call)
            return None
        except Exception:  # whatever broke, the caller reaches a human
            logger.exception("no answer in call %s", who.call)
            return None
        self.elder = heard.elder
        self._answered = time.perf_counter()
        took, understanding = self._answered - began, heard.understanding_s
        self._times = replace(self._times, understanding=understanding, answer=took)
        return heard

    def begins_to_be_heard(self) -> None:
        """The first sample of the answer has gone to the line."""
        if self._answered is not None:
            waited = time.perf_counter() - self._answered
            self._record.turn(replace(self._times, first_audio=waited))
        self._times, self._answered = _NOTHING_HEARD, None

    def leave_note(self, reason: Reason) -> None:
        """What an agent is told if the bot's leg ends now."""
        self._tell(note(reason, elder=self.elder, said=self._said))

    def leave_goodbye(self) -> None:
        """The exchange hangs up when the bot's leg has ended."""
        self._tell(BYE)


def replies(heard: Heard) -> list[Reply]:
    """What the bot says to a turn."""
    return [message.reply for message in heard.messages if message.reply]


def _noticed(hearing: asyncio.Future[Heard]) -> None:
    """A turn that nobody waited for any more."""
    if not hearing.cancelled() and (error := hearing.exception()):
        logger.warning("a turn of a call could not be stored: %s", error)
