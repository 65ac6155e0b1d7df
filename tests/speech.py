"""The fixture model, its recordings, and real people's; the environment tells where they lie."""

from __future__ import annotations

import csv
import os
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from audio import Ear, Sensed, Sound, Utterance
from audio.sound import resampled

_FIXTURE = os.environ.get("VOSK_FIXTURE", "")
_PEOPLE = os.environ.get("SPEECH_RECORDINGS", "")
needs_model = pytest.mark.skipif(
    not _FIXTURE, reason="set VOSK_FIXTURE to the folder of the small Vosk model for tests"
)
needs_people = pytest.mark.skipif(
    not _PEOPLE, reason="set SPEECH_RECORDINGS to the folder of real people's recordings"
)
_LONGEST_WAIT_S = 10.0
WAV = Path(_FIXTURE, "wav")
MODEL = Path(_FIXTURE, "vosk-fixture-cn")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A recording, and what is said in it."""

    id: str
    kind: str
    text: str


def transcripts() -> list[Spoken]:
    """All recordings of the fixture."""
    with (WAV / "transcripts.tsv").open(encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return [Spoken(row["id"], row["kind"], row["text"]) for row in rows]


def recording(name: str, rate: int = 16_000) -> Sound:
    """One of them; 8 kHz as a telephone has it."""
    return _read(WAV / f"{name}_{rate // 1000}k.wav")


def people(rate: int = 16_000) -> Iterator[tuple[str, Sound]]:
    """Real people who read a sentence each."""
    for path in sorted(Path(_PEOPLE).glob("*.wav")):
        yield path.name, resampled(_read(path), rate)


def _read(path: Path) -> Sound:
    with wave.open(str(path)) as file:
        return Sound(file.readframes(file.getnframes()), file.getframerate())


def silence(seconds: float, rate: int = 16_000) -> bytes:
    """Samples of it."""
    return bytes(round(seconds * rate) * 2)


async def heard(ear: Ear, samples: bytes, rate: int, frame_s: float = 0.02) -> list[Sensed]:
    """What the samples bring, frame by frame as a line gives them, and the silence after them."""
    sensed: list[Sensed] = []
    step = round(frame_s * rate) * 2
    for at in range(0, len(samples), step):
        sensed += await ear.hear(samples[at : at + step])
    for _ in range(round(_LONGEST_WAIT_S / frame_s)):
        if sensed and isinstance(sensed[-1], Utterance):
            break
        sensed += await ear.hear(silence(frame_s, rate))
    return sensed


def utterances(sensed: Sequence[Sensed]) -> list[Utterance]:
    """Only those."""
    return [one for one in sensed if isinstance(one, Utterance)]


def errors(said: str, heard_: str) -> int:
    """Characters put in, left out or changed."""
    row = list(range(len(heard_) + 1))
    for at, one in enumerate(said, 1):
        before, row[0] = row[0], at
        for column, other in enumerate(heard_, 1):
            change = before + (one != other)
            before, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, change)
    return row[-1]
