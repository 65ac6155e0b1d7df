"""The review log: who let which text through, and whether it still stands. As CSV and as a page."""

from __future__ import annotations

import csv
import datetime as dt
import html
from collections.abc import Iterable
from pathlib import Path

from knowledge.article import Article
from knowledge.review import SAMPLE, Approval

HEADINGS = ("文章", "标题", "专题", "部门", "审核人", "日期", "版本", "状态", "有效期至")


def rows(
    articles: Iterable[Article], approvals: Iterable[Approval], today: dt.date
) -> list[tuple[str, ...]]:
    """One row for each approval, and one for each article that has none; by article and date."""
    present = {article.id: article for article in articles}
    found: list[tuple[str, ...]] = []
    for one in approvals:
        article = present.get(one.article)
        found.append(
            (
                one.article,
                article.title if article else "",
                article.topic if article else "",
                "演示" if one.department == SAMPLE else one.department,
                one.reviewer,
                one.date.isoformat(),
                one.digest[:12],
                _state(article, one, today),
                article.expires.isoformat() if article else "",
            )
        )
    reviewed = {(one.article, one.digest) for one in approvals}
    found += [
        (one.id, one.title, one.topic, "", "", "", one.digest[:12], "待审核", str(one.expires))
        for one in present.values()
        if (one.id, one.digest) not in reviewed
    ]
    return sorted(found, key=lambda row: (row[0], row[5]))


def _state(article: Article | None, approval: Approval, today: dt.date) -> str:
    if article is None:
        return "文章已删除"
    if article.digest != approval.digest:
        return "文字已改，此次审核失效"
    return "有效" if article.in_force(today) else "不在有效期内"


def write_csv(path: Path, table: Iterable[tuple[str, ...]]) -> None:
    """Write the log for a spreadsheet: UTF-8 with the mark by which Excel knows it."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        writer.writerows([_harmless(cell) for cell in row] for row in table)


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet will not take for a formula."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t"} else cell


def write_page(path: Path, table: Iterable[tuple[str, ...]], today: dt.date) -> None:
    """Write the log as one page that can be printed and signed."""
    head = "".join(f"<th scope=col>{heading}</th>" for heading in HEADINGS)
    body = "\n".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in table
    )
    path.write_text(
        f"""<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>知识审核记录</title>
<style>
  body {{ font: 14px/1.6 system-ui, sans-serif; margin: 2rem; color: #1c2a26; }}
  .table {{ overflow-x: auto; }}
  table {{ border-collapse: collapse; white-space: nowrap; }}
  th, td {{ border: 1px solid #b9c6c1; padding: .3rem .6rem; text-align: left; }}
  thead th {{ background: #00563f; color: #fff; }}
  tr {{ break-inside: avoid; }}
</style>
<h1>知识审核记录</h1>
<p>生成日期：{today.isoformat()}</p>
<div class="table" tabindex="0"><table>
<thead><tr>{head}</tr></thead>
<tbody>
{body}
</tbody>
</table></div>
</html>
""",
        "utf-8",
    )
