"""AudioSocket as the bench speaks it, the caller's side and a bot's: frames and bytes. No I/O.

A frame is `kind u8 | length u16 big-endian | payload`; see Asterisk's res_audiosocket. It is apart
from the gateway's own, so that a fault of that one shows, and runs in Pipecat's environment too.
"""

from __future__ import annotations

import struct
import uuid

HANG_UP, CALL, SOUND = 0x00, 0x01, 0x10
RATE = 8_000
FRAME_S = 0.02
FRAME_BYTES = int(RATE * FRAME_S) * 2

_HEADER = struct.Struct(">BH")


def packed(kind: int, payload: bytes = b"") -> bytes:
    """One frame's bytes."""
    return _HEADER.pack(kind, len(payload)) + payload


def call(name: uuid.UUID) -> bytes:
    """The first frame of a connection."""
    return packed(CALL, name.bytes)


class Frames:
    """Bytes as they come, in pieces of any size, to frames."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """Kind and payload of each frame that `data` completes."""
        data, place = self._rest + data, 0
        found = []
        while len(data) - place >= _HEADER.size:
            kind, length = _HEADER.unpack_from(data, place)
            end = place + _HEADER.size + length
            if end > len(data):
                break
            found.append((kind, data[place + _HEADER.size : end]))
            place = end
        self._rest = data[place:]
        return found
