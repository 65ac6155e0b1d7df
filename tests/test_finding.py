"""The search over our own articles must not get worse unnoticed; bench/ has the exact figures."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import yaml

from bot.settings import ROOT
from knowledge.article import Article, load
from knowledge.finding import Verdict
from knowledge.search import KnowledgeBase

TODAY = dt.date(2026, 11, 24)
TESTS = ROOT / "nlu_data/tests"


@pytest.fixture(scope="module")
def articles() -> tuple[Article, ...]:
    return tuple(load(ROOT / "knowledge/articles").articles)


@pytest.fixture(scope="module")
def base(articles: tuple[Article, ...]) -> KnowledgeBase:
    return KnowledgeBase(articles, lambda: TODAY)


@pytest.fixture(scope="module")
def held_out() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((TESTS / "articles.yml").read_text("utf-8"))
    return found


def found(base: KnowledgeBase, question: str) -> list[str]:
    return [match.article.id for match in base.answer(question).matches]


def test_every_way_of_asking_finds_its_own_article_first(
    articles: tuple[Article, ...], base: KnowledgeBase
) -> None:
    assert [
        (question, article.id)
        for article in articles
        for question in article.ways
        if found(base, question)[:1] != [article.id]
    ] == []


def test_no_held_out_question_stands_in_an_article(
    articles: tuple[Article, ...], held_out: list[dict[str, Any]]
) -> None:
    known = {way for article in articles for way in article.ways}
    assert known.isdisjoint(one["text"] for one in held_out)


def test_most_held_out_questions_find_their_article(
    base: KnowledgeBase, held_out: list[dict[str, Any]]
) -> None:
    places = [(found(base, one["text"]), one["articles"]) for one in held_out]
    first = sum(bool(ids) and ids[0] in right for ids, right in places)
    shown = sum(bool(set(ids) & set(right)) for ids, right in places)
    assert first / len(held_out) >= 0.88
    assert shown / len(held_out) >= 0.97


def test_what_is_off_topic_is_hardly_ever_answered_with_an_article(base: KnowledgeBase) -> None:
    strangers = yaml.safe_load((TESTS / "off_topic.yml").read_text("utf-8"))
    declined = [base.answer(text).verdict is Verdict.UNSURE for text in strangers]
    assert sum(declined) / len(strangers) >= 0.85


def test_a_question_asked_in_an_articles_own_words_is_answered_with_it_alone(
    base: KnowledgeBase,
) -> None:
    finding = base.answer("跨行取钱要手续费不？")
    assert finding.verdict is Verdict.SURE
    assert [match.article.id for match in finding.matches] == ["card-fees"]
