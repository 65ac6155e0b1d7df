"""Customers whom a channel knows for certain: whether they are elders, over all their channels.

Kept under a digest of the telephone or customer number, so that the table names nobody; it is
filled from the bank's directory and by what customers ask for. The birth year is never shown.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from actions import journal
from actions.database import insert_into
from actions.digest_key import DigestKey
from actions.privacy import Cipher
from actions.tables import persons

ELDER_AGE = 60
_OLDEST = 1900
_AT_ONCE = 500
"""Numbers looked up in one query."""
_NUMBER = re.compile(r"[0-9A-Za-z]{5,32}")
_HEADS = {
    "number": "number",
    "号码": "number",
    "birth_year": "birth_year",
    "出生年份": "birth_year",
}


class Persons:
    """Within the caller's transaction."""

    def __init__(self, cipher: Cipher) -> None:
        self._key = DigestKey(cipher)

    def key(self, tx: Connection, number: str) -> str:
        """Under what a telephone or customer number is kept."""
        return self._key.digest(tx, f"person:{_plain(number)}").hex()

    def is_elder(self, tx: Connection, key: str, today: dt.date) -> bool | None:
        """What the person has chosen, else what the directory says; None where neither is known."""
        row = tx.execute(select(persons).where(persons.c.key == key)).first()
        if row is None:
            return None
        if row.elder is not None:
            return bool(row.elder)
        return None if row.birth_year is None else today.year - row.birth_year >= ELDER_AGE

    def choose(self, tx: Connection, key: str, *, elder: bool) -> None:
        """The person has asked for elder mode, or for its end; that goes before their age."""
        wish = insert_into(tx, persons).values(key=key, elder=elder)
        tx.execute(
            wish.on_conflict_do_update(index_elements=[persons.c.key], set_={"elder": elder})
        )

    def fill(self, tx: Connection, known: Mapping[str, int], now: dt.datetime) -> tuple[int, int]:
        """Keep the birth year of each number: how many were new, and how many changed."""
        keyed = [(self.key(tx, number), year) for number, year in known.items()]
        new: list[dict[str, Any]] = []
        changed = 0
        for start in range(0, len(keyed), _AT_ONCE):
            part = dict(keyed[start : start + _AT_ONCE])
            query = select(persons.c.key, persons.c.birth_year).where(persons.c.key.in_(part))
            before = {row.key: row.birth_year for row in tx.execute(query)}
            new += [{"key": key, "birth_year": part[key]} for key in part.keys() - before.keys()]
            for key in (key for key, year in before.items() if year != part[key]):
                one = persons.update().where(persons.c.key == key)
                tx.execute(one.values(birth_year=part[key]))
                changed += 1
        if new:
            tx.execute(persons.insert(), new)
        detail = f"{len(new)} new, {changed} changed"
        journal.record(tx, now, "operator", "directory.fill", "persons", detail)
        return len(new), changed


@dataclass(frozen=True, slots=True)
class Directory:
    """What a file says."""

    years: Mapping[str, int]
    """Birth year by number."""
    problems: tuple[str, ...]
    """One sentence for each bad row, in Chinese; no number is quoted in full."""


def parse_directory(content: bytes, year: int) -> Directory:
    """Read the bank's CSV: a heading `number,birth_year` (号码,出生年份), then one person a line.

    UTF-8 or GB 18030, as spreadsheets write it. `year`: the present one.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", "replace")
    rows = csv.reader(io.StringIO(text))
    heads = [_HEADS.get(head.strip()) for head in next(rows, [])]
    if sorted(filter(None, heads)) != ["birth_year", "number"]:
        return Directory({}, ("第1行：表头要有 number,birth_year（或 号码,出生年份）",))
    return _read(rows, heads.index("number"), heads.index("birth_year"), year)


def _read(rows: Iterable[list[str]], number_at: int, year_at: int, year: int) -> Directory:
    years: dict[str, int] = {}
    problems: list[str] = []
    for line, row in enumerate(rows, 2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) <= max(number_at, year_at):
            problems.append(f"第{line}行：少了一列")
            continue
        number, born = _plain(row[number_at]), row[year_at].strip()
        if not _NUMBER.fullmatch(number):
            problems.append(f"第{line}行：号码要是 5 到 32 位数字或字母")
        elif not (born.isdecimal() and _OLDEST <= int(born) <= year):
            problems.append(f"第{line}行：出生年份要在 {_OLDEST} 到 {year} 之间，不是“{born[:8]}”")
        elif years.get(number, int(born)) != int(born):
            problems.append(f"第{line}行：这个号码前面已经有另一个出生年份")
        else:
            years[number] = int(born)
    return Directory(years, tuple(problems))


def _plain(number: str) -> str:
    """A number without what people write into it, and without China's country code."""
    return re.sub(r"^(?:\+86|0086)", "", re.sub(r"[\s\-()（）]", "", number)).upper()
