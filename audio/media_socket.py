"""The control messages of Asterisk's chan_websocket, as JSON: text to events, commands to text.

Sound goes beside them in binary messages. A browser's call speaks the same words. No I/O.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from audio import AudioError
from audio.audiosocket import DIGITS, Digit

SUBPROTOCOL = "media"
MOST_TEXT = 16_384
"""Characters of one control message; MEDIA_START carries the channel's variables."""
MOST_SOUND = 32_768
"""Bytes of one binary message from the other side; Asterisk's hold 20 ms."""
RATES = {"slin": 8_000, "slin16": 16_000}
"""Samples a second by the format's name."""

FLUSH = json.dumps({"command": "FLUSH_MEDIA"})
"""Silence at once: what waits is thrown away."""
HANG_UP = json.dumps({"command": "HANGUP"})


class BadMessage(AudioError):
    """A message that the protocol does not have."""


class NotJson(BadMessage):
    """Control messages are not JSON objects: chan_websocket.conf lacks control_message_format."""


class UnfitFormat(BadMessage):
    """Sound in a format that is neither slin nor slin16."""


class BadEvent(BadMessage):
    """An event without what belongs to it."""


class OddSound(BadMessage):
    """A binary message that holds no whole number of samples, or far too many."""


@dataclass(frozen=True, slots=True)
class Started:
    """The call's sound begins."""

    rate: int
    """Samples a second in both directions."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Whether the other side takes more sound now."""

    open: bool


@dataclass(frozen=True, slots=True)
class Reached:
    """The sound before a mark has been heard."""

    mark: str


@dataclass(frozen=True, slots=True)
class Other:
    """An event that says nothing to us; newer Asterisks have more of them."""

    name: str


Event = Started | Digit | Flow | Reached | Other


def read(text: str) -> Event:
    """What a text message tells. Raises BadMessage."""
    body = _object(text)
    name = body.get("event")
    match name:
        case "MEDIA_START":
            form = body.get("format")
            if not isinstance(form, str) or form not in RATES:
                raise UnfitFormat(f"sound as {form!r:.40}; give c(slin) or c(slin16) in Dial")
            return Started(RATES[form])
        case "DTMF_END":
            digit = body.get("digit")
            if not isinstance(digit, str) or digit not in DIGITS:
                raise BadEvent(f"the key {digit!r:.40}")
            return Digit(digit)
        case "MEDIA_XOFF" | "MEDIA_XON":
            return Flow(name == "MEDIA_XON")
        case "MEDIA_MARK_PROCESSED":
            mark = body.get("correlation_id")
            if not isinstance(mark, str):
                raise BadEvent("a mark without its name")
            return Reached(mark)
        case str():
            return Other(name[:40])
    raise BadEvent("a message without an event")


def _object(text: str) -> dict[str, Any]:
    if len(text) > MOST_TEXT:
        raise BadMessage(f"a control message of {len(text)} characters")
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotJson(
            f"{text[:40]!r} is no JSON; set control_message_format=json in chan_websocket.conf"
        ) from error
    if not isinstance(body, dict):
        raise NotJson("a control message is a JSON object")
    return body


def check_sound(samples: bytes) -> None:
    """Raises OddSound where a binary message cannot be samples."""
    if len(samples) % 2 or len(samples) > MOST_SOUND:
        raise OddSound(f"{len(samples)} bytes of sound in one message")


def mark(name: str) -> str:
    """Ask to be told when all sound so far has been heard: it comes back as Reached."""
    return json.dumps({"command": "MARK_MEDIA", "correlation_id": name})
