"""Who may call us: the platform's SHA-1 signatures, compared in constant time, while fresh.

SHA-1 over the sorted parts is the platform's own choice (公众号开发文档, 接入指南).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac

WINDOW = dt.timedelta(minutes=10)
"""A signature older, or newer, than this is a replay."""
_LONGEST = 64
"""Characters of a timestamp, a nonce or a signature."""


def sign(*parts: str) -> str:
    """The signature of `parts`, in hexadecimal; their order does not matter."""
    joined = "".join(sorted(parts)).encode("utf-8", "surrogateescape")
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


def is_signed(signature: str, *parts: str) -> bool:
    """Whether `signature` was made over `parts` by somebody who knows the secret among them."""
    given = signature.encode("utf-8", "surrogateescape")
    return hmac.compare_digest(given, sign(*parts).encode())


def is_fresh(timestamp: str, now: dt.datetime) -> bool:
    """Whether `timestamp`, in seconds since 1970, lies within the window around `now`."""
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        return False
    return abs(now.timestamp() - int(timestamp)) <= WINDOW.total_seconds()


def is_short(*values: str) -> bool:
    """Whether these look like what the platform sends, before anything is computed of them."""
    return all(0 < len(value) <= _LONGEST for value in values)
