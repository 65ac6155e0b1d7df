"""What the exchange passes on to the agent who takes a call. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from urllib.parse import quote

from actions.privacy import mask

BYE = "bye"
"""The caller is done; the exchange hangs up."""
MAX_SUMMARY = 400
"""Bytes, percent-encoded: it becomes a header of the INVITE to the agent."""
_SENTENCES = 3


class Reason(StrEnum):
    """Why a call goes on to a human."""

    KEY = "key0"
    """The exchange ended the bot's leg: key 0, or the bot has failed."""
    HUMAN = "human"
    FRAUD = "fraud"
    SILENCE = "silence"
    OVERLOAD = "overload"
    BROKEN = "broken"


def note(reason: Reason, *, elder: bool, said: Sequence[str]) -> str:
    """One line of printable ASCII. `said`: the caller's sentences so far; the last ones are told.

    Personal data is masked: the line crosses the network in the open.
    """
    told = "；".join(mask(sentence) for sentence in said[-_SENTENCES:])
    encoded = quote(told, safe="")
    while len(encoded) > MAX_SUMMARY:
        told = told[1:]
        encoded = quote(told, safe="")
    return f"agent;reason={reason};elder={int(elder)};summary={encoded}"
