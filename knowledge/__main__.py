"""`python -m knowledge`: check, review and approve the articles, and report who approved what."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from pathlib import Path

from knowledge import report
from knowledge.article import Shelf, load
from knowledge.findings import expiring, inspect
from knowledge.review import SAMPLE, Reviewed, approve, approved_by, part, read_approvals

HERE = Path(__file__).parent


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when nothing is wrong."""
    options = _parser().parse_args(arguments)
    shelf = load(options.folder / "articles")
    today = dt.datetime.now().astimezone().date()
    match options.command:
        case "check":
            return _check(shelf, options.folder)
        case "review":
            return _review(shelf, options.folder, today, production=options.production)
        case "report":
            return _report(shelf, options, today)
    return _approve(shelf, options, today)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m knowledge", description=__doc__)
    parser.add_argument(
        "--folder", type=Path, default=HERE, help="where articles/ and approvals.yml are"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="list every fault, and how much awaits approval")
    reviewing = commands.add_parser(
        "review", help="list what awaits approval, what expires soon, and what to look at"
    )
    reviewing.add_argument(
        "--production", action="store_true", help="count the starter content as unapproved"
    )
    approving = commands.add_parser("approve", help="let the present text of articles through")
    approving.add_argument("articles", nargs="*", metavar="ID")
    approving.add_argument("--all", action="store_true", help="every article without a fault")
    approving.add_argument("--department", required=True, help="for example 消费者权益保护部")
    approving.add_argument("--reviewer", required=True, help="the reviewer's name")
    reporting = commands.add_parser("report", help="write the review log")
    reporting.add_argument("--csv", type=Path, help="a file for a spreadsheet")
    reporting.add_argument("--page", type=Path, help="a page to print")
    return parser


def _check(shelf: Shelf, folder: Path) -> int:
    approvals, faults = read_approvals(folder / "approvals.yml")
    reviewed = part(shelf.articles, approvals)
    for fault in (*shelf.faults, *faults):
        print(fault)
    _count(shelf, reviewed, len(shelf.faults) + len(faults))
    return 1 if shelf.faults or faults else 0


def _review(shelf: Shelf, folder: Path, today: dt.date, *, production: bool) -> int:
    approvals, faults = read_approvals(folder / "approvals.yml")
    reviewed = part(shelf.articles, approvals, take_sample=not production)
    for fault in (*shelf.faults, *faults):
        print(f"错误　　{fault}")
    by = approved_by(approvals)
    for article in reviewed.awaiting:
        names = sorted(by.get((article.id, article.digest), set()) - {SAMPLE})
        already = f"，已有：{'、'.join(names)}" if names else ""
        print(f"待审核　{article.topic}/{article.id}（{article.title}{already}）")
    for article in expiring(shelf.articles, today):
        print(f"将到期　{article.topic}/{article.id}（{article.title}），{article.expires} 止")
    found = inspect(shelf.articles)
    for finding in found:
        print(f"请看　　{finding}")
    _count(shelf, reviewed, len(shelf.faults) + len(faults))
    print(f"{len(found)} 处请审核人看一看")
    return 1 if shelf.faults or faults or reviewed.awaiting or found else 0


def _count(shelf: Shelf, reviewed: Reviewed, faults: int) -> None:
    print(
        f"{len(shelf.articles)} 篇文章，{len(reviewed.approved)} 篇已审核，"
        f"{len(reviewed.awaiting)} 篇待审核，{faults} 处错误"
    )


def _approve(shelf: Shelf, options: argparse.Namespace, today: dt.date) -> int:
    chosen = [a for a in shelf.articles if options.all or a.id in options.articles]
    unknown = set(options.articles) - {article.id for article in chosen}
    if unknown or not chosen:
        names = "、".join(sorted(unknown)) or "未指定"
        print(f"没有这些文章（或它们有错误）：{names}", file=sys.stderr)
        return 1
    path = options.folder / "approvals.yml"
    try:
        new = approve(path, chosen, options.department, options.reviewer, today)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"新增 {len(new)} 条审核记录")
    return 0


def _report(shelf: Shelf, options: argparse.Namespace, today: dt.date) -> int:
    approvals, faults = read_approvals(options.folder / "approvals.yml")
    if faults:
        print(faults[0], file=sys.stderr)
        return 1
    table = report.rows(shelf.articles, approvals, today)
    if not (options.csv or options.page):
        print("请写明 --csv 文件名 或 --page 文件名", file=sys.stderr)
        return 1
    if options.csv:
        report.write_csv(options.csv, table)
    if options.page:
        report.write_page(options.page, table, today)
    print(f"已写出 {len(table)} 条审核记录")
    return 0


if __name__ == "__main__":
    sys.exit(main())
