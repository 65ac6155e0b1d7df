"""Documents to print: headings, paragraphs, tables and pictures in Chinese, on numbered A4 pages.

The font is embedded as a subset, so that a page reads the same at every printer and its text can
be searched and copied. Making one takes a while: call it from a thread.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from fpdf import FPDF
from fpdf.enums import Align, TableBordersLayout, VAlign, XPos, YPos
from fpdf.fonts import FontFace, TTFFont
from pylopdf_fonts_zh_cn import sans_path

_FONT = "sans"
_MARGIN_MM = 18
_BODY_PT = 10.5
_TABLE_PT = 9.5
_SMALL_PT = 8.5
_HEADINGS_PT = {1: 17.0, 2: 13.0, 3: 11.0}
_LINE = 1.65
"""Height of a line, in sizes of its type: Chinese needs more room than English."""
_MM_PER_PT = 25.4 / 72
_PADDING_MM = 1.2
_GREEN = (0, 89, 74)
_INK = (20, 32, 28)
_QUIET = (75, 89, 84)
_LINES = (176, 188, 183)
_PALE = (234, 243, 240)
_LINES_A_ROW = 24
"""A longer cell goes on in a row of its own: a row never breaks across pages."""


class Paper:
    """One document, from its title downwards; `to_bytes` closes it."""

    def __init__(self, title: str, made: dt.datetime, *, foot: str = "") -> None:
        """`made`: with a time zone. `foot` stands at the left of each page's foot."""
        self._pdf = _Sheet(foot)
        self._pdf.set_title(title)
        self._pdf.set_creation_date(made)
        self._pdf.add_page()
        self.heading(title)

    def heading(self, text: str, level: int = 1) -> None:
        """A heading; `level` 1 to 3. It enters the outline, and never stands last on a page."""
        pdf, size = self._pdf, _HEADINGS_PT[level]
        if pdf.will_page_break(size * _LINE * _MM_PER_PT + 20):
            pdf.add_page()
        if level > 1:
            pdf.ln(2)
        pdf.start_section(_one_line(text), max(0, level - 2))
        self._write(text, size, _GREEN)
        pdf.ln(1)

    def paragraph(self, text: str, *, quiet: bool = False) -> None:
        """Running text; its line breaks are kept."""
        self._write(text, _SMALL_PT if quiet else _BODY_PT, _QUIET if quiet else _INK)
        self._pdf.ln(1)

    def facts(self, facts: Iterable[tuple[str, str]]) -> None:
        """Names and what is so about them, two columns."""
        self._rows([list(fact) for fact in facts], (1.0, 4.0), None)

    def table(
        self, head: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[float] = ()
    ) -> None:
        """A table whose head is repeated on each page; `widths` in proportion, equal by default."""
        self._rows([list(row) for row in rows], widths or (1.0,) * len(head), list(head))

    def picture(self, data: bytes, caption: str, *, width_mm: float = 174) -> None:
        """A PNG or JPEG, with its caption below; the caption is read out instead of it."""
        width = min(width_mm, self._pdf.epw)
        self._pdf.image(io.BytesIO(data), x=Align.C, w=width, alt_text=caption)
        self.paragraph(caption, quiet=True)

    def to_bytes(self) -> bytes:
        """The finished PDF."""
        return bytes(self._pdf.output())

    def _write(self, text: str, size: float, colour: tuple[int, int, int]) -> None:
        pdf = self._pdf
        pdf.set_text_color(*colour)
        pdf.set_font(_FONT, size=size)
        height = size * _LINE * _MM_PER_PT
        for line in pdf.wrapped(text, pdf.epw):
            pdf.cell(0, height, line, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _rows(self, rows: list[list[str]], widths: Sequence[float], head: list[str] | None) -> None:
        pdf = self._pdf
        pdf.set_font(_FONT, size=_TABLE_PT)
        pdf.set_text_color(*_INK)
        pdf.set_draw_color(*_LINES)
        columns = [pdf.epw * width / sum(widths) for width in widths]
        with pdf.table(
            col_widths=tuple(columns),
            line_height=_TABLE_PT * 1.5 * _MM_PER_PT,
            padding=_PADDING_MM,
            text_align=Align.L,
            v_align=VAlign.T,
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            first_row_as_headings=head is not None,
            headings_style=FontFace(emphasis="", color=_GREEN, fill_color=_PALE),
        ) as table:
            for row in [head, *rows] if head else rows:
                for piece in self._pieces(row, columns):
                    table.row(piece)
        pdf.ln(2)

    def _pieces(self, cells: Sequence[str], columns: Sequence[float]) -> Iterator[list[str]]:
        """The row with its lines broken; in several pieces where a cell is very long."""
        room = 2 * _PADDING_MM + 2 * self._pdf.c_margin
        lines = [
            self._pdf.wrapped(cell, width - room)
            for cell, width in zip(cells, columns, strict=True)
        ]
        for start in range(0, max(map(len, lines)), _LINES_A_ROW):
            yield ["\n".join(cell[start : start + _LINES_A_ROW]) for cell in lines]


class _Sheet(FPDF):
    """A4 with our font, margins and foot."""

    def __init__(self, foot: str) -> None:
        super().__init__(format="A4")
        self._foot = foot
        self.add_font(_FONT, fname=sans_path())
        font = self.fonts[_FONT]
        self._drawn = frozenset(font.cmap) if isinstance(font, TTFFont) else frozenset[int]()
        self.set_font(_FONT, size=_BODY_PT)
        self.set_margins(_MARGIN_MM, _MARGIN_MM)
        self.set_auto_page_break(auto=True, margin=_MARGIN_MM + 4)
        self.set_lang("zh-CN")

    def footer(self) -> None:
        """What each page ends with. FPDF calls this."""
        self.set_y(-_MARGIN_MM)
        self.set_font(_FONT, size=_SMALL_PT)
        self.set_text_color(*_QUIET)
        self.cell(self.epw / 2, 6, self.known(self._foot))
        self.cell(self.epw / 2, 6, f"第 {self.page_no()} 页，共 {{nb}} 页", align=Align.R)

    def wrapped(self, text: str, width: float) -> list[str]:
        """`text` in lines of at most `width` mm at the present size.

        A line breaks between Chinese characters, but not within a word or number that fits on a
        line, nor before a mark that closes or after one that opens.
        """
        lines: list[str] = []
        for paragraph in self.known(text).splitlines() or [""]:
            line, used = "", 0.0
            for unit in self._units(paragraph, width):
                wide = self.get_string_width(unit)
                if line and used + wide > width:
                    lines.append(line)
                    line, used = "", 0.0
                line, used = line + unit, used + wide
            lines.append(line)
        return lines

    def _units(self, text: str, width: float) -> Iterator[str]:
        """What is kept together on a line; a word too long for one, in pieces that fit."""
        for unit in _UNITS.findall(text):
            piece = ""
            for character in unit if self.get_string_width(unit) > width else ():
                if piece and self.get_string_width(piece + character) > width:
                    yield piece
                    piece = ""
                piece += character
            yield piece or unit

    def known(self, text: str) -> str:
        """`text` with what the font cannot draw named by its code, so that nothing is lost."""
        seen = _UNSEEN.sub("", text).replace("\t", "    ")
        return "".join(
            one if one == "\n" or ord(one) in self._drawn else f"〔U+{ord(one):04X}〕"
            for one in seen
        )


_OPENING = "（〔【《“‘"
_CLOSING = "，。、；：？！）〕】》”’…—%％"
_UNITS = re.compile(rf"[{_OPENING}]*(?:[!-~]+|[^{_OPENING}])[{_CLOSING}]*|[{_OPENING}]+")
_UNSEEN = re.compile(r"[\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff\r]")


def _one_line(text: str) -> str:
    return " ".join(text.split())
