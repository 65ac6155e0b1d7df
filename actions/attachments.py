"""Pictures, voice notes and papers of complaints: sealed files, and the rows that name them.

A file is on disk before the row that names it is committed, so that no row is ever without its
file; a file without a row is what a crash left behind, and goes at the next start.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import secrets
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select, update
from sqlalchemy.sql.expression import ColumnElement

from actions.disk import new_file, sync_folder
from actions.errors import NotAllowed, StorageUnavailable
from actions.privacy import Cipher
from actions.tables import attachments, complaints
from actions.uploads import MAX_FILES, Upload

_ID = re.compile(r"[0-9a-f]{32}")
_FRESH = dt.timedelta(days=1)
"""What was sent so long before a complaint still belongs to it."""
_UNDER_WAY_S = 60
"""A younger file without a row may belong to an upload of another gateway, going on now."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file that is kept."""

    id: str
    conversation: int
    message: int
    """The row of the message with which it came."""
    media_type: str
    size: int
    """Bytes."""
    digest: str
    """SHA-256 of the content."""
    name: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """An upload whose sealed content is on disk."""

    id: str
    upload: Upload


class Attachments:
    """`write`, `discard` and `open` use the disk; the others work in the caller's transaction."""

    def __init__(self, cipher: Cipher, folder: Path) -> None:
        self._cipher = cipher
        self._folder = folder

    def write(self, uploads: Sequence[Upload]) -> list[Kept]:
        """Put the files on disk, for a transaction to name them by `add`. Blocks.

        Raises StorageUnavailable.
        """
        kept = [Kept(secrets.token_hex(16), upload) for upload in uploads]
        for one in kept:
            self._write(one)
        return kept

    def discard(self, kept: Sequence[Kept]) -> None:
        """Remove files that will certainly not be named. Blocks."""
        for one in kept:
            (self._folder / one.id).unlink(missing_ok=True)

    def _write(self, kept: Kept) -> None:
        """On disk, readable by us alone, when this returns."""
        sealed = self._cipher.seal_bytes(kept.upload.content)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._put(self._folder / kept.id, sealed)
            sync_folder(self._folder)
        except OSError as error:
            raise StorageUnavailable(str(error)) from error

    def _put(self, path: Path, content: bytes) -> None:
        with os.fdopen(new_file(path), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def add(
        self,
        tx: Connection,
        conversation: int,
        message: int,
        kept: Sequence[Kept],
        now: dt.datetime,
    ) -> None:
        """Name the files in `conversation`. Raises NotAllowed: too_many."""
        if not kept:
            return
        waiting = int(tx.scalar(select(func.count()).where(*_waiting(conversation, now))) or 0)
        if waiting + len(kept) > MAX_FILES:
            raise NotAllowed("too_many", f"一件投诉最多{MAX_FILES}个附件，已经满了。")
        tx.execute(
            attachments.insert(),
            [
                {
                    "id": one.id,
                    "conversation": conversation,
                    "message": message,
                    "digest": hashlib.sha256(one.upload.content).hexdigest(),
                    "media_type": one.upload.media_type,
                    "size": len(one.upload.content),
                    "name": self._cipher.seal(one.upload.name),
                    "at": now,
                }
                for one in kept
            ],
        )

    def join(
        self, tx: Connection, conversation: int, number: str, now: dt.datetime
    ) -> tuple[int, int]:
        """What was sent of late becomes part of the complaint `number`, as far as there is room.

        How many files it got, and how many had no room.
        """
        row = select(complaints.c.id).where(complaints.c.number == number).scalar_subquery()
        waiting = tx.scalars(
            select(attachments.c.id)
            .where(*_waiting(conversation, now))
            .order_by(attachments.c.at, attachments.c.message)
        ).all()
        if not waiting:
            return 0, 0
        query = select(func.count()).where(attachments.c.complaint == row)
        joined = waiting[: MAX_FILES - int(tx.scalar(query) or 0)]
        which = attachments.c.id.in_(joined)
        tx.execute(update(attachments).where(which).values(complaint=row))
        return len(joined), len(waiting) - len(joined)

    def of(self, tx: Connection, number: str) -> list[Attachment]:
        """The files of one complaint, oldest first; for its officers."""
        row = select(complaints.c.id).where(complaints.c.number == number).scalar_subquery()
        return self._those(tx, attachments.c.complaint == row)

    def sent_in(self, tx: Connection, conversation: int) -> list[Attachment]:
        """Everything that was sent in one conversation; for its customer."""
        return self._those(tx, attachments.c.conversation == conversation)

    def with_messages(
        self, tx: Connection, conversations: Collection[int], rows: Collection[int]
    ) -> dict[int, list[Attachment]]:
        """The files that came with these messages of these conversations, by message."""
        # The conversations are asked for because by them files are found fast.
        sent = attachments.c.conversation.in_(conversations)
        found = defaultdict(list)
        for one in self._those(tx, and_(sent, attachments.c.message.in_(rows))):
            found[one.message].append(one)
        return found

    def open(self, id_: str) -> bytes:
        """The content of a file; whoever asks has checked whose it is. Blocks.

        Raises NotAllowed (not_found), WrongKey and StorageUnavailable.
        """
        path = self._folder / id_
        if not _ID.fullmatch(id_) or not path.exists():
            raise NotAllowed("not_found", "没有这个附件。")
        try:
            sealed = path.read_bytes()
        except OSError as error:
            raise StorageUnavailable(str(error)) from error
        return self._cipher.open_bytes(sealed)

    def tidy(self, tx: Connection, now_s: float) -> int:
        """Remove what uploads left behind that did not come to their end; how many files.

        `now_s`: seconds since 1970, as files have them.
        """
        if not self._folder.exists():
            return 0
        old = {
            path.name: path
            for path in self._folder.iterdir()
            if path.stat().st_mtime < now_s - _UNDER_WAY_S
        }
        known = set(tx.scalars(select(attachments.c.id)))
        for name in old.keys() - known:
            old[name].unlink(missing_ok=True)
        return len(old.keys() - known)

    def ids(self) -> list[str]:
        """Every file on disk, also of uploads under way. Blocks."""
        if not self._folder.exists():
            return []
        return sorted(path.name for path in self._folder.iterdir() if _ID.fullmatch(path.name))

    def is_current(self, id_: str) -> bool:
        """Whether the newest key opens this file; one that is gone needs none. Blocks."""
        try:
            return self._cipher.is_current((self._folder / id_).read_bytes())
        except FileNotFoundError:
            return True

    def reseal(self, id_: str) -> None:
        """Seal a file with the newest key; the old one stays until the new one is on disk. Blocks.

        Raises WrongKey and StorageUnavailable.
        """
        path = self._folder / id_
        try:
            sealed = self._cipher.reseal(path.read_bytes())
            new = path.with_suffix(".new")
            new.unlink(missing_ok=True)
            self._put(new, sealed)
            new.replace(path)
            sync_folder(self._folder)
        except FileNotFoundError:
            return  # its upload came to nothing
        except OSError as error:
            raise StorageUnavailable(str(error)) from error

    def _those(self, tx: Connection, which: ColumnElement[bool]) -> list[Attachment]:
        query = select(attachments).where(which).order_by(attachments.c.at, attachments.c.message)
        return [self._attachment(row) for row in tx.execute(query)]

    def _attachment(self, row: Row[Any]) -> Attachment:
        name = self._cipher.open(row.name)
        return Attachment(
            row.id,
            row.conversation,
            row.message,
            row.media_type,
            row.size,
            row.digest,
            name,
            row.at,
        )


def _waiting(conversation: int, now: dt.datetime) -> tuple[ColumnElement[bool], ...]:
    """What was sent of late in `conversation` and belongs to no complaint yet."""
    return (
        attachments.c.conversation == conversation,
        attachments.c.complaint.is_(None),
        attachments.c.at >= now - _FRESH,
    )
