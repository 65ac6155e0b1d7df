"""Answers every line: this is the channel `hotline`."""

from __future__ import annotations

import datetime as dt
import logging
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Protocol

from actions.database import Database
from actions.errors import StorageUnavailable
from actions.persons import Persons
from audio import Ear, Hearing, Overloaded, Synthesizer
from bot.call.aloud import aloud
from bot.call.answering import Answering, Caller
from bot.call.call import Call
from bot.call.line import Line
from bot.call.mouth import Mouth
from bot.call.note import Reason, note
from bot.call.record import Record, Recorder
from bot.call.waiting import Patience
from bot.channels import HOTLINE
from bot.phrases import Phrases
from bot.switchboard import Switchboard
from bot.turn import Address, Reply, Turn

logger = logging.getLogger(__name__)

_REMEMBERED = 10_000
"""Legs that are over; a call that comes back, since nobody took it, is known among these."""


class Watch(Protocol):
    """Tells the watchdog, which answers the exchange also when this process cannot."""

    def note(self, call: str, note: str) -> None:
        """What an agent is told if the bot's leg ends now."""

    async def caller(self, call: str) -> str:
        """The calling number, where the line does not tell it; "" where it is not known soon."""


class Hotline:
    """All calls of one gateway."""

    def __init__(
        self,
        hearing: Hearing | None,
        synthesizer: Synthesizer,
        switchboard: Switchboard,
        phrases: Phrases,
        watch: Watch,
        recorder: Recorder,
        persons: Persons,
        database: Database,
        clock: Callable[[], dt.datetime],
        patience: Patience = Patience(),  # noqa: B008 - frozen
    ) -> None:
        """Without `hearing` every caller goes on to a human at once."""
        self._hearing = hearing
        self._synthesizer = synthesizer
        self._switchboard = switchboard
        self._phrases = phrases
        self._watch = watch
        self._recorder = recorder
        self._persons = persons
        self._database = database
        self._clock = clock
        self._patience = patience
        self._live: set[Address] = set()
        self._over: OrderedDict[str, None] = OrderedDict()

    async def answer(self, line: Line) -> None:
        """Run the call to its end. Never raises: whatever breaks, the exchange goes on with it."""
        returned = line.call in self._over
        try:
            ended = await self._run(line, returned=returned)
        except Exception:
            logger.exception("call %s broke", line.call)
            ended = "human"
            self._watch.note(line.call, note(Reason.BROKEN, elder=False, said=()))
            await self._into_queue(line)
            await line.end()
        logger.info("call %s: %s", line.call, ended)
        self._over[line.call] = None
        if len(self._over) > _REMEMBERED:
            self._over.popitem(last=False)

    async def _run(self, line: Line, *, returned: bool) -> str:
        if self._hearing is None:
            return await self._straight_on(line, Reason.BROKEN, self._phrases.connecting())
        try:
            ear = self._hearing.open(line.rate)
        except Overloaded as error:
            logger.warning("call %s goes on to a human: %s", line.call, error)
            return await self._straight_on(line, Reason.OVERLOAD, self._phrases.all_busy())
        number = await self._number(line)
        address = await self._address(line, number)
        caller = Caller(line.call, number, address)
        self._live.add(address)
        record = await self._recorder.begin(line.call, number, address, line.rate, self._clock())
        ended = "lost"
        try:
            ended = await self._call(line, caller, ear, record, returned=returned)
        finally:
            self._live.discard(address)
            ear.close()
            await record.close(ended)
        return ended

    async def _call(
        self, line: Line, caller: Caller, ear: Ear, record: Record, *, returned: bool
    ) -> str:
        tell = partial(self._watch.note, line.call)
        answering = Answering(caller, self._switchboard, tell, record, self._clock)
        mouth = partial(Mouth, line, self._synthesizer, record.said)
        call = Call(line, ear, mouth, answering, self._phrases, record.heard, self._patience)
        return await call.run(returned=returned)

    async def _number(self, line: Line) -> str:
        """A page has none; where the line does not tell it, the exchange knows it."""
        if line.caller or line.address:
            return line.caller
        return await self._watch.caller(line.call)

    async def _address(self, line: Line, number: str) -> Address:
        """The same conversation for each call of a number, but never for two at once."""
        if line.address:
            return line.address
        address = Address(HOTLINE, line.call)
        if number:
            try:
                key = await self._database.read(lambda tx: self._persons.key(tx, number))
            except StorageUnavailable:
                return address
            if (known := Address(HOTLINE, key)) not in self._live:
                return known
        return address

    async def _straight_on(self, line: Line, reason: Reason, reply: Reply) -> str:
        """To a human, with one sentence."""
        self._watch.note(line.call, note(reason, elder=False, said=()))
        mouth = Mouth(line, self._synthesizer, _unrecorded, _nothing, _nothing)
        mouth.begin(aloud(reply))
        await mouth.finish()
        await self._into_queue(line)
        await line.end()
        return "human"

    async def _into_queue(self, line: Line) -> None:
        """A page's call has no exchange: its human is the desk's, in the same conversation."""
        if line.address is None:
            return
        turn = Turn(line.address, f"{line.call}:human", self._clock(), payload="/human")
        try:
            await self._switchboard.hear(turn)
        except StorageUnavailable:
            logger.exception("the caller of %s is not in the queue", line.call)


def _unrecorded(_samples: bytes) -> None:
    """One sentence on the way to a human."""


def _nothing() -> None:
    """Nobody waits for it."""
