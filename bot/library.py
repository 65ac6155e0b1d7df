"""The articles, read from their folder: which may be quoted, and what is wrong with the others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.settings import ROOT, Knowledge
from knowledge.article import load
from knowledge.fault import Fault
from knowledge.review import Reviewed, part, read_approvals
from knowledge.search import KnowledgeBase


@dataclass(frozen=True, slots=True)
class Library:
    """The articles that may be quoted, and what is wrong with the others."""

    base: KnowledgeBase
    reviewed: Reviewed
    faults: tuple[Fault, ...]


def open_library(
    rules: Knowledge, today: Callable[[], dt.date], folder: Path = ROOT / "knowledge"
) -> Library:
    """Load, check and index the articles; only approved ones can be found."""
    shelf = load(folder / "articles")
    approvals, faults = read_approvals(folder / "approvals.yml")
    reviewed = part(
        shelf.articles, approvals, departments=rules.departments, take_sample=rules.sample
    )
    base = KnowledgeBase(reviewed.approved, today)
    return Library(base, reviewed, (*shelf.faults, *faults))
