"""Sound in and out of containers, and at another rate. Everything here takes CPU: use a thread."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import cast

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.error import FFmpegError

from audio import SAMPLE_BYTES, NotHeard, Sound

LONGEST_S = 300.0
"""Longer recordings are cut: no platform sends longer voice notes."""


def decode(content: bytes, rate: int, longest_s: float = LONGEST_S) -> Sound:
    """The sound of a file in any container that FFmpeg knows (OGG/Opus, AMR, MP3, WAV, …).

    Raises NotHeard where it holds none.
    """
    wanted, samples = int(longest_s * rate) * SAMPLE_BYTES, bytearray()
    try:
        with av.open(io.BytesIO(content), "r", metadata_errors="ignore") as container:
            if not container.streams.audio:
                raise NotHeard("no sound in the file")
            for frame in _resampled(container.decode(audio=0), rate):
                samples += frame
                if len(samples) >= wanted:
                    break
    except (FFmpegError, ValueError) as error:
        if not samples:
            raise NotHeard(f"the file cannot be decoded: {error}") from error
    if not samples:
        raise NotHeard("the recording is empty")
    return Sound(bytes(samples[:wanted]), rate)


def resampled(sound: Sound, rate: int) -> Sound:
    """The same sound at another rate."""
    if sound.rate == rate or not sound.samples:
        return Sound(sound.samples, rate)
    return Sound(b"".join(_resampled(iter([_frame(sound)]), rate)), rate)


def encode(
    sound: Sound, container: str = "ogg", codec: str = "libopus", bit_rate: int = 24_000
) -> bytes:
    """The sound in a file; OGG with Opus by default, which telephones and browsers play."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream = cast(AudioStream, output.add_stream(codec, sound.rate, layout="mono"))
        stream.bit_rate = bit_rate
        output.mux(stream.encode(_frame(sound)))
        output.mux(stream.encode(None))
    return file.getvalue()


def _frame(sound: Sound) -> AudioFrame:
    count = len(sound.samples) // SAMPLE_BYTES
    frame = AudioFrame(format="s16", layout="mono", samples=count)
    frame.planes[0].update(sound.samples[: count * SAMPLE_BYTES])
    frame.sample_rate = sound.rate
    frame.pts = 0
    return frame


def _resampled(frames: Iterator[AudioFrame], rate: int) -> Iterator[bytes]:
    resampler = AudioResampler(format="s16", layout="mono", rate=rate)
    for frame in frames:
        for out in resampler.resample(frame):
            yield _samples(out)
    for out in resampler.resample(None):
        yield _samples(out)


def _samples(frame: AudioFrame) -> bytes:
    return bytes(frame.planes[0])[: frame.samples * SAMPLE_BYTES]
