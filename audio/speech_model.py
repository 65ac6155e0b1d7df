"""A Vosk model in a folder: opened by its path, after a look at its files.

Vosk's own finding of models by language downloads them and may end the process; it is never used.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from pathlib import Path

import vosk

from audio import AudioError
from audio.readings import UNKNOWN

logger = logging.getLogger(__name__)

_QUIET = -1
_NEEDED = ("am/final.mdl", "conf/mfcc.conf", "conf/model.conf")
_NARROWABLE = ("graph/HCLr.fst", "graph/Gr.fst")
"""A graph that a grammar can be put into; others have one that is whole."""
_WHOLE = "graph/HCLG.fst"
_LONGEST_WORD = 8


class NoModel(AudioError):
    """The folder holds no model that can be used; the message says why, in Chinese."""


def flaw(folder: Path) -> str:
    """Why `folder` is no model, in Chinese; "" where it looks like one."""
    if not folder.is_dir():
        return f"没有找到语音识别模型（{folder}）"
    graph = _NARROWABLE if any((folder / name).exists() for name in _NARROWABLE) else (_WHOLE,)
    lacking = [name for name in (*_NEEDED, *graph) if not _holds_something(folder / name)]
    return f"{folder} 不是完整的语音识别模型，缺少 {'、'.join(lacking)}" if lacking else ""


def _holds_something(file: Path) -> bool:
    return file.is_file() and file.stat().st_size > 0


class SpeechModel:
    """One for the whole process; any number of recognisers share it."""

    def __init__(self, folder: Path) -> None:
        """Read it, which takes from a moment to ten seconds. Raises NoModel."""
        if why := flaw(folder):
            raise NoModel(why)
        vosk.SetLogLevel(_QUIET)
        try:
            self._model = vosk.Model(str(folder.resolve()))
        except Exception as error:  # Vosk raises nothing narrower
            raise NoModel(f"{folder} 里的语音识别模型读不出来") from error
        self.takes_grammars = all((folder / name).exists() for name in _NARROWABLE)
        self._warned: set[str] = set()

    def recogniser(self, rate: int) -> vosk.KaldiRecognizer:
        """A recogniser of Vosk's own, for one thread at a time."""
        return vosk.KaldiRecognizer(self._model, rate)

    def grammar(self, phrases: Iterable[str]) -> str | None:
        """The phrases as Vosk wants them, and a place for everything else.

        None where the model takes no grammars, or knows none of the words. A phrase that cannot be
        made of the model's words is left out, with one warning.
        """
        if not self.takes_grammars:
            return None
        parts = (self._parts(phrase) for phrase in dict.fromkeys(phrases))
        known = [" ".join(words) for words in parts if words]
        return json.dumps([*known, UNKNOWN], ensure_ascii=False) if known else None

    def _parts(self, phrase: str) -> list[str]:
        """The fewest words of the model's that make the phrase; empty where none do."""
        ways: list[list[str] | None] = [[]]
        for end in range(1, len(phrase) + 1):
            shorter = (
                [*way, phrase[begin:end]]
                for begin in range(max(0, end - _LONGEST_WORD), end)
                if (way := ways[begin]) is not None and self._knows(phrase[begin:end])
            )
            ways.append(min(shorter, key=len, default=None))
        if not ways[-1] and phrase not in self._warned:
            self._warned.add(phrase)
            logger.warning("the speech model has no words for %r", phrase)
        return ways[-1] or []

    def _knows(self, word: str) -> bool:
        return bool(self._model.vosk_model_find_word(word) >= 0)
