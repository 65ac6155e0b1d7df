"""Speech of ours, turned back into text by the real recogniser and its small model for tests."""

from __future__ import annotations

import difflib
import json
import os
import shutil
from pathlib import Path

import pytest

from audio import Sound
from audio.sound import resampled

needs_espeak = pytest.mark.skipif(not shutil.which("espeak-ng"), reason="no espeak-ng is installed")
MODEL = Path(os.environ.get("VOSK_FIXTURE", "/nowhere")) / "vosk-fixture-cn"
needs_model = pytest.mark.skipif(not MODEL.is_dir(), reason="VOSK_FIXTURE names no model")
RATE = 16_000


def heard(sound: Sound) -> str:
    """What the model hears, without spaces."""
    import vosk  # noqa: PLC0415 - loads its library, which only these tests need

    vosk.SetLogLevel(-1)
    recogniser = vosk.KaldiRecognizer(vosk.Model(str(MODEL)), RATE)
    samples = resampled(sound, RATE).samples + bytes(2 * RATE)
    results = [
        recogniser.Result()
        for start in range(0, len(samples), 6_400)
        if recogniser.AcceptWaveform(samples[start : start + 6_400])
    ]
    texts = [json.loads(result)["text"] for result in (*results, recogniser.FinalResult())]
    return "".join(texts).replace(" ", "")


def likeness(one: str, other: str) -> float:
    """1 where they are the same."""
    return difflib.SequenceMatcher(None, one, other).ratio()
