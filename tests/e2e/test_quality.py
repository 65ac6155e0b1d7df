"""The trained model, asked what is in no training file: it must not get worse unnoticed."""

from __future__ import annotations

import json
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import KEY
from e2e.heldout import held_out, with_rules
from e2e.live import Live, live

from actions.privacy import Cipher

Pairs = list[tuple[str, str]]


@pytest.fixture(scope="module")
def gateway() -> Iterator[Live]:
    with tempfile.TemporaryDirectory() as folder, live(Path(folder)) as gateway:
        gateway.wait_for_rasa()
        yield gateway


@pytest.fixture(scope="module")
def understood(gateway: Live) -> Pairs:
    """For each held-out sentence, the right intent and the one that the gateway acts on."""
    return [(intent, with_rules(text, parsed(gateway, text))) for text, intent in held_out()]


def parsed(gateway: Live, text: str) -> str:
    token = Cipher([KEY]).derive("rasa-token")
    request = urllib.request.Request(
        f"http://127.0.0.1:{gateway.rasa_port}/model/parse?token={token}",
        json.dumps({"text": text}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=5) as response:
        return str(json.load(response)["intent"]["name"])


def test_most_sentences_are_understood(understood: Pairs) -> None:
    assert sum(right == found for right, found in understood) / len(understood) >= 0.95


@pytest.mark.parametrize("intent", ["ask_human", "report_fraud"])
def test_what_matters_most_is_hardly_ever_missed_or_imagined(
    understood: Pairs, intent: str
) -> None:
    meant = [found for right, found in understood if right == intent]
    taken = [right for right, found in understood if found == intent]
    assert meant.count(intent) / len(meant) >= 0.97
    assert taken.count(intent) / len(taken) >= 0.95
