"""What the desk sees of telephone calls, and how a recording is heard: for a reason, journalled."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import AsyncIterator, Callable, Mapping

from sqlalchemy import Connection

from actions import call_search
from actions.agents import Agent
from actions.call_search import Call, Reader, TurnSteps, Wanted
from actions.calls import Ending
from actions.database import Database
from actions.errors import Damaged, NotAllowed, WrongKey
from actions.privacy import Cipher
from actions.recordings import Recordings
from actions.register import ComplaintRegister
from actions.sealed_file import SealedReader
from bot.desk import hotline_shown
from bot.desk.access import CALL_READERS, COMPLAINT_READERS
from bot.desk.disclosure import Disclosure
from bot.errors import BadField
from bot.transcripts import Transcripts
from bot.turn import Json

logger = logging.getLogger(__name__)

_TICKET = dt.timedelta(hours=1)
"""How long a recording can be played after its reason was given."""
_PURPOSE = "listen"
_DAY = dt.timedelta(days=1)
_AT_HAND = dt.timedelta(days=1)
"""So long agents see the calls that went on to a human, whoever of them took it."""


class HotlineDesk:
    """Looks only, but for the journal."""

    def __init__(
        self,
        database: Database,
        recordings: Recordings,
        transcripts: Transcripts,
        register: ComplaintRegister,
        disclosure: Disclosure,
        cipher: Cipher,
        clock: Callable[[], dt.datetime],
        zone: dt.tzinfo,
    ) -> None:
        """`zone`: where the bank's days begin."""
        self._database = database
        self._recordings = recordings
        self._transcripts = transcripts
        self._register = register
        self._disclosure = disclosure
        self._cipher = cipher
        self._clock = clock
        self._zone = zone

    async def found(self, agent: Agent, values: Mapping[str, str]) -> Json:
        """One page of what `values` look for, and how fast the bot was. Raises BadField."""
        wanted, reader = self._wanted(values), _reader(agent, self._clock())

        def look(tx: Connection) -> Json:
            page = call_search.search(tx, reader, wanted)
            turns = call_search.turns(tx, reader, wanted) if wanted.since else []
            return {
                "total": call_search.count(tx, reader, wanted),
                "more": len(page) > call_search.PAGE,
                "calls": [
                    hotline_shown.row(one, self._number(one)) for one in page[: call_search.PAGE]
                ],
                "figures": hotline_shown.figures(turns) if turns else [],
                "turns": len(turns),
            }

        return {
            "agent": {"name": agent.name},
            "today": self._clock().astimezone(self._zone).date().isoformat(),
            "endings": hotline_shown.ENDINGS,
            "sees_all": reader.sees_all,
            **await self._database.read(look),
        }

    def _wanted(self, values: Mapping[str, str]) -> Wanted:
        since = self._midnight(values.get("day", ""))
        ending, before = values.get("ending", ""), values.get("before", "0")
        if ending and ending not in set(Ending):
            raise BadField("ending", "没有这个选项，请重新选择。")
        if not before.isdecimal() or len(before) > 12:
            raise BadField("before", "before 要是编号。")
        return Wanted(
            since,
            since + _DAY if since else None,
            Ending(ending) if ending else None,
            int(before),
        )

    def _midnight(self, day: str) -> dt.datetime | None:
        try:
            begin = dt.date.fromisoformat(day) if day else None
        except ValueError as error:
            raise BadField("day", "日期请写成 2026-11-25 这样。") from error
        return dt.datetime.combine(begin, dt.time(), self._zone) if begin else None

    async def one(self, agent: Agent, id_: int) -> Json:
        """One call with what was said, masked. Raises NotAllowed (not_found)."""

        def look(tx: Connection) -> Json:
            call = self._call(tx, agent, id_)
            until = call.ended or self._clock()
            said = self._transcripts.during(tx, call.conversation, call.began, until)
            return hotline_shown.whole(
                call, self._number(call), said, call_search.turns_of(tx, id_)
            )

        opens = not agent.roles.isdisjoint(COMPLAINT_READERS)
        return {**await self._database.read(look), "opens_complaints": opens}

    def _number(self, call: Call) -> str:
        return self._cipher.open(call.caller) if call.caller else ""

    async def chart(self, agent: Agent, id_: int) -> str:
        """Where each turn's time went, as SVG. Raises NotAllowed (not_found)."""

        def look(tx: Connection) -> list[TurnSteps]:
            self._call(tx, agent, id_)
            return call_search.turns_of(tx, id_)

        return hotline_shown.chart(await self._database.read(look))

    async def listen(self, agent: Agent, id_: int, reason: str) -> Json:
        """A ticket with which `agent` plays this recording for a while; journalled.

        Raises NotAllowed (not_found, recused, forbidden, damaged), BadField (reason), RateLimited.
        """

        def look(tx: Connection) -> Call:
            call = self._call(tx, agent, id_)
            for number in call.complaints:
                if complaint := self._register.get(tx, number):
                    self._disclosure.require(agent, complaint)
            return call

        call = await self._database.read(look)
        name = _playable(call)
        self._disclosure.admit(agent, reason, CALL_READERS, "听录音")
        await self._database.write(
            lambda tx: self._disclosure.note(tx, agent, "call.listen", f"call:{id_}", reason)
        )
        is_whole = await asyncio.to_thread(self._check, name, call)
        expires = self._clock() + _TICKET
        ticket = self._cipher.seal(f"{_PURPOSE} {agent.id} {id_} {expires.isoformat()}").decode()
        return {"ticket": ticket, "whole": is_whole}

    def _check(self, name: str, call: Call) -> bool:
        """Whether all of it is there, every part of which was looked at."""
        try:
            with self._recordings.open(name) as reader:
                is_whole, size = reader.check(), reader.size
        except Damaged as error:
            raise _damaged(call, str(error)) from error
        if call.size is not None and not (is_whole and size == call.size):
            raise _damaged(call, f"{size} of {call.size} bytes are there")
        return is_whole

    async def play(self, agent: Agent, id_: int, ticket: str) -> Playing:
        """The sound, for who has a ticket for it. Raises NotAllowed (not_found, forbidden)."""
        if not self._admits(ticket, agent, id_):
            raise NotAllowed("forbidden", "请先写明为什么要听这段录音。")
        call = await self._database.read(lambda tx: self._call(tx, agent, id_))
        return Playing(await asyncio.to_thread(self._recordings.open, _playable(call)))

    def _admits(self, ticket: str, agent: Agent, id_: int) -> bool:
        try:
            opened = self._cipher.open(ticket.encode())
        except WrongKey:
            return False
        what, _, expires = opened.rpartition(" ")
        fits = what == f"{_PURPOSE} {agent.id} {id_}"
        return fits and self._clock() < dt.datetime.fromisoformat(expires)

    def _call(self, tx: Connection, agent: Agent, id_: int) -> Call:
        call = call_search.find(tx, _reader(agent, self._clock()), id_)
        if call is None:
            raise NotAllowed("not_found", "没有这通电话，或者它不是您接待过的客户打的。")
        return call


