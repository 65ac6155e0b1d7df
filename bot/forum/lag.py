"""How far the agents' topics are behind what the database says. Reads only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from actions.floor import Floor, Handoff
from actions.phones import Phones
from actions.queueing import OPEN, HandoffState
from actions.topics import Topic, Topics
from bot.forum.wording import state_of
from bot.transcripts import Transcripts
from bot.turn import Message

LISTED = 20
"""Of those who wait, so many have a topic; the next ones get theirs as these are taken."""


@dataclass(frozen=True, slots=True)
class View:
    """What a topic must show."""

    handoff: Handoff
    topic: Topic
    said: Sequence[Message]
    """All of it where the card is behind, else what is not in the topic yet."""
    promised: str
    is_open: bool
    """Whether everybody in the group may read the customer's words."""


class Lag:
    """Within the caller's transaction."""

    def __init__(
        self,
        topics: Topics,
        phones: Phones,
        floor: Floor,
        transcripts: Transcripts,
        zone: dt.tzinfo,
    ) -> None:
        self._topics = topics
        self._phones = phones
        self._floor = floor
        self._transcripts = transcripts
        self._zone = zone

    def behind(self, tx: Connection, now: dt.datetime) -> tuple[list[Handoff], list[int]]:
        """The requests whose topics are behind, most urgent first, and all that have one."""
        there, busy = self._phones.on_duty(tx, now), self._topics.busy(tx)
        live = [one for one in self._floor.live(tx) if one.agent in there]
        wanted = {one.conversation: one for one in [*live, *self._floor.waiting(tx, LISTED)]}
        for conversation, topic in busy.items():
            # What a topic is about is brought to its end before the next request begins.
            present = wanted.get(conversation)
            if topic.handoff and (present is None or present.id != topic.handoff):
                found = self._floor.find(tx, topic.handoff)
                if found:
                    wanted[conversation] = found
        newest = self._transcripts.newest_of(tx, wanted)
        behind = [
            one for id_, one in wanted.items() if _is_behind(one, busy.get(id_), newest.get(id_, 0))
        ]
        return behind, list(wanted)

    def look(self, tx: Connection, handoff: int, now: dt.datetime) -> View:
        """How things stand with a request and its topic. Raises LookupError."""
        found = self._floor.find(tx, handoff)
        if found is None:
            raise LookupError(handoff)
        topic, one = self._topics.of(tx, found.conversation), [found.conversation]
        is_known = topic.card and topic.handoff == found.id and topic.shows == state_of(found)
        rows = (
            self._transcripts.since(tx, one, topic.reached)
            if is_known
            else self._transcripts.of_all(tx, one)
        )
        said = [message for _, message in rows]
        if found.ended:
            said = [one for one in said if one.at <= found.ended]
        place = self._floor.place(tx, found.conversation, now)
        promised = place.promised if place else None
        by = f"{promised.astimezone(self._zone):%m月%d日 %H:%M}" if promised else ""
        waits = found.state is HandoffState.WAITING
        is_open = waits or found.agent in self._phones.on_duty(tx, now)
        return View(found, topic, said, by, is_open)


def _is_behind(handoff: Handoff, topic: Topic | None, newest: int) -> bool:
    if topic is None or topic.card is None or handoff.state not in OPEN:
        return True
    return topic.shows != state_of(handoff) or newest > topic.reached
