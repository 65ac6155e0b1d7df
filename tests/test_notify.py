"""E-mail, Telegram and WeCom, each against a strict server on loopback."""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from conftest import free_port
from strict import PASSWORD, USER, MailServer, TelegramServer, WeComServer, certificate, mail_server

from actions.agents import Agent
from bot.errors import ReminderFailed
from bot.notify import Notice
from bot.notify.mail import Mail
from bot.notify.settings import Smtp
from bot.notify.telegram import Telegram
from bot.notify.wecom import WeCom

AT = dt.datetime(2026, 12, 10, 8, 30, tzinfo=dt.UTC)
NOTICE = Notice("a1b2c3", "消保小宝：1 件投诉需要您处理", "有 1 件投诉需要您处理", AT)
PERSON = Agent(1, "wang", "小王", email="wang@bank.example", telegram="42")


def mail(port: int, security: str = "none", ca: Path | None = None, password: str = "") -> Mail:
    settings = Smtp.model_validate(
        {
            "host": "127.0.0.1",
            "port": port,
            "security": security,
            "user": USER if password else "",
            "sender": "xiaobao@bank.example",
            "ca_file": ca,
        }
    )
    return Mail(settings, password, timeout_s=5)


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        yield server


async def test_a_letter_arrives_with_its_id_and_asks_for_no_automatic_answer(
    server: MailServer,
) -> None:
    way = mail(server.port)
    await way.send(way.place(PERSON), NOTICE)
    assert server.recipients == ["wang@bank.example"]
    [letter] = server.letters
    assert letter["Message-ID"] == "<a1b2c3@bank.example>"
    assert letter["Subject"] == NOTICE.subject
    assert letter["Auto-Submitted"] == "auto-generated"
    assert server.text().strip() == NOTICE.text


@pytest.mark.parametrize(("security", "implicit"), [("starttls", False), ("tls", True)])
async def test_a_letter_goes_encrypted_and_with_the_password(
    tmp_path: Path, security: str, *, implicit: bool
) -> None:
    authority, context = certificate(tmp_path)
    async with mail_server(context, implicit=implicit) as server:
        await mail(server.port, security, authority, PASSWORD).send("a@bank.example", NOTICE)
        assert len(server.letters) == 1
        with pytest.raises(ReminderFailed, match="用户名或密码") as caught:
            await mail(server.port, security, authority, "not-the-one").try_out()
        assert "not-the-one" not in str(caught.value)


async def test_a_server_that_offers_no_encryption_gets_nothing(server: MailServer) -> None:
    with pytest.raises(ReminderFailed):
        await mail(server.port, "starttls").send("a@bank.example", NOTICE)
    assert server.letters == []


async def test_a_server_with_a_strangers_certificate_gets_nothing(tmp_path: Path) -> None:
    _, context = certificate(tmp_path)
    async with mail_server(context) as server:
        with pytest.raises(ReminderFailed):
            await mail(server.port, "starttls", None, PASSWORD).send("a@bank.example", NOTICE)
        assert server.letters == []


async def test_a_letter_that_is_put_off_or_never_answered_is_told(server: MailServer) -> None:
    way = mail(server.port)
    server.answers = ["451 try again later"]
    with pytest.raises(ReminderFailed, match="451"):
        await way.send("a@bank.example", NOTICE)
    server.stall.clear()
    way._timeout_s = 0.2
    with pytest.raises(ReminderFailed, match="没有回答"):
        await way.send("a@bank.example", NOTICE)


async def test_a_mail_server_that_is_away_is_named(tmp_path: Path) -> None:
    port = free_port()
    with pytest.raises(ReminderFailed, match=f"127.0.0.1:{port}"):
        await mail(port).try_out()


async def test_an_account_of_authority_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReminderFailed):
        await mail(free_port(), "tls", tmp_path / "none.pem").try_out()


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    server = TelegramServer()
    async with server.serve():
        yield server


def bot(server: TelegramServer, token: str = TelegramServer.token, timeout: float = 5) -> Telegram:
    return Telegram(server.url, token, "-100200", timeout_s=timeout)


async def test_a_telegram_message_goes_to_the_persons_chat_or_to_the_common_one(
    telegram: TelegramServer,
) -> None:
    way = bot(telegram)
    await way.try_out()
    assert way.place(Agent(2, "li", "李姐")) == "-100200"
    await way.send(way.place(PERSON), NOTICE)
    assert telegram.taken == [{"chat_id": "42", "text": NOTICE.text}]


async def test_telegrams_refusals_are_told_without_the_token(telegram: TelegramServer) -> None:
    way = bot(telegram)
    busy = {"ok": False, "error_code": 429, "parameters": {"retry_after": 17}}
    telegram.answers = [(429, busy), (502, "<html>bad gateway</html>"), (200, [1])]
    with pytest.raises(ReminderFailed, match="429") as slow:
        await way.send("42", NOTICE)
    assert slow.value.retry_after == 17
    with pytest.raises(ReminderFailed, match="502") as broken:
        await way.send("42", NOTICE)
    assert broken.value.retry_after == 9
    with pytest.raises(ReminderFailed, match="看不懂"):
        await way.send("42", NOTICE)
    with pytest.raises(ReminderFailed, match="会话编号"):
        await way.send("nobody", NOTICE)
    with pytest.raises(ReminderFailed, match="令牌") as wrong:
        await bot(telegram, "9:other").try_out()
    assert "9:other" not in str(wrong.value)


async def test_a_slow_or_absent_platform_is_told_without_its_secret_address(
    telegram: TelegramServer,
) -> None:
    telegram.silent = True
    away = Telegram(f"http://127.0.0.1:{free_port()}", TelegramServer.token, timeout_s=5)
    for way in (bot(telegram, timeout=0.2), away):
        with pytest.raises(ReminderFailed, match="没有回答") as caught:
            await way.send("42", NOTICE)
        assert TelegramServer.token not in repr(caught.value)
        assert caught.value.__suppress_context__


async def test_wecoms_group_gets_one_text_and_its_refusals_are_told() -> None:
    server = WeComServer()
    async with server.serve():
        way = WeCom(server.webhook, timeout_s=5)
        await way.send(way.place(PERSON), NOTICE)
        assert server.taken[0]["text"]["content"] == NOTICE.text
        server.answers = [(200, {"errcode": 45009, "errmsg": "api freq out of limit"}), (500, "")]
        with pytest.raises(ReminderFailed, match="45009") as often:
            await way.send("group", NOTICE)
        assert often.value.retry_after == 60
        with pytest.raises(ReminderFailed, match="500"):
            await way.send("group", NOTICE)
        with pytest.raises(ReminderFailed, match="93000") as wrong:
            await WeCom(server.webhook + "x").send("group", NOTICE)
        assert WeComServer.key not in str(wrong.value)


def test_encryption_is_the_default() -> None:
    assert Smtp().security == "starttls"
    assert ssl.create_default_context().verify_mode is ssl.CERT_REQUIRED
