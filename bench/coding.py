"""How often the coding suggestion is right on held-out complaints, and what its confidence says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from actions import classification
from actions.classification import Axis
from actions.coding import Coder, Example, Suggestion, read_examples

ROOT = Path(__file__).resolve().parent.parent
HELD_OUT = ROOT / "tests/coding.yml"
BANDS = ((0.8, 1.01, "from 0.8"), (0.5, 0.8, "0.5 to 0.8"), (0.0, 0.5, "below 0.5"))
Judged = list[tuple[Suggestion, bool]]
"""Best suggestions, and whether they were right."""


def judged(coder: Coder, held_out: Sequence[Example], axis: Axis) -> tuple[Judged, int]:
    """The best suggestion for each complaint; and how often the right leaf was among the three."""
    best: Judged = []
    shown = 0
    for one in held_out:
        suggestions = [two for two in coder.suggest(one.text) if two.axis is axis]
        best.append((suggestions[0], suggestions[0].path == one.leaves[axis]))
        shown += one.leaves[axis] in [two.path for two in suggestions]
    return best, shown


def main() -> None:
    coder = Coder(classification.load())
    began = perf_counter()
    coder.learn()
    learned = perf_counter() - began
    held_out = read_examples(HELD_OUT, coder.classification)
    print(f"{len(held_out)} held-out complaints; learned in {learned:.1f} s\n")
    print("| axis | leaves | right at first | among three |", *(f"{band} |" for *_, band in BANDS))
    print("|---|---|---|---|---|---|---|")
    for axis in Axis:
        best, shown = judged(coder, held_out, axis)
        right = sum(hit for _, hit in best) / len(best)
        leaves = len(coder.classification.paths[axis])
        print(
            f"| {axis} | {leaves} | {right:.3f} | {shown / len(best):.3f} |",
            *(f"{_band(best, low, high)} |" for low, high, _ in BANDS),
        )
    began = perf_counter()
    for one in held_out:
        coder.suggest(one.text)
    print(f"\n{(perf_counter() - began) / len(held_out) * 1e3:.1f} ms a complaint")


def _band(best: Judged, low: float, high: float) -> str:
    """What share was right among those so sure, and how many those are."""
    hits = [hit for suggestion, hit in best if low <= suggestion.confidence < high]
    return f"{sum(hits) / len(hits):.2f} of {len(hits)}" if hits else "none"


if __name__ == "__main__":
    main()
