"""Both sides of a call as one OGG/Opus stream, made during the call. Takes CPU: use a thread."""

from __future__ import annotations

import av
from av.audio.frame import AudioFrame

from audio import SAMPLE_BYTES

BIT_RATE = 24_000
"""Of both sides together, at most; silence takes far less."""
_OPTIONS = {"application": "voip", "compression_level": "0", "frame_duration": "60"}
"""The least effort of 0 to 10, in long frames: more makes the files hardly smaller."""
_PAGE_US = "1000000"
"""How much sound goes into one page: so much can be lost when the machine is switched off."""


class Duplex:
    """The caller on the left, the bank on the right."""

    def __init__(self, rate: int) -> None:
        """`rate`: samples a second, 8000 or 16000."""
        self._rate = rate
        self._sink = _Sink()
        self._file = av.open(
            self._sink, "w", format="ogg", options={"page_duration": _PAGE_US, "flush_packets": "1"}
        )
        self._stream = self._file.add_stream("libopus", rate, layout="stereo", options=_OPTIONS)
        self._stream.bit_rate = BIT_RATE
        self._samples = 0

    def add(self, left: bytes, right: bytes) -> bytes:
        """What is ready of the file after these samples, equally many on both sides."""
        count = len(left) // SAMPLE_BYTES
        if count:
            frame = AudioFrame(format="s16p", layout="stereo", samples=count)
            frame.planes[0].update(left)
            frame.planes[1].update(right)
            frame.sample_rate = self._rate
            frame.pts = self._samples
            self._samples += count
            self._file.mux(self._stream.encode(frame))
        return self._sink.taken()

    def close(self) -> bytes:
        """The rest of the file."""
        self._file.mux(self._stream.encode(None))
        self._file.close()
        return self._sink.taken()

    @property
    def seconds(self) -> float:
        """How long the sound lasts so far."""
        return self._samples / self._rate


class _Sink:
    """Where FFmpeg writes to, instead of a file."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, content: bytes) -> int:
        self._written += content
        return len(content)

    def taken(self) -> bytes:
        """What has been written since this was asked last."""
        taken = bytes(self._written)
        self._written.clear()
        return taken
