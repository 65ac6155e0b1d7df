"""How much texts have in common, by pairs of characters. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from actions.blind_index import words

SAME_MATTER = 0.3
"""Of the shorter text's pairs, so many stand in the other one too."""
_ROWS = 500
"""Texts compared with all others at once: bounds the memory."""


def likeness(one: str, other: str) -> float:
    """0 to 1: the share of the shorter text's pairs that the other has (overlap coefficient)."""
    first, second = words(one), words(other)
    if not first or not second:
        return 0.0
    return len(first & second) / min(len(first), len(second))


def alike(one: str, other: str) -> bool:
    """Whether both seem to tell of the same matter."""
    return likeness(one, other) >= SAME_MATTER


def grouped(texts: Sequence[str], least: float) -> NDArray[np.int64]:
    """The number of each text's group: texts at least so alike, and what these are alike with.

    `least` is above 0. Compares every text with every other: call it from a thread.
    """
    table = _table([words(text) for text in texts])
    ends = [_alike(table[start : start + _ROWS], table, least) for start in _starts(len(texts))]
    rows = np.concatenate(
        [start + one for start, (one, _) in zip(_starts(len(texts)), ends, strict=True)] or [_NONE]
    )
    columns = np.concatenate([one for _, one in ends] or [_NONE])
    links = coo_array((np.ones(len(rows), bool), (rows, columns)), shape=(len(texts),) * 2)
    _, labels = connected_components(links, directed=False)
    return labels.astype(np.int64)


def resembling(texts: Sequence[str], models: Sequence[str], least: float) -> NDArray[np.bool_]:
    """Which of `texts` are at least so alike to one of `models`."""
    table = _table([words(text) for text in (*texts, *models)])
    rows, _ = _alike(table[: len(texts)], table[len(texts) :], least)
    found = np.zeros(len(texts), bool)
    found[rows] = True
    return found


_NONE = np.zeros(0, np.int64)


def _starts(number: int) -> range:
    return range(0, number, _ROWS)


def _table(texts: Sequence[set[str]]) -> csr_array:
    """A row for each text, a column for each word."""
    columns: dict[str, int] = {}
    places = [columns.setdefault(word, len(columns)) for text in texts for word in text]
    starts = np.concatenate([[0], np.cumsum([len(text) for text in texts])]).astype(np.int64)
    ones = np.ones(len(places), np.int32)
    return csr_array((ones, places, starts), shape=(len(texts), max(1, len(columns))))


def _alike(
    some: csr_array, others: csr_array, least: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of `some` and of `others` that are at least so alike."""
    common = (some @ others.T).tocoo()
    first, second = some.sum(axis=1), others.sum(axis=1)
    shorter = np.minimum(first[common.row], second[common.col])
    near = common.data >= least * shorter
    return common.row[near].astype(np.int64), common.col[near].astype(np.int64)
