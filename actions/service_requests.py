"""Visits and suggestions: registered with a number, for the branch to act on."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping

from sqlalchemy import Connection

from actions import journal, numbers
from actions.privacy import Cipher
from actions.tables import service_requests


class ServiceRequests:
    """Stored sealed, within the caller's transaction."""

    def __init__(self, cipher: Cipher, zone: dt.tzinfo) -> None:
        self._cipher = cipher
        self._zone = zone

    def receive(
        self,
        connection: Connection,
        conversation: int,
        kind: str,
        details: Mapping[str, str],
        now: dt.datetime,
    ) -> str:
        """Register a request of `kind` (the intake's name); its number."""
        number = numbers.issue(connection, now.astimezone(self._zone).date())
        sealed = self._cipher.seal(json.dumps(dict(details), ensure_ascii=False))
        connection.execute(
            service_requests.insert().values(
                number=number, kind=kind, conversation=conversation, details=sealed, received=now
            )
        )
        journal.record(
            connection, now, f"conversation:{conversation}", f"{kind}.receive", f"request:{number}"
        )
        return number
