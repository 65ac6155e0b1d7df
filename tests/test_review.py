"""Only text that somebody let through reaches a customer."""

from __future__ import annotations

import csv
import datetime as dt
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from bot.settings import ROOT
from knowledge.__main__ import main as command
from knowledge.article import Article, load
from knowledge.findings import expiring, inspect
from knowledge.report import rows, write_csv, write_page
from knowledge.review import SAMPLE, approve, part, read_approvals

TODAY = dt.date(2026, 11, 24)
BANK = "消费者权益保护部"
LAW = "法律合规部"


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
    for department in (BANK, LAW):
        approve(path, [first], department, "李敏", TODAY)
    approvals, faults = read_approvals(path)
    assert faults == []
    assert part([first, second], approvals).approved == (first,)
    edited = first.model_copy(update={"answer": first.answer + "请放心。"})
    assert part([edited], approvals).awaiting == (edited,)


def test_one_department_alone_lets_nothing_through(
    articles: tuple[Article, ...], path: Path
) -> None:
    approve(path, articles[:1], BANK, "李敏", TODAY)
    approve(path, articles[:1], BANK, "王强", TODAY)
    assert part(articles[:1], read_approvals(path)[0]).approved == ()
    approve(path, articles[:1], LAW, "王强", TODAY)
    assert part(articles[:1], read_approvals(path)[0]).approved == articles[:1]


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
    for department in (BANK, LAW):
        approve(path, articles[:2], department, "李敏", TODAY)
    assert not part(articles[:2], read_approvals(path)[0]).sample


def test_in_production_the_starter_content_is_not_shown(
    articles: tuple[Article, ...], path: Path
) -> None:
    approve(path, articles[:2], SAMPLE, "演示", TODAY)
    approve(path, articles[:2], BANK, "李敏", TODAY)
    assert part(articles[:2], read_approvals(path)[0], take_sample=False).approved == ()


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


# --- findings and the report


@pytest.fixture
def article(articles: tuple[Article, ...]) -> Article:
    return articles[0]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"answer": "这款产品稳赚，您放心买。\n\n1. 打95599。"}, "承诺"),
        ({"spoken": "最高收益百分之五，马上就能买到手里。"}, "承诺"),
        ({"answer": "这件事请您放心，银行都会处理好的，您不用担心。"}, "下一步"),
        ({"answer": "1. " + "很长" * 21 + "。"}, "长句"),
        ({"answer": "这要看产品的净值，请您先问清楚再决定。\n\n1. 打95599。"}, "术语"),
        ({"spoken": "请打95599挂失，再带身份证到网点去。"}, "口语"),
        ({"spoken": "请带身份证（原件）到任何一家网点去。"}, "口语"),
        ({"questions": ("我的手机号是13812345678怎么改",) * 8}, "个人信息"),
        ({"questions": ("卡号6228480402564890018丢了",) * 8}, "个人信息"),
    ],
)
def test_what_a_reviewer_should_see_is_pointed_at(
    article: Article, change: dict[str, Any], rule: str
) -> None:
    assert rule not in {finding.rule for finding in inspect([article])}
    found = inspect([article.model_copy(update=change)])
    assert rule in {finding.rule for finding in found}


@pytest.mark.parametrize(
    "answer",
    [
        "谁说稳赚，谁就是骗子，千万别信。\n\n1. 马上挂电话。",
        "净值就是每一份产品今天值多少钱。\n\n1. 打95599问净值。",
        "办质押（把存单押给银行）可以借钱。\n\n1. 打95599问。",
    ],
)
def test_a_warning_and_an_explained_term_are_no_finding(article: Article, answer: str) -> None:
    assert inspect([article.model_copy(update={"answer": answer})]) == []


def test_the_same_question_in_two_articles_is_found(articles: tuple[Article, ...]) -> None:
    first, second = articles[:2]
    taken = (first.questions[0] + "？", *second.questions[1:])
    found = inspect([first, second.model_copy(update={"questions": taken})])
    assert [finding.rule for finding in found if finding.rule == "重复问法"] == ["重复问法"]
    assert second.id in str(found[-1])


def test_what_runs_out_within_thirty_days_is_listed(articles: tuple[Article, ...]) -> None:
    soon, later, past = (
        article.model_copy(update={"expires": TODAY + dt.timedelta(days=days)})
        for article, days in zip(articles[:3], (29, 30, -1), strict=True)
    )
    assert expiring([later, soon, past], TODAY) == [soon]


def test_our_own_articles_give_a_reviewer_nothing_to_look_at(
    articles: tuple[Article, ...],
) -> None:
    assert inspect(articles) == []


def test_the_log_tells_which_approvals_still_stand(
    articles: tuple[Article, ...], path: Path, tmp_path: Path
) -> None:
    first, second, third = articles[:3]
    approve(path, [first, second], BANK, "=HYPERLINK(1)<b>", TODAY)
    edited = second.model_copy(update={"answer": second.answer + "请放心。"})
    table = rows([first, edited, third], read_approvals(path)[0], TODAY)
    states = {(row[0], row[7]) for row in table}
    assert states == {
        (first.id, "有效"),
        (second.id, "文字已改，此次审核失效"),
        (second.id, "待审核"),
        (third.id, "待审核"),
    }
    write_csv(tmp_path / "log.csv", table)
    write_page(tmp_path / "log.html", table, TODAY)
    with (tmp_path / "log.csv").open(encoding="utf-8-sig", newline="") as file:
        read = list(csv.reader(file))
    assert len(read) == 5
    assert "'=HYPERLINK(1)<b>" in {row[4] for row in read}  # no formula for a spreadsheet
    page = (tmp_path / "log.html").read_text("utf-8")
    assert "&lt;b&gt;" in page
    assert "<b>" not in page


def test_the_command_reviews_approves_and_reports(
    articles: tuple[Article, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = articles[0]
    topic = tmp_path / "articles" / one.topic
    topic.mkdir(parents=True)
    shutil.copy(ROOT / f"knowledge/articles/{one.topic}/{one.id}.md", topic)
    text = (topic / f"{one.id}.md").read_text("utf-8")
    unrelated = re.sub(r"^related: .*$", "related: []", text, flags=re.MULTILINE)
    (topic / f"{one.id}.md").write_text(unrelated, "utf-8")
    folder = ("--folder", str(tmp_path))
    assert command([*folder, "review"]) == 1
    assert f"待审核　{one.topic}/{one.id}" in capsys.readouterr().out
    for department in (BANK, LAW):
        by = ("--department", department, "--reviewer", "李敏")
        assert command([*folder, "approve", one.id, *by]) == 0
    assert command([*folder, "review", "--production"]) == 0
    assert command([*folder, "approve", "no-such-article", *by]) == 1
    assert "no-such-article" in capsys.readouterr().err
    assert command([*folder, "report"]) == 1
    assert command([*folder, "report", "--csv", str(tmp_path / "log.csv")]) == 0
    assert (tmp_path / "log.csv").read_text("utf-8-sig").count(BANK) == 1
