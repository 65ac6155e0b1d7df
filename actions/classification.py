"""The classification of complaints: three trees of labels, after JR/T 0169-2018."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from actions.complaints import Coding
from actions.errors import NotAllowed

CLASSIFICATION = Path(__file__).parent / "classification.yml"
OTHER = "其他"
"""Closes every level."""
_LONGEST = 80
"""Characters of a path: what a complaint's column holds."""


class Axis(StrEnum):
    """What a complaint is classified by."""

    CHANNEL = "channel"
    BUSINESS = "business"
    CAUSE = "cause"


class Node(BaseModel):
    """A label with its parts; a leaf has none, and the standard's number instead."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str = Field(pattern=r"^[^/\s]+$")
    official_code: str = ""
    """Of a leaf; empty until the bank enters it."""
    parts: tuple[Node, ...] = ()

    def leaves(self, above: str = "") -> Iterator[tuple[str, Node]]:
        """Each leaf below this one with its path, in the tree's order."""
        for part in self.parts:
            path = f"{above}{part.label}"
            if part.parts:
                yield from part.leaves(f"{path}/")
            else:
                yield path, part


@dataclass(frozen=True)
class Classification:
    """The three trees, without a fault."""

    trees: Mapping[Axis, Node]

    @cached_property
    def paths(self) -> Mapping[Axis, tuple[str, ...]]:
        """Of all leaves, such as 前台/电子渠道/移动客户端."""
        return {axis: tuple(path for path, _ in self.trees[axis].leaves()) for axis in self.trees}

    def path(self, axis: Axis, end: str) -> str:
        """The one leaf whose path is `end` or ends with it. Raises LookupError."""
        paths = self.paths[axis]
        if end in paths:
            return end
        fits = [path for path in paths if path.endswith(f"/{end}")]
        if len(fits) != 1:
            raise LookupError(f"{self.trees[axis].label}里{'有几个' if fits else '没有'}“{end}”")
        return fits[0]

    def coding(self, channel: str, business: str, cause: str) -> Coding:
        """What a person has chosen. Raises NotAllowed where one of them is no leaf."""
        chosen = {Axis.CHANNEL: channel, Axis.BUSINESS: business, Axis.CAUSE: cause}
        wrong = [self.trees[axis].label for axis in Axis if chosen[axis] not in self.paths[axis]]
        if wrong:
            raise NotAllowed("bad_coding", f"请从列表里选择{'、'.join(wrong)}，要选到最后一级。")
        return Coding(channel, business, cause)


def load(path: Path = CLASSIFICATION) -> Classification:
    """The trees in `path`. Raises ValueError that names every fault, one a line."""
    try:
        data: Any = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(f"{path.name} 读不出来：{error}") from error
    if not isinstance(data, dict):
        raise ValueError(f"{path.name} 要写成 channel、business、cause 三棵树")  # noqa: TRY004 - the file's fault, not the caller's
    faults = [f"{name}：没有这个维度" for name in data if name not in set(Axis)]
    trees: dict[Axis, Node] = {}
    for axis in Axis:
        try:
            trees[axis] = Node.model_validate(data.get(axis))
        except ValidationError as error:
            faults += [f"{_place(axis, one['loc'])}：{one['msg']}" for one in error.errors()]
        else:
            faults += [f"{axis}：{fault}" for fault in _faults(trees[axis], "")]
            faults += [f"{axis}：{fault}" for fault in _code_faults(trees[axis])]
    if faults:
        raise ValueError("\n".join(f"{path.name}：{fault}" for fault in faults))
    return Classification(trees)


def _place(axis: Axis, location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, (axis, *location)))


def _faults(node: Node, path: str) -> Iterator[str]:
    """What is wrong at this level and below."""
    name = path or node.label
    labels = [part.label for part in node.parts]
    if not path and not labels:
        yield f"“{name}”下面什么也没有"
    for label, times in Counter(labels).items():
        if times > 1:
            yield f"“{name}”下面有 {times} 个“{label}”"
    if labels and labels[-1] != OTHER:
        yield f"“{name}”下面的最后一项要是“{OTHER}”"
    if len(path) > _LONGEST:
        yield f"“{path}”太长，路径最多 {_LONGEST} 个字"
    if node.parts and node.official_code:
        yield f"“{name}”还有下级，编码要写在最后一级"
    for part in node.parts:
        yield from _faults(part, f"{path}/{part.label}" if path else part.label)


def _code_faults(tree: Node) -> Iterator[str]:
    codes = Counter(leaf.official_code for _, leaf in tree.leaves() if leaf.official_code)
    for code, times in codes.items():
        if times > 1:
            yield f"编码 {code} 用了 {times} 次"
