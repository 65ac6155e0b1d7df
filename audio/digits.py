"""Spoken digits as people write them. Pure."""

from __future__ import annotations

import re

_SPOKEN = "零〇一二三四五六七八九幺"
_WRITTEN = str.maketrans(_SPOKEN, "001234567891")
_AMOUNTS = "十百千万亿"
_RUN = re.compile(rf"(?<![{_AMOUNTS}点{_SPOKEN}0-9])[{_SPOKEN}0-9]++(?![{_AMOUNTS}点])")
"""Digits in a row; not those of 三万五千, of 五十 and of 三点一四."""
_LISTED = frozenset("一二三四五六七八九"[at : at + 3] for at in range(7))
"""Said to count things up, as in 一二三类账户, more often than as a number."""
_SURELY = 3
"""So many digits in a row are a number wherever they stand."""


def arabic(text: str, *, number: bool = False) -> str:
    """`text` with its spoken digits written, 一三八零零 and 幺三八零零 as 13800.

    Only where three or more stand in a row. With `number`, in an answer that should be a number,
    single digits too, as soon as one such row shows that it is one; amounts stay as they are.
    """
    runs = [run for run in _RUN.findall(text) if len(run) >= _SURELY]
    if number:
        return _RUN.sub(_write, text) if runs else text
    return _RUN.sub(
        lambda run: _write(run) if len(run[0]) >= _SURELY and run[0] not in _LISTED else run[0],
        text,
    )


def digits(text: str) -> str:
    """The digits that an answer holds when it is taken for a number said in groups."""
    return "".join(re.findall(r"\d", _RUN.sub(_write, text)))


def _write(run: re.Match[str]) -> str:
    return run[0].translate(_WRITTEN)
