"""YAML by libyaml where it is there: ten times faster, and as safe."""

from __future__ import annotations

from typing import Any

import yaml

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(text: str) -> Any:
    """What a document says. Raises yaml.YAMLError."""
    return yaml.load(text, Loader=Loader)  # noqa: S506  # either one is safe
