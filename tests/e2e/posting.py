"""A sender as a process of its own, to be killed: `python posting.py <database> <file> <key>`.

Its platform is a file: what is appended to it has been accepted, and outlives the process.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import sys
from collections.abc import AsyncGenerator
from zoneinfo import ZoneInfo

from actions.database import Database
from actions.outbox import Outbox
from actions.privacy import Cipher
from bot.channels import Accepted, Post
from bot.conversations import ConversationStore
from bot.hub import Hub
from bot.metrics import Metrics
from bot.phrases import Phrases
from bot.sender import Sender


class FilePlatform:
    name = "push"
    give_up_after = dt.timedelta(hours=1)

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def deliver(self, post: Post) -> AsyncGenerator[Accepted]:
        for letter in post.letters:
            await asyncio.sleep(0.001)
            os.write(self._file, f"{post.address.user} {letter.message.text}\n".encode())
            await asyncio.sleep(0.001)
            yield Accepted((letter.id,))


async def main(url: str, path: str, key: str, late_s: str) -> None:
    cipher, outbox = Cipher([key]), Outbox(["push"])
    sender = Sender(
        FilePlatform(path),
        outbox,
        Database(url),
        ConversationStore(cipher, outbox),
        Phrases("银行", "95599", ZoneInfo("Asia/Shanghai")),
        Hub(),
        Metrics(),
        lambda _tx, _number: None,
        # Each process lives later than the one before, so that the leases of the dead have run out.
        lambda: dt.datetime.now(dt.UTC) + dt.timedelta(seconds=float(late_s)),
    )
    await sender.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
