"""Finding the article: held-out questions, clean and with homophones, beside plain BM25.

What is off topic should be declined; BM25 has no score that would tell.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import bm25s
import yaml
from homophones import NOISE, noisy

from knowledge.article import Article, load
from knowledge.finding import Verdict
from knowledge.index import written
from knowledge.search import KnowledgeBase

ROOT = Path(__file__).resolve().parent.parent
TITLES = 5
Find = Callable[[str], list[str]]
"""The ids of the articles found for a question, best first."""


def tables(today: dt.date) -> None:
    """Print how well questions are found, and what is shown for what is off topic."""
    articles = load(ROOT / "knowledge/articles").articles
    base = KnowledgeBase(articles, lambda: today)
    asked = yaml.safe_load((ROOT / "nlu_data/tests/articles.yml").read_text("utf-8"))
    print(f"\n{len(asked)} held-out questions, {len(articles)} articles\n")
    print("| noise | search | R@1 | R@5 | MRR |")
    print("|---|---|---|---|---|")
    for share in NOISE:
        dice = random.Random(11)
        questions = [(noisy(one["text"], share, dice), one["articles"]) for one in asked]
        for name, find in (("ours", _ours(base)), ("BM25", _bm25(articles))):
            print(f"| {share:.0%} | {name} | {_ranks(questions, find)} |", flush=True)
    _verdicts(base, asked)


def _ours(base: KnowledgeBase) -> Find:
    return lambda question: [match.article.id for match in base.answer(question, TITLES).matches]


def _bm25(articles: Sequence[Article]) -> Find:
    """Characters and pairs of characters, one document per article: BM25's usual Chinese set-up."""
    documents = ["".join((one.title, *one.ways, one.answer)) for one in articles]
    index = bm25s.BM25()
    index.index([written(document) for document in documents], show_progress=False)

    def find(question: str) -> list[str]:
        known = [token for token in written(question) if token in index.vocab_dict]
        if not known:
            return []
        found, _ = index.retrieve([known], k=TITLES, show_progress=False)
        return [articles[place].id for place in found[0]]

    return find


def _ranks(questions: Sequence[tuple[str, list[str]]], find: Find) -> str:
    places = []
    for text, right in questions:
        found = find(text)
        places.append(min((found.index(one) for one in right if one in found), default=None))
    number = len(questions)
    first = sum(place == 0 for place in places) / number
    shown = sum(place is not None for place in places) / number
    reciprocal = sum(1 / (place + 1) for place in places if place is not None) / number
    return f"{first:.3f} | {shown:.3f} | {reciprocal:.3f}"


def _verdicts(base: KnowledgeBase, asked: Sequence[dict[str, list[str]]]) -> None:
    """What a customer gets: the one article, two to choose from, or titles and a human."""
    off_topic = yaml.safe_load((ROOT / "nlu_data/tests/off_topic.yml").read_text("utf-8"))
    print(
        f"\n| shown | of {len(asked)} questions | right among it | of {len(off_topic)} off topic |"
    )
    print("|---|---|---|---|")
    questions = [(base.answer(str(one["text"])), one["articles"]) for one in asked]
    strangers = [base.answer(text).verdict for text in off_topic]
    for verdict, shown in ((Verdict.SURE, 1), (Verdict.CLOSE, 2), (Verdict.UNSURE, TITLES)):
        cases = [(found, right) for found, right in questions if found.verdict is verdict]
        hits = sum(
            any(match.article.id in right for match in found.matches[:shown])
            for found, right in cases
        )
        print(
            f"| {verdict.value} | {len(cases) / len(asked):.3f} | {hits / (len(cases) or 1):.3f} | "
            f"{strangers.count(verdict) / len(off_topic):.3f} |"
        )
