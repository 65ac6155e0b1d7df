"""Episodes as MP3 files, put together from recordings. Everything here takes CPU: use a thread.

MP3, because every browser and every podcast player has it; Safari plays Opus only of late.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from audio.engine import NORMAL, Engine
from audio.levels import joined, silence
from audio.phrasing import sentences, whole
from audio.reading import readable
from audio.recordings import RATE, Recordings, Take, store
from audio.sound import encode
from bot.phrases.album import Part

BIT_RATE = 48_000


@dataclass(frozen=True, slots=True)
class Recorded:
    """An episode that can be heard."""

    path: Path
    size: int
    """Bytes."""

    @property
    def seconds(self) -> int:
        """How long it lasts; the bit rate is constant."""
        return round(self.size * 8 / BIT_RATE)


class EpisodeFiles:
    """Made when the recordings are there, and anew when there are better ones."""

    def __init__(self, folder: Path, recordings: Recordings, engines: Sequence[Engine]) -> None:
        """`engines`: whose recordings are taken, the preferred first."""
        self._folder = folder
        self._recordings = recordings
        self._engines = tuple(engines)
        self._made: dict[str, Recorded] = {}

    def recorded(self, id_: str) -> Recorded | None:
        """What was made of this article by `make`; None where nothing was."""
        return self._made.get(id_)

    def make(self, id_: str, parts: Sequence[Part]) -> Recorded | None:
        """The file of this episode; None where its sentences are not recorded yet.

        Raises OSError where the folder cannot be written.
        """
        takes = self._takes(parts)
        if takes is None:
            return None
        said = "".join(f"{take.digest}{pause:.2f}" for take, pause in takes)
        path = self._folder / f"{id_}-{hashlib.sha256(said.encode()).hexdigest()[:16]}.mp3"
        if not path.exists() and not self._write(path, takes):
            return None
        self._made[id_] = Recorded(path, path.stat().st_size)
        return self._made[id_]

    def drop_others(self) -> int:
        """Throw away files of other texts and older recordings; return how many."""
        wanted = {one.path for one in self._made.values()}
        others = [path for path in self._folder.glob("*") if path not in wanted]
        for path in others:
            path.unlink(missing_ok=True)
        return len(others)

    def _takes(self, parts: Iterable[Part]) -> list[tuple[Take, float]] | None:
        """What is said, and the pause after it; one voice tells the whole episode."""
        said = [
            (piece.text, part.pause_s if sentence is said_last else piece.pause_s)
            for part in parts
            for spoken in [sentences(readable(part.text))]
            for said_last in spoken[-1:]
            for sentence in spoken
            for piece in whole(sentence)
        ]
        there = self._recordings.digests()
        for engine in self._engines:
            takes = [(_take(engine, text), pause) for text, pause in said]
            if takes and all(take.digest in there for take, _ in takes):
                return takes
        return None

    def _write(self, path: Path, takes: Collection[tuple[Take, float]]) -> bool:
        sounds = []
        for take, pause_s in takes:
            sound = self._recordings.read(take)
            if sound is None:
                return False
            sounds += [sound, silence(pause_s, RATE)]
        store(path, encode(joined(sounds), "mp3", "libmp3lame", BIT_RATE))
        return True


def _take(engine: Engine, text: str) -> Take:
    return Take(engine.name, engine.voice, NORMAL, text)
