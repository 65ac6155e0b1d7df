"""An article: Markdown with YAML front matter, read with every fault named by file and line."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from knowledge.fault import Fault
from knowledge.quick_yaml import Loader, read_yaml
from knowledge.ways import read_ways

MAX_BYTES = 50_000
"""A longer file is a mistake (a pasted law, a binary), not an article."""

Letter = Literal["A", "B", "C"]
Text = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Source(_Strict):
    """The law, rule or standard that an answer rests on."""

    title: Text
    issuer: Text
    date: dt.date
    """When it was issued or last revised."""
    article: str | None = None

    def cite(self) -> str:
        """《title》article（issuer，date）, as the customer reads it."""
        return f"《{self.title}》{self.article or ''}（{self.issuer}，{self.date.isoformat()}）"


class Quiz(_Strict):
    """One A/B/C question of 消保小课堂."""

    question: Text
    options: dict[Letter, Text] = Field(min_length=3, max_length=3)
    answer: Letter
    explanation: Text


class Article(_Strict):
    """Reviewed knowledge: one question of customers, answered."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
    title: Annotated[str, Field(min_length=1, max_length=30)]
    topic: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    spoken: Annotated[str, Field(min_length=10, max_length=120)]
    questions: Annotated[tuple[Text, ...], Field(min_length=8, max_length=20)]
    """The ways of asking that a reviewer sees."""
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    effective: dt.date
    expires: dt.date
    related: tuple[str, ...] = ()
    quiz: Quiz
    answer: Annotated[str, Field(min_length=20, max_length=1_500)]
    _ways: tuple[str, ...] = PrivateAttr(default=())

    @property
    def ways(self) -> tuple[str, ...]:
        """Every way of asking that finds it: its own questions and those of ways/<topic>.yml."""
        return (*self.questions, *self._ways)

    def asked_by(self, ways: Sequence[str]) -> Article:
        """The same article, found by these ways of asking too."""
        copy = self.model_copy()
        copy._ways = tuple(ways)  # noqa: SLF001  # our own, on a fresh copy
        return copy

    @property
    def digest(self) -> str:
        """SHA-256 over all that a customer can read or hear; what an approval names.

        The ways of asking are left out: they steer the search and are never shown.
        """
        seen = self.model_dump(mode="json", exclude={"questions"})
        canonical = json.dumps(seen, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def in_force(self, today: dt.date) -> bool:
        """Whether it may be quoted on `today`; the expiry date is its last day."""
        return self.effective <= today <= self.expires


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a folder of articles held: the good ones, and what is wrong with the others."""

    articles: tuple[Article, ...]
    faults: tuple[Fault, ...]


def load(folder: Path) -> Shelf:
    """Read every `<topic>/<id>.md` below `folder`, and the `ways` that lie beside it.

    Broken files become faults, never errors.
    """
    articles: dict[str, Article] = {}
    paths: dict[str, Path] = {}
    faults: list[Fault] = []
    for path in sorted(folder.glob("*/*.md")):
        article, found = _read(path)
        faults += found
        if article is None:
            continue
        if article.id in articles:
            faults.append(Fault(path, 2, f"编号 {article.id} 已用于 {paths[article.id]}，请换一个"))
            continue
        articles[article.id], paths[article.id] = article, path
    faults += _dangling(articles, paths)
    ways, found = read_ways(folder.parent / "ways")
    faults += found
    faults += [
        Fault(folder.parent / "ways", 1, f"没有 {id_} 这篇文章，它的问法没有用上")
        for id_ in sorted(set(ways) - set(paths))
    ]
    shelf = [one.asked_by(ways[one.id]) if one.id in ways else one for one in articles.values()]
    return Shelf(tuple(shelf), tuple(faults))


def _dangling(articles: dict[str, Article], paths: dict[str, Path]) -> list[Fault]:
    return [
        Fault(paths[article.id], 1, f"related 里的 {other} 不存在")
        for article in articles.values()
        for other in article.related
        if other not in articles
    ]


def _read(path: Path) -> tuple[Article | None, list[Fault]]:
    try:
        raw = path.read_bytes()
    except OSError as error:
        return None, [Fault(path, 1, f"读不出来：{error.strerror}")]
    if len(raw) > MAX_BYTES:
        return None, [Fault(path, 1, f"文件有 {len(raw)} 字节，上限 {MAX_BYTES}，请拆成几篇")]
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return None, [Fault(path, line, "不是 UTF-8 编码，请另存为 UTF-8")]
    return _parse(path, text)


def _parse(path: Path, text: str) -> tuple[Article | None, list[Fault]]:
    article, faults = read(path, text)
    faults += _misplaced(path, article) if article else []
    return (None if faults else article), faults


def read(path: Path, text: str) -> tuple[Article | None, list[Fault]]:
    """The article that `text` holds, or everything that is wrong with it; `path` is not opened."""
    head, separator, body = text.removeprefix("---\n").partition("\n---\n")
    if not text.startswith("---\n") or not separator:
        return None, [Fault(path, 1, "开头要有一段 --- 与 --- 之间的 YAML")]
    try:
        tree = yaml.compose(head, Loader=Loader)
        fields = read_yaml(head)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 2
        return None, [Fault(path, line, f"YAML 写法有误：{getattr(error, 'problem', error)}")]
    if not isinstance(fields, dict):
        return None, [Fault(path, 2, "YAML 要写成“名称: 内容”")]
    if "answer" in fields:
        return None, [Fault(path, 2, "答案写在第二个 --- 之后，不写在 YAML 里")]
    try:
        article = Article.model_validate({**fields, "answer": body})
    except ValidationError as error:
        return None, [_explain(path, tree, head, dict(item)) for item in error.errors()]
    return article, []


def _misplaced(path: Path, article: Article) -> list[Fault]:
    faults = []
    if article.id != path.stem:
        faults.append(Fault(path, 2, f"id 是 {article.id}，应与文件名 {path.stem} 一致"))
    if article.topic != path.parent.name:
        faults.append(
            Fault(path, 2, f"topic 是 {article.topic}，应与文件夹 {path.parent.name} 一致")
        )
    if article.expires < article.effective:
        faults.append(Fault(path, 2, "expires 早于 effective"))
    return faults


_WORDS = {
    "missing": "缺少这一项",
    "extra_forbidden": "没有这一项，请检查拼写",
    "string_too_short": "太短，至少 {min_length} 个字",
    "string_too_long": "太长，最多 {max_length} 个字",
    "too_short": "太少，至少 {min_length} 个",
    "too_long": "太多，最多 {max_length} 个",
    "date_from_datetime_parsing": "不是日期，请写成 2026-01-31",
    "date_type": "不是日期，请写成 2026-01-31",
    "string_type": "要写文字",
    "string_pattern_mismatch": "只用小写字母、数字和连字符",
    "literal_error": "只能是其中一个：{expected}",
}


def _explain(path: Path, tree: Any, head: str, item: dict[str, Any]) -> Fault:
    where = tuple(part for part in item["loc"] if part != "[key]")
    words = _WORDS.get(item["type"], item["msg"]).format(**item.get("ctx", {}))
    if where[:1] == ("answer",):
        line = head.count("\n") + 4
        return Fault(path, line, f"正文（答案）：{words}")
    return Fault(path, _line_of(tree, where), f"{'.'.join(map(str, where))}：{words}")


def _line_of(node: Any, where: tuple[int | str, ...]) -> int:
    """The line in the file of the deepest part of `where` that is there; the fence is line 1."""
    line = int(node.start_mark.line)
    for part in where:
        if isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == str(part)]
            if not found:
                break
            line, node = found[0][0].start_mark.line, found[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
            line = node.start_mark.line
    return line + 2
