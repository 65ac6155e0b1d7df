"""What has been recorded, by digest, in a folder; the newest used in memory, decoded."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import os
import tempfile
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from audio import AudioError, NotHeard, Sound
from audio.sound import decode, encode, resampled

logger = logging.getLogger(__name__)

RATE = 24_000
"""Samples a second of every recording."""
_ENDING = ".ogg"


@dataclass(frozen=True, slots=True)
class Take:
    """A text as one voice says it."""

    engine: str
    voice: str
    pace: float
    text: str
    """Readable."""

    @property
    def digest(self) -> str:
        """What its recording is kept under."""
        said = "\0".join((self.engine, self.voice, f"{self.pace:.2f}", self.text))
        return hashlib.sha256(said.encode()).hexdigest()


def store(path: Path, content: bytes) -> None:
    """Write a file in one step: nobody ever reads half of it. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise


class NotKept(AudioError):
    """There is no room for a recording, or the folder cannot be written."""


class Recordings:
    """OGG/Opus files of reviewed texts. Every method reads or writes files: use a thread."""

    def __init__(self, folder: Path, limit: int) -> None:
        """At most `limit` bytes in `folder`, which is made when it is needed."""
        self.folder = folder
        self._limit = limit
        self._used: int | None = None

    def __contains__(self, take: Take) -> bool:
        return self._path(take.digest).exists()

    def read(self, take: Take, rate: int = RATE) -> Sound | None:
        """The recording; None where there is none. A broken file is thrown away."""
        path = self._path(take.digest)
        try:
            return decode(path.read_bytes(), rate)
        except FileNotFoundError:
            return None
        except (OSError, NotHeard) as error:
            logger.warning("the recording %s is thrown away: %s", path.name, error)
            with contextlib.suppress(OSError):
                path.unlink()
            return None

    def keep(self, take: Take, sound: Sound) -> None:
        """Store a recording. Raises NotKept."""
        content = encode(resampled(sound, RATE))
        if self.used() + len(content) > self._limit:
            raise NotKept(f"the recordings have reached their limit of {self._limit} bytes")
        path = self._path(take.digest)
        try:
            store(path, content)
        except OSError as error:
            raise NotKept(f"{path.parent} cannot be written: {error.strerror}") from error
        self._used = self.used() + len(content)

    def digests(self) -> set[str]:
        """Of all recordings that there are."""
        return {path.name.removesuffix(_ENDING) for path in self._files()}

    def used(self) -> int:
        """Bytes of all recordings; counted once, and then by what this process adds."""
        if self._used is None:
            self._used = sum(path.stat().st_size for path in self._files())
        return self._used

    def drop_others(self, takes: Iterable[Take]) -> int:
        """Throw away all recordings but those of `takes`; return how many."""
        wanted = {take.digest for take in takes}
        others = [path for path in self._files() if path.name.removesuffix(_ENDING) not in wanted]
        for path in others:
            path.unlink(missing_ok=True)
        self._used = None
        return len(others)

    def _files(self) -> Iterator[Path]:
        return self.folder.glob("??/*")

    def _path(self, digest: str) -> Path:
        return self.folder / digest[:2] / f"{digest}{_ENDING}"


class Shelf:
    """Recordings at one rate; those used last need neither disk nor decoding."""

    def __init__(self, recordings: Recordings, rate: int, limit: int) -> None:
        """At most `limit` bytes of samples in memory."""
        self.rate = rate
        self._recordings = recordings
        self._limit = limit
        self._held: OrderedDict[Take, Sound] = OrderedDict()
        self._size = 0

    async def sounds(self, takes: Sequence[Take]) -> list[Sound] | None:
        """All of them, or None where any has no recording."""
        found = {take: self._held[take] for take in takes if take in self._held}
        if absent := [take for take in dict.fromkeys(takes) if take not in found]:
            read = await asyncio.to_thread(self._read, absent)
            if read is None:
                return None
            found |= read
        for take, sound in found.items():
            self._hold(take, sound)
        return [found[take] for take in takes]

    def _read(self, takes: Sequence[Take]) -> dict[Take, Sound] | None:
        found: dict[Take, Sound] = {}
        if not all(take in self._recordings for take in takes):
            return None
        for take in takes:
            sound = self._recordings.read(take, self.rate)
            if sound is None:
                return None
            found[take] = sound
        return found

    def _hold(self, take: Take, sound: Sound) -> None:
        """The newest, in place of those that were not used for the longest time."""
        if take in self._held:
            self._held.move_to_end(take)
            return
        self._held[take] = sound
        self._size += len(sound.samples)
        while self._size > self._limit:
            _, oldest = self._held.popitem(last=False)
            self._size -= len(oldest.samples)
