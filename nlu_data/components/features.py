"""Sentences to weighted vectors: TF-IDF of how they look beside TF-IDF of how they sound."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from nlu_data.components.grams import looks, normalise, sounds


@dataclass(frozen=True, slots=True)
class Weighed:
    """The known n-grams of one text."""

    places: NDArray[np.intp]
    """Their places in the vocabulary, ascending; empty when nothing is known."""
    weights: NDArray[np.float32]
    """One for each place."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The n-grams of the training data, and how telling each of them is."""

    places: dict[str, int]
    """N-gram to place, 0 to len - 1, in alphabetical order."""
    rarity: NDArray[np.float32]
    """Inverse document frequency, by place."""
    unknown: float
    """Inverse document frequency of an n-gram that no training text has."""

    @classmethod
    def learn(cls, texts: Sequence[Iterable[str]]) -> Vocabulary:
        """The vocabulary of `texts`, each given as its n-grams."""
        frequency = Counter(gram for grams in texts for gram in set(grams))
        terms = sorted(frequency)
        counts = np.array([frequency[term] for term in terms], dtype=np.float64)
        rarity = np.log((1 + len(texts)) / (1 + counts)) + 1
        return cls(
            {term: place for place, term in enumerate(terms)},
            rarity.astype(np.float32),
            math.log(1 + len(texts)) + 1,
        )

    def weigh(self, grams: Counter[str]) -> Weighed:
        """TF-IDF of one text, with logarithmic term frequency and norm 1 or less.

        Unknown n-grams have no place but count in the norm: a sentence of which little is known
        has a short vector, and so an unsure classification.
        """
        known: list[tuple[int, float]] = []
        squares = 0.0
        for gram, count in grams.items():
            place = self.places.get(gram)
            rarity = self.unknown if place is None else float(self.rarity[place])
            weight = (1 + math.log(count)) * rarity
            squares += weight * weight
            if place is not None:
                known.append((place, weight))
        known.sort()
        norm = math.sqrt(squares) or 1.0
        return Weighed(
            np.array([place for place, _ in known], dtype=np.intp),
            np.array([weight / norm for _, weight in known], dtype=np.float32),
        )


@dataclass(frozen=True, slots=True)
class Features:
    """Both vocabularies; in a vector, looks come before sounds."""

    look: Vocabulary
    sound: Vocabulary

    @classmethod
    def learn(cls, texts: Iterable[str]) -> Features:
        """The vocabularies of `texts`."""
        plain = [normalise(text) for text in texts]
        return cls(
            Vocabulary.learn([looks(text) for text in plain]),
            Vocabulary.learn([sounds(text) for text in plain]),
        )

    @property
    def size(self) -> int:
        """The length of a vector."""
        return len(self.look.places) + len(self.sound.places)

    def weigh(self, text: str) -> Weighed:
        """One text as a sparse vector of `size`."""
        plain = normalise(text)
        look = self.look.weigh(looks(plain))
        sound = self.sound.weigh(sounds(plain))
        return Weighed(
            np.concatenate([look.places, sound.places + len(self.look.places)]),
            np.concatenate([look.weights, sound.weights]),
        )

    def matrix(self, texts: Iterable[str]) -> csr_matrix:
        """All `texts`, of which there is at least one: (texts, size)."""
        rows = [self.weigh(text) for text in texts]
        ends = np.cumsum([0, *(len(row.places) for row in rows)])
        weights = np.concatenate([row.weights for row in rows])
        places = np.concatenate([row.places for row in rows])
        return csr_matrix((weights, places, ends), shape=(len(rows), self.size))
