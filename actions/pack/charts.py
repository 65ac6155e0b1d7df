"""Charts without a browser: SVG for the page, PNG for the PDF, the same bytes each time."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from matplotlib import font_manager, rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pylopdf_fonts_zh_cn import sans_path

_GREEN, _PALE, _INK, _QUIET = "#00594a", "#9cc7b8", "#14201c", "#4b5954"
_WIDTH = 7.2
_BAR = 0.34
"""Inches."""
_DPI = 200
_LONGEST = 16
"""Characters of a label."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Values with their names; `said` is the one sentence that tells what they show."""

    name: str
    """Unique on the page: letters only."""
    said: str
    labels: tuple[str, ...]
    values: tuple[int, ...]
    unit: str = "件"
    standing: bool = False
    """Columns, for what follows in time; bars for what is compared."""
    marked: frozenset[int] = frozenset()
    """Places that stand out; all where it is empty."""


def svg(chart: Chart) -> str:
    """An <svg> element to stand in a page; its letters are drawn, so no font is needed."""
    out = io.StringIO()
    with rc_context({"svg.fonttype": "path", "svg.hashsalt": chart.name, **_fonts()}):
        _drawn(chart).savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    drawn = out.getvalue()
    drawn = drawn[drawn.index("<svg") :]
    drawn = re.sub(r"<metadata>.*?</metadata>", "", drawn, count=1, flags=re.DOTALL)
    return drawn.replace("<svg ", '<svg aria-hidden="true" ', 1)  # the words beside it say it


def png(chart: Chart) -> bytes:
    """The same as a picture."""
    out = io.BytesIO()
    with rc_context(_fonts()):
        _drawn(chart).savefig(out, format="png", dpi=_DPI, metadata={"Software": None})
    return out.getvalue()


@cache
def _family() -> str:
    """The font of our documents, made known to matplotlib once a process."""
    path = sans_path()
    font_manager.fontManager.addfont(path)
    return font_manager.FontProperties(fname=path).get_name()


def _fonts() -> dict[Any, Any]:
    return {"font.family": [_family()], "font.size": 10, "axes.unicode_minus": False}


def _drawn(chart: Chart) -> Figure:
    height = 2.6 if chart.standing else 0.5 + _BAR * len(chart.values)
    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    axes = figure.add_subplot()
    places = range(len(chart.values))
    colours = [_GREEN if not chart.marked or place in chart.marked else _PALE for place in places]
    labels = [_short(label) for label in chart.labels]
    if chart.standing:
        drawn = axes.bar(places, chart.values, color=colours, width=0.7)
        axes.set_xticks(places, labels)
        axes.set_yticks([])
    else:
        drawn = axes.barh(places, chart.values, color=colours, height=0.7)
        axes.set_yticks(places, labels)
        axes.set_xticks([])
        axes.invert_yaxis()
    axes.bar_label(drawn, [f"{value}" for value in chart.values], padding=3, color=_INK)
    _tidy(axes, chart.values, standing=chart.standing)
    return figure


def _tidy(axes: Axes, values: Sequence[int], *, standing: bool) -> None:
    """Room for the numbers; no more lines than needed."""
    limit = max(1, *values) * 1.12
    (axes.set_ylim if standing else axes.set_xlim)(0, limit)
    for side, spine in axes.spines.items():
        spine.set_visible(side == ("bottom" if standing else "left"))
        spine.set_color(_QUIET)
    axes.tick_params(length=0, colors=_INK)


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1]}…"
