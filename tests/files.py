"""Small files of each kind, as devices write their beginnings."""

from __future__ import annotations

import struct
import zlib


def png(side: int = 8) -> bytes:
    """A green square that every browser can show."""
    rows = b"".join(b"\0" + b"\x00\x59\x4a" * side for _ in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(rows))
        + _chunk(b"IEND", b"")
    )


def _chunk(name: bytes, content: bytes) -> bytes:
    sum_ = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + sum_


_REST = b"\0" * 64
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + _REST
SOUND_ONLY = b"\0\0\0\x18ftypmp42\0\0\0\0isommp42" + b"hdlr\0\0\0\0\0\0\0\0soun" + _REST
VIDEO = b"\0\0\0\x18ftypmp42\0\0\0\0isommp42" + b"hdlr\0\0\0\0\0\0\0\0vide" + _REST
KINDS = {
    "image/jpeg": JPEG,
    "image/png": png(),
    "image/webp": b"RIFF\x24\0\0\0WEBPVP8 " + _REST,
    "image/heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + _REST,
    "audio/amr": b"#!AMR\n" + _REST,
    "audio/ogg": b"OggS\0\2" + b"\0" * 20 + b"\1\x13OpusHead\1\2" + _REST,
    "audio/mp4": b"\0\0\0\x1cftypM4A \0\0\0\0M4A isommp42" + _REST,
    "audio/x-wav": b"RIFF\x24\0\0\0WAVEfmt " + _REST,
    "audio/mpeg": b"ID3\x03\0\0\0\0\0\0" + _REST,
    "application/pdf": b"%PDF-1.7\n" + _REST,
}
