"""Bar charts as plain SVG: no script, no style sheet, readable in black and white. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 44, 34
_INK, _LINE = "#14201c", "#d0d9d5"
_MOST_LABELS = 10


@dataclass(frozen=True, slots=True)
class Series:
    """One group's bars."""

    name: str
    colour: str
    values: Sequence[float | None]
    """One for each label; None where there is nothing to show."""


def bars(title: str, unit: str, labels: Sequence[str], series: Sequence[Series]) -> str:
    """Grouped bars over `labels`, from zero, with a scale and a legend."""
    highest = max((value or 0 for one in series for value in one.values), default=0)
    return _chart(title, unit, series, highest, lambda top: _bars(labels, series, top))


def stacked(title: str, unit: str, labels: Sequence[str], series: Sequence[Series]) -> str:
    """One bar for each label, its parts on top of each other in the order of `series`."""
    columns = zip(*(one.values for one in series), strict=True)
    highest = max((sum(value or 0 for value in column) for column in columns), default=0)
    return _chart(title, unit, series, highest, lambda top: _stacks(labels, series, top))


def _chart(
    title: str,
    unit: str,
    series: Sequence[Series],
    highest: float,
    drawn: Callable[[float], list[str]],
) -> str:
    step = _step(highest)
    top = max(step, -(-highest // step) * step)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="13" fill="{_INK}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="20" font-weight="bold" font-size="15">{escape(title)}</text>',
        *_legend(series),
        *_scale(top, step, unit),
        *drawn(top),
        "</svg>",
    ]
    return "".join(parts)


def _step(highest: float) -> float:
    """A round distance between two lines, for about four of them."""
    step = 1.0
    while step * 4 < highest:
        step *= 2.5 if f"{step:g}"[0] == "2" else 2
    return step


def _scale(top: float, step: float, unit: str) -> list[str]:
    lines, value = [], 0.0
    while value <= top:
        y = _height(value, top)
        lines.append(
            f'<path d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}" stroke="{_LINE}"/>'
            + _text(_LEFT - 6, y + 4, f"{value:g}{unit}", "end")
        )
        value += step
    return lines


def _bars(labels: Sequence[str], series: Sequence[Series], top: float) -> list[str]:
    middles, room = _middles(labels)
    width = min(room * 0.8 / max(len(series), 1), 26)
    found = _names(labels, middles)
    for place, (label, middle) in enumerate(zip(labels, middles, strict=True)):
        for number, one in enumerate(series):
            value = one.values[place]
            if value is not None:
                x = middle + (number - len(series) / 2) * width
                found.append(_bar(x, width * 0.9, (0, value), top, label, one))
    return found


def _stacks(labels: Sequence[str], series: Sequence[Series], top: float) -> list[str]:
    middles, room = _middles(labels)
    width = min(room * 0.7, 40)
    found = _names(labels, middles)
    for place, (label, middle) in enumerate(zip(labels, middles, strict=True)):
        below = 0.0
        for one in series:
            value = one.values[place]
            if value:
                span = (below, below + value)
                found.append(_bar(middle - width / 2, width, span, top, label, one))
                below += value
    return found


def _middles(labels: Sequence[str]) -> tuple[list[float], float]:
    """Where the bars of each label stand, and how much room each has."""
    room = (WIDTH - _LEFT - _RIGHT) / max(len(labels), 1)
    return [_LEFT + room * (place + 0.5) for place in range(len(labels))], room


def _names(labels: Sequence[str], middles: Sequence[float]) -> list[str]:
    every = -(-len(labels) // _MOST_LABELS) or 1
    return [
        _text(middle, HEIGHT - 12, label, "middle")
        for label, middle in list(zip(labels, middles, strict=True))[::every]
    ]


def _bar(
    x: float, width: float, span: tuple[float, float], top: float, label: str, one: Series
) -> str:
    """From one value to another, with what it means as its title."""
    y, foot = _height(span[1], top), _height(span[0], top)
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{foot - y:.1f}" '
        f'fill="{one.colour}"><title>{escape(f"{label} {one.name} {span[1] - span[0]:g}")}'
        "</title></rect>"
    )


def _legend(series: Sequence[Series]) -> list[str]:
    found = []
    for number, one in enumerate(series):
        x = WIDTH - _RIGHT - 90 * (len(series) - number)
        found.append(
            f'<rect x="{x}" y="9" width="13" height="13" fill="{one.colour}"/>'
            f'<text x="{x + 19}" y="20">{escape(one.name)}</text>'
        )
    return found


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _height(value: float, top: float) -> float:
    room = HEIGHT - _TOP - _BOTTOM
    return _TOP + room * (1 - value / top)
