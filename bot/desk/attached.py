"""Pictures, voice notes and papers of whom an agent serves; each look is journalled."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Connection

from actions import journal
from actions.agents import Agent
from actions.attachments import Attachment, Attachments
from actions.database import Database
from actions.errors import NotAllowed
from actions.floor import Floor
from audio import NotHeard
from audio.sound import decode, encode
from bot import wire
from bot.desk.work import OVERSEERS
from bot.turn import Json

logger = logging.getLogger(__name__)

_RATE = 16_000
_MADE_PLAYABLE = "audio/amr"
"""What telephones record and no browser plays."""
_INLINE = frozenset({"image/jpeg", "image/png", "image/webp"})
"""Pictures that browsers show; others are downloaded."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A file as the desk's browser gets it."""

    media_type: str
    content: bytes = field(repr=False)

    @property
    def inline(self) -> bool:
        """Whether the browser shows or plays it, instead of saving it."""
        return self.media_type in _INLINE or self.media_type.startswith("audio/")


class AttachedFiles:
    """For whoever may see the conversation."""

    def __init__(
        self,
        database: Database,
        floor: Floor,
        attachments: Attachments,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._database = database
        self._floor = floor
        self._attachments = attachments
        self._clock = clock

    async def open(self, agent: Agent, conversation: int, id_: str) -> Shown:
        """One file of an open conversation. Raises NotAllowed: not_found."""
        now, oversees = self._clock(), bool(OVERSEERS & agent.roles)

        def find(tx: Connection) -> Attachment:
            if self._floor.visible_to(tx, conversation, agent.id, oversees=oversees) is None:
                raise NotAllowed("not_found", "没有这个会话，或者它不在队列里，也不在您名下。")
            sent = self._attachments.sent_in(tx, conversation)
            found = next((one for one in sent if one.id == id_), None)
            if found is None:
                raise NotAllowed("not_found", "这个会话里没有这个附件。")
            subject = f"conversation:{conversation}"
            journal.record(tx, now, f"agent:{agent.id}", "attachment.open", subject, id_[:8])
            return found

        found = await self._database.write(find)
        return await asyncio.to_thread(self._shown, found)

    def _shown(self, one: Attachment) -> Shown:
        content = self._attachments.open(one.id)
        if one.media_type != _MADE_PLAYABLE:
            return Shown(one.media_type, content)
        try:
            return Shown("audio/ogg", encode(decode(content, _RATE)))
        except NotHeard as error:
            logger.info("a voice note is shown as it is: %s", error)
            return Shown("application/octet-stream", content)


def attached(conversation: int, one: Attachment) -> Json:
    """A file in a transcript of the desk, with where it is fetched."""
    address = f"/desk/api/conversations/{conversation}/attachments/{one.id}"
    return {**wire.attachment(one), "address": address}
