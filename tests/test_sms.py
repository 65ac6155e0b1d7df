"""Text messages: what a caller heard, in writing, by the bank's own SMS service."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from call_parts import Line, Telephone, telephone
from conftest import Clock
from pydantic import SecretStr
from sqlalchemy import Connection, select
from test_call import UNHURRIED

from actions import tables
from actions.checks import mobile
from actions.links import Links
from bot import app as composition
from bot.app import Gateway
from bot.channels import HOTLINE
from bot.channels.sms import LONGEST
from bot.errors import ConfigurationError
from bot.platform_settings import Sms
from bot.settings import Settings, load
from bot.texting import MOST
from bot.transcripts import Transcripts

NUMBER, LANDLINE = "13800138000", "02112345678"
SECRET = "0123456789abcdef0123456789abcdef"


@dataclass
class Service:
    """The bank's, on loopback; it takes only what is signed and as agreed."""

    clock: Clock
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    """What it says to the next messages; then 200."""
    asked: list[dict[str, str]] = field(default_factory=list)
    taken: list[dict[str, str]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        body, at = await request.read(), request.headers["X-Xiaobao-Time"]
        expected = hmac.digest(SECRET.encode(), at.encode() + b"." + body, hashlib.sha256).hex()
        if not hmac.compare_digest(expected, request.headers["X-Xiaobao-Signature"]):
            self.violations.append("signature")
        if abs(int(at) - self.clock().timestamp()) > 60:
            self.violations.append("time")
        said = json.loads(body)
        if said.keys() != {"id", "to", "text"} or not re.fullmatch(r"1\d{10}", said["to"]):
            self.violations.append(str(said))
        self.asked.append(said)
        status, headers = self.answers.pop(0) if self.answers else (200, {})
        if status == 200:
            self.taken.append(said)
        return web.Response(status=status, headers=headers)


@pytest.fixture
async def service(clock: Clock) -> AsyncIterator[Service]:
    yield (service := Service(clock))
    assert service.violations == []


@pytest.fixture
async def opened(settings: Settings, clock: Clock, service: Service) -> AsyncIterator[Gateway]:
    app = web.Application()
    app.router.add_post("/sms", service.take)
    async with TestServer(app) as server:
        sms = Sms(enabled=True, url=str(server.make_url("/sms")), secret=SecretStr(SECRET))
        gateway = composition.assemble(settings.model_copy(update={"sms": sms}), clock=clock)
        await gateway.database.prepare(gateway.cipher)
        yield gateway
        await gateway.telephony.recording.keeping.close()
        await gateway.database.close()


@pytest.fixture
def phone(opened: Gateway, clock: Clock) -> Telephone:
    return telephone(opened, clock, opened.telephony.recording.recorder, UNHURRIED)


async def send(gateway: Gateway) -> None:
    """What is owed goes out."""
    await gateway.telephony.recording.recorder.settle()
    await gateway.senders[0].once()


async def copy(phone: Telephone, number: str = NUMBER) -> None:
    phone.dial(Line(number))
    await phone.hears("小宝")
    phone.say("银行卡丢了怎么办")
    await phone.hears("挂失")
    await phone.hears("用短信发给您")
    phone.say("发短信给我")
    await phone.hears("用短信发给您了")
    phone.line.hang_up()
    await phone.over()


async def test_an_article_that_was_read_out_comes_as_a_text_message(
    phone: Telephone, opened: Gateway, service: Service
) -> None:
    await copy(phone, f"+86{NUMBER}")
    await send(opened)
    [text] = service.taken
    assert text["to"] == NUMBER
    assert text["text"].startswith("【农业银行】")
    assert "挂失" in text["text"]
    assert len(text["text"]) <= LONGEST
    await send(opened)
    assert len(service.asked) == 1


async def test_a_complaint_made_by_telephone_has_its_number_in_a_text_message(
    phone: Telephone, opened: Gateway, service: Service
) -> None:
    phone.dial(Line(NUMBER))
    await phone.hears("小宝")
    phone.say("我要投诉城东支行上周三收了我两百块短信费也没有告诉我，把钱退给我")
    await phone.hears("电话")
    phone.say("就打这个电话")
    await phone.hears("您听听对不对")
    phone.say("没问题提交")
    await phone.hears("编号是")
    await phone.hears("编号也用短信发到您打来的这个电话了")
    phone.line.hang_up()
    await phone.over()
    await send(opened)
    [text] = service.taken
    numbers = await opened.database.read(lambda tx: tx.scalars(select(tables.complaints.c.number)))
    assert f"编号 {numbers.one()}" in text["text"]
    assert "95599" in text["text"]


async def test_nobody_is_flooded(
    phone: Telephone, opened: Gateway, service: Service, clock: Clock
) -> None:
    await copy(phone)
    for _ in range(MOST - 1):
        phone.dial(Line(NUMBER))
        await phone.hears("小宝")
        phone.say("发短信给我")
        await phone.hears("用短信发给您了")
        phone.line.hang_up()
        await phone.over()
    await send(opened)
    assert len(service.taken) == MOST
    phone.dial(Line(NUMBER))
    await phone.hears("小宝")
    phone.say("发短信给我")
    await phone.hears("没法把文字发到您这个电话")
    phone.line.hang_up()
    await phone.over()
    clock.forward(days=1)
    await copy(phone)


@pytest.mark.parametrize("number", [LANDLINE, ""])
async def test_where_no_text_message_arrives_none_is_offered(
    phone: Telephone, opened: Gateway, service: Service, number: str
) -> None:
    phone.dial(Line(number))
    await phone.hears("小宝")
    phone.say("银行卡丢了怎么办")
    await phone.hears("要我再说一遍吗")
    phone.say("发短信给我")
    await phone.hears("没法把文字发到您这个电话")
    phone.line.hang_up()
    await phone.over()
    await send(opened)
    assert service.asked == []


async def test_a_service_that_is_busy_gets_the_message_again_under_the_same_id(
    phone: Telephone, opened: Gateway, service: Service, clock: Clock
) -> None:
    service.answers = [(503, {}), (429, {"Retry-After": "40"})]
    await copy(phone)
    await send(opened)
    clock.forward(seconds=10)
    await send(opened)
    clock.forward(seconds=20)
    await send(opened)
    assert len(service.asked) == 2  # it has asked for forty seconds
    clock.forward(seconds=30)
    await send(opened)
    assert len(service.taken) == 1
    assert len({one["id"] for one in service.asked}) == 1


async def test_a_message_that_the_service_refuses_is_given_up_and_the_desk_told(
    phone: Telephone, opened: Gateway, service: Service, clock: Clock
) -> None:
    service.answers = [(422, {})]
    await copy(phone)
    await send(opened)
    call = select(tables.conversations.c.id).where(tables.conversations.c.channel == HOTLINE)

    def seen(tx: Connection) -> list[str]:
        known = Links(opened.cipher).of(tx, tx.execute(call).scalar_one())
        together = Transcripts(opened.switchboard._store).of_all(tx, known)
        return [message.text for _, message in together]

    assert any("短信平台不收这条短信" in text for text in await opened.database.read(seen))
    clock.forward(hours=1)
    await send(opened)
    assert len(service.asked) == 1
    assert service.taken == []


async def test_a_wrong_secret_loses_nothing_and_is_mended(
    phone: Telephone, opened: Gateway, service: Service, clock: Clock
) -> None:
    service.answers = [(401, {})]
    await copy(phone)
    await send(opened)
    clock.forward(minutes=10)
    await send(opened)
    assert len(service.taken) == 1


async def test_a_number_that_is_not_written_down_yet_is_waited_for(
    opened: Gateway, phone: Telephone, service: Service, clock: Clock
) -> None:
    await copy(phone)
    await opened.telephony.recording.recorder.settle()
    hidden = tables.calls.update().values(caller=None)
    await opened.database.write(lambda tx: tx.execute(hidden))
    await opened.senders[0].once()
    assert service.asked == []
    sealed = opened.cipher.seal(NUMBER)
    told = tables.calls.update().values(caller=sealed)
    await opened.database.write(lambda tx: tx.execute(told))
    clock.forward(seconds=10)
    await opened.senders[0].once()
    assert len(service.taken) == 1


@pytest.mark.parametrize(
    ("number", "reached"),
    [
        (NUMBER, NUMBER),
        (f"86{NUMBER}", NUMBER),
        (f"0{NUMBER}", NUMBER),
        (LANDLINE, ""),
        ("95599", ""),
        ("12800138000", ""),
        (f"{NUMBER}0", ""),
        ("", ""),
    ],
)
def test_text_messages_reach_mobiles_only(number: str, reached: str) -> None:
    assert mobile(number) == reached


def test_what_the_sms_service_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT__SMS__ENABLED", "true")
    monkeypatch.setenv("BOT__SMS__SECRET", "short")
    with pytest.raises(ConfigurationError) as refused:
        load()
    problems = "\n".join(refused.value.problems)
    assert "BOT__SMS__URL" in problems
    assert "BOT__SMS__SECRET" in problems
