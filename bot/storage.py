"""The database alone, as commands need it."""

from __future__ import annotations

from actions.database import Database
from actions.privacy import Cipher
from bot.settings import Settings


async def opened(settings: Settings) -> Database:
    """Brought up to date. Raises StorageUnavailable, WrongKey."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database())
    try:
        await database.prepare(Cipher(settings.security.plain_keys()))
    except BaseException:
        await database.close()
        raise
    return database
