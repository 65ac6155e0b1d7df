"""AudioSocket, by which Asterisk brings a call over TCP: bytes to frames and back. No I/O.

A frame is `kind u8 | length u16 big-endian | payload`; see Asterisk's res_audiosocket.
"""

from __future__ import annotations

import struct
import uuid
from dataclasses import dataclass

from audio import SAMPLE_BYTES, AudioError, Sound

HANG_UP = b"\x00\x00\x00"
"""The frame that ends the leg, in both directions."""
RATES = {0x10: 8_000, 0x12: 16_000}
"""Samples a second by the kind of frame, of those that a call of ours may have."""
MOST_SOUND = 8_192
"""Bytes in one frame of sound, a quarter of a second at 16 kHz; Asterisk's hold 20 ms."""

_HANG_UP, _CALL, _DIGIT, _FAULT = 0x00, 0x01, 0x03, 0xFF
_HEADER = struct.Struct(">BH")
_KINDS = {rate: kind for kind, rate in RATES.items()}
_UNFIT_RATES = {0x11: 12, 0x13: 24, 0x14: 32, 0x15: 44.1, 0x16: 48, 0x17: 96, 0x18: 192}
_SIZES = {_HANG_UP: range(1), _CALL: range(16, 17), _DIGIT: range(1, 2), _FAULT: range(256)}
DIGITS = frozenset("0123456789*#ABCD")
"""The keys of a telephone; A-D are on few."""


class BadFrame(AudioError):
    """Bytes that are no frame; nothing after them can be trusted."""


class UnknownKind(BadFrame):
    """A kind of frame that the protocol does not have."""


class UnfitRate(BadFrame):
    """Sound at a rate that is neither 8 nor 16 kHz."""


class WrongLength(BadFrame):
    """A frame that is longer or shorter than its kind may be."""


class NoDigit(BadFrame):
    """A key that no telephone has."""


@dataclass(frozen=True, slots=True)
class Call:
    """Whose sound follows: the first frame of a connection."""

    uuid: str
    """Lower case with hyphens."""


@dataclass(frozen=True, slots=True)
class Digit:
    """The caller pressed a key."""

    digit: str
    """0-9, *, #, A-D."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """The leg has ended."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Asterisk reports that something went wrong."""

    code: bytes


Frame = Call | Digit | HangUp | Fault | Sound


class Parser:
    """Bytes as they come, in pieces of any size, to frames."""

    def __init__(self) -> None:
        self._rest = b""
        self.error: BadFrame | None = None
        """Set by the first bytes that are no frame; from then on nothing is read."""

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that `data` completes. Of what is not complete it keeps one frame at most."""
        if self.error:
            return []
        data = self._rest + data if self._rest else data
        frames: list[Frame] = []
        place, have = 0, len(data)
        try:
            while have - place >= _HEADER.size:
                kind, length = _HEADER.unpack_from(data, place)
                _check(kind, length)
                end = place + _HEADER.size + length
                if end > have:
                    break
                frames.append(_frame(kind, data[place + _HEADER.size : end]))
                place = end
        except BadFrame as error:
            self.error = error
            place = have
        self._rest = data[place:]
        return frames

    @property
    def halfway(self) -> bool:
        """Whether a frame has begun and not ended; at the connection's end one was cut off."""
        return bool(self._rest)


def _check(kind: int, length: int) -> None:
    """Refuse by the header alone, so that nobody can make us wait for 65 kB of rubbish."""
    if kind in RATES:
        if length > MOST_SOUND or length % SAMPLE_BYTES:
            raise WrongLength(f"{length} bytes of sound in one frame")
        return
    if kind in _UNFIT_RATES:
        raise UnfitRate(f"sound at {_UNFIT_RATES[kind]} kHz; give c(slin) or c(slin16) in Dial")
    if kind not in _SIZES:
        raise UnknownKind(f"a frame of kind 0x{kind:02x}")
    if length not in _SIZES[kind]:
        raise WrongLength(f"a frame of kind 0x{kind:02x} with {length} bytes")


def _frame(kind: int, payload: bytes) -> Frame:
    if kind in RATES:
        return Sound(payload, RATES[kind])
    if kind == _CALL:
        return Call(str(uuid.UUID(bytes=payload)))
    if kind == _DIGIT:
        digit = payload.decode("ascii", "replace")
        if digit not in DIGITS:
            raise NoDigit(f"the key {payload!r}")
        return Digit(digit)
    return HangUp() if kind == _HANG_UP else Fault(payload)


def header(rate: int, size: int) -> bytes:
    """What goes before `size` bytes of sound. Raises KeyError for a rate that is not in RATES."""
    return _HEADER.pack(_KINDS[rate], size)


def pack(frame: Frame) -> bytes:
    """A frame's bytes: what Asterisk sends, and what is sent to it."""
    match frame:
        case Sound(samples, rate):
            return header(rate, len(samples)) + samples
        case Call(call):
            return _HEADER.pack(_CALL, 16) + uuid.UUID(call).bytes
        case Digit(digit):
            return _HEADER.pack(_DIGIT, 1) + digit.encode("ascii")
        case Fault(code):
            return _HEADER.pack(_FAULT, len(code)) + code
        case HangUp():
            return HANG_UP
