"""Requests and promises as the agents' lists show them: masked. Pure."""

from __future__ import annotations

import datetime as dt

from actions.callbacks import Callback
from actions.floor import Handoff
from actions.privacy import mask
from bot.turn import Json

_PREVIEW = 40
"""Characters of a customer's last words."""


def customer_name(conversation: int) -> str:
    """How the desk calls a customer without knowing who they are."""
    return f"访客 {conversation:04d}"


def request_row(handoff: Handoff, words: str, unread: int, now: dt.datetime) -> Json:
    """One request, with what its customer said last."""
    waited = now - (handoff.held or handoff.requested)
    is_reserved = handoff.reserved is not None and handoff.reserved > now
    return {
        "id": handoff.id,
        "conversation": handoff.conversation,
        "customer": customer_name(handoff.conversation),
        "number": handoff.number,
        "channel": handoff.channel,
        "urgency": handoff.urgency,
        "elder": handoff.elder,
        "reason": handoff.reason,
        "waiting_s": max(0, int(waited.total_seconds())),
        "agent": handoff.agent_name,
        "agent_id": handoff.agent,
        "attended": handoff.attended is not None,
        "wanted": handoff.wanted if is_reserved else None,
        "team": handoff.team,
        "unread": unread,
        "last": mask(words)[:_PREVIEW],
    }


def callback_row(callback: Callback, now: dt.datetime) -> Json:
    """One promise to call."""
    return {
        "id": callback.handoff,
        "number": callback.number,
        "customer": customer_name(callback.conversation),
        "channel": callback.channel,
        "urgency": callback.urgency,
        "elder": callback.elder,
        "reason": callback.reason,
        "contact": mask(callback.contact),
        "promised": callback.promised.isoformat(timespec="minutes"),
        "late": callback.promised < now,
    }
