"""Drafts of articles: files of their own, outside the articles, until a reviewer takes them in."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from knowledge.article import Article, read
from knowledge.fault import Fault
from knowledge.findings import inspect

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MAX_CHARACTERS = 15_000
_MOST_QUESTIONS = 20


@dataclass(frozen=True, slots=True)
class Draft:
    """An article that is being written."""

    id: str
    title: str
    text: str
    remarks: tuple[str, ...]
    """What is still missing or wrong, each with its line where it has one."""


class Drafts:
    """The drafts in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def list(self) -> list[Draft]:
        """Every draft, by id."""
        return [self.get(path.stem) for path in sorted(self._folder.glob("*.md"))]

    def get(self, id_: str) -> Draft:
        """The draft `id_`. Raises LookupError where there is none."""
        path = self._present(id_)
        text = path.read_text("utf-8")
        article, faults = read(path, text)
        title = re.search(r"^title: *(.*)$", text, re.MULTILINE)
        remarks = _remarks(article, faults)
        return Draft(id_, title[1].strip("'\" ") if title else id_, text, tuple(remarks))

    def begin(self, questions: Sequence[str], today: dt.date) -> Draft:
        """A new draft, filled in as far as the questions tell; its number is its name at first."""
        self._folder.mkdir(parents=True, exist_ok=True)
        number = 1
        while self._path(f"draft-{number}").exists():
            number += 1
        id_ = f"draft-{number}"
        self._write(self._path(id_), _first_text(id_, questions, today))
        return self.get(id_)

    def save(self, id_: str, text: str) -> Draft:
        """Replace the draft in one step.

        Raises ValueError for a text that is too long, LookupError where there is no such draft.
        """
        if len(text) > MAX_CHARACTERS:
            raise ValueError(f"草稿有 {len(text)} 个字，最多 {MAX_CHARACTERS} 个")
        self._write(self._present(id_), text)
        return self.get(id_)

    def remove(self, id_: str) -> None:
        """Throw the draft away. Raises LookupError where there is none."""
        self._present(id_).unlink()

    def _write(self, path: Path, text: str) -> None:
        temporary = path.with_suffix(".new")
        temporary.write_text(text, "utf-8")
        temporary.replace(path)

    def _present(self, id_: str) -> Path:
        path = self._path(id_)
        if not path.exists():
            raise LookupError(id_)
        return path

    def _path(self, id_: str) -> Path:
        if not _ID.fullmatch(id_):
            raise LookupError(id_)
        return self._folder / f"{id_}.md"


def _remarks(article: Article | None, faults: Sequence[Fault]) -> list[str]:
    if article is None:
        return [f"第 {fault.line} 行：{fault.message}" for fault in faults]
    return [f"{finding.rule}：{finding.message}" for finding in inspect([article])]


def _first_text(id_: str, questions: Sequence[str], today: dt.date) -> str:
    asked = list(dict.fromkeys(questions))[:_MOST_QUESTIONS]
    expires = today.replace(year=today.year + 1, day=min(today.day, 28))
    known = {"id": id_, "title": asked[0][:30]}
    head = yaml.safe_dump(known, allow_unicode=True, sort_keys=False)
    ways = yaml.safe_dump({"questions": asked}, allow_unicode=True, sort_keys=False)
    return f"""---
{head}topic:
spoken:
{ways}sources:
  - title:
    issuer:
    date:
effective: {today.isoformat()}
expires: {expires.isoformat()}
related: []
quiz:
  question:
  options:
    A:
    B:
    C:
  answer:
  explanation:
---
"""
