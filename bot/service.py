"""How a conversation with a human ends and is judged, and what agents often say: data."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

_FILE = Path(__file__).with_name("service.yml")


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OutcomeCode(_Entry):
    """How a conversation can end."""

    code: str = Field(pattern=r"^[a-z_]{2,20}$")
    label: str
    resolved: bool = False
    """Whether the customer's matter is settled by it."""


class Level(_Entry):
    """One answer to how the service was."""

    label: str
    score: int = Field(ge=1, le=9)


class Canned(_Entry):
    """A sentence that agents often need."""

    title: str
    text: str


class Service(_Entry):
    """All of it."""

    outcomes: tuple[OutcomeCode, ...] = Field(min_length=1)
    satisfaction: tuple[Level, ...] = Field(min_length=2)
    """Best first."""
    replies: tuple[Canned, ...]

    @property
    def codes(self) -> frozenset[str]:
        """Every outcome's code."""
        return frozenset(one.code for one in self.outcomes)

    @property
    def resolved(self) -> frozenset[str]:
        """The codes of those that settle the matter."""
        return frozenset(one.code for one in self.outcomes if one.resolved)

    @property
    def levels(self) -> tuple[tuple[str, int], ...]:
        """Label and score of each answer."""
        return tuple((one.label, one.score) for one in self.satisfaction)


def load_service(path: Path = _FILE) -> Service:
    """Read it. Raises ValueError (pydantic's) where it is not as it should be."""
    return Service.model_validate(yaml.safe_load(path.read_text("utf-8")))
