"""Each reminder is sent once: with two gateways, after a failure, on every database."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from argon2 import PasswordHasher
from conftest import KEY, PASSWORD, START, Clock
from contracts.databases import KINDS, fresh
from strict import MailServer, WeComServer, mail_server

from actions.agents import Agents, everyone
from actions.complaints import Draft, Step
from actions.database import Database
from actions.deadlines import Deadlines
from actions.privacy import Cipher
from actions.register import Origin, SqlRegister
from actions.reminder_ledger import LEASE, claim, given_up, waiting
from actions.roles import Role
from actions.steps import Actor, Move
from bot.metrics import Metrics
from bot.notify import Notifier
from bot.notify.mail import Mail
from bot.notify.settings import Reminders, Smtp
from bot.notify.wecom import WeCom
from bot.reminding import Reminding, Tally

ZONE = ZoneInfo("Asia/Shanghai")
DRAFT = Draft("柜台多扣了我二十块", "信用卡", "上周五，城东支行", "退还费用", "13812345678")
RULES = Reminders(desk_url="https://xiaobao.bank.example/desk")


class Office:
    """A register, an officer with a superior, an approver, and a mail server."""

    def __init__(self, database: Database, server: MailServer) -> None:
        self.database = database
        self.server = server
        self.clock = Clock()
        self.register = SqlRegister(Cipher([KEY]), Deadlines(), ZONE)
        self.people: dict[str, Actor] = {}

    async def open(self) -> None:
        await self.database.prepare(Cipher([KEY]))
        agents = Agents(self.database, PasswordHasher(time_cost=1, memory_cost=64))
        for login, role, superior in (
            ("chief", Role.SUPERVISOR, None),
            ("approver", Role.APPROVER, None),
            ("officer", Role.OFFICER, "chief"),
        ):
            email = f"{login}@bank.example"
            await agents.add(
                login, login, PASSWORD, START, roles=[role], email=email, superior=superior
            )
        accounts = await self.database.read(everyone)
        self.people = {one.login: Actor(one.id, one.roles) for one in accounts}

    async def receive(self, *, owned: bool = True) -> str:
        now = self.clock()
        one = await self.database.write(
            lambda tx: self.register.receive(tx, Origin("desk"), DRAFT, now)
        )
        if owned:
            await self.move(one.number, Step.ACCEPT)
        return one.number

    async def move(self, number: str, step: Step, who: str = "officer") -> None:
        move, now = Move(step, self.people[who], "事由"), self.clock()
        await self.database.write(lambda tx: self.register.move(tx, number, move, now))

    def gateway(self, database: Database | None = None, *ways: Notifier) -> Reminding:
        smtp = Smtp(
            host="127.0.0.1", port=self.server.port, security="none", sender="x@bank.example"
        )
        chosen = ways or (Mail(smtp, ""),)
        return Reminding(database or self.database, chosen, RULES, ZONE, Metrics(), self.clock)

    async def run(self, reminding: Reminding | None = None) -> Tally:
        reminding = reminding or self.gateway()
        await reminding.enlist()
        return await reminding.deliver()

    async def given_up(self) -> Any:
        return await self.database.read(lambda tx: given_up(tx, self.clock()))


@pytest.fixture(params=KINDS)
async def office(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Office]:
    async with fresh(request.param, tmp_path) as database, mail_server() as server:
        office = Office(database, server)
        await office.open()
        yield office


async def test_one_message_a_recipient_tells_of_all_complaints_and_of_no_customer(
    office: Office,
) -> None:
    numbers = [await office.receive(), await office.receive()]
    office.clock.forward(days=14)
    assert await office.run() == Tally(2, 0)
    assert sorted(office.server.recipients) == ["chief@bank.example", "officer@bank.example"]
    for number in numbers:
        assert number in office.server.text()
    assert "就是明天" in office.server.text()
    assert "https://xiaobao.bank.example/desk/complaints" in office.server.text()
    for private in ("13812345678", "柜台", "二十块", "officer"):
        assert private not in office.server.text()


async def test_nothing_is_sent_twice_on_a_day_and_the_next_day_brings_the_next(
    office: Office,
) -> None:
    await office.receive()
    office.clock.forward(days=12)
    assert await office.run() == Tally(1, 0)
    assert await office.run() == Tally(0, 0)
    office.clock.forward(days=1)
    assert await office.run() == Tally(0, 0)
    office.clock.forward(days=1)
    assert await office.run() == Tally(2, 0)
    office.clock.forward(days=2)
    assert await office.run() == Tally(2, 0)
    assert "已超过 1 天" in office.server.text()


async def test_two_gateways_at_once_send_each_reminder_once(office: Office) -> None:
    for _ in range(5):
        await office.receive()
    office.clock.forward(days=15)
    other = Database(office.database.url.render_as_string(hide_password=False))
    try:
        await asyncio.gather(
            office.run(), office.run(office.gateway(other)), office.run(), office.run()
        )
    finally:
        await other.close()
    told = [
        (letter["To"], line)
        for letter in office.server.letters
        for line in str(letter.get_content()).splitlines()
        if line.startswith("·")
    ]
    assert len(told) == len(set(told)) == 10


async def test_an_answered_complaint_calls_nobody(office: Office) -> None:
    number = await office.receive()
    for step in (Step.START, Step.ANSWER):
        await office.move(number, step)
    office.clock.forward(days=15)
    assert await office.run() == Tally(0, 0)


async def test_what_was_answered_before_a_second_try_is_not_sent_any_more(office: Office) -> None:
    number = await office.receive()
    office.clock.forward(days=12)
    office.server.answers = ["451 later"]
    assert await office.run() == Tally(0, 1)
    for step in (Step.START, Step.ANSWER):
        await office.move(number, step)
    office.clock.forward(hours=1)
    assert await office.run() == Tally(0, 0)


async def test_an_extension_that_waits_is_brought_to_the_approvers_mind(office: Office) -> None:
    number = await office.receive()
    await office.move(number, Step.ASK_EXTENSION)
    assert await office.run() == Tally(0, 0)
    office.clock.forward(days=1)
    assert await office.run() == Tally(1, 0)
    assert office.server.recipients == ["approver@bank.example"]
    assert "等待审批" in office.server.text()
    await office.move(number, Step.EXTEND, "approver")
    office.clock.forward(days=1)
    assert await office.run() == Tally(0, 0)


async def test_a_complaint_without_owner_is_brought_to_the_approvers_mind(office: Office) -> None:
    await office.receive(owned=False)
    office.clock.forward(days=12)
    assert await office.run() == Tally(1, 0)
    assert office.server.recipients == ["approver@bank.example"]


async def test_a_claim_that_was_not_marked_is_tried_again_after_ten_minutes_with_the_same_id(
    office: Office,
) -> None:
    await office.receive()
    office.clock.forward(days=12)
    reminding = office.gateway()
    await reminding.enlist()
    now = office.clock()
    [(message, way)] = await office.database.read(lambda tx: waiting(tx, now))
    claimed = await office.database.write(lambda tx: claim(tx, message, now))
    assert claimed is not None
    assert way == claimed.way == "mail"
    office.clock.now += LEASE - dt.timedelta(seconds=1)
    assert await office.run() == Tally(0, 0)
    office.clock.forward(seconds=1)
    assert await office.run() == Tally(1, 0)
    assert office.server.ids() == [f"<{message}@bank.example>"]


async def test_failures_are_tried_again_ever_more_rarely_and_shown_after_a_day(
    office: Office,
) -> None:
    await office.receive()
    office.clock.forward(days=12)
    office.server.answers = ["451 later"] * 50
    reminding = office.gateway()
    tries = 0
    for _minute in range(0, 25 * 60, 5):
        tries += (await office.run(reminding)).failed
        office.clock.forward(minutes=5)
    assert tries == 50 - len(office.server.answers)
    assert 8 <= tries <= 12
    [lost] = await office.given_up()
    assert (lost.login, lost.way, lost.number) == ("officer", "mail", 1)
    assert "451" in lost.error
    office.clock.forward(days=8)
    assert await office.given_up() == []


async def test_a_group_gets_one_message_with_each_complaint_once(office: Office) -> None:
    number = await office.receive()
    office.clock.forward(days=14)
    server = WeComServer()
    async with server.serve():
        reminding = office.gateway(None, WeCom(server.webhook))
        assert await office.run(reminding) == Tally(1, 0)
        office.clock.forward(minutes=1)
        assert await office.run(reminding) == Tally(0, 0)
    [message] = server.taken
    assert message["text"]["content"].count(number) == 1


async def test_out_of_hours_nothing_is_sent_and_a_missed_hour_is_made_up_for(
    office: Office,
) -> None:
    await office.receive()
    reminding = office.gateway()
    morning = (START + dt.timedelta(days=12)).astimezone(ZONE)
    for hour, minute, sent in ((8, 29, 0), (8, 30, 1), (8, 31, 1)):
        office.clock.now = morning.replace(hour=hour, minute=minute)
        await reminding.tick()
        assert len(office.server.letters) == sent
    office.clock.now = morning.replace(hour=20, minute=1) + dt.timedelta(days=2)
    await reminding.tick()
    assert len(office.server.letters) == 1
    office.clock.now = morning.replace(hour=11, minute=0) + dt.timedelta(days=3)
    await office.gateway().tick()
    assert len(office.server.letters) == 3
