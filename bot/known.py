"""Customers who come from the bank's own app: a signed number says who they are.

The app's server opens the chat as `/?customer=<token>`. Only the bank can make such a token, so
nobody can try telephone numbers to learn which of them belong to elders.
"""

from __future__ import annotations

import hmac

from sqlalchemy import Connection

from actions.digest_key import DigestKey
from actions.privacy import Cipher

_LENGTH = 32


class KnownCustomers:
    """Signs and checks; keeps nothing."""

    def __init__(self, cipher: Cipher) -> None:
        self._key = DigestKey(cipher)

    def token(self, tx: Connection, number: str) -> str:
        """What the bank's app passes on for the customer `number`."""
        return f"{number}.{self._sign(tx, number)}"

    def number(self, tx: Connection, token: str) -> str:
        """Whose `token` it is; "" where it was not made by the bank."""
        number, _, signature = token.rpartition(".")
        fits = hmac.compare_digest(signature.encode(), self._sign(tx, number).encode())
        return number if number and fits else ""

    def _sign(self, tx: Connection, number: str) -> str:
        return self._key.digest(tx, f"customer-link:{number}").hex()[:_LENGTH]
