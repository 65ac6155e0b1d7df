"""Elder mode: said, asked for, chosen, or known; the same on every channel of a person."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import START, Chat, Clock
from hypothesis import given
from hypothesis import strategies as st

from actions.persons import parse_directory
from bot import accounts
from bot.app import Gateway
from bot.known import KnownCustomers
from bot.settings import Settings
from bot.turn import Address, Heard, Turn

PHONE = "13812345678"


@pytest.fixture
async def hear(gateway: Gateway, client: Any, clock: Clock) -> Callable[..., Any]:
    numbers = iter(range(1_000))

    async def hear(user: str, text: str = "", payload: str = "", person: str = PHONE) -> Heard:
        turn = Turn(Address("web", user), str(next(numbers)), clock(), text, payload, person)
        return await gateway.switchboard.hear(turn)

    return hear


async def fill(gateway: Gateway, known: dict[str, int]) -> tuple[int, int]:
    persons = gateway.queueing.persons
    return await gateway.database.write(lambda tx: persons.fill(tx, known, START))


async def test_the_directory_turns_it_on_and_the_age_is_counted_by_the_year(
    gateway: Gateway, hear: Callable[..., Any]
) -> None:
    await fill(gateway, {PHONE: 1966, "CUST0001": 1967})
    assert (await hear("a", "你好")).elder
    assert not (await hear("b", "你好", person="cust0001")).elder
    assert not (await hear("c", "你好", person="13900000000")).elder


async def test_what_is_asked_for_on_one_channel_holds_on_the_others(
    gateway: Gateway, hear: Callable[..., Any]
) -> None:
    await fill(gateway, {PHONE: 1950})
    assert (await hear("a", "你好")).elder
    assert not (await hear("a", payload="/elder_off")).elder
    assert not (await hear("b", "你好")).elder
    assert (await hear("b", "我七十三了")).elder
    assert (await hear("a", "谢谢")).elder


async def test_a_person_is_known_again_by_the_conversation_without_the_number(
    gateway: Gateway, hear: Callable[..., Any]
) -> None:
    await hear("a", "你好")
    await hear("b", payload="/elder_on")
    assert (await hear("a", "谢谢", person="")).elder


async def test_numbers_are_the_same_however_they_are_written(gateway: Gateway, client: Any) -> None:
    key = gateway.queueing.persons.key
    assert (await client.get("/healthz")).status == 200
    keys = await gateway.database.read(
        lambda tx: [key(tx, number) for number in ("138 1234-5678", "+8613812345678", PHONE)]
    )
    assert len(set(keys)) == 1
    assert PHONE not in keys[0]


async def test_the_chat_believes_only_a_number_that_the_bank_has_signed(
    gateway: Gateway, client: Any
) -> None:
    await fill(gateway, {PHONE: 1950})
    known = KnownCustomers(gateway.cipher)
    token = await gateway.database.read(lambda tx: known.token(tx, PHONE))
    for customer, elder in ((token, True), (f"{PHONE}.{'0' * 32}", False), (PHONE, False)):
        body = {"text": "你好", "customer": customer}
        answer = await (await client.post("/api/messages", json=body)).json()
        assert answer["elder"] is elder
        assert "1950" not in str(answer)


@pytest.mark.parametrize("words", ["我七十三了", "我今年68岁", "字太小", "说慢点", "我是四八年的"])
async def test_it_is_said_or_asked_for_and_ends_on_request(chat: Chat, words: str) -> None:
    await chat.say(words)
    assert chat.answer["elder"]
    assert chat.buttons()[0] == "/human"
    assert len(chat.buttons()) <= 3
    await chat.say("换回标准版")
    assert not chat.answer["elder"]


async def test_an_elder_who_waits_a_day_between_two_words_is_still_there(
    chat: Chat, clock: Clock
) -> None:
    await chat.say("我七十三了，我要投诉")
    clock.forward(hours=26)
    await chat.say("昨天柜员对我发火，态度很差")
    assert chat.answer["elder"]
    assert "怎么解决" in chat.text()  # when and where it was has been said


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "表头"),
        ("电话,年份\n138,1950\n", "表头"),
        ("号码,出生年份\n13812345678\n", "第2行"),
        ("号码,出生年份\n12,1950\n", "号码"),
        ("号码,出生年份\n13812345678,50\n", "出生年份"),
        ("号码,出生年份\n13812345678,2099\n", "出生年份"),
        ("号码,出生年份\n13812345678,1950\n138 1234 5678,1951\n", "第3行"),
    ],
)
def test_every_bad_row_is_named_and_no_number_is_quoted(content: str, says: str) -> None:
    problems = parse_directory(content.encode(), 2026).problems
    assert says in problems[0]
    assert PHONE not in "".join(problems)


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=6)), max_size=8), st.booleans())
def test_whatever_a_spreadsheet_holds_is_read_or_named(
    rows: list[tuple[str, str]],
    is_gb: bool,  # noqa: FBT001 - hypothesis gives it
) -> None:
    file = io.StringIO()
    csv.writer(file).writerows([("号码", "出生年份"), *rows])
    content = file.getvalue().encode("gb18030" if is_gb else "utf-8", "replace")
    found = parse_directory(content, 2026)
    assert all(1900 <= year <= 2026 for year in found.years.values())
    assert len(found.years) + len(found.problems) <= max(len(file.getvalue().splitlines()), 1)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
async def test_the_command_checks_first_and_stores_when_told(
    settings: Settings,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    encoding: str,
) -> None:
    file = tmp_path / "directory.csv"
    file.write_bytes(f"号码,出生年份\n{PHONE},1950\n\n".encode(encoding))
    assert await accounts.fill_directory(settings, file, apply=False) == 0
    assert "没有存入" in capsys.readouterr().out
    for told in ("新增 1，更新 0", "新增 0，更新 0"):
        assert await accounts.fill_directory(settings, file, apply=True) == 0
        assert told in capsys.readouterr().out
    file.write_bytes(f"号码,出生年份\n{PHONE},1951\nx,1950\n".encode(encoding))
    assert await accounts.fill_directory(settings, file, apply=True) == 1
    assert "第3行" in capsys.readouterr().out


async def test_the_database_names_nobody(gateway: Gateway, hear: Callable[..., Any]) -> None:
    await fill(gateway, {PHONE: 1950})
    await hear("a", "你好")
    for path in gateway.settings.data_dir.glob("xiaobao.sqlite3*"):
        assert PHONE.encode() not in path.read_bytes()
    today = dt.date(2026, 11, 24)
    persons = gateway.queueing.persons
    assert await gateway.database.read(
        lambda tx: persons.is_elder(tx, persons.key(tx, PHONE), today)
    )
