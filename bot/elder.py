"""What every reply carries: the way to a human, and less to choose from for elders."""

from __future__ import annotations

from dataclasses import replace

from bot.turn import HUMAN_BUTTON, Reply

ELDER_OPTIONS = 2
"""Choices beside 转人工 that an elder is given at once."""


def fit(reply: Reply, *, elder: bool) -> Reply:
    """`reply` with 转人工: first and before at most two options for elders, last for others.

    A reply about a place in the queue is left alone: the customer is on the way to a human.
    """
    if reply.handoff:
        return reply
    others = tuple(button for button in reply.buttons if button != HUMAN_BUTTON)
    if elder:
        return replace(reply, buttons=(HUMAN_BUTTON, *others[:ELDER_OPTIONS]))
    if HUMAN_BUTTON in reply.buttons:
        return reply
    return replace(reply, buttons=(*others, HUMAN_BUTTON))
