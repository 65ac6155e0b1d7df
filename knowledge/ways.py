"""More ways of asking than an article shows: `ways/<topic>.yml`, for the search only.

Customers never read them, so they need no approval and grow with what is asked.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from knowledge.fault import Fault
from knowledge.quick_yaml import read_yaml

MAX_CHARACTERS = 200_000
MAX_WAYS = 200
"""Of one article: more would outweigh the others' in the search."""

Way = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
_FILE = TypeAdapter(dict[str, Annotated[tuple[Way, ...], Field(max_length=MAX_WAYS)]])


def read_ways(folder: Path) -> tuple[dict[str, tuple[str, ...]], list[Fault]]:
    """The ways of asking by article id, and what is wrong; a broken file costs only itself."""
    ways: dict[str, tuple[str, ...]] = {}
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.yml")):
        found, fault = _read(path)
        faults += [fault] if fault else []
        for id_, texts in found.items():
            ways[id_] = (*ways.get(id_, ()), *texts)
    return ways, faults


def _read(path: Path) -> tuple[dict[str, tuple[str, ...]], Fault | None]:
    try:
        text = path.read_text("utf-8")
        if len(text) > MAX_CHARACTERS:
            return {}, Fault(path, 1, f"文件太大，最多 {MAX_CHARACTERS} 个字，请按主题分开")
        return _FILE.validate_python(read_yaml(text) or {}), None
    except ValidationError as error:
        first = error.errors()[0]
        where = " ".join(map(str, first["loc"]))
        return {}, Fault(path, 1, f"{where}：要写成“编号: [问法, 问法]”，{first['msg']}")
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        return {}, Fault(path, line, f"读不出来：{getattr(error, 'problem', error)}")
