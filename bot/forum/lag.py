"""How far the agents' topics are behind what the database says. Reads only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from actions.floor import Floor, Handoff
from actions.phones import Phones
from actions.queueing import OPEN, HandoffState
from actions.topics import Topic, Topics
from bot.forum.cards import title
from bot.transcripts import Transcripts
from bot.turn import Message

LISTED = 20
"""Of those who wait, so many have a topic; the next ones get theirs as these are taken."""


@dataclass(frozen=True, slots=True)
class Behind:
    """What the group lacks."""

    requests: Sequence[Handoff]
    """Those whose topics are behind, most urgent first."""
    followed: Collection[int]
    """The conversations that go on in topics."""
    without: Sequence[Handoff]
    """All who wait and have no topic yet, in the order in which they should be taken."""


@dataclass(frozen=True, slots=True)
class View:
    """What a topic must show."""

    handoff: Handoff
    topic: Topic
    shows: str
    """Which state of the request: another value is another card."""
    said: Sequence[Message]
    """All of it where the card is behind, else what is not in the topic yet."""
    promised: dt.datetime | None
    is_open: bool
    """Whether everybody in the group may read the customer's words."""
    has_guests: bool


class Lag:
    """Within the caller's transaction."""

    def __init__(
        self, topics: Topics, phones: Phones, floor: Floor, transcripts: Transcripts
    ) -> None:
        self._topics = topics
        self._phones = phones
        self._floor = floor
        self._transcripts = transcripts

    def behind(self, tx: Connection, now: dt.datetime) -> Behind:
        """What is to be done."""
        there, busy = self._phones.on_duty(tx, now), self._topics.busy(tx)
        guests, waiting = self._floor.guests(tx), self._floor.waiting(tx)
        live = (one for one in self._floor.live(tx) if _is_open(one, guests.get(one.id), there))
        wanted = {one.conversation: one for one in [*live, *waiting[:LISTED]]}
        for conversation, topic in busy.items():
            # What a topic is about is brought to its end before the next request begins.
            present = wanted.get(conversation)
            if topic.handoff and (present is None or present.id != topic.handoff):
                found = self._floor.find(tx, topic.handoff)
                if found:
                    wanted[conversation] = found
        newest = self._transcripts.newest_of(tx, wanted)

        def is_behind(one: Handoff) -> bool:
            topic = busy.get(one.conversation)
            if topic is None or topic.card is None or one.state not in OPEN:
                return True
            is_new = newest.get(one.conversation, 0) > topic.reached
            return is_new or topic.shows != _state(one, guests.get(one.id), there)

        return Behind(
            [one for one in wanted.values() if is_behind(one)],
            wanted,
            [one for one in waiting if one.conversation not in busy],
        )

    def look(self, tx: Connection, handoff: int, now: dt.datetime) -> View:
        """How things stand with a request and its topic. Raises LookupError."""
        found = self._floor.find(tx, handoff)
        if found is None:
            raise LookupError(handoff)
        there, guests = self._phones.on_duty(tx, now), self._floor.guests_of(tx, handoff)
        topic, shows = self._topics.of(tx, found.conversation), _state(found, guests, there)
        if topic.card and topic.handoff == found.id and topic.shows == shows:
            rows = self._transcripts.since(tx, [found.conversation], topic.reached)
        else:
            rows = self._transcripts.of_all(tx, [found.conversation])
        said = [one for _, one in rows if found.ended is None or one.at <= found.ended]
        place = self._floor.place(tx, found.conversation, now)
        promised = place.promised if place else None
        is_open = _is_open(found, guests, there)
        return View(found, topic, shows, said, promised, is_open, bool(guests))


def _is_open(handoff: Handoff, guests: Collection[int] | None, there: Collection[int]) -> bool:
    """A talk that goes on at desk pages only stays there."""
    takes_part = {handoff.agent, *(guests or ())}
    return handoff.state is HandoffState.WAITING or not takes_part.isdisjoint(there)


def _state(handoff: Handoff, guests: Collection[int] | None, there: Collection[int]) -> str:
    to = f"{handoff.wanted or ''}/{handoff.team or ''}"
    seen = f"{bool(guests):d}/{_is_open(handoff, guests, there):d}"
    return f"{handoff.state}/{handoff.agent or ''}/{title(handoff)}/{to}/{seen}"[:120]
