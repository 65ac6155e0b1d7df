"""`python -m knowledge`: check the articles, and approve them."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from pathlib import Path

from knowledge.article import Shelf, load
from knowledge.review import approve, part, read_approvals

FOLDER = Path(__file__).parent / "articles"
APPROVALS = Path(__file__).parent / "approvals.yml"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when nothing is wrong."""
    parser = argparse.ArgumentParser(prog="python -m knowledge", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="list every fault, and what awaits approval")
    approving = commands.add_parser("approve", help="let the present text of articles through")
    approving.add_argument("articles", nargs="*", metavar="ID")
    approving.add_argument("--all", action="store_true", help="every article without a fault")
    approving.add_argument("--department", required=True, help="for example 消费者权益保护部")
    approving.add_argument("--reviewer", required=True, help="the reviewer's name")
    options = parser.parse_args(arguments)
    shelf = load(FOLDER)
    if options.command == "check":
        return _check(shelf)
    return _approve(shelf, options)


def _check(shelf: Shelf) -> int:
    approvals, faults = read_approvals(APPROVALS)
    reviewed = part(shelf.articles, approvals)
    for fault in (*shelf.faults, *faults):
        print(fault)
    for article in reviewed.awaiting:
        print(f"待审核：{article.topic}/{article.id}（{article.title}）")
    print(
        f"{len(shelf.articles)} 篇文章，{len(reviewed.approved)} 篇已审核，"
        f"{len(reviewed.awaiting)} 篇待审核，{len(shelf.faults) + len(faults)} 处错误"
    )
    return 1 if shelf.faults or faults else 0


def _approve(shelf: Shelf, options: argparse.Namespace) -> int:
    chosen = [a for a in shelf.articles if options.all or a.id in options.articles]
    unknown = set(options.articles) - {article.id for article in chosen}
    if unknown or not chosen:
        print(
            f"没有这些文章（或它们有错误）：{'、'.join(sorted(unknown)) or '未指定'}",
            file=sys.stderr,
        )
        return 1
    today = dt.datetime.now().astimezone().date()
    try:
        new = approve(APPROVALS, chosen, options.department, options.reviewer, today)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"新增 {len(new)} 条审核记录")
    return 0


if __name__ == "__main__":
    sys.exit(main())
