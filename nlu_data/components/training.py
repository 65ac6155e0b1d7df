"""Examples to a model: a linear support vector machine, and its calibration."""

from __future__ import annotations

import multiprocessing
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn.svm import LinearSVC

from nlu_data.components.features import Features
from nlu_data.components.grams import normalise
from nlu_data.components.model import IntentModel

Scores = NDArray[np.float64]

FOLDS = 5
_MANY = 2_000
"""Examples; fewer are learned in a second or two."""
_SEED = 20261124
_COLDEST, _HOTTEST = 0.02, 5.0


class TrainingDataError(Exception):
    """The examples cannot be learned from; the message says why."""


class Example(NamedTuple):
    """One training sentence."""

    intent: str
    text: str


class HeldOut(NamedTuple):
    """What models said about examples that they had not seen."""

    examples: list[Example]
    scores: Scores
    """(examples, intents), before calibration; intents in alphabetical order."""
    truth: NDArray[np.intp]
    """(examples,): the place of each example's intent."""


def learn(examples: Iterable[Example], strength: float = 1.0) -> IntentModel:
    """The calibrated model of `examples`, the same for the same examples in any order.

    `strength` is the classifier's C: the higher, the closer it follows single examples. Raises
    TrainingDataError when there are fewer than two intents, or one has fewer than two examples.
    """
    usable = _usable(examples)
    with _workers(len(usable)) as workers:
        whole = workers.submit(_fit, usable, strength)
        held_out = _hold_out(usable, strength, workers)
        return replace(whole.result(), temperature=fit_temperature(held_out))


def hold_out(examples: Iterable[Example], strength: float = 1.0) -> HeldOut:
    """Cross-validate: each example scored by a model trained without its fold."""
    usable = _usable(examples)
    with _workers(len(usable)) as workers:
        return _hold_out(usable, strength, workers)


def _hold_out(usable: list[Example], strength: float, workers: Executor) -> HeldOut:
    fold_of = _folds(usable)
    seen: list[Example] = []
    scoring: list[Future[Scores]] = []
    for fold in range(FOLDS):
        held = [example for example, its in zip(usable, fold_of, strict=True) if its == fold]
        if not held:
            continue
        others = [example for example, its in zip(usable, fold_of, strict=True) if its != fold]
        seen += held
        scoring.append(workers.submit(_score, others, held, strength))
    intents = sorted({example.intent for example in usable})
    truth = np.array([intents.index(example.intent) for example in seen], dtype=np.intp)
    return HeldOut(seen, np.concatenate([scores.result() for scores in scoring]), truth)


def _score(others: Sequence[Example], held: Sequence[Example], strength: float) -> Scores:
    """What a model of `others` says about `held`."""
    model = _fit(others, strength)
    matrix = model.features.matrix([example.text for example in held])
    return matrix @ model.weights.astype(np.float64) + model.bias


def _workers(examples: int) -> Executor:
    """One process for each core, where that is worth their start.

    Threads would not do: liblinear keeps its random numbers in one place for the whole process.
    """
    if examples < _MANY:
        return ThreadPoolExecutor(1)
    return ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn"))


def fit_temperature(held_out: HeldOut) -> float:
    """The temperature under which the held-out truth is likeliest."""

    def surprise(log_temperature: float) -> float:
        likelihood = log_softmax(held_out.scores / np.exp(log_temperature), axis=1)
        return -float(likelihood[np.arange(len(held_out.truth)), held_out.truth].mean())

    found = minimize_scalar(surprise, bounds=(np.log(_COLDEST), np.log(_HOTTEST)), method="bounded")
    return float(np.exp(found.x))


def _usable(examples: Iterable[Example]) -> list[Example]:
    """Each different example once, in an order of its own."""
    usable = sorted({Example(*example) for example in examples if normalise(example.text)})
    count = Counter(example.intent for example in usable)
    if len(count) < 2:
        raise TrainingDataError(f"there must be at least two intents, not {len(count)}")
    rare = sorted(intent for intent, number in count.items() if number < 2)
    if rare:
        raise TrainingDataError(f"at least two different examples are needed of {', '.join(rare)}")
    return usable


def _folds(examples: Sequence[Example]) -> list[int]:
    """The fold of each example; every intent is spread over the folds as evenly as can be."""
    members: dict[str, list[int]] = defaultdict(list)
    for place, example in enumerate(examples):
        members[example.intent].append(place)
    fold_of = [0] * len(examples)
    shuffle = random.Random(_SEED).shuffle  # noqa: S311  it must be foreseeable
    dealt = 0
    for intent in sorted(members):
        shuffle(members[intent])
        for place in members[intent]:
            fold_of[place] = dealt % FOLDS
            dealt += 1
    return fold_of


def _fit(examples: Sequence[Example], strength: float) -> IntentModel:
    """An uncalibrated model."""
    features = Features.learn(example.text for example in examples)
    intents = sorted({example.intent for example in examples})
    machine = LinearSVC(
        C=strength, class_weight="balanced", dual=True, max_iter=10_000, random_state=_SEED
    )
    machine.fit(
        features.matrix(example.text for example in examples),
        [example.intent for example in examples],
    )
    weights, bias = machine.coef_, machine.intercept_
    if len(intents) == 2:
        # For two intents there is a single boundary; its other side is the mirror image.
        weights, bias = np.vstack([-weights, weights]), np.concatenate([-bias, bias])
    return IntentModel(
        tuple(intents),
        features,
        np.ascontiguousarray(weights.T, dtype=np.float32),
        bias.astype(np.float32),
        temperature=1.0,
    )
