"""One call of a platform's HTTP interface. Its address holds a secret, so no error names it."""

from __future__ import annotations

import json
from dataclasses import dataclass

import aiohttp

from bot.errors import ReminderFailed
from bot.turn import Json


@dataclass(frozen=True, slots=True)
class Answer:
    """What the platform said."""

    status: int
    body: Json


async def call(address: str, body: Json, timeout_s: float) -> Answer:
    """POST `body` as JSON. Raises ReminderFailed: no answer in time, or none that is JSON."""
    timeout = aiohttp.ClientTimeout(total=timeout_s)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(address, json=body, allow_redirects=False) as response,
        ):
            status, raw = response.status, await response.read()
            wait = response.headers.get("Retry-After", "")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        # The error and its chain may name the address.
        raise ReminderFailed(f"连不上或没有回答（{type(error).__name__}）") from None
    try:
        said = json.loads(raw)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        seconds = int(wait) if wait.isascii() and wait.isdigit() else 0
        raise ReminderFailed(f"回答看不懂（{status}）", retry_after=seconds)
    return Answer(status, said)
