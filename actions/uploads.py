"""What a customer may send beside words: kinds, sizes, and how they are called. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import filetype

from actions.errors import NotAllowed

MAX_BYTES = 10 * 1024 * 1024
MAX_FILES = 9
"""Of one complaint."""
_NAME = 120
"""Characters kept of a file's name."""

KINDS = {
    "image/jpeg": "图片",
    "image/png": "图片",
    "image/webp": "图片",
    "image/heic": "图片",
    "audio/amr": "录音",
    "audio/ogg": "录音",
    "audio/mp4": "录音",
    "audio/x-wav": "录音",
    "audio/mpeg": "录音",
    "application/pdf": "PDF文件",
}
"""What is taken, by its media type, and what people call it."""

_VIDEO_TRACK = re.compile(rb"hdlr.{8}vide", re.DOTALL)
_SOUND_TRACK = re.compile(rb"hdlr.{8}soun", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came in, checked: its content is what its media type says."""

    name: str
    """As the customer's device calls it; personal, never logged."""
    media_type: str
    content: bytes = field(repr=False)

    @property
    def kind(self) -> str:
        """图片, 录音 or PDF文件."""
        return KINDS[self.media_type]


def check(name: str, content: bytes) -> Upload:
    """The file as it may be kept. Raises NotAllowed (empty, too_large, bad_type).

    The type is told by the content; what the name or the sender says about it counts for nothing.
    """
    if not content:
        raise NotAllowed("empty", "这个文件是空的，请重新选一个再发。")
    if len(content) > MAX_BYTES:
        raise too_large()
    media_type = _media_type(content)
    if media_type not in KINDS:
        raise NotAllowed(
            "bad_type",
            "这种文件收不了。可以发照片（JPG、PNG、WebP、HEIC）、录音（AMR、OGG、M4A、WAV、MP3）或PDF。",
        )
    return Upload(re.split(r"[/\\]", name)[-1][:_NAME], media_type, content)


def too_large() -> NotAllowed:
    """The refusal of a file over the limit, also before all of it has come in."""
    return NotAllowed(
        "too_large",
        f"文件太大，每个最多{MAX_BYTES // 2**20} MB。请换一张小一点的照片，或者把录音分成几段。",
    )


def _media_type(content: bytes) -> str:
    found = filetype.guess_mime(content)
    # A telephone's sound recorder may call its MPEG-4 file a video; the tracks tell.
    if found == "video/mp4" and _SOUND_TRACK.search(content) and not _VIDEO_TRACK.search(content):
        return "audio/mp4"
    return str(found)
