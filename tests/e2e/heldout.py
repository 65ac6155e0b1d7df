"""Sentences that are in no training file, and what the gateway makes of one."""

from __future__ import annotations

import yaml

from bot import rules
from bot.settings import ROOT
from bot.wish import wants_human


def held_out() -> list[tuple[str, str]]:
    """Sentences and their intents."""
    data = yaml.safe_load((ROOT / "nlu_data/tests/intents.yml").read_text("utf-8"))
    return [
        (line.removeprefix("- "), entry["intent"])
        for entry in data["nlu"]
        for line in entry["examples"].splitlines()
    ]


def with_rules(text: str, intent: str) -> str:
    """What is acted on: the rules for a human and for fraud come before Rasa's `intent`."""
    if wants_human(text):
        return "ask_human"
    return "report_fraud" if rules.fraud_in_progress(text) else intent