class Playing:
    """A recording that is being heard: any part of it, with little of it in memory."""

    def __init__(self, reader: SealedReader) -> None:
        self._reader = reader
        self.size = reader.size
        """Bytes."""

    async def read(self, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes from `start` to before `stop`. Raises Damaged, WrongKey."""
        parts = self._reader.read(start, stop)
        while part := await asyncio.to_thread(next, parts, b""):
            yield part

    def close(self) -> None:
        """Let go of the file."""
        self._reader.close()


def _reader(agent: Agent, now: dt.datetime) -> Reader:
    sees_all = not agent.roles.isdisjoint(COMPLAINT_READERS)
    return Reader(agent.id, sees_all=sees_all, taken_since=now - _AT_HAND)


def _playable(call: Call) -> str:
    """The file's name. Raises NotAllowed (not_found) in words for the agent."""
    why = {
        "none": "这通电话没有录音。",
        "deleted": "录音已经满了保存期限，删除了。",
        "live": "通话还没有结束，结束以后才能听。",
    }.get(hotline_shown.sound(call))
    if why or call.recording is None:
        raise NotAllowed("not_found", why or "这通电话没有录音。")
    return call.recording


def _damaged(call: Call, why: str) -> NotAllowed:
    logger.error("the recording of call %s is damaged: %s", call.id, why)
    return NotAllowed("damaged", "这段录音的文件和当时录下的不一样，不能播放。请告诉管理员检查。")
