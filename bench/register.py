"""The register with 100,000 complaints: search, what is due, and how fast new ones come in.

SQLite always; PostgreSQL where TEST_POSTGRES_URL names a server. Prints its tables.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from conftest import KEY  # noqa: E402  # the paths stand above
from contracts.databases import POSTGRES, fresh  # noqa: E402

from actions.complaint_search import Filter  # noqa: E402
from actions.complaints import Draft, State  # noqa: E402
from actions.database import Database  # noqa: E402
from actions.deadlines import Deadlines  # noqa: E402
from actions.privacy import Cipher  # noqa: E402
from actions.register import Origin, SqlRegister  # noqa: E402

NUMBER = 100_000
AT_ONCE = 500
"""Complaints in one transaction while the register is filled."""
SEARCHES = 200
WRITERS = 32
NEW = 3_000
START = dt.datetime(2024, 1, 1, 1, tzinfo=dt.UTC)
DESK = Origin("desk")
_WHO = ("柜台", "大堂经理", "客户经理", "电话客服", "手机银行", "取款机", "信用卡中心", "催收人员")
_WHAT = (
    "多扣了手续费",
    "态度很差",
    "没有说清楚风险",
    "让我买了保险",
    "把我的卡锁了",
    "吞了我的钱",
    "泄露了我的电话",
    "利息算错了",
    "一直不给答复",
    "排队等了三个小时",
)
_WHERE = ("城东支行", "城西支行", "火车站网点", "人民路支行", "开发区支行", "老街储蓄所")
_WANTS = ("退还费用", "赔礼道歉", "说明原因", "改正记录")
_PRODUCTS = ("借记卡", "信用卡", "贷款", "理财", "存款", "支付结算")
_SYLLABLES = "天地人和山水花鸟春夏秋冬东南西北金木水火土日月星辰风雨雷电江河湖海"
QUERIES = {
    "two common words": Filter(text="手续费 城东支行"),
    "one common word": Filter(text="态度很差"),
    "a telephone number": Filter(text="13800012345"),
    "a word that stands nowhere": Filter(text="飞机票"),
    "open, soonest due first": Filter(states=frozenset({State.RECEIVED}), due_first=True, limit=50),
    "a word, a product, a year": Filter(
        text="泄露", product="贷款", received_from=dt.date(2024, 6, 1)
    ),
    "the beginning of a number": Filter(number="202405"),
}


def draft(dice: random.Random, place: int) -> Draft:
    rare = "".join(dice.choices(_SYLLABLES, k=12))
    what = f"{dice.choice(_WHERE)}的{dice.choice(_WHO)}{dice.choice(_WHAT)}，{rare}，请查清楚"
    return Draft(
        what,
        dice.choice(_PRODUCTS),
        f"{dice.randint(1, 12)}月{dice.randint(1, 28)}日，{dice.choice(_WHERE)}",
        dice.choice(_WANTS),
        f"138{place:08d}",
    )


async def fill(database: Database, register: SqlRegister) -> None:
    dice = random.Random(7)

    def store(first: int, tx: Connection) -> None:
        for place in range(first, first + AT_ONCE):
            now = START + dt.timedelta(minutes=8 * place)
            register.receive(tx, DESK, draft(dice, place), now)

    for first in range(0, NUMBER, AT_ONCE):
        await database.write(partial(store, first))


async def times(work: Callable[[], Any], number: int) -> list[float]:
    spent = []
    for _ in range(number):
        began = time.perf_counter()
        await work()
        spent.append((time.perf_counter() - began) * 1e3)
    return sorted(spent)


def row(name: str, kind: str, spent: Sequence[float]) -> str:
    middle, late = spent[len(spent) // 2], spent[int(len(spent) * 0.95)]
    return f"| {kind} | {name} | {middle:.1f} | {late:.1f} |"


async def searches(kind: str, database: Database, register: SqlRegister) -> None:
    everything: list[float] = []
    for name, wanted in QUERIES.items():

        async def work(wanted: Filter = wanted) -> None:
            await database.read(lambda tx: register.search(tx, wanted))

        spent = await times(work, SEARCHES)
        everything += spent
        print(row(name, kind, spent), flush=True)
    print(row("**all searches**", kind, sorted(everything)))


async def arrivals(kind: str, database: Database, register: SqlRegister) -> str:
    """New complaints by writers in parallel, each in a transaction of its own."""
    dice = random.Random(9)
    waiting = iter([draft(dice, NUMBER + place) for place in range(NEW)])
    now = START + dt.timedelta(days=900)

    spent: list[float] = []

    def store(one: Draft, tx: Connection) -> None:
        register.receive(tx, DESK, one, now)

    async def writer() -> None:
        for one in waiting:
            began = time.perf_counter()
            await database.write(partial(store, one))
            spent.append((time.perf_counter() - began) * 1e3)

    began = time.perf_counter()
    await asyncio.gather(*(writer() for _ in range(WRITERS)))
    spent.sort()
    rate = NEW / (time.perf_counter() - began)
    return f"| {kind} | {rate:.0f} | {spent[len(spent) // 2]:.0f} | {spent[int(NEW * 0.95)]:.0f} |"


async def main() -> None:
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; ")
    print(f"{NUMBER} complaints, {SEARCHES} searches of each kind\n")
    print("| database | search | p50 ms | p95 ms |\n|---|---|---|---|")
    rates, sizes = [], []
    for kind in ["sqlite", *(["postgres"] if POSTGRES in os.environ else [])]:
        with tempfile.TemporaryDirectory() as folder:
            async with fresh(kind, Path(folder)) as database:
                cipher = Cipher([KEY])
                await database.prepare(cipher)
                register = SqlRegister(cipher, Deadlines(), ZoneInfo("Asia/Shanghai"))
                began = time.perf_counter()
                await fill(database, register)
                sizes.append(f"{kind}: filled in {time.perf_counter() - began:.0f} s")
                await searches(kind, database, register)
                rates.append(await arrivals(kind, database, register))
    print(f"\n{'; '.join(sizes)}\n")
    print(
        f"| database | new complaints/s, {WRITERS} writers | p50 ms | p95 ms |\n|---|---|---|---|"
    )
    print("\n".join(rates))


if __name__ == "__main__":
    asyncio.run(main())
