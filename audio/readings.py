"""What Vosk's results say, as one transcript. Pure.

With alternatives a result has a log-likelihood for each, and no confidences of words. Their softmax
gives the best text's share. On the fixture's recordings, clean and with noise, it told right texts
from wrong ones better than the words' mean or least confidence (docs/adr/0031).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from audio import Transcript
from audio.digits import arabic

ALTERNATIVES = 10
"""So many are asked for; fewer leave too little doubt."""
OTHERS = 4
"""So many other readings are told."""
UNKNOWN = "[unk]"
"""What a grammar hears where something else was said."""
_BETWEEN = re.compile(r"(?<![A-Za-z0-9]) | (?![A-Za-z0-9])")


@dataclass(frozen=True, slots=True)
class Reading:
    """One text that a piece of sound may be."""

    text: str
    share: float
    """Its likelihood among all readings of the piece, 0 to 1."""


def plain(words: str) -> str:
    """Without the spaces between Chinese characters; those between Latin words stay."""
    return _BETWEEN.sub("", words.strip())


def readings(result: str) -> list[Reading]:
    """Of one result with alternatives, the likeliest first; empty where no words were heard."""
    likelihoods: dict[str, float] = {}
    heard = [
        (plain(one["text"]), float(one["confidence"])) for one in json.loads(result)["alternatives"]
    ]
    most = max((likelihood for _, likelihood in heard), default=0.0)
    for text, likelihood in heard:
        likelihoods[text] = likelihoods.get(text, 0.0) + math.exp(likelihood - most)
    total = sum(likelihoods.values())
    found = sorted(likelihoods.items(), key=lambda one: one[1], reverse=True)
    return [Reading(text, share / total) for text, share in found] if any(likelihoods) else []


def partial(result: str) -> str:
    """The words so far."""
    return plain(json.loads(result).get("partial", ""))


def transcript(pieces: Sequence[Sequence[Reading]], *, number: bool = False) -> Transcript:
    """The pieces of an utterance as one; its certainty is that of its average character."""
    said = [piece for piece in pieces if piece and piece[0].text]
    if not said:
        return Transcript("", 0.0)
    best = [piece[0] for piece in said]
    characters = sum(len(one.text) for one in best)
    certainty = sum(one.share * len(one.text) for one in best) / characters
    texts = [arabic("".join(parts), number=number) for parts in _likeliest(said)]
    text = texts[0].replace(UNKNOWN, "")
    others = [one for one in dict.fromkeys(texts) if one != text and UNKNOWN not in one]
    return Transcript(text, certainty, tuple(others[:OTHERS]))


def _likeliest(said: Sequence[Sequence[Reading]]) -> Iterable[list[str]]:
    """The best text of all pieces, then the texts that differ from it in one piece."""
    best = [piece[0].text for piece in said]
    changes = [
        (other.share / piece[0].share, at, other.text)
        for at, piece in enumerate(said)
        for other in piece[1:]
    ]
    yield best
    for _, at, text in sorted(changes, reverse=True):
        yield [*best[:at], text, *best[at + 1 :]]
