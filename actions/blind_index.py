"""Finding sealed text by its words: keyed digests of pairs of characters, and of numbers.

Whoever reads the database without the key learns how often equal pairs occur, but not which they
are (docs/adr/0011).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from itertools import pairwise

from sqlalchemy import ARRAY, BigInteger, Connection, bindparam, func, select

from actions.digest_key import DigestKey
from actions.privacy import Cipher
from actions.tables import complaint_terms

_WORDS = re.compile(r"[\u4e00-\u9fff]+|[a-z]+|\d+")
_MANY = 1_000
_NUMBER = 6
"""Digits from which on a run is one term (a telephone or card number), not pairs."""


_ADD = complaint_terms.insert()
_ADD_ALL = _ADD.from_select(
    ["term", "complaint"],
    select(
        func.unnest(bindparam("terms", type_=ARRAY(BigInteger))),
        bindparam("row", type_=BigInteger),
    ),
)


class BlindIndex:
    """Terms as signed 64-bit numbers."""

    def __init__(self, cipher: Cipher) -> None:
        self._key = DigestKey(cipher)

    def terms(self, tx: Connection, texts: Iterable[str]) -> set[int]:
        """What `texts` can be found by."""
        key = self._key.read(tx)
        return {_digest(key, word) for text in texts for word in words(text)}

    def number(self, tx: Connection, text: str) -> int | None:
        """The term of the longest number in `text`, such as a telephone number; None without."""
        numbers = [word for word in words(text) if word.isdigit() and len(word) >= _NUMBER]
        return _digest(self._key.read(tx), max(numbers, key=len)) if numbers else None

    def add(self, tx: Connection, complaint: int, terms: set[int]) -> None:
        """Let the complaint in row `complaint` be found by `terms`, by none of which it is yet."""
        if not terms:
            return
        if tx.dialect.name == "postgresql":  # one statement instead of one for each term
            tx.execute(_ADD_ALL, {"terms": sorted(terms), "row": complaint})
        else:
            tx.execute(_ADD, [{"term": term, "complaint": complaint} for term in sorted(terms)])

    def held_by(self, tx: Connection, complaint: int) -> set[int]:
        """The terms by which the complaint in row `complaint` is found."""
        query = select(complaint_terms.c.term).where(complaint_terms.c.complaint == complaint)
        return set(tx.scalars(query))

    def rarest_first(self, tx: Connection, terms: set[int]) -> list[int]:
        """`terms`, those of the fewest complaints first; counting stops at a thousand."""
        return sorted(terms, key=lambda term: (self._count(tx, term), term))

    def _count(self, tx: Connection, term: int) -> int:
        some = select(complaint_terms.c.term).where(complaint_terms.c.term == term).limit(_MANY)
        return int(tx.execute(select(func.count()).select_from(some.subquery())).scalar_one())

    def digest(self, tx: Connection, text: str) -> str:
        """By which the whole of `text` is recognised: 64 hexadecimal digits."""
        return self._key.digest(tx, f"whole:{text}").hex()


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
