"""E-mail by SMTP (RFC 5321), encrypted by TLS from the start (RFC 8314) or by STARTTLS."""

from __future__ import annotations

import asyncio
import ssl
from email.message import EmailMessage
from email.utils import format_datetime

import aiosmtplib

from actions.agents import Agent
from bot.errors import ReminderFailed
from bot.notify import TIMEOUT_S, Notice
from bot.notify.settings import Smtp


class Mail:
    """Each person's own e-mail address."""

    way = "mail"
    most = 100_000

    def __init__(self, settings: Smtp, password: str, timeout_s: float = TIMEOUT_S) -> None:
        self._settings = settings
        self._password = password
        self._timeout_s = timeout_s

    def place(self, person: Agent) -> str:
        """See Notifier."""
        return person.email or ""

    async def send(self, place: str, notice: Notice) -> None:
        """See Notifier."""
        sender = self._settings.sender
        letter = EmailMessage()
        letter["Subject"] = notice.subject
        letter["From"] = sender
        letter["To"] = place
        letter["Date"] = format_datetime(notice.at)
        letter["Message-ID"] = f"<{notice.id}@{sender.rpartition('@')[2]}>"
        letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
        letter.set_content(notice.text)
        await self._talk(letter)

    async def try_out(self) -> None:
        """See Notifier."""
        await self._talk(None)

    async def _talk(self, letter: EmailMessage | None) -> None:
        """Sign in at the server, and hand it `letter`."""
        try:
            async with asyncio.timeout(self._timeout_s), self._client() as client:
                if letter:
                    await client.send_message(letter)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise ReminderFailed(self._explain(error)) from error

    def _client(self) -> aiosmtplib.SMTP:
        settings = self._settings
        return aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            username=settings.user or None,
            password=self._password or None,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            tls_context=ssl.create_default_context(cafile=settings.ca_file),
            timeout=self._timeout_s,
        )

    def _explain(self, error: Exception) -> str:
        where = f"邮件服务器 {self._settings.host}:{self._settings.port}"
        if isinstance(error, aiosmtplib.SMTPAuthenticationError):
            return f"{where} 不接受用户名或密码"
        if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
            return f"{where} 不接受收件人的地址"
        if isinstance(error, aiosmtplib.SMTPResponseException):
            return f"{where} 没有收下（{error.code}）"
        return f"{where} 连不上或没有回答（{type(error).__name__}）"
