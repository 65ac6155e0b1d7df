"""Ways of asking that stand beside the articles: found by, never shown; every fault is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import ROOT
from knowledge.article import load
from knowledge.ways import MAX_CHARACTERS, read_ways


def test_an_article_is_found_by_its_own_questions_and_by_the_ways_beside_it() -> None:
    (article,) = [
        one for one in load(ROOT / "knowledge/articles").articles if one.id == "card-lost"
    ]
    assert set(article.questions) < set(article.ways)


def test_the_ways_beside_an_article_do_not_touch_its_approval() -> None:
    article = load(ROOT / "knowledge/articles").articles[0]
    assert article.asked_by(["换个说法"]).digest == article.digest


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("card-lost: 卡丢了", "编号"),
        ("card-lost: [卡丢了, {a: b}]", "编号"),
        ("card-lost: [" + "丢" * 81 + "]", "编号"),
        ("card-lost:\n  - [卡丢了", "读不出来"),
        ("# " + "长" * MAX_CHARACTERS, "文件太大"),
    ],
)
def test_a_broken_file_is_named_and_the_others_are_read(
    tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "a.yml").write_text(text, "utf-8")
    (tmp_path / "b.yml").write_text("card-lost: [卡没影了]", "utf-8")
    ways, faults = read_ways(tmp_path)
    assert ways == {"card-lost": ("卡没影了",)}
    assert [fault.path.name for fault in faults] == ["a.yml"]
    assert message in faults[0].message


def test_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes("card-lost: [卡丢了]".encode("gbk"))
    ways, faults = read_ways(tmp_path)
    assert ways == {}
    assert "读不出来" in faults[0].message


def test_an_article_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "ways").mkdir()
    (tmp_path / "ways" / "a.yml").write_text("card-lst: [卡丢了]", "utf-8")
    (fault,) = load(tmp_path / "articles").faults
    assert "card-lst" in fault.message
