"""A readable text in the parts that are recorded: sentences, and what stands around numbers. Pure.

A reviewed sentence is one recording. A sentence with a number in it, such as 编号是二零二六,
is put together from the recordings of its fixed words and of NUMBERS, so that a customer's number
is said in the same voice and never leaves the bank.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from audio.numerals import counted

LONGEST = 80
"""Characters of one sentence; a longer one is parted at a comma."""
_SENTENCE = re.compile(r"[^。！？；]+[。！？；]*")
_CLAUSE = re.compile(r"[^，：、]+[，：、]*")

_AFTER = {"。": 0.35, "！": 0.35, "？": 0.4, "；": 0.3, "，": 0.2, "：": 0.2, "、": 0.12, "": 0.0}
"""Seconds of silence after a mark, at the normal pace."""
_BETWEEN_GROUPS = 0.3
"""Long enough to write four digits down."""

NUMBERS: tuple[str, ...] = (
    *(f"{counted(str(month))}月" for month in range(1, 13)),
    *(f"{counted(str(day))}日" for day in range(1, 32)),
    *(counted(str(number)) for number in range(10, 100)),
    *(digit + size for digit in "一二两三四五六七八九" for size in "百千万"),
    *(f"周{day}" for day in "一二三四五六日"),
    *"零幺一二两三四五六七八九十百千万亿点年月日号元分钟",
    "分钟",
    "百分之",
    "第",
)
"""What numbers are put together from; each has a recording of its own."""
_LONGEST_FIRST = sorted(NUMBERS, key=len, reverse=True)
_DIGIT = "零幺一二两三四五六七八九十百千万亿"
_UNIT = "点年月日号元分钟"
_NUMBER = (
    # 一 alone is a part of a word, as in 下一位.
    rf"(?:百分之|第)[{_DIGIT}]+[{_DIGIT}{_UNIT}]*"
    rf"|(?!一(?![{_DIGIT}{_UNIT}]))[{_DIGIT}]+[{_DIGIT}{_UNIT}]*"
    r"|周[一二三四五六日]"
)
_PART = re.compile(rf"(?P<number>{_NUMBER})|(?P<mark>[，。！？；：、])|(?P<word>.)")


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that has, or could have, a recording."""

    text: str
    pause_s: float
    """How long to wait after it, at the normal pace."""


def sentences(text: str) -> list[str]:
    """The sentences of a `readable` text, each with the mark at its end."""
    found = [one.strip() for one in _SENTENCE.findall(text)]
    return [part for one in found if one for part in _short(one)]


def whole(sentence: str) -> list[Piece]:
    """The sentence as one recording."""
    return [Piece(sentence, _AFTER.get(sentence[-1:], 0.0))]


def pieces(sentence: str) -> list[Piece]:
    """The sentence as fixed words and NUMBERS."""
    parts: list[list[str]] = []
    """Each: what it is, its text, and the mark behind it."""
    for match in _PART.finditer(sentence):
        kind, text = match.lastgroup or "", match[0]
        if kind == "mark":
            if parts:
                parts[-1][2] = text
        elif kind == "word" and parts and parts[-1][0] == "word" and not parts[-1][2]:
            parts[-1][1] += text
        else:
            parts.append([kind, text, ""])
    found: list[Piece] = []
    for kind, text, mark in parts:
        if kind == "word":
            found.append(Piece(text, _AFTER[mark]))
            continue
        *first, last = _number(text)
        pause = _BETWEEN_GROUPS if mark == "、" else _AFTER[mark]
        found += [*(Piece(one, 0.0) for one in first), Piece(last, pause)]
    return found


def fixed_words(text: str) -> list[str]:
    """What must be recorded so that sentences like these, with other numbers, can be said."""
    parts = [piece.text for one in sentences(text) for piece in pieces(one)]
    return [part for part in dict.fromkeys(parts) if part not in NUMBERS]


def _number(text: str) -> list[str]:
    """A number in its recorded parts, the longest first."""
    parts = []
    while text:
        part = next(one for one in _LONGEST_FIRST if text.startswith(one))
        parts.append(part)
        text = text[len(part) :]
    return parts


def _short(sentence: str) -> list[str]:
    """The sentence in parts of at most LONGEST characters."""
    parts = [""]
    for clause in _CLAUSE.findall(sentence):
        if parts[-1] and len(parts[-1]) + len(clause) > LONGEST:
            parts.append("")
        parts[-1] += clause
    return [
        part[start : start + LONGEST]
        for part in parts
        if part
        for start in range(0, len(part), LONGEST)
    ]
