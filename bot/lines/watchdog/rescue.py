"""Callers whose gateway stands still are taken to a human."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from bot.lines.watchdog.ami import Access, Ami, AmiError, Channel, signed_in
from bot.lines.watchdog.ward import Gateway

logger = logging.getLogger(__name__)

_BOT_LEGS = frozenset({"Dial", "AudioSocket"})
"""The applications in which a caller hears the bot."""


@dataclass(frozen=True, slots=True)
class Human:
    """Where the dialplan goes on with a caller."""

    context: str
    extension: str


def hears(channel: Channel) -> bool:
    """Whether a bot talks with whoever is on this channel."""
    return channel.application in _BOT_LEGS


def stranded(channels: Sequence[Channel], gateways: Sequence[Gateway]) -> list[Channel]:
    """The callers who hear one of these gateways now.

    What Dial was given names the call's UUID, and the gateway: by the second also those callers
    are found who came while it stood still, of whom it never told. Whoever has gone on is in no
    Dial to a bot any more, so nobody is torn away from an agent.
    """
    calls = {call for one in gateways for call in one.calls}
    # One that is gone refuses new calls, and the exchange goes on with them.
    dialled = tuple(name for one in gateways if not one.gone for name in one.dialled)
    return [
        one
        for one in channels
        if hears(one)
        and (one.data.startswith(dialled) or any(call in one.data.lower() for call in calls))
    ]


async def rescue(access: Access, human: Human, gateways: Sequence[Gateway]) -> frozenset[str]:
    """Take their callers to a human; the channels of those there were. Raises AmiError."""
    async with signed_in(access) as ami:
        callers = stranded(await ami.channels(), gateways)
        for caller in callers:
            await _redirect(ami, caller, human)
        return frozenset(caller.name for caller in callers)


async def _redirect(ami: Ami, caller: Channel, human: Human) -> None:
    try:
        await ami.redirect(caller.name, human.context, human.extension)
    except AmiError as error:
        # The caller has hung up meanwhile, or is on the way already; the others are waiting.
        logger.warning("%s could not be taken to a human: %s", caller.name, error)
    else:
        logger.warning("%s was taken to a human: its gateway stands still", caller.name)
