"""One call's sound on its way to the disk: lined up, encoded, sealed. Lives in the one thread."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from actions.calls import Recorded
from actions.recordings import Recordings
from actions.sealed_file import SealedWriter
from audio.duplex import Duplex
from bot.recording.tracks import Piece, Tracks

logger = logging.getLogger(__name__)


class Tape:
    """Its file is made with the first piece. A failure ends the recording and not the call."""

    def __init__(self, call: str, recordings: Recordings, name: str, rate: int) -> None:
        """`call`: its UUID, for the log. `name`: of the file."""
        self._call = call
        self._recordings = recordings
        self._name = name
        self._tracks = Tracks(rate)
        self._rate = rate
        self._open: tuple[Duplex, SealedWriter] | None = None
        self._failed = False
        self.taken = 0
        """Bytes of samples so far: what the call's side compares with what it has given."""

    def take(self, pieces: Sequence[Piece]) -> None:
        """Record these, in their order."""
        if not self._failed:
            try:
                self._write(pieces)
            except Exception:  # whatever broke, the call goes on
                logger.exception("the recording of call %s ends here", self._call)
                self._fail()
        self.taken += sum(len(piece.samples) for piece in pieces)

    def finish(self, at: float, missed_s: float) -> Recorded | None:
        """End it; None where it has failed before or does now. `at`: seconds since it began."""
        if self._failed:
            return None
        try:
            return self._end(at, missed_s)
        except Exception:
            logger.exception("the recording of call %s has no end", self._call)
            self._fail()
            return None

    def _write(self, pieces: Sequence[Piece]) -> None:
        duplex, file = self._opened()
        for piece in pieces:
            self._tracks.add(piece)
        if ready := duplex.add(*self._tracks.take(pieces[-1].at)):
            file.add(ready)

    def _end(self, at: float, missed_s: float) -> Recorded:
        duplex, file = self._opened()
        file.add(duplex.add(*self._tracks.finish(at)) + duplex.close())
        file.finish()
        return Recorded(file.size, round(duplex.seconds * 1_000), round(missed_s * 1_000))

    def _opened(self) -> tuple[Duplex, SealedWriter]:
        if self._open is None:
            self._open = Duplex(self._rate), self._recordings.begin(self._name)
        return self._open

    def _fail(self) -> None:
        self._failed = True
        if self._open:
            self._open[1].close()
