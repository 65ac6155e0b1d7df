"""The control messages of chan_websocket."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.audiosocket import Digit
from audio.media_socket import (
    FLUSH,
    MOST_SOUND,
    MOST_TEXT,
    BadEvent,
    BadMessage,
    Flow,
    NotJson,
    OddSound,
    Other,
    Reached,
    Started,
    UnfitFormat,
    check_sound,
    mark,
    read,
)


@pytest.mark.parametrize(
    ("body", "event"),
    [
        (
            {
                "event": "MEDIA_START",
                "connection_id": "c",
                "channel": "WebSocket/bot/0x1",
                "format": "slin16",
                "optimal_frame_size": 640,
                "ptime": 20,
                "channel_variables": {"CALLUUID": "x"},
            },
            Started(16_000),
        ),
        ({"event": "MEDIA_START", "format": "slin"}, Started(8_000)),
        ({"event": "DTMF_END", "digit": "*", "duration_ms": 120}, Digit("*")),
        ({"event": "MEDIA_XOFF"}, Flow(open=False)),
        ({"event": "MEDIA_XON"}, Flow(open=True)),
        ({"event": "MEDIA_MARK_PROCESSED", "correlation_id": "7"}, Reached("7")),
        ({"event": "QUEUE_DRAINED"}, Other("QUEUE_DRAINED")),
        ({"event": "OF_A_LATER_ASTERISK", "what": [1]}, Other("OF_A_LATER_ASTERISK")),
    ],
)
def test_events_are_read(body: dict[str, Any], event: object) -> None:
    assert read(json.dumps(body)) == event


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("MEDIA_START connection_id:c format:slin", NotJson),
        ("[" * 9_000, NotJson),
        ("[]", NotJson),
        ("3", NotJson),
        ("{}", BadEvent),
        ('{"event": 3}', BadEvent),
        ('{"event": "MEDIA_START"}', UnfitFormat),
        ('{"event": "MEDIA_START", "format": "ulaw"}', UnfitFormat),
        ('{"event": "MEDIA_START", "format": ["slin"]}', UnfitFormat),
        ('{"event": "DTMF_END", "digit": "00"}', BadEvent),
        ('{"event": "DTMF_END"}', BadEvent),
        ('{"event": "MEDIA_MARK_PROCESSED"}', BadEvent),
        (" " * (MOST_TEXT + 1), BadMessage),
    ],
)
def test_every_bad_message_has_a_name(text: str, error: type[BadMessage]) -> None:
    with pytest.raises(BadMessage) as caught:
        read(text)
    assert type(caught.value) is error


def test_an_exchange_without_json_is_told_what_to_set() -> None:
    with pytest.raises(NotJson, match="control_message_format=json"):
        read("MEDIA_START connection_id:c")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(
    st.text()
    | json_values.map(json.dumps)
    | st.fixed_dictionaries(
        {"event": st.sampled_from(["MEDIA_START", "DTMF_END", "MEDIA_MARK_PROCESSED"])},
        optional={"format": json_values, "digit": json_values, "correlation_id": json_values},
    ).map(json.dumps)
)
def test_nothing_but_a_bad_message_can_come_of_a_message(text: str) -> None:
    with contextlib.suppress(BadMessage):
        read(text)


@pytest.mark.parametrize("samples", [b"\0", bytes(321), bytes(MOST_SOUND + 2)])
def test_sound_that_cannot_be_is_refused(samples: bytes) -> None:
    with pytest.raises(OddSound):
        check_sound(samples)
    check_sound(bytes(320))
    check_sound(b"")


def test_a_mark_comes_back_under_its_name() -> None:
    assert json.loads(mark("3")) == {"command": "MARK_MEDIA", "correlation_id": "3"}
    assert json.loads(FLUSH) == {"command": "FLUSH_MEDIA"}
