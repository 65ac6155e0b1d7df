"""Complaints compared, coded and counted: how long the 溯源整改 page and the monthly pack take."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from actions import classification
from actions.cases import Cases
from actions.classification import Axis
from actions.coding import EXAMPLES, Coder, read_examples
from actions.complaint_rows import _DRAFT
from actions.complaints import Draft, State, Step
from actions.database import Database
from actions.deadlines import Deadlines
from actions.likeness import grouped
from actions.numbers import compose
from actions.pack import maker
from actions.pack.figures import Month, figures
from actions.privacy import Cipher, new_key
from actions.register import SqlRegister
from actions.tables import complaint_steps, complaints

ZONE = ZoneInfo("Asia/Shanghai")
MANY, COMPARED = 100_000, 5_000
DAYS = 420
LAST = dt.date(2026, 10, 31)
MADE = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)


def texts(number: int, dice: random.Random) -> list[str]:
    """Complaints put together out of the examples' clauses."""
    known = read_examples(EXAMPLES, classification.load())
    clauses = [
        part for one in known if len(one.leaves) == len(Axis) for part in one.text.split("，")
    ]
    return ["，".join(dice.sample(clauses, dice.randint(2, 6))) for _ in range(number)]


def fill(tx: Connection, cipher: Cipher, dice: random.Random) -> None:
    """A register of MANY complaints, answered and closed, two in three coded."""
    paths = classification.load().paths
    sealed = [
        cipher.seal(_DRAFT.dump_json(Draft(text, "信用卡", "上周", "退费", "不用回电")).decode())
        for text in texts(2_000, dice)
    ]
    rows, steps = [], []
    empty = cipher.seal("{}")
    for serial in range(1, MANY + 1):
        day = LAST - dt.timedelta(days=DAYS - DAYS * serial // MANY)
        at = dt.datetime.combine(day, dt.time(10), ZONE)
        answered, coded = day + dt.timedelta(days=dice.randint(1, 25)), dice.random() < 2 / 3
        rows.append(
            {
                "number": compose(day, serial),
                "state": State.CLOSED,
                "draft": dice.choice(sealed),
                "received": at,
                "received_on": day,
                "due": day + dt.timedelta(days=15),
                "answered_on": answered,
                "ended_on": answered,
                "extension": 0,
                **{f"code_{axis}": dice.choice(paths[axis]) if coded else None for axis in Axis},
            }
        )
        for place, (step, state) in enumerate(
            (
                (Step.RECEIVE, State.RECEIVED),
                (Step.ANSWER, State.ANSWERED),
                (Step.CLOSE, State.CLOSED),
            )
        ):
            when = at if place == 0 else dt.datetime.combine(answered, dt.time(10 + place), ZONE)
            steps.append(
                {
                    "complaint": serial,
                    "step": step,
                    "at": when,
                    "state": state,
                    "due": day + dt.timedelta(days=15),
                    "detail": empty,
                    "untold": False,
                }
            )
    tx.execute(complaints.insert(), rows)
    tx.execute(complaint_steps.insert(), steps)


async def main() -> None:
    dice = random.Random(11)
    coder = Coder(classification.load())
    compared = texts(COMPARED, dice)
    print(
        f"| what | seconds |\n|---|---|\n| learn the classification | {_timed(coder.learn):.2f} |"
    )
    print(f"| compare {COMPARED} texts | {_timed(lambda: grouped(compared, 0.3)):.2f} |")
    print(f"| suggest the cause of {COMPARED} | {_timed(lambda: coder.causes(compared)):.2f} |")
    with tempfile.TemporaryDirectory() as folder:
        cipher = Cipher([new_key()])
        database = Database(f"sqlite:///{Path(folder) / 'bench.sqlite3'}")
        await database.prepare(cipher)
        await database.write(lambda tx: fill(tx, cipher, dice))
        cases = Cases(SqlRegister(cipher, Deadlines(), ZONE), coder)
        month = Month(LAST.replace(day=1))
        began = perf_counter()
        await database.read(lambda tx: figures(tx, month, ZONE, Deadlines(), LAST))
        print(f"| a month's figures out of {MANY} complaints | {perf_counter() - began:.2f} |")
        began = perf_counter()
        await database.read(lambda tx: maker.make(tx, month, cases, Deadlines(), "", ZONE, MADE))
        print(f"| the whole pack out of {MANY} | {perf_counter() - began:.2f} |")
        await database.close()


def _timed(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


if __name__ == "__main__":
    asyncio.run(main())
