"""The calling number, as an exchange writes it."""

from __future__ import annotations

import re

_NO_DIGIT = re.compile(r"[^0-9+]")
_LONGEST = 20


def calling_number(text: str) -> str:
    """Its digits, perhaps with a + before; "" for <unknown>, anonymous and the like."""
    return _NO_DIGIT.sub("", text)[:_LONGEST]
