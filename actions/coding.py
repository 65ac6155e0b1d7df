"""The likely classification of a complaint, learned from examples. A person confirms it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline

from actions.classification import Axis, Classification

EXAMPLES = Path(__file__).parent / "coding_examples.yml"
BEST = 3
"""Suggestions for each axis."""
_SEED = 11
_STRENGTH = 4.0
"""The inverse of the regularisation, by cross-validation of the examples."""
_LIKELY_CHANNEL = {
    "hotline": "前台/电子渠道/电话",
    "wechat": "前台/电子渠道/网络公众平台",
    "wecom": "前台/电子渠道/网络公众平台",
}
_HINT = 1.5
"""So much likelier is the channel over which the complaint itself came."""
_FOLDS = 5
_REACH = 600
"""Characters of a text that are looked at: what happened stands at the beginning."""


@dataclass(frozen=True, slots=True)
class Example:
    """A complaint, or a turn of speech, of which some of the classification is known."""

    text: str
    leaves: dict[Axis, str]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A leaf that may fit."""

    axis: Axis
    path: str
    confidence: float
    """0 to 1; docs/benchmarks.md tells how often it is right."""


class Coder:
    """Learns in the first call that needs it, once a process: call it from a thread."""

    def __init__(self, classification: Classification, examples: Path = EXAMPLES) -> None:
        self.classification = classification
        self._examples = examples
        self._lock = threading.Lock()
        self._models: dict[Axis, Any] = {}

    def learn(self) -> None:
        """Be ready. Raises ValueError that names every fault of the examples."""
        with self._lock:
            if not self._models:
                known = read_examples(self._examples, self.classification)
                self._models = {axis: _learned(axis, known) for axis in Axis}

    def suggest(self, text: str, product: str = "", source: str = "") -> list[Suggestion]:
        """The best three of each axis, the likeliest first.

        `product` is the business in the customer's words. `source`, the way by which the complaint
        came, is no evidence for the channel it is about, and only tells where the text does not.
        """
        self.learn()
        return [
            Suggestion(axis, path, confidence)
            for axis in Axis
            for path, confidence in self._ranked(axis, _words(axis, text, product), source)[:BEST]
        ]

    def causes(self, texts: Sequence[str]) -> list[str]:
        """The likeliest cause of each text."""
        if not texts:
            return []
        self.learn()
        told = [_words(Axis.CAUSE, text, "") for text in texts]
        return [str(path) for path in self._models[Axis.CAUSE].predict(told)]

    def _ranked(self, axis: Axis, words: str, source: str) -> list[tuple[str, float]]:
        model = self._models[axis]
        shares = model.predict_proba([words])[0]
        if axis is Axis.CHANNEL and source in _LIKELY_CHANNEL:
            shares = shares * np.where(model.classes_ == _LIKELY_CHANNEL[source], _HINT, 1.0)
            shares = shares / shares.sum()
        order = np.argsort(-shares, kind="stable")
        return [(str(model.classes_[place]), float(shares[place])) for place in order]


def read_examples(path: Path, classification: Classification) -> list[Example]:
    """Complaints, and turns of speech. Raises ValueError that names every fault, one a line."""
    try:
        lines = list(_lines(yaml.safe_load(path.read_text("utf-8"))))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(f"{path.name} 读不出来：{error}") from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{path.name}：complaints 要按“业务、原因、- 渠道: 投诉”来写，"
            "turns_of_speech 按“维度、一级、[说法]”来写"
        ) from error
    found, faults, seen = [], [], set[tuple[str, Axis]]()
    for names, text in lines:
        try:
            leaves = {axis: classification.path(axis, name) for axis, name in names.items()}
        except LookupError as error:
            faults.append(f"{error}：{text}")
            continue
        if seen & {(text, axis) for axis in leaves}:
            faults.append(f"写了两次：{text}")
        seen |= {(text, axis) for axis in leaves}
        found.append(Example(text, leaves))
    if faults:
        raise ValueError("\n".join(f"{path.name}：{fault}" for fault in faults))
    return found


def _lines(data: Any) -> Iterator[tuple[dict[Axis, str], str]]:
    for business, causes in data["complaints"].items():
        for cause, complaints in causes.items():
            for complaint in complaints:
                ((channel, text),) = complaint.items()
                names = {Axis.CHANNEL: channel, Axis.BUSINESS: business, Axis.CAUSE: cause}
                yield names, str(text)
    for axis, leaves in data.get("turns_of_speech", {}).items():
        for leaf, turns in leaves.items():
            for turn in turns:
                yield {Axis(axis): leaf}, str(turn)


def _learned(axis: Axis, known: Sequence[Example]) -> Any:
    """A classifier whose probabilities were checked on what it had not seen."""
    known = [one for one in known if axis in one.leaves]
    model = make_pipeline(
        TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True),
        OneVsRestClassifier(
            LogisticRegression(
                C=_STRENGTH,
                class_weight="balanced",
                solver="liblinear",
                dual=True,
                random_state=_SEED,
            )
        ),
    )
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=_SEED)
    calibrated = CalibratedClassifierCV(model, method="temperature", cv=folds, ensemble=False)
    return calibrated.fit([one.text for one in known], [one.leaves[axis] for one in known])


def _words(axis: Axis, text: str, product: str) -> str:
    """What is looked at; the product says something about the business only."""
    told = text[:_REACH]
    return f"{product}。{told}" if axis is Axis.BUSINESS and product else told
