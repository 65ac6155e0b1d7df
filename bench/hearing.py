"""How well, how soon and at what price calls are heard: `make bench-hearing`.

Needs VOSK_FIXTURE and SPEECH_RECORDINGS in the environment. The fixture model understands only its
own voices: its error rate says that sound arrives unspoilt, not how well people are understood.
"""

from __future__ import annotations

import asyncio
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from speech import MODEL, errors, heard, people, recording, silence, transcripts

from audio import Expecting, Sound, SpeechBegan, Utterance
from audio.digits import arabic
from audio.hearing import VoskHearing
from audio.recogniser import Recogniser
from audio.recognition import Recognition
from audio.speech_model import SpeechModel
from audio.voice_activity import VoiceActivity

RATES = (8_000, 16_000)
FRAME_S = 0.02
TAIL_S = 0.8
"""Of silence behind the speech in each recording of the fixture."""
_CALLS = 100


async def listen(hearing: VoskHearing, sound: Sound, *, patient: bool = False) -> list[object]:
    """One recording as a call of its own."""
    ear = hearing.open(sound.rate)
    ear.expect(Expecting.ANYTHING, patient=patient)
    sensed = await heard(ear, sound.samples, sound.rate, FRAME_S)
    ear.close()
    return list(sensed)


def said(sensed: Sequence[object]) -> list[Utterance]:
    return [one for one in sensed if isinstance(one, Utterance)]


def spread(values: Sequence[float]) -> str:
    """Median and 95th percentile, in ms."""
    ordered = sorted(values)
    return f"{statistics.median(ordered) * 1e3:.0f} | {ordered[int(len(ordered) * 0.95)] * 1e3:.0f}"


async def fixture(hearing: VoskHearing) -> None:
    """Errors, and how long after the last sound the words are there."""
    print("| Hz | character errors | of | endpoint p50 ms | p95 | then words p50 ms | p95 |")
    print("|---|---|---|---|---|---|---|")
    held_out = [one for one in transcripts() if one.kind == "heldout"]
    for rate in RATES:
        wrong = characters = 0
        waits, computing = [], []
        for one in held_out:
            sound = recording(one.id, rate)
            parts = said(await listen(hearing, sound))
            wrong += errors(arabic(one.text), "".join(part.transcript.text for part in parts))
            characters += len(one.text)
            waits.append(parts[-1].at - (sound.seconds - TAIL_S))
            computing.append(parts[-1].recognising_s)
        share = f"{wrong / characters:.1%} | {characters}"
        print(f"| {rate} | {share} | {spread(waits)} | {spread(computing)} |")


async def real_people(hearing: VoskHearing) -> None:
    """How often a sentence is cut at a pause within it, and how soon speech is noticed."""
    print("\n| Hz | patience | sentences | cut | noticed p50 ms | p95 | endpoint p50 ms | p95 |")
    print("|---|---|---|---|---|---|---|---|")
    for rate in RATES:
        for patient in (False, True):
            cut, noticed, waits = 0, [], []
            recordings = list(people(rate))
            for _, sound in recordings:
                sensed = await listen(hearing, sound, patient=patient)
                parts = said(sensed)
                began = next(one for one in sensed if isinstance(one, SpeechBegan))
                cut += len(parts) > 1
                noticed.append(began.at - parts[0].began)
                waits.append(parts[-1].at - parts[-1].ended)
            who = "elders" if patient else "usual"
            count = f"{len(recordings)} | {cut}"
            print(f"| {rate} | {who} | {count} | {spread(noticed)} | {spread(waits)} |")


def priced(work: Callable[[], None], seconds: float) -> float:
    """CPU ms for each second of sound."""
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1e3 / seconds


def watch(sounds: Sequence[Sound], activity: VoiceActivity) -> None:
    size = activity.window_bytes
    for sound in sounds:
        for at in range(0, len(sound.samples) - size, size):
            activity.is_speech(sound.samples[at : at + size])


def recognise(sounds: Sequence[Sound], recogniser: Recogniser) -> None:
    step = round(0.064 * recogniser.rate) * 2
    for sound in sounds:
        recogniser.begin()
        for at in range(0, len(sound.samples), step):
            recogniser.hear(sound.samples[at : at + step])
        recogniser.finish()


async def price(hearing: VoskHearing) -> None:
    """What a second of a call costs, part by part."""
    print("\n| Hz | watch for voices | recognise speech | ear, somebody speaks | ear, silence |")
    print("|---|---|---|---|---|")
    for rate in RATES:
        sounds = [recording(one.id, rate) for one in transcripts() if one.kind == "heldout"]
        seconds = sum(sound.seconds for sound in sounds)
        activity, recogniser = VoiceActivity(rate), Recogniser(SpeechModel(MODEL), rate)
        parts = [
            priced(lambda: watch(sounds, activity), seconds),  # noqa: B023 - it is used at once
            priced(lambda: recognise(sounds, recogniser), seconds),  # noqa: B023
        ]
        ear = hearing.open(rate)
        speech = b"".join(sound.samples for sound in sounds)
        for samples in (speech, silence(60.0, rate)):
            began = time.process_time()
            await heard(ear, samples, rate, FRAME_S)
            lasted = len(samples) / 2 / rate
            parts.append((time.process_time() - began) * 1e3 / lasted)
        ear.close()
        print(f"| {rate} |", " | ".join(f"{part:.1f}" for part in parts), "|")


async def main() -> None:
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    recognition = Recognition(MODEL, threads=os.cpu_count() or 1)
    await recognition.run()
    hearing = VoskHearing(recognition, _CALLS)
    await fixture(hearing)
    await real_people(hearing)
    await price(hearing)
    await recognition.close()


if __name__ == "__main__":
    asyncio.run(main())
