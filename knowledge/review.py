"""Approvals: who let which text through. A text without one never reaches a customer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from knowledge.article import Article
from knowledge.fault import Fault
from knowledge.quick_yaml import read_yaml

SAMPLE = "sample"
"""The department under which the starter content stands until the bank has approved it."""


DEPARTMENTS = 2
"""So many different departments let a text through in production, and never one alone."""


class Approval(BaseModel):
    """One reviewer's word for one digest of one article."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    article: str = Field(min_length=1)
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    department: str = Field(min_length=1)
    reviewer: str = Field(min_length=1)
    date: dt.date


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Articles parted by whether somebody let exactly this text through."""

    approved: tuple[Article, ...]
    awaiting: tuple[Article, ...]
    sample: bool
    """Whether any approved article rests on its sample approval."""


def read_approvals(path: Path) -> tuple[list[Approval], list[Fault]]:
    """The approvals in `path` (none where there is no file) and what is wrong with it."""
    if not path.exists():
        return [], []
    try:
        entries = read_yaml(path.read_text("utf-8")) or []
        return TypeAdapter(list[Approval]).validate_python(entries), []
    except (yaml.YAMLError, UnicodeDecodeError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        return [], [Fault(path, 1, f"审核记录读不出来，所有文章都按未审核处理：{reason}")]


def part(
    articles: Iterable[Article],
    approvals: Iterable[Approval],
    *,
    departments: int = DEPARTMENTS,
    take_sample: bool = True,
) -> Reviewed:
    """Sort `articles` into approved and awaiting; an edited article awaits review again.

    Without `take_sample` the starter content counts as unapproved, as in production.
    """
    by = approved_by(approvals)
    approved, awaiting, sample = [], [], False
    for article in articles:
        names = by.get((article.id, article.digest), set())
        if len(names - {SAMPLE}) >= departments:
            approved.append(article)
        elif take_sample and SAMPLE in names:
            approved.append(article)
            sample = True
        else:
            awaiting.append(article)
    return Reviewed(tuple(approved), tuple(awaiting), sample)


def approved_by(approvals: Iterable[Approval]) -> dict[tuple[str, str], set[str]]:
    """The departments that let each text (its article and digest) through."""
    by: dict[tuple[str, str], set[str]] = {}
    for approval in approvals:
        by.setdefault((approval.article, approval.digest), set()).add(approval.department)
    return by


def approve(
    path: Path, articles: Iterable[Article], department: str, reviewer: str, today: dt.date
) -> list[Approval]:
    """Add an approval for each of `articles` that lacks this department's; return the new ones.

    The file is replaced in one step, so that a crash leaves the old or the new list.
    Raises ValueError where the present file cannot be read: it must not be overwritten.
    """
    present, faults = read_approvals(path)
    if faults:
        raise ValueError(str(faults[0]))
    held = {(entry.article, entry.digest, entry.department) for entry in present}
    new = [
        Approval(
            article=article.id,
            digest=article.digest,
            department=department,
            reviewer=reviewer,
            date=today,
        )
        for article in articles
        if (article.id, article.digest, department) not in held
    ]
    lines = [entry.model_dump() for entry in (*present, *new)]
    temporary = path.with_suffix(".new")
    temporary.write_text(yaml.safe_dump(lines, allow_unicode=True, sort_keys=False), "utf-8")
    temporary.replace(path)
    return new
