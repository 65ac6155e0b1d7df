"""How Chinese text sounds: toneless pinyin with the confusions of dialect and recogniser folded."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from pypinyin import Style
from pypinyin.converter import DefaultConverter
from pypinyin.core import Pinyin

_FOLDS = (
    (re.compile(r"^(z|c|s)h"), r"\1"),
    (re.compile(r"^n(?=[aeiouv])"), "l"),
    (re.compile(r"(?<=[aei])ng$"), "n"),
)


class _Remembering(DefaultConverter):
    """Reads each word once: the same few thousand make up all that is said."""

    @lru_cache(maxsize=50_000)  # noqa: B019  # there is one, for ever
    def convert(self, *of: Any, **more: Any) -> Any:
        """See DefaultConverter."""
        return super().convert(*of, **more)


_PINYIN = Pinyin(_Remembering())


def fuzzy_syllables(text: str) -> list[str]:
    """The syllables of `text` with zh/z, ch/c, sh/s, n/l and -ng/-n made alike.

    Runs of Latin letters or digits come as one lower-case item each; all else is left out.
    """
    return [
        _fold(syllable)
        for syllable in _PINYIN.lazy_pinyin(text.lower(), style=Style.NORMAL, errors=_runs)  # type: ignore[arg-type]  # its stub forgets that a list is taken
    ]


def _runs(foreign: str) -> list[str]:
    return re.findall(r"[a-z]+|\d+", foreign)


@cache
def _fold(syllable: str) -> str:
    for pattern, replacement in _FOLDS:
        syllable = pattern.sub(replacement, syllable)
    return syllable


_NOISE = re.compile(r"[^\w]|_")
_EMPTY_WORDS = re.compile(
    r"^(请问一下|请问|你好|您好|我想问一下|我想问下|我想问|问一下|麻烦问下|那个|喂)+"
)


def plain(text: str) -> str:
    """Letters, digits and characters only, without the words that open any question."""
    bare = _NOISE.sub("", text.lower())
    return _EMPTY_WORDS.sub("", bare) or bare
