"""Articles are loaded with every fault named by file and line; the rest is served."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import yaml

from bot.settings import ROOT
from knowledge.article import Article, load
from knowledge.fault import Fault

GOOD = (ROOT / "knowledge/articles/bank-cards/card-lost.md").read_text("utf-8")
TOPIC = "bank-cards"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / TOPIC).mkdir()
    write(tmp_path, "whole", good("whole"))
    return tmp_path


def good(id_: str) -> str:
    head, _, body = GOOD.removeprefix("---\n").partition("\n---\n")
    fields = yaml.safe_load(head) | {"id": id_, "related": []}
    return f"---\n{yaml.safe_dump(fields, allow_unicode=True, sort_keys=False)}---\n{body}"


def write(folder: Path, name: str, text: str | bytes) -> None:
    data = text.encode() if isinstance(text, str) else text
    (folder / TOPIC / f"{name}.md").write_bytes(data)


def faults(folder: Path) -> list[Fault]:
    """What is wrong; the good article is served whatever the other one holds."""
    shelf = load(folder)
    assert "whole" in {article.id for article in shelf.articles}
    return list(shelf.faults)


def only_fault(folder: Path) -> Fault:
    found = faults(folder)
    assert len(found) == 1, found
    assert found[0].path != folder / TOPIC / "whole.md"
    return found[0]


def test_the_projects_own_articles_have_no_fault() -> None:
    assert load(ROOT / "knowledge/articles").faults == ()


def test_windows_line_ends_and_a_byte_order_mark_are_no_fault(folder: Path) -> None:
    write(folder, "windows", b"\xef\xbb\xbf" + good("windows").replace("\n", "\r\n").encode())
    assert faults(folder) == []


def test_an_unknown_key_is_named_with_its_line(folder: Path) -> None:
    write(folder, "odd", good("odd").replace("spoken:", "spokn:"))
    found = faults(folder)
    lines = (folder / TOPIC / "odd.md").read_text("utf-8").splitlines()
    misspelt = lines.index(next(line for line in lines if line.startswith("spokn:"))) + 1
    assert (misspelt, "spokn：没有这一项，请检查拼写") in [(f.line, f.message) for f in found]
    assert any("spoken：缺少这一项" in fault.message for fault in found)


def test_a_source_without_a_date_is_named_with_its_line(folder: Path) -> None:
    text = good("odd")
    dated = next(line for line in text.splitlines() if line.startswith("  date:"))
    write(folder, "odd", text.replace(dated + "\n", "", 1))
    fault = only_fault(folder)
    assert "date：缺少这一项" in fault.message
    assert text.splitlines()[fault.line - 1].startswith("- title:")


def test_a_date_that_is_none_is_named(folder: Path) -> None:
    write(folder, "odd", good("odd").replace("effective: 2026-01-01", "effective: 明年"))
    assert "effective" in only_fault(folder).message


def test_an_expiry_before_the_beginning_is_named(folder: Path) -> None:
    write(folder, "odd", good("odd").replace("expires: 2027", "expires: 2020"))
    assert "expires 早于 effective" in only_fault(folder).message


def test_an_id_that_is_used_twice_is_named_and_the_first_is_served(folder: Path) -> None:
    (folder / "other").mkdir()
    (folder / "other/whole.md").write_text(good("whole").replace(TOPIC, "other"), "utf-8")
    assert "编号 whole 已用于" in only_fault(folder).message


def test_an_id_or_topic_that_differs_from_the_path_is_named(folder: Path) -> None:
    write(folder, "moved", good("elsewhere").replace(f"topic: {TOPIC}", "topic: loans"))
    by_id, by_topic = faults(folder)
    assert "id 是 elsewhere，应与文件名 moved 一致" in by_id.message
    assert "topic 是 loans，应与文件夹 bank-cards 一致" in by_topic.message


def test_a_related_article_that_is_not_there_is_named(folder: Path) -> None:
    write(folder, "odd", good("odd").replace("related: []", "related: [gone]"))
    assert "related 里的 gone 不存在" in only_fault(folder).message


def test_a_very_long_file_is_refused_unread(folder: Path) -> None:
    write(folder, "odd", good("odd") + "字" * 70_000)
    assert "请拆成几篇" in only_fault(folder).message


def test_another_encoding_is_named_with_its_line(folder: Path) -> None:
    write(folder, "odd", good("odd").encode("gb18030"))
    fault = only_fault(folder)
    assert "UTF-8" in fault.message
    assert fault.line > 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "开头要有一段"),
        ("no front matter", "开头要有一段"),
        ("---\nid: x\n", "开头要有一段"),
        ("---\n[unclosed\n---\n正文", "YAML 写法有误"),
        ("---\n- a list\n---\n正文", "名称: 内容"),
        ("---\nanswer: here\n---\n正文", "答案写在第二个"),
        ("---\na: &x [*x]\n---\n正文", ""),
        ("---\n!!python/object/apply:os.system ['true']\n---\n正文", "YAML 写法有误"),
    ],
)
def test_broken_front_matter_is_named(folder: Path, text: str, message: str) -> None:
    write(folder, "odd", text)
    assert message in faults(folder)[0].message


def test_a_quiz_needs_three_options_and_an_answer_among_them(folder: Path) -> None:
    text = good("odd")
    line = next(line for line in text.splitlines() if line.startswith("    C:"))
    write(folder, "odd", text.replace(line + "\n", ""))
    assert "quiz.options" in faults(folder)[0].message


def test_what_a_customer_reads_changes_the_digest_and_ways_of_asking_do_not(
    folder: Path,
) -> None:
    (article,) = load(folder).articles
    asked = article.model_copy(update={"questions": (*article.questions, "另一种问法")})
    edited = article.model_copy(update={"answer": article.answer + "。"})
    assert asked.digest == article.digest
    assert edited.digest != article.digest


def test_an_article_is_in_force_through_its_last_day(folder: Path) -> None:
    article: Article = load(folder).articles[0]
    assert article.in_force(article.effective)
    assert article.in_force(article.expires)
    assert not article.in_force(article.expires + dt.timedelta(days=1))
    assert not article.in_force(article.effective - dt.timedelta(days=1))
