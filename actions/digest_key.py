"""The key of everything that is found by a digest: of terms, of telephone and customer numbers.

It lies in the database, sealed, so that what was digested outlives a change of the encryption key.
"""

from __future__ import annotations

import hashlib
import hmac

from sqlalchemy import Connection, select

from actions.privacy import Cipher
from actions.tables import meta

DIGEST_KEY = "index-key"
"""Its row in the table meta, made by Database.prepare."""


class DigestKey:
    """Read once, with the first digest."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher
        self._key: bytes | None = None

    def digest(self, tx: Connection, text: str) -> bytes:
        """32 bytes by which `text` is recognised, and which tell nothing without the key."""
        return hmac.digest(self.read(tx), text.encode(), hashlib.sha256)

    def read(self, tx: Connection) -> bytes:
        """The key itself, for who makes many digests."""
        if self._key is None:
            query = select(meta.c.value).where(meta.c.name == DIGEST_KEY)
            self._key = self._cipher.open(tx.execute(query).scalar_one()).encode()
        return self._key
