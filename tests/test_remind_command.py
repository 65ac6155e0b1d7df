"""`bot remind` as a process, also killed while it sends; the gateway's own watch; `bot check`."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient
from argon2 import PasswordHasher
from conftest import KEY, PASSWORD, Server, free_port
from pydantic import SecretStr
from sqlalchemy import select
from strict import MailServer, TelegramServer, mail_server

from actions.agents import Agents, everyone
from actions.calendar import Calendar
from actions.complaints import Draft, Step
from actions.database import Database
from actions.deadlines import Deadlines
from actions.privacy import Cipher
from actions.register import Origin, SqlRegister
from actions.reminder_ledger import LEASE
from actions.roles import Role
from actions.steps import Actor, Move
from actions.tables import reminders
from bot import app as composition
from bot.application import application
from bot.notify.settings import Reminders, Smtp, TelegramBot
from bot.readiness import database_problems
from bot.reminder_check import holiday_problem
from bot.settings import ROOT, Http, Rasa, Security, Settings

ZONE = Settings().bank.zone
DRAFT = Draft("柜台多扣了我二十块", "信用卡", "上周五，城东支行", "退还费用", "13812345678")


class Branch:
    """A data folder with one officer and one complaint that is due today."""

    def __init__(self, folder: Path, server: MailServer) -> None:
        self.folder = folder
        self.server = server
        self.number = ""

    @property
    def settings(self) -> Settings:
        smtp = Smtp(
            host="127.0.0.1", port=self.server.port, security="none", sender="x@bank.example"
        )
        return Settings(
            data_dir=self.folder,
            http=Http(port=free_port()),
            rasa=Rasa(managed=False),
            security=Security(key=(SecretStr(KEY),)),
            reminders=Reminders(
                enabled=True,
                at=(dt.time(0),),
                until=dt.time.max,
                desk_url="https://xiaobao.bank.example/desk",
                smtp=smtp,
            ),
        )

    async def open(self, email: str | None = "officer@bank.example") -> None:
        now, cipher = dt.datetime.now(dt.UTC), Cipher([KEY])
        register = SqlRegister(cipher, Deadlines(), ZONE)
        database = self.database()
        await database.prepare(cipher)
        agents = Agents(database, PasswordHasher(time_cost=1, memory_cost=64))
        await agents.add("officer", "小王", PASSWORD, now, roles=[Role.OFFICER], email=email)
        [person] = await database.read(everyone)
        received = register.today(now) - dt.timedelta(days=15)
        one = await database.write(
            lambda tx: register.receive(tx, Origin("desk", received_on=received), DRAFT, now)
        )
        accept = Move(Step.ACCEPT, Actor(person.id, person.roles))
        await database.write(lambda tx: register.move(tx, one.number, accept, now))
        await database.close()
        self.number = one.number

    def database(self) -> Database:
        return Database(f"sqlite:///{self.folder / 'xiaobao.sqlite3'}")

    async def remind(self, *options: str) -> asyncio.subprocess.Process:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BOT__")}
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "remind", *options),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={
                **kept,
                "BOT__SECURITY__KEY": KEY,
                "BOT__DATA_DIR": str(self.folder),
                "BOT__REMINDERS__DESK_URL": "https://xiaobao.bank.example/desk",
                "BOT__REMINDERS__SMTP__HOST": "127.0.0.1",
                "BOT__REMINDERS__SMTP__PORT": str(self.server.port),
                "BOT__REMINDERS__SMTP__SECURITY": "none",
                "BOT__REMINDERS__SMTP__SENDER": "x@bank.example",
            },
        )

    async def said(self, *options: str) -> str:
        process = await self.remind(*options)
        out, errors = await process.communicate()
        assert process.returncode == 0, errors.decode()
        return out.decode()


@pytest.fixture
async def branch(tmp_path: Path) -> AsyncIterator[Branch]:
    async with mail_server() as server:
        branch = Branch(tmp_path, server)
        await branch.open()
        yield branch


async def test_a_dry_run_sends_nothing_the_next_run_does_and_the_one_after_has_nothing_to_send(
    branch: Branch,
) -> None:
    said = await branch.said("--dry-run")
    assert f"officer　mail　{branch.number}　today" in said
    assert branch.server.letters == []
    assert "发出 1 封" in await branch.said()
    assert "发出 0 封" in await branch.said()
    assert len(branch.server.letters) == 1


@pytest.mark.slow
async def test_a_process_killed_between_claim_and_mark_is_made_up_for_with_the_same_id(
    branch: Branch,
) -> None:
    branch.server.stall.clear()
    process = await branch.remind()
    await branch.server.arrived.wait()  # the letter is with the server, which has not said yes
    process.kill()
    await process.wait()
    branch.server.stall.set()
    assert "发出 0 封" in await branch.said()  # the claim still holds
    database = branch.database()
    past = reminders.c.next_try
    [row] = await database.read(lambda tx: tx.execute(reminders.select()).all())
    earlier = reminders.update().values({past: row.next_try - LEASE})
    await database.write(lambda tx: tx.execute(earlier))
    await database.close()
    assert "发出 1 封" in await branch.said()
    assert set(branch.server.ids()) == {f"<{row.message}@bank.example>"}
    assert "发出 0 封" in await branch.said()


async def test_a_gateway_that_starts_again_sends_nothing_twice(branch: Branch) -> None:
    settings = branch.settings
    async with TestClient(Server(application(composition.assemble(settings)))) as one:
        await asyncio.wait_for(branch.server.arrived.wait(), 30)
        answer = await one.post("/api/messages", json={"text": "人工"})
        assert answer.status == 200
    again = composition.assemble(settings)
    async with TestClient(Server(application(again))):
        await again.reminding.tick()
    assert len(branch.server.letters) == 1


async def test_a_gateway_answers_while_it_sends_and_finishes_the_message_when_it_is_stopped(
    branch: Branch,
) -> None:
    branch.server.stall.clear()
    client = TestClient(Server(application(composition.assemble(branch.settings))))
    await client.start_server()
    await asyncio.wait_for(branch.server.arrived.wait(), 30)
    answer = await client.post("/api/messages", json={"text": "人工"})
    assert answer.status == 200
    closing = asyncio.create_task(client.close())
    branch.server.stall.set()
    await closing
    database = branch.database()
    states = await database.read(lambda tx: list(tx.scalars(select(reminders.c.state))))
    await database.close()
    assert states == ["sent"]


async def test_check_names_who_cannot_be_reached_and_a_server_that_does_not_answer(
    tmp_path: Path,
) -> None:
    async with mail_server() as server:
        branch = Branch(tmp_path, server)
        await branch.open(email=None)
        assert await database_problems(branch.settings) == [
            "officer 收不到提醒：账号没有邮箱（或 Telegram 会话编号），"
            "请用 python -m bot agent 补上"
        ]
    gone = branch.settings.model_copy(
        update={
            "reminders": Reminders(
                smtp=Smtp(host="127.0.0.1", port=free_port(), sender="x@bank.example")
            )
        }
    )
    assert any("连不上" in problem for problem in await database_problems(gone))


async def test_check_finds_nothing_wrong_where_a_common_chat_reaches_everybody(
    tmp_path: Path,
) -> None:
    server = TelegramServer()
    async with mail_server() as mails, server.serve():
        branch = Branch(tmp_path, mails)
        await branch.open(email=None)
        settings = branch.settings.model_copy(
            update={
                "reminders": Reminders(telegram=TelegramBot(api=server.url, chat="-100")),
                "security": Security(
                    key=(SecretStr(KEY),), reminder_telegram_token=SecretStr(server.token)
                ),
            }
        )
        assert await database_problems(settings) == []


def test_from_november_on_the_coming_years_holidays_are_asked_for() -> None:
    calendar = Calendar(frozenset({dt.date(2026, 10, 1)}))
    assert holiday_problem(calendar, dt.date(2026, 10, 31)) == ""
    assert "2027" in holiday_problem(calendar, dt.date(2026, 11, 1))
    assert "2027" in holiday_problem(calendar, dt.date(2027, 1, 1))
