"""What the gateway is compared with: a bot out of Pipecat's own parts. Runs in .venv-pipecat.

Silero VAD, Vosk, and one recorded sound as the answer to every transcription, at Pipecat's default
settings; over AudioSocket, so that the same callers reach both bots by the same bytes. Its
documentation advises a process for each call: start one on each of several ports. One process
takes any number of calls too.

    pipecat_bot.py PORT SOUND [--model FOLDER]

SOUND: 16-bit samples at 8 kHz, said first in every call. Without a model it is all that is done:
the media path alone. Each decision that a caller has finished is printed as a JSON line.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
import uuid
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import vosk
from audiosocket import FRAME_S, HANG_UP, RATE, SOUND, Frames, packed
from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    OutputAudioRawFrame,
    OutputTransportReadyFrame,
    StartFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.audio.vad_processor import VADProcessor
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.settings import STTSettings
from pipecat.services.stt_service import STTService
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams
from pipecat.turns.user_start import VADUserTurnStartStrategy
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_processor import UserTurnProcessor
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.utils.time import time_now_iso8601
from pipecat.workers.runner import WorkerRunner

CHUNK_BYTES = int(RATE * 0.1) * 2
"""Of what Vosk is given at once."""
FIRST_BYTES = 19
"""The frame that says which call it is."""
PIECE_BYTES = int(RATE * 0.5) * 2
"""Of what a speech service would bring at once."""
TRANSPORT = TransportParams(
    audio_in_enabled=True,
    audio_out_enabled=True,
    audio_out_10ms_chunks=2,  # AudioSocket's frames
    audio_out_end_silence_secs=0,
)


class FromCaller(BaseInputTransport):
    """The caller's sound."""

    def __init__(self, reader: asyncio.StreamReader, frames: Frames) -> None:
        super().__init__(TRANSPORT)
        self._reader = reader
        self._frames = frames
        self.gone = asyncio.Event()

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)
        self._reading = self.create_task(self._read())

    async def cleanup(self) -> None:
        await super().cleanup()
        await self.cancel_task(self._reading)

    async def _read(self) -> None:
        try:
            while data := await self._reader.read(4096):
                for kind, payload in self._frames.feed(data):
                    if kind == HANG_UP:
                        return
                    if kind == SOUND:
                        await self.push_audio_frame(InputAudioRawFrame(payload, RATE, 1))
        except ConnectionError:
            return
        finally:
            self.gone.set()


class ToCaller(BaseOutputTransport):
    """Frames go out at the pace of the line, as those of Pipecat's own transports do."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        super().__init__(TRANSPORT)
        self._writer = writer
        self._due = 0.0

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, InterruptionFrame):
            self._due = 0.0

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        if self._writer.is_closing():
            return False
        self._writer.write(packed(SOUND, frame.audio))
        waits = max(0.0, self._due - time.monotonic())
        await asyncio.sleep(waits)
        self._due = (self._due if waits else time.monotonic()) + FRAME_S
        return True


class Vosk(STTService):
    """Recognises all that comes; what was said is known when the VAD says that it has ended."""

    def __init__(self, model: vosk.Model, call: str) -> None:
        settings = STTSettings(model=None, language=None)
        super().__init__(audio_passthrough=False, ttfs_p99_latency=0.0, settings=settings)
        self._recogniser = vosk.KaldiRecognizer(model, RATE)
        self._call = call
        self._chunk = bytearray()
        self._said: list[str] = []
        self._shown = ""

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame, None]:
        self._chunk += audio
        if len(self._chunk) < CHUNK_BYTES:
            return
        chunk, self._chunk = bytes(self._chunk), bytearray()
        partial = await asyncio.to_thread(self._hear, chunk)
        if partial and partial != self._shown:
            self._shown = partial
            yield InterimTranscriptionFrame(partial, "", time_now_iso8601())

    def _hear(self, chunk: bytes) -> str:
        if self._recogniser.AcceptWaveform(chunk):
            self._said.append(json.loads(self._recogniser.Result())["text"])
            return ""
        return str(json.loads(self._recogniser.PartialResult())["partial"])

    def _finish(self, chunk: bytes) -> str:
        self._hear(chunk)
        said = [*self._said, json.loads(self._recogniser.FinalResult())["text"]]
        self._said = []
        return "".join(said).replace(" ", "")

    async def _handle_vad_user_stopped_speaking(self, frame: VADUserStoppedSpeakingFrame) -> None:
        print(json.dumps({"call": self._call, "decided": time.monotonic()}), flush=True)
        await super()._handle_vad_user_stopped_speaking(frame)
        chunk, self._chunk = bytes(self._chunk), bytearray()
        if text := await asyncio.to_thread(self._finish, chunk):
            self._shown = ""
            await self.push_frame(TranscriptionFrame(text, "", time_now_iso8601()))


class Answers(FrameProcessor):
    """Says the recorded sound at the beginning, and to everything."""

    def __init__(self, sound: bytes) -> None:
        super().__init__()
        self._sound = sound

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if isinstance(frame, OutputTransportReadyFrame | TranscriptionFrame):
            await self._say()

    async def _say(self) -> None:
        await self.push_frame(TTSStartedFrame())
        for begin in range(0, len(self._sound), PIECE_BYTES):
            piece = self._sound[begin : begin + PIECE_BYTES]
            await self.push_frame(TTSAudioRawFrame(piece, RATE, 1))
        await self.push_frame(TTSStoppedFrame())


def hearing(model: vosk.Model | None, call: str) -> list[FrameProcessor]:
    """What stands between the caller's sound and the answers."""
    if model is None:
        return []
    strategies = UserTurnStrategies(
        start=[VADUserTurnStartStrategy()], stop=[SpeechTimeoutUserTurnStopStrategy()]
    )
    return [
        VADProcessor(vad_analyzer=SileroVADAnalyzer()),
        Vosk(model, call),
        UserTurnProcessor(user_turn_strategies=strategies),
    ]


class Bot:
    """Answers every connection."""

    def __init__(self, sound: bytes, model: vosk.Model | None) -> None:
        self._sound = sound
        self._model = model

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames = Frames()
        found: list[tuple[int, bytes]] = []
        while not found:
            data = await reader.read(FIRST_BYTES)
            if not data:  # somebody looked whether the port is open
                writer.close()
                return
            found = frames.feed(data)
        [(_, name)] = found
        source = FromCaller(reader, frames)
        parts = hearing(self._model, str(uuid.UUID(bytes=name)))
        pipeline = Pipeline([source, *parts, Answers(self._sound), ToCaller(writer)])
        worker = PipelineWorker(
            pipeline,
            params=PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE),
            enable_rtvi=False,
            enable_turn_tracking=False,
            idle_timeout_secs=None,
        )
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        running = asyncio.create_task(runner.run())
        await source.gone.wait()
        await worker.cancel()
        await running
        writer.close()


async def serve(options: argparse.Namespace) -> None:
    model = vosk.Model(options.model) if options.model else None
    bot = Bot(Path(options.sound).read_bytes(), model)
    server = await asyncio.start_server(bot.answer, "127.0.0.1", options.port, backlog=1024)
    await server.serve_forever()


def main() -> None:
    reader: Any = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("port", type=int)
    reader.add_argument("sound")
    reader.add_argument("--model", default="")
    logger.remove()
    logger.add(sys.stderr, level="WARNING")
    vosk.SetLogLevel(-1)
    asyncio.run(serve(reader.parse_args()))


if __name__ == "__main__":
    main()
