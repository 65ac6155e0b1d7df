"""Whether a model works: tried in a process of its own.

Vosk reads a graph that breaks off without a word and ends the process at the first recogniser.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from audio import AudioError
from audio.speech_model import SpeechModel

_ROOT = Path(__file__).resolve().parent.parent
_LONGEST_S = 120.0
_RATE = 16_000


def works(folder: Path) -> bool:
    """Whether the model hears a second of silence. Takes as long as reading it does, and more."""
    command = [sys.executable, "-m", "audio.trial", str(folder.resolve())]
    try:
        tried = subprocess.run(
            command, cwd=_ROOT, capture_output=True, timeout=_LONGEST_S, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return tried.returncode == 0


def main() -> int:
    """Try it here, in the process that may end."""
    try:
        recogniser = SpeechModel(Path(sys.argv[1])).recogniser(_RATE)
    except AudioError:
        return 1
    recogniser.AcceptWaveform(bytes(2 * _RATE))
    recogniser.FinalResult()
    return 0


if __name__ == "__main__":
    sys.exit(main())
