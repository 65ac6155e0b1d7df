"""How loud speech is, and where it begins and ends. Everything here takes CPU: use a thread."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from audio import Sound

_FRAME_S = 0.01
_QUIET = 0.03
"""Of the loudest frame: below it there is no speech."""
_MARGIN_S = 0.04
"""Left at either end, so that no consonant is cut."""
_LEVEL = 0.12
"""What the speaking part of every recording comes to, of full scale (-18 dB)."""
_PEAK = 0.95
_FULL = 32_768
_ENDING_S = 0.05
Levels = npt.NDArray[np.float64]


def tidied(sound: Sound) -> Sound:
    """Without the silence around it, and as loud as every other voice."""
    samples = np.frombuffer(sound.samples, "<i2").astype(np.float64) / _FULL
    frame = max(1, int(sound.rate * _FRAME_S))
    loud = _loud(_levels(samples, frame))
    if not len(loud):
        return Sound(b"", sound.rate)
    margin = int(_MARGIN_S * sound.rate)
    kept = samples[max(0, loud[0] * frame - margin) : (loud[-1] + 1) * frame + margin]
    level = float(np.sqrt(np.mean(np.square(_levels(kept, frame)[_loud(_levels(kept, frame))]))))
    gain = min(_LEVEL / level, _PEAK / float(np.abs(kept).max()))
    return Sound((kept * gain * (_FULL - 1)).astype("<i2").tobytes(), sound.rate)


def ends_quietly(sound: Sound) -> bool:
    """Whether the last moment is no speech: it was not cut off."""
    samples = np.frombuffer(sound.samples, "<i2").astype(np.float64) / _FULL
    levels = _levels(samples, max(1, int(sound.rate * _FRAME_S)))
    return not len(levels) or levels[-int(_ENDING_S / _FRAME_S) :].max() <= _QUIET * levels.max()


def silence(seconds: float, rate: int) -> Sound:
    """Nothing, for so long."""
    return Sound(bytes(2 * int(seconds * rate)), rate)


def tone(rate: int) -> Sound:
    """Two soft notes, three times over: what is heard where no voice is left at all."""
    times = np.arange(int(0.35 * rate)) / rate
    fade = np.minimum(1, np.minimum(times, times[::-1]) / 0.05)
    notes = [np.sin(2 * np.pi * pitch * times) * fade for pitch in (523.25, 392.0)]
    once = np.concatenate([*notes, np.zeros(int(0.4 * rate))])
    return Sound((np.tile(once, 3) * _LEVEL * (_FULL - 1)).astype("<i2").tobytes(), rate)


def joined(sounds: list[Sound]) -> Sound:
    """One after the other; all of one rate, and at least one."""
    return Sound(b"".join(sound.samples for sound in sounds), sounds[0].rate)


def _levels(samples: Levels, frame: int) -> Levels:
    """The effective level of each whole frame."""
    frames = samples[: len(samples) // frame * frame].reshape(-1, frame)
    return np.sqrt(np.mean(np.square(frames), axis=1)) if len(frames) else frames[:, 0]


def _loud(levels: Levels) -> npt.NDArray[np.intp]:
    if not len(levels) or levels.max() <= 1 / _FULL:
        return np.array([], np.intp)
    return np.flatnonzero(levels > _QUIET * levels.max())
