"""`python -m knowledge.tune`: learn the ranker's weights from the articles' own ways of asking.

Cross-validation: each way of asking is put to an index that was built without it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from scipy.optimize import minimize

from knowledge.article import Article, load
from knowledge.index import FEATURES, Evidence, Index, Numbers
from knowledge.ranking import TRUST, WEIGHTS, Ranker, relative, signs_of_trust, softmax

HERE = Path(__file__).parent
_FOLDS = 5
_HOLD_BACK = 1e-2
"""How strongly weights are drawn to nothing: there are few sentences to learn from."""


def main() -> int:
    """Learn, write ranking.json and print the weights."""
    off_topic = yaml.safe_load((HERE / "off_topic.yml").read_text("utf-8"))
    ranker = learn(load(HERE / "articles").articles, off_topic)
    learned = {
        "choice": _named(FEATURES, ranker.choice),
        "trust": _named(TRUST, ranker.trust),
    }
    text = json.dumps(learned, indent=2)
    WEIGHTS.write_text(text + "\n", "utf-8")
    print(text)
    return 0


def _named(names: Sequence[str], weights: Numbers) -> dict[str, float]:
    return {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)}


def learn(articles: Sequence[Article], off_topic: Sequence[str]) -> Ranker:
    """Weights by which each question's article is chosen, and sentences off topic are not."""
    asked = list(_asked_unseen(articles))
    choice = _learn_choice([(e, right) for e, right in asked if right in e.articles])
    ranker = Ranker(choice, np.zeros(len(TRUST)))
    whole = Index(articles)
    signs, right = [], []
    for evidence, place in [*asked, *((whole.evidence(text), -1) for text in off_topic)]:
        if len(evidence.articles):
            shares = ranker.shares(evidence)
            signs.append(signs_of_trust(evidence, shares))
            right.append(float(place == evidence.articles[int(np.argmax(shares))]))
    return Ranker(choice, _learn_trust(np.array(signs), np.array(right)))


def _asked_unseen(articles: Sequence[Article]) -> Iterator[tuple[Evidence, int]]:
    """Every way of asking, as an index sees it that has not read it, and its article's place."""
    for fold in range(_FOLDS):
        index = Index([_without(article, fold) for article in articles])
        for place, article in enumerate(articles):
            for question in article.ways[fold::_FOLDS]:
                yield index.evidence(question), place


def _without(article: Article, fold: int) -> Article:
    left = [text for place, text in enumerate(article.ways) if place % _FOLDS != fold]
    return article.model_copy(update={"questions": ()}).asked_by(left)


def _learn_choice(asked: Sequence[tuple[Evidence, int]]) -> Numbers:
    """Conditional logit: the weights under which the right candidates were likeliest."""
    cases = [
        (relative(evidence.features), int(np.flatnonzero(evidence.articles == right)[0]))
        for evidence, right in asked
    ]

    def loss(weights: Numbers) -> float:
        chances = [softmax(features @ weights)[place] for features, place in cases]
        return -float(np.mean(np.log(chances))) + _HOLD_BACK * float(weights @ weights) / 100

    return _minimum(loss, [(0, None)] * len(FEATURES))


def _learn_trust(signs: Numbers, right: Numbers) -> Numbers:
    """Logistic regression, both kinds counting the same."""
    weight = np.where(right > 0, 0.5 / right.mean(), 0.5 / (1 - right.mean()))

    def loss(weights: Numbers) -> float:
        margins = np.where(right > 0, 1, -1) * (signs @ weights)
        fit = float(np.mean(weight * np.logaddexp(0, -margins)))
        return fit + _HOLD_BACK * float(weights[1:] @ weights[1:]) / 10

    return _minimum(loss, [(None, None), *[(0, None)] * (signs.shape[1] - 1)])


def _minimum(loss: Any, bounds: Sequence[tuple[float | None, float | None]]) -> Numbers:
    """The best weights within `bounds`: a likeness never speaks against an article."""
    found: Numbers = minimize(loss, np.zeros(len(bounds)), method="L-BFGS-B", bounds=bounds).x
    return found


if __name__ == "__main__":
    sys.exit(main())
