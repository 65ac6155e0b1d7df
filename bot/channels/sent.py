"""What came with a message of a platform and must be fetched from there. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What must be fetched before it can be understood."""

    VOICE = "voice"
    FILE = "file"
    """A picture or a paper: kept for a complaint."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What came with a message, before it is fetched."""

    kind: Kind
    media_type: str = ""
    """As the platform calls it; what a file is, its content tells."""
    name: str = ""
    caption: str = ""
    """What the customer wrote under it."""
