"""Beginnings of answers, as data, and the gaps that an officer must fill. Pure but for the file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from actions.complaints import Step

TEMPLATES = Path(__file__).parent / "answer_templates.yml"
_GAP = re.compile(r"\{([\u4e00-\u9fff]{1,12})\}")


@dataclass(frozen=True, slots=True)
class Template:
    """One beginning."""

    title: str
    group: str
    steps: frozenset[Step]
    """The steps that offer it."""
    text: str
    """With gaps such as {金额}."""


def load(path: Path = TEMPLATES) -> tuple[Template, ...]:
    """The templates in `path`, in its order. Raises ValueError that says what is wrong."""
    try:
        data: Any = yaml.safe_load(path.read_text("utf-8"))
        return TypeAdapter(tuple[Template, ...]).validate_python(data)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise ValueError(f"{path.name} 读不出来：{error}") from error


def fill(text: str, known: Mapping[str, str]) -> str:
    """`text` with the gaps filled whose names are `known`; the others stay."""
    return _GAP.sub(lambda gap: known.get(gap.group(1)) or gap.group(), text.strip())


def gaps(text: str) -> list[str]:
    """The names of the gaps that are left in `text`, each once, in order."""
    return list(dict.fromkeys(_GAP.findall(text)))
