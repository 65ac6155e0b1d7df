"""The trained classifier: sentences to intents with probabilities.

It is stored as plain arrays and JSON, so that nothing in a model file can run.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from nlu_data.components.features import Features, Vocabulary

_FORMAT = 1
_ARRAYS = "classifier.npz"
_WORDS = "classifier.json"
_UNREADABLE = (OSError, EOFError, ValueError, LookupError, TypeError, zipfile.BadZipFile)
"""What reading a damaged file can end in."""


class ModelFileError(Exception):
    """A stored model is missing, damaged, or of another format."""


@dataclass(frozen=True, slots=True)
class IntentModel:
    """A linear classifier with calibrated probabilities. Immutable, so threads may share it."""

    intents: tuple[str, ...]
    """In alphabetical order; the order of `bias` and of every row of probabilities."""
    features: Features
    weights: NDArray[np.float32]
    """(features.size, intents)"""
    bias: NDArray[np.float32]
    """(intents,)"""
    temperature: float
    """Scores are divided by it, so that of answers with probability p a share of p is right."""

    def probabilities(self, text: str) -> NDArray[np.float64]:
        """(intents,), adding up to 1; all alike where nothing in `text` is known."""
        vector = self.features.weigh(text)
        if not len(vector.places):
            return np.full(len(self.intents), 1 / len(self.intents))
        scores = self.bias + vector.weights @ self.weights[vector.places]
        return np.asarray(softmax(scores.astype(np.float64) / self.temperature))

    def ranking(self, text: str) -> list[tuple[str, float]]:
        """Every intent with its probability, the likeliest first."""
        probabilities = self.probabilities(text)
        likeliest_first = np.argsort(-probabilities, kind="stable")
        return [(self.intents[place], float(probabilities[place])) for place in likeliest_first]

    def save(self, folder: Path) -> None:
        """Write the model into `folder`, which exists. Raises OSError."""
        words = {
            "format": _FORMAT,
            "intents": self.intents,
            "temperature": self.temperature,
            "look": _words(self.features.look),
            "sound": _words(self.features.sound),
        }
        (folder / _WORDS).write_text(json.dumps(words, ensure_ascii=False), "utf-8")
        np.savez(
            folder / _ARRAYS,
            weights=self.weights,
            bias=self.bias,
            look=self.features.look.rarity,
            sound=self.features.sound.rarity,
        )

    @classmethod
    def load(cls, folder: Path) -> IntentModel:
        """Read what `save` wrote. Raises ModelFileError."""
        try:
            words = json.loads((folder / _WORDS).read_text("utf-8"))
            # Opened here, because numpy leaves open what it cannot read.
            with (folder / _ARRAYS).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                model = cls._from(words, dict(arrays))
        except _UNREADABLE as error:
            raise ModelFileError(f"the classifier in {folder} cannot be read: {error}") from error
        return model

    @classmethod
    def _from(cls, words: dict[str, Any], arrays: dict[str, NDArray[np.float32]]) -> IntentModel:
        if words["format"] != _FORMAT:
            raise ValueError(f"its format is {words['format']}, not {_FORMAT}")
        model = cls(
            tuple(words["intents"]),
            Features(
                _vocabulary(words["look"], arrays["look"]),
                _vocabulary(words["sound"], arrays["sound"]),
            ),
            arrays["weights"],
            arrays["bias"],
            float(words["temperature"]),
        )
        if model.weights.shape != (model.features.size, len(model.intents)):
            raise ValueError("its words and its weights do not belong together")
        return model


def _words(vocabulary: Vocabulary) -> dict[str, Any]:
    return {"grams": list(vocabulary.places), "unknown": vocabulary.unknown}


def _vocabulary(words: dict[str, Any], rarity: NDArray[np.float32]) -> Vocabulary:
    places = {gram: place for place, gram in enumerate(words["grams"])}
    return Vocabulary(places, rarity, float(words["unknown"]))
