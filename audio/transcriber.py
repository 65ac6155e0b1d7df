"""Voice notes: a whole recording becomes words."""

from __future__ import annotations

import asyncio
from functools import partial

from audio import SAMPLE_BYTES, NotHeard, TooLong, Transcript
from audio.recognition import Recognition, Tools
from audio.sound import decode
from audio.voice_activity import WINDOW_S

LONGEST_S = 120.0
_AT_ONCE = 2
_RATE = 16_000
_SLICE_S = 1.0
"""A note is heard slice by slice among the calls, which are not kept waiting for longer."""
_LEAST_SPEECH_S = 0.2
"""With less there is nobody who speaks, whatever words the recogniser finds in the noise."""


class VoskTranscriber:
    """See Transcriber."""

    def __init__(self, recognition: Recognition) -> None:
        self._recognition = recognition
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def transcribe(self, audio: bytes, media_type: str) -> Transcript:
        """See Transcriber; the container shows in the content, whatever `media_type` says."""
        await self._recognition.ready()
        async with self._places:
            work = self._recognition.work
            sound = await work(partial(decode, audio, _RATE, LONGEST_S + _SLICE_S))
            if sound.seconds > LONGEST_S:
                raise TooLong(f"{media_type} of more than {LONGEST_S:.0f} s")
            note = await work(lambda: _Note(self._recognition.lend(_RATE)))
            step = round(_SLICE_S * _RATE) * SAMPLE_BYTES
            for at in range(0, len(sound.samples), step):
                await work(partial(note.hear, sound.samples[at : at + step]))
            heard = await work(note.finish)
            # Whoever is cancelled before this leaves them to a thread that may still use them.
            self._recognition.give_back(note.tools)
        if note.speech_s < _LEAST_SPEECH_S or not heard.text:
            raise NotHeard(f"no words in {sound.seconds:.1f} s of {media_type}")
        return heard


class _Note:
    """One recording while it is heard, by one thread at a time."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.speech_s = 0.0
        self._rest = b""
        tools.recogniser.begin()

    def hear(self, samples: bytes) -> None:
        """The next slice."""
        self.tools.recogniser.hear(samples)
        sound, size = self._rest + samples, self.tools.activity.window_bytes
        end = len(sound) - len(sound) % size
        self._rest = sound[end:]
        windows = (sound[at : at + size] for at in range(0, end, size))
        self.speech_s += WINDOW_S * sum(map(self.tools.activity.is_speech, windows))

    def finish(self) -> Transcript:
        """All of it."""
        return self.tools.recogniser.finish()
