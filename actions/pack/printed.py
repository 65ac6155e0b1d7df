"""The pack as one self-contained page, and as a PDF with the same content."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import jinja2
from markupsafe import Markup

from actions.pack import charts
from actions.pack.section import Section
from actions.paper import Paper

_PAGE = Path(__file__).parent / "page.html"


def page(title: str, made: dt.datetime, sections: Sequence[Section]) -> str:
    """HTML with its charts inside; nothing is fetched when it is opened."""
    drawn = {one.chart.name: Markup(charts.svg(one.chart)) for one in sections if one.chart}  # noqa: S704 - our own drawing
    template = jinja2.Template(_PAGE.read_text("utf-8"), autoescape=True, trim_blocks=True)
    return str(template.render(title=title, made=_made(made), sections=sections, drawn=drawn))


def pdf(title: str, made: dt.datetime, sections: Sequence[Section]) -> bytes:
    """A4 with numbered pages."""
    paper = Paper(title, made, foot=title)
    paper.paragraph(_made(made), quiet=True)
    for section in sections:
        paper.heading(section.title, 2)
        for place, sentence in enumerate(section.said):
            paper.paragraph(sentence, quiet=place > 0)
        if section.chart:
            caption = f"图：{section.title}（{section.chart.unit}）"
            paper.picture(charts.png(section.chart), caption, width_mm=150)
        if section.rows:
            paper.table(section.head, section.rows, _widths(section.head))
    return paper.to_bytes()


def _widths(head: Sequence[str]) -> tuple[float, ...]:
    wide = {"例子": 4.0, "任务": 2.5, "": 2.0, "原因": 2.0, "渠道": 2.5, "进展": 1.6, "效果": 1.6}
    return tuple(wide.get(cell, 1.0) for cell in head)


def _made(made: dt.datetime) -> str:
    return f"制作日期：{made:%Y-%m-%d}。供消费者权益保护委员会使用，不含客户的号码。"
