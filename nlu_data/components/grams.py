"""How a sentence looks and how it sounds, as n-grams: no state, no Rasa.

Characters carry what was typed; syllables without tones carry what was meant when a speech
recogniser, or a thumb on a pinyin keyboard, chose another character of the same sound.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence

from pypinyin import Style, lazy_pinyin

LONGEST_LOOK = 2
"""Characters in the longest character n-gram; chosen, like the next two, by cross-validation."""
LONGEST_SOUND = 2
"""Syllables in the longest pinyin n-gram."""
FARTHEST_SOUND = 3
"""Places between two syllables that are also taken as a pair, whatever stands between them.

So 给我转个人 and 给我快转人 have 转 … 人 in common.
"""
LONGEST_TEXT = 400
"""Characters that are read; a longer text has told its intent by then."""
_START, _END = "^", "$"


def normalise(text: str) -> str:
    """Letters and digits of `text`, at most LONGEST_TEXT, in one width and one case.

    Punctuation, blanks and emoji go: a recogniser writes none, and customers write them anywhere.
    """
    plain = unicodedata.normalize("NFKC", text[:LONGEST_TEXT]).casefold()
    return "".join(character for character in plain if character.isalnum())[:LONGEST_TEXT]


def looks(text: str) -> Counter[str]:
    """Character n-grams (1 to LONGEST_LOOK) of normalised `text`; beginning and end count."""
    if not text:
        return Counter()
    return _grams([_START, *text, _END], LONGEST_LOOK, separator="")


def sounds(text: str) -> Counter[str]:
    """Syllable n-grams (1 to LONGEST_SOUND) of normalised `text`, and pairs that stand apart.

    What has no pinyin, such as Latin letters, makes no sound; the characters stand for it.
    """
    syllables = [fold(syllable) for syllable in lazy_pinyin(text, Style.NORMAL, "ignore")]
    if not syllables:
        return Counter()
    found = _grams([_START, *syllables, _END], LONGEST_SOUND, separator=" ")
    for distance in range(2, FARTHEST_SOUND + 1):
        apart = zip(syllables, syllables[distance:], strict=False)
        found.update(f"{first} … {second}" for first, second in apart)
    return found


def fold(syllable: str) -> str:
    """One spelling for the sounds that many speakers and recognisers do not tell apart.

    zh/z, ch/c, sh/s and n/l at the beginning; eng/en and ing/in at the end.
    """
    if syllable[:2] in {"zh", "ch", "sh"}:
        syllable = syllable[0] + syllable[2:]
    elif syllable.startswith("n") and syllable not in {"n", "ng"}:
        syllable = "l" + syllable[1:]
    return syllable[:-1] if syllable.endswith(("eng", "ing")) else syllable


def _grams(units: Sequence[str], longest: int, *, separator: str) -> Counter[str]:
    found = Counter(
        separator.join(units[begin : begin + length])
        for length in range(1, longest + 1)
        for begin in range(len(units) - length + 1)
    )
    # Every sentence has a beginning and an end: alone, they say nothing.
    del found[_START], found[_END]
    return found
