"""Finding sealed text by its words: keyed digests of pairs of characters, and of numbers.

Whoever reads the database without the key learns how often equal pairs occur, but not which they
are (docs/adr/0005). The index's own key lies in the database, sealed, so that it outlives a change
of the encryption key.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from itertools import pairwise

from sqlalchemy import Connection, select

from actions.privacy import Cipher
from actions.tables import meta

INDEX_KEY = "index-key"
"""Its row in the table meta, made by Database.prepare."""
_WORDS = re.compile(r"[\u4e00-\u9fff]+|[a-z]+|\d+")
_NUMBER = 6
"""Digits from which on a run is one term (a telephone or card number), not pairs."""


class BlindIndex:
    """Terms as signed 64-bit numbers."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher
        self._key: bytes | None = None

    def terms(self, tx: Connection, texts: Iterable[str]) -> set[int]:
        """What `texts` can be found by."""
        key = self._key_of(tx)
        return {_digest(key, word) for text in texts for word in words(text)}

    def digest(self, tx: Connection, text: str) -> str:
        """By which the whole of `text` is recognised: 64 hexadecimal digits."""
        return hmac.digest(self._key_of(tx), f"whole:{text}".encode(), hashlib.sha256).hex()

    def _key_of(self, tx: Connection) -> bytes:
        if self._key is None:
            query = select(meta.c.value).where(meta.c.name == INDEX_KEY)
            self._key = self._cipher.open(tx.execute(query).scalar_one()).encode()
        return self._key


def words(text: str) -> set[str]:
    """The pairs of neighbouring characters of `text`, and its long numbers and words whole."""
    found: set[str] = set()
    for run in _WORDS.findall(re.sub(r"(?<=\d)[ -](?=\d)", "", text.lower())):
        if run.isascii() and (len(run) >= _NUMBER or run.isalpha()):
            found.add(run)
        else:
            found.update("".join(pair) for pair in pairwise(run))
    return found


def _digest(key: bytes, word: str) -> int:
    return int.from_bytes(hmac.digest(key, word.encode(), hashlib.sha256)[:8], signed=True)
