"""kill -9 of the gateway while agents serve by telephone, counted."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from conftest import KEY, PASSWORD
from e2e.test_channels_kill import Killed
from telegram_api import TOKEN, Person
from telegram_group import GROUP, GroupApi, Phone, Topic

from actions.agents import Agents
from actions.database import Database
from actions.phones import Phones
from actions.privacy import Cipher

CUSTOMERS, ROUNDS, KILLS_AFTER = 12, 12, (2, 5, 8)


async def code_for_new_agent(folder: Path) -> str:
    database, cipher = Database(f"sqlite:///{folder / 'xiaobao.sqlite3'}"), Cipher([KEY])
    await database.prepare(cipher)
    now = dt.datetime.now(dt.UTC)
    await Agents(database).add("wang", "小王", PASSWORD, now)
    code = await database.write(lambda tx: Phones(cipher).offer(tx, "wang", now))
    await database.close()
    return code


def repeated(said: list[str], wanted: list[str]) -> int:
    """How often too much; fails where something is lost or out of order."""
    whole = "\n".join(said)
    at = [whole.find(words) for words in wanted]
    assert min(at) >= 0, "lost"
    assert at == sorted(at), "out of order"
    return sum(map(whole.count, wanted)) - len(wanted)


def waiting(api: GroupApi) -> dict[str, tuple[Topic, str]]:
    """Where each who waits can be taken, by name: in a topic, or on the list."""
    listed = {one[:7]: (api.general, one) for one in api.general.titles()}
    topics = [one for one in api.topics.values() if "接入" in one.titles()]
    return listed | {one.name[:7]: (one, "接入") for one in topics}


def mine(api: GroupApi, words: str) -> list[Topic]:
    """The topic of the customer who has said this, who is being served."""
    return [one for one in api.topics.values() if one.says(words) and "结束" in one.titles()]


@pytest.mark.slow
@pytest.mark.timeout(200)
async def test_who_is_served_by_telephone_over_kills_loses_no_word(tmp_path: Path) -> None:
    api = GroupApi()
    section = {
        "enabled": True,
        "token": TOKEN,
        "base_url": await api.start(),
        "desk_group": GROUP,
    }
    code = await code_for_new_agent(tmp_path)
    gateway = Killed(tmp_path, {"telegram": section})
    gateway.start()
    await gateway.until(gateway.listens())
    wang = Phone(api, 7_001)
    assert "已关联" in await wang.privately(f"/login {code}")
    await wang.privately("/on")
    people = [Person(api, 1_000 + number) for number in range(CUSTOMERS)]
    for number, person in enumerate(people):
        await person.say(f"我是{number}号客户，人工")
        await person.say("人工")
    taken: set[str] = set()
    while len(taken) < CUSTOMERS:
        await gateway.until(api.until(lambda: waiting(api).keys() - taken))
        name = min(waiting(api).keys() - taken)
        assert "您已接入" in await wang.tap(*waiting(api)[name])
        taken.add(name)
    topics: list[Topic] = []
    for number in range(CUSTOMERS):
        await gateway.until(api.until(lambda n=number: mine(api, f"我是{n}号")))  # type: ignore[misc]
        topics += mine(api, f"我是{number}号")
        await wang.say("您好，请说", topics[-1])
    for round_ in range(ROUNDS):
        for number, (person, topic) in enumerate(zip(people, topics, strict=True)):
            await person.say(f"{number}号问{round_}。")
            await wang.say(f"答{number}号{round_}。", topic)
        if round_ in KILLS_AFTER:
            await gateway.until(api.until(lambda: api.pending < CUSTOMERS))
            gateway.end(kill=True)
            gateway.start()
    for number, (person, topic) in enumerate(zip(people, topics, strict=True)):
        await gateway.until(person.hears(f"答{number}号{ROUNDS - 1}。"))
        last = f"{number}号问{ROUNDS - 1}。"
        await gateway.until(api.until(lambda t=topic, w=last: t.says(w)))  # type: ignore[misc]
    gateway.end(kill=False)
    asked = again = 0
    for number, (person, topic) in enumerate(zip(people, topics, strict=True)):
        asked += repeated(topic.texts(), [f"{number}号问{one}。" for one in range(ROUNDS)])
        again += repeated(person.texts(), [f"答{number}号{one}。" for one in range(ROUNDS)])
    words = 2 * CUSTOMERS * ROUNDS
    print(f"{words} words, {len(KILLS_AFTER)} kills: 0 lost, {asked + again} repeated")
    # The group has one step under way, which may carry what gathered for one customer.
    assert asked <= len(KILLS_AFTER) * ROUNDS
    assert again <= len(KILLS_AFTER) * CUSTOMERS
    await api.stop()
    assert api.violations == []
