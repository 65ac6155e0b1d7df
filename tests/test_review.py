"""Only text that somebody let through reaches a customer."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from bot.settings import ROOT
from knowledge.article import Article, load
from knowledge.review import SAMPLE, approve, part, read_approvals

TODAY = dt.date(2026, 11, 24)
BANK = "消费者权益保护部"


@pytest.fixture(scope="module")
def articles() -> tuple[Article, ...]:
    return load(ROOT / "knowledge/articles").articles


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "approvals.yml"


def test_an_article_without_an_approval_awaits_one(articles: tuple[Article, ...]) -> None:
    assert part(articles, []).approved == ()


def test_an_approval_holds_for_exactly_one_text(articles: tuple[Article, ...], path: Path) -> None:
    first, second = articles[:2]
    approve(path, [first], BANK, "李敏", TODAY)
    approvals, faults = read_approvals(path)
    assert faults == []
    assert part([first, second], approvals).approved == (first,)
    edited = first.model_copy(update={"answer": first.answer + "请放心。"})
    assert part([edited], approvals).awaiting == (edited,)


def test_the_same_department_approves_the_same_text_once(
    articles: tuple[Article, ...], path: Path
) -> None:
    assert len(approve(path, articles[:3], BANK, "李敏", TODAY)) == 3
    assert approve(path, articles[:3], BANK, "王强", TODAY) == []
    assert len(read_approvals(path)[0]) == 3


def test_sample_approvals_are_told_until_the_bank_has_approved(
    articles: tuple[Article, ...], path: Path
) -> None:
    approve(path, articles[:2], SAMPLE, "演示", TODAY)
    assert part(articles[:2], read_approvals(path)[0]).sample
    approve(path, articles[:2], BANK, "李敏", TODAY)
    assert not part(articles[:2], read_approvals(path)[0]).sample


def test_a_broken_list_approves_nothing_and_is_never_overwritten(
    articles: tuple[Article, ...], path: Path
) -> None:
    broken = "- article: card-lost\n  digest: none\n"
    path.write_text(broken)
    approvals, faults = read_approvals(path)
    assert approvals == []
    assert "所有文章都按未审核处理" in faults[0].message
    with pytest.raises(ValueError, match="审核记录读不出来"):
        approve(path, articles[:1], BANK, "李敏", TODAY)
    assert path.read_text() == broken


def test_every_article_of_ours_has_an_approval() -> None:
    approvals, faults = read_approvals(ROOT / "knowledge/approvals.yml")
    assert faults == []
    assert part(load(ROOT / "knowledge/articles").articles, approvals).awaiting == ()
