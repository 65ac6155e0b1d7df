"""One part of the pack, and how its numbers are written. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from actions.pack.charts import Chart


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the pack."""

    title: str
    said: tuple[str, ...]
    """Sentences; the first says what the chart shows."""
    chart: Chart | None = None
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def bars(name: str, said: str, values: Sequence[tuple[str, int]]) -> Chart:
    """What is compared with each other."""
    return Chart(name, said, *columns(values))


def columns(values: Sequence[tuple[str, int]]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The names, and the values."""
    return tuple(label for label, _ in values), tuple(value for _, value in values)


def percent(part: int, whole: int) -> str:
    """As people read it; a dash where there is no whole."""
    return f"{part / whole:.1%}" if whole else "—"
