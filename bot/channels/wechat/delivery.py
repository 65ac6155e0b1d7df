"""Messages by the customer-service API, as far as the quota ledger allows; for both platforms."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from typing import Protocol

from actions.database import Database
from actions.ledger import Ledgers, Standing
from bot.channels import Accepted, Letter, Post
from bot.channels.wechat.api import not_delivered
from bot.channels.wechat.codes import Meaning
from bot.channels.wechat.link import PlatformRefused, PlatformUnreachable
from bot.channels.wechat.rendering import Batch, batch
from bot.conversations import ConversationStore
from bot.errors import DeliveryDelayed
from bot.phrases import Phrases
from bot.turn import Address


class Transport(Protocol):
    """Hands one message to the platform."""

    async def send(self, address: Address, content: Batch, key: str, code: str) -> None:
        """`key`: the same at every try. `code`: by which it goes out of turn, or "".

        Raises PlatformRefused and PlatformUnreachable.
        """


class ServiceChannel:
    """See PushChannel."""

    def __init__(
        self,
        name: str,
        give_up_after: dt.timedelta,
        transport: Transport | None,
        database: Database,
        store: ConversationStore,
        ledgers: Ledgers,
        phrases: Phrases,
        clock: Callable[[], dt.datetime],
    ) -> None:
        """`transport`: None for an account without that API; then everything is kept."""
        self.name = name
        self.give_up_after = give_up_after
        self._transport = transport
        self._database = database
        self._store = store
        self._ledgers = ledgers
        self._phrases = phrases
        self._clock = clock

    async def deliver(self, post: Post) -> AsyncGenerator[Accepted]:
        """See PushChannel. Several letters go out as one message where they fit."""
        if self._transport is None:
            raise DeliveryDelayed(self._phrases.no_service_api(), kept=True)
        letters = list(post.letters)
        conversation = await self._conversation(post.address)
        while letters:
            step = batch([one.message for one in letters], letters[0].parts)
            key, since = f"x{letters[0].id}-{step.parts}", letters[0].message.at
            await self._send(self._transport, post.address, conversation, step, key, since)
            yield _accepted(letters, step)
            letters = letters[step.whole :]
            if step.parts:
                letters[0] = replace(letters[0], parts=step.parts)

    async def _send(
        self,
        transport: Transport,
        address: Address,
        conversation: int,
        step: Batch,
        key: str,
        since: dt.datetime,
    ) -> None:
        standing = await self._standing(conversation)
        if standing.code and await self._by_code(transport, address, standing.code, step, key):
            await self._forget_code(conversation)
            return
        if standing.code:
            await self._forget_code(conversation)
        now, ledger = self._clock(), standing.ledger
        kind = ledger.spends(now)
        if kind is None:
            raise DeliveryDelayed(self._phrases.quota_used_up(), kept=True)
        if now < since + ledger.gathers(now):
            wait = since + ledger.gathers(now) - now
            raise DeliveryDelayed(self._phrases.gathering(), wait.total_seconds(), gathers=True)
        try:
            await transport.send(address, step, key, "")
        except PlatformRefused as error:
            if error.refusal and error.refusal.meaning is Meaning.USED_UP:
                left = ledger.exhausted()
                await self._database.write(lambda tx: self._ledgers.keep(tx, conversation, left))
            raise not_delivered(error) from error
        except PlatformUnreachable as error:
            raise not_delivered(error) from error
        spent = ledger.spent(kind)
        await self._database.write(lambda tx: self._ledgers.keep(tx, conversation, spent))

    async def _by_code(
        self, transport: Transport, address: Address, code: str, step: Batch, key: str
    ) -> bool:
        try:
            await transport.send(address, step, key, code)
        except PlatformUnreachable as error:
            raise not_delivered(error) from error
        except PlatformRefused:  # it has run out, or is used; the ledger decides
            return False
        return True

    async def _forget_code(self, conversation: int) -> None:
        await self._database.write(lambda tx: self._ledgers.give_code(tx, conversation, "", None))

    async def _standing(self, conversation: int) -> Standing:
        now = self._clock()
        return await self._database.read(lambda tx: self._ledgers.of(tx, conversation, now))

    async def _conversation(self, address: Address) -> int:
        found = await self._database.read(lambda tx: self._store.find(tx, address))
        if found is None:
            raise LookupError(address.channel)
        return found[0].id


def _accepted(letters: list[Letter], step: Batch) -> Accepted:
    if step.parts:
        return Accepted((letters[0].id,), step.parts)
    return Accepted(tuple(letter.id for letter in letters[: step.whole]))
