"""What a reviewer looks for before reading: rules that point at a sentence, and never approve."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from sklearn.feature_extraction.text import TfidfVectorizer

from knowledge.article import Article
from knowledge.sounds import plain

LONGEST_SENTENCE = 40
"""Characters that one reads, or hears, in one breath."""
EXPIRES_WITHIN = dt.timedelta(days=30)
_ALIKE = 0.9
"""Cosine of two ways of asking from which on a customer could not tell them apart."""
_TERMS = Path(__file__).parent / "terms.yml"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a reviewer should look at."""

    article: str
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.article}：〔{self.rule}〕{self.message}"


def inspect(articles: Iterable[Article]) -> list[Finding]:
    """Everything that the rules find, article by article, then what two articles share."""
    shelf = list(articles)
    found = [
        Finding(article.id, name, message)
        for article in shelf
        for name, rule in _RULES.items()
        for message in rule(article)
    ]
    return [*found, *_asked_twice(shelf)]


def expiring(articles: Iterable[Article], today: dt.date) -> list[Article]:
    """Those that are in force and run out within 30 days, the soonest first."""
    soon = [one for one in articles if one.in_force(today) and one.expires - today < EXPIRES_WITHIN]
    return sorted(soon, key=lambda one: (one.expires, one.id))


def sentences(text: str) -> list[str]:
    """The sentences of an answer, without list numbers."""
    parts = re.split(r"[。！？；\n]", text)
    return [bare for part in parts if (bare := re.sub(r"^\s*\d+\.\s*", "", part).strip())]


_PROMISE = re.compile(
    r"保本保息|保证收益|稳赚|只赚不赔|零风险|无风险|没有风险|绝对安全|最高收益|收益率高达|包赚|一定赚"
)
_WARNS = re.compile(r"不|别|骗|没|未|谁|凡是|自称|号称|承诺|当心|小心|警惕|陷阱")


def _promises(article: Article) -> Iterator[str]:
    for sentence in (*sentences(article.answer), *sentences(article.spoken)):
        found = _PROMISE.search(sentence)
        if found and not _WARNS.search(sentence):
            yield f"“{found.group()}”是不能对客户作的承诺：{sentence}"


_STEP = re.compile(r"^\d+\. ", re.MULTILINE)


def _no_next_step(article: Article) -> Iterator[str]:
    if not _STEP.search(article.answer):
        yield "答案没有写客户下一步做什么，请加上“1. ……”"


def _long_sentences(article: Article) -> Iterator[str]:
    for sentence in (*sentences(article.answer), *sentences(article.spoken)):
        if len(sentence) > LONGEST_SENTENCE:
            yield f"一句有 {len(sentence)} 个字，超过 {LONGEST_SENTENCE} 个：{sentence}"


def _unexplained_terms(article: Article) -> Iterator[str]:
    for term in _terms():
        known = term in article.title or any(term in question for question in article.questions)
        if term in article.answer and not known and not _explained(term, article.answer):
            yield f"“{term}”没有解释，老年客户可能不懂"


def _explained(term: str, text: str) -> bool:
    """Whether `text` says what `term` is: 质押（…）, 质押就是…, 叫质押, （质押）."""
    word = re.escape(term)
    after = rf"{word}[”》]?(?:（|，?(?:也)?(?:就是|是指|是|指|意思|相当于)|：|，即)"
    return bool(re.search(rf"{after}|(?:叫|叫做|称为|也就是|（)[“]?{word}", text))


@cache
def _terms() -> tuple[str, ...]:
    return tuple(yaml.safe_load(_TERMS.read_text("utf-8")))


_STUMBLE = re.compile(r"[^\u4e00-\u9fff，。！？、：；]")


def _hard_to_speak(article: Article) -> Iterator[str]:
    found = sorted(set(_STUMBLE.findall(article.spoken)))
    if found:
        yield f"口语答案里有念不好的字符：{' '.join(found)}，请写成汉字"


_PERSONAL = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|\d{15,19}|\d{17}[\dXx])(?!\d)|[\w.]+@[\w.]+\.\w+")


def _personal_data(article: Article) -> Iterator[str]:
    for text in (article.answer, article.spoken, *article.questions):
        for found in _PERSONAL.findall(text):
            yield f"像是个人信息：{found[:3]}…，请删去"


_RULES: dict[str, Callable[[Article], Iterator[str]]] = {
    "承诺": _promises,
    "下一步": _no_next_step,
    "长句": _long_sentences,
    "术语": _unexplained_terms,
    "口语": _hard_to_speak,
    "个人信息": _personal_data,
}


def _asked_twice(articles: list[Article]) -> Iterator[Finding]:
    """Ways of asking that stand, nearly the same, in two articles."""
    asked = [(article.id, text) for article in articles for text in article.questions]
    if len(asked) < 2:
        return
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True)
    texts = vectorizer.fit_transform([plain(text) for _, text in asked])
    pairs = (texts @ texts.T).tocoo()
    for one, other, likeness in zip(pairs.row, pairs.col, pairs.data, strict=True):
        first, second = asked[one], asked[other]
        if one < other and first[0] != second[0] and likeness >= _ALIKE:
            message = f"“{first[1]}”和 {second[0]} 的“{second[1]}”几乎一样，请只留一处"
            yield Finding(first[0], "重复问法", message)
