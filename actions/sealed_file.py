"""A file that is sealed while it grows, chunk by chunk.

Each chunk is sealed by itself, so that nothing plain is ever on disk, a crash costs only what was
not yet a chunk, and any part can be read without the others. Bound into each are the file's name,
the chunk's number and whether it is the last: what was exchanged, dropped or cut off shows.

    file  := chunk*
    chunk := length of `sealed` u32 | length of `content` u32 | sealed     (big-endian)
    sealed opens to: name, 16 bytes | number u32 | is last, 1 byte | content
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from actions.disk import new_file
from actions.errors import Damaged, WrongKey
from actions.privacy import Cipher

_LENGTHS = struct.Struct(">II")
_BOUND = struct.Struct(">16sI?")
_LONGEST = 1 << 24
"""Bytes of a chunk; ours are far shorter."""


class SealedWriter:
    """Writes one file, and has it locked for as long as it does: also a crash ends that."""

    def __init__(self, cipher: Cipher, path: Path) -> None:
        """`path`: its name is 32 hexadecimal digits. Raises OSError, also where it exists."""
        self._cipher = cipher
        self._name = bytes.fromhex(path.name)
        self._file = os.fdopen(new_file(path), "wb", buffering=0)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self._number = 0
        self.size = 0
        """Bytes of content so far."""

    def add(self, content: bytes) -> None:
        """One chunk more. Raises OSError; after that nothing can be added."""
        self._add(content, is_last=False)

    def finish(self) -> None:
        """This is all of it, and it is on disk. Raises OSError."""
        self._add(b"", is_last=True)
        os.fsync(self._file.fileno())
        self.close()

    def close(self) -> None:
        """Let go of the file, finished or not."""
        self._file.close()

    def _add(self, content: bytes, *, is_last: bool) -> None:
        bound = _BOUND.pack(self._name, self._number, is_last)
        sealed = self._cipher.seal_bytes(bound + content)
        chunk = _LENGTHS.pack(len(sealed), len(content)) + sealed
        if self._file.write(chunk) != len(chunk):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._number += 1
        self.size += len(content)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Where one is."""

    place: int
    """In the file, of what is sealed."""
    sealed: int
    start: int
    """In the content."""
    length: int


class SealedReader:
    """Reads any part of a file, with one chunk in memory; a context that closes it. Blocks."""

    def __init__(self, cipher: Cipher, path: Path) -> None:
        """Raises OSError, and Damaged where the file is none of ours."""
        self._cipher = cipher
        self._name = bytes.fromhex(path.name)
        self._file: IO[bytes] = path.open("rb")
        try:
            self._chunks = list(self._scan())
        except Damaged:
            self._file.close()
            raise
        last = self._chunks[-1] if self._chunks else None
        self.size = last.start + last.length if last else 0
        """Bytes of content."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def is_whole(self) -> bool:
        """Whether it was finished; what a crash cut off was not. Raises Damaged, WrongKey."""
        return bool(self._chunks) and self._open(len(self._chunks) - 1)[0]

    def check(self) -> bool:
        """The same, after every chunk was looked at. Raises Damaged, WrongKey."""
        for _ in self.read(0, self.size):
            pass
        return self.is_whole()

    def is_current(self) -> bool:
        """Whether the newest key opens it: one key has sealed all of a file."""
        return not self._chunks or self._cipher.is_current(self._sealed(self._chunks[0]))

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """The content from byte `start` to before `stop`. Raises Damaged, WrongKey."""
        for number, chunk in enumerate(self._chunks):
            if chunk.start < stop and chunk.start + chunk.length > start:
                content = self._open(number)[1]
                yield content[max(0, start - chunk.start) : stop - chunk.start]

    def sealed(self) -> Iterator[tuple[int, bytes]]:
        """How long each chunk's content is, and the chunk as it is on disk."""
        for chunk in self._chunks:
            yield chunk.length, self._sealed(chunk)

    def _scan(self) -> Iterator[_Chunk]:
        """The chunks that are whole; what a crash has left after them is none."""
        end = self._file.seek(0, os.SEEK_END)
        place = start = 0
        while place + _LENGTHS.size <= end:
            self._file.seek(place)
            sealed, length = _LENGTHS.unpack(self._file.read(_LENGTHS.size))
            if sealed > _LONGEST or length > sealed:
                raise Damaged("the file is not made of chunks")
            place += _LENGTHS.size
            if place + sealed > end:
                return
            yield _Chunk(place, sealed, start, length)
            place, start = place + sealed, start + length

    def _sealed(self, chunk: _Chunk) -> bytes:
        self._file.seek(chunk.place)
        return self._file.read(chunk.sealed)

    def _open(self, number: int) -> tuple[bool, bytes]:
        """Whether it is the last, and its content."""
        chunk = self._chunks[number]
        try:
            opened = self._cipher.open_bytes(self._sealed(chunk))
        except WrongKey:
            if number == 0:
                raise
            raise Damaged(f"chunk {number} was changed") from None
        content = opened[_BOUND.size :]
        if len(opened) < _BOUND.size or len(content) != chunk.length:
            raise Damaged(f"chunk {number} was changed")
        name, written, is_last = _BOUND.unpack_from(opened)
        if (name, written) != (self._name, number):
            raise Damaged(f"chunk {number} belongs elsewhere")
        if is_last and number != len(self._chunks) - 1:
            raise Damaged(f"something follows chunk {number}, the last")
        return is_last, content


def is_being_written(path: Path) -> bool:
    """Whether somebody writes this file now. Raises OSError where it is not there."""
    with path.open("rb+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def reseal(cipher: Cipher, path: Path) -> None:
    """Seal a file anew with the newest key; the old one stays until the new one is on disk.

    Nobody must be writing it. What is bound into its chunks stays as it is. Raises Damaged,
    WrongKey and OSError.
    """
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with SealedReader(cipher, path) as old, os.fdopen(new_file(new), "wb") as file:
        for length, sealed in old.sealed():
            again = cipher.reseal(sealed)
            file.write(_LENGTHS.pack(len(again), length) + again)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
