"""What a tapped button of a platform means."""

from __future__ import annotations

from dataclasses import replace

from actions.database import Database
from bot.channels.wording import named
from bot.conversations import ConversationStore
from bot.turn import Turn

_BEGIN = "/start"


async def tapped(turn: Turn, database: Database, store: ConversationStore) -> Turn:
    """`turn` with a short form's whole payload; what we did not put on a button begins anew."""
    if short := named(turn.payload):
        found = await database.read(lambda tx: store.button_payload(tx, turn.address, *short))
        return replace(turn, payload=found or _BEGIN)
    if turn.payload and not turn.payload.startswith("/"):
        return replace(turn, payload=_BEGIN)
    return turn
