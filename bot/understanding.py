"""What a sentence means: Rasa's NLU over HTTP, and keyword rules when Rasa is slow or away."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import aiohttp

from bot import rules
from bot.errors import UnderstandingError

logger = logging.getLogger(__name__)

NOT_UNDERSTOOD = "nlu_fallback"


@dataclass(frozen=True, slots=True)
class Understood:
    """The intent of one sentence."""

    intent: str
    """A name of nlu_data, or `nlu_fallback`."""
    by: str
    """`rasa` or `rules`."""


class Understanding(Protocol):
    """Sentences to intents."""

    async def understand(self, text: str) -> Understood:
        """The intent of `text`. Raises UnderstandingError."""


class RasaNLU:
    """Rasa's `/model/parse`; with several servers, each in turn, the next when one fails."""

    def __init__(self, urls: tuple[str, ...], token: str, timeout_s: float) -> None:
        self._urls = urls
        self._token = token
        self._timeout_s = timeout_s
        self._turns = itertools.cycle(range(max(1, len(urls))))
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Make connections possible; before this, every question fails."""
        self._session = aiohttp.ClientSession()

    async def close(self) -> None:
        """Close the connections."""
        if self._session:
            await self._session.close()

    async def understand(self, text: str) -> Understood:
        """See Understanding. The time limit covers all tries."""
        first = next(self._turns)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._ask_each(text, first)
        except TimeoutError as error:
            raise UnderstandingError(f"no answer within {self._timeout_s:g} s") from error

    async def _ask_each(self, text: str, first: int) -> Understood:
        problem: UnderstandingError | None = None
        for url in self._urls[first:] + self._urls[:first]:
            try:
                return await self._ask(url, text)
            except UnderstandingError as error:
                problem = error
        raise problem or UnderstandingError("no Rasa server is configured")

    async def _ask(self, url: str, text: str) -> Understood:
        if self._session is None:
            raise UnderstandingError("the connection to Rasa is not open")
        try:
            async with self._session.post(
                f"{url}/model/parse", params={"token": self._token}, json={"text": text}
            ) as response:
                if response.status != 200:
                    raise UnderstandingError(f"{url} answered {response.status}")
                answer = json.loads(await response.read())
            intent = answer["intent"]
            return Understood(str(intent["name"]), "rasa")
        except (aiohttp.ClientError, OSError) as error:
            raise UnderstandingError(f"{url} cannot be reached") from error
        except (ValueError, KeyError, TypeError) as error:
            raise UnderstandingError(f"{url} answered something else than an intent") from error


class KeywordRules:
    """Never fails, knows little: what has no keyword is left to the knowledge search."""

    async def understand(self, text: str) -> Understood:
        """See Understanding."""
        intent = rules.keyword_intent(text)
        return Understood(intent or NOT_UNDERSTOOD, "rules")


class Resilient:
    """Asks the first, and the second when the first cannot."""

    def __init__(
        self, first: Understanding, second: Understanding, on_fallback: Callable[[], None]
    ) -> None:
        self._first = first
        self._second = second
        self._on_fallback = on_fallback

    async def understand(self, text: str) -> Understood:
        """See Understanding."""
        try:
            return await self._first.understand(text)
        except UnderstandingError as error:
            logger.warning("understanding falls back to rules: %s", error)
            self._on_fallback()
            return await self._second.understand(text)
