"""`gateway.hearing` in config.yml: what recognises speech, and in how many calls at once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field

from bot.section import Section

_CALLS_PER_CORE = 10
_DEFAULT_URL = "https://alphacephei.com/vosk/models/vosk-model-small-cn-0.22.zip"
_DEFAULT_SHA256 = "3af8b0e7e0f835ae9d414ce5df580237a3cfb08d586c9fbbb0f7ff29ad5b14ba"
"""From one public source; it is confirmed as soon as a download from the model's home matches."""


class Hearing(Section):
    """Calls and voice notes are heard where this is on and the model is there."""

    enabled: bool = True
    model: Path = Path("vosk-model-small-cn-0.22")
    """The model's folder: below data_dir/models, or anywhere."""
    model_url: Annotated[str, Field(pattern=r"^https?://\S+$")] = _DEFAULT_URL
    """From where `python -m bot models` fetches it."""
    model_sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = _DEFAULT_SHA256
    """Of the archive at that address; "" takes it unchecked."""
    calls: Annotated[int, Field(ge=0, le=1_000)] = 0
    """Heard at once, with some 10 MB each; one more goes to a human. 0: ten for each core."""
    threads: Annotated[int, Field(ge=0, le=256)] = 0
    """0: one for each core."""

    @property
    def most_calls(self) -> int:
        """How many calls are heard at once."""
        return self.calls or _CALLS_PER_CORE * self.most_threads

    @property
    def most_threads(self) -> int:
        """How many threads recognise speech."""
        return self.threads or len(os.sched_getaffinity(0))
