"""kill -9 of a sender in the middle of its work: what was lost, and what came twice, counted."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from conftest import KEY, START, Clock
from contracts.databases import KINDS, fresh
from sqlalchemy import Connection

from actions.outbox import LEASE, Outbox
from actions.privacy import Cipher
from bot.conversations import Conversation, ConversationStore
from bot.sender import AT_ONCE
from bot.settings import ROOT
from bot.turn import Address, Reply

pytestmark = pytest.mark.slow

CUSTOMERS, EACH, KILLS = 120, 5, 4


@pytest.mark.parametrize("kind", KINDS)
async def test_a_killed_sender_loses_nothing_and_repeats_only_what_was_under_way(
    kind: str, tmp_path: Path, clock: Clock
) -> None:
    outbox = Outbox(["push"])
    store = ConversationStore(Cipher([KEY]), outbox)
    async with fresh(kind, tmp_path) as database:
        await database.prepare(Cipher([KEY]))
        await database.write(partial(owe, store))
        platform, late_s = tmp_path / "platform", itertools.count(0, 2 * LEASE.total_seconds())
        url = database.url.render_as_string(hide_password=False)

        def start() -> subprocess.Popen[bytes]:
            script = ROOT / "tests/e2e/posting.py"
            arguments = [url, str(platform), KEY, str(next(late_s))]
            return subprocess.Popen(
                [sys.executable, str(script), *arguments],
                cwd=ROOT,
                env={"PYTHONPATH": f"{ROOT}"},
            )

        for kill in range(1, KILLS + 1):
            process = start()
            wait_for_lines(platform, kill * CUSTOMERS * EACH // (KILLS + 1))
            process.kill()
            process.wait()
        process = start()
        while await database.read(outbox.backlogs):
            assert process.poll() is None
            time.sleep(0.05)
        process.terminate()
        process.wait()
    delivered = list(read(platform))
    twice = Counter(delivered)
    assert set(twice) == {(f"{n}", f"{one}") for n in range(CUSTOMERS) for one in range(EACH)}
    assert sum(twice.values()) - len(twice) <= KILLS * AT_ONCE
    for number in range(CUSTOMERS):
        texts = [text for user, text in delivered if user == f"{number}"]
        assert texts == sorted(texts), "out of order"


def owe(store: ConversationStore, tx: Connection) -> None:
    for number in range(CUSTOMERS):
        id_ = store.save(tx, Conversation(Address("push", f"{number}")), START)
        store.add_replies(tx, id_, [Reply(f"{one}") for one in range(EACH)], START)


def wait_for_lines(platform: Path, lines: int) -> None:
    while not platform.exists() or platform.read_bytes().count(b"\n") < lines:
        time.sleep(0.002)


def read(platform: Path) -> Iterator[tuple[str, str]]:
    for line in platform.read_text("utf-8").splitlines():
        user, _, text = line.partition(" ")
        yield user, text
