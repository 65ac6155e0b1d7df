"""Settings of reminders: `gateway.reminders` in config.yml."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from bot.section import Port, Section

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def _times(value: object) -> object:
    """A list of times, also as `08:30,14:00`; YAML reads a bare 14:00 as the number 840."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        return [value]
    return [_time(part) for part in parts]


def _time(value: object) -> object:
    if isinstance(value, int):
        return f"{value // 60:02d}:{value % 60:02d}"
    return value.strip().rjust(5, "0") if isinstance(value, str) else value


class Smtp(Section):
    """The bank's mail server. The password: BOT__SECURITY__SMTP_PASSWORD."""

    host: str = ""
    """Empty where no e-mail is sent."""
    port: Port = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    """`tls` from the start (port 465); `none` only where nobody can listen."""
    user: str = ""
    sender: str = ""
    """The address that reminders come from."""
    ca_file: Path | None = None
    """The bank's own certificate authority, PEM."""


class TelegramBot(Section):
    """A bot that reminds. Its token: BOT__SECURITY__REMINDER_TELEGRAM_TOKEN."""

    api: str = "https://api.telegram.org"
    chat: str = ""
    """For everybody whose account has no chat of its own."""


class Reminders(Section):
    """When and how the bank's people are reminded of deadlines.

    A WeCom group robot is used where BOT__SECURITY__REMINDER_WECOM_WEBHOOK gives its address.
    """

    enabled: bool = False
    """Whether the gateway sends them; `python -m bot remind` does so in any case."""
    at: Annotated[tuple[dt.time, ...], BeforeValidator(_times), Field(min_length=1)] = (
        dt.time(8, 30),
    )
    """When, where the bank is."""
    until: Annotated[dt.time, BeforeValidator(_time)] = dt.time(20)
    """After this nothing is sent, and no failure retried, until the next day."""
    desk_url: Annotated[str, Field(pattern=r"^(https?://[^\s]{1,200})?$")] = ""
    """The desk's address as officers open it, for example https://xiaobao.bank.example/desk."""
    smtp: Smtp = Smtp()
    telegram: TelegramBot = TelegramBot()

    def problems(self, password: str, token: str, webhook: str) -> list[str]:
        """What does not go together, with the secrets from the environment."""
        smtp, mails = self.smtp, bool(self.smtp.host)
        wrong = {
            "reminders.enabled：提醒已打开，但还没有发送方式。请设置 reminders.smtp.host，"
            "或环境变量 BOT__SECURITY__REMINDER_TELEGRAM_TOKEN、"
            "BOT__SECURITY__REMINDER_WECOM_WEBHOOK": (
                self.enabled and not (mails or token or webhook)
            ),
            "reminders.desk_url：请填写坐席台的网址，提醒里要用，"
            "例如 https://xiaobao.bank.example/desk": self.enabled and not self.desk_url,
            "reminders.until：要晚于 reminders.at 里的时间": self.until <= max(self.at),
            "reminders.smtp.sender：请填写发件人的邮箱": mails and "@" not in smtp.sender,
            "reminders.smtp：有 user 就要有环境变量 BOT__SECURITY__SMTP_PASSWORD，反过来也一样": (
                mails and bool(smtp.user) != bool(password)
            ),
            "reminders.smtp.security 为 none 时，密码会以明文传输，只能用于本机（127.0.0.1）": (
                bool(password) and smtp.security == "none" and smtp.host not in _LOOPBACK
            ),
            "BOT__SECURITY__REMINDER_WECOM_WEBHOOK：要是机器人的完整网址（https://…）": (
                bool(webhook) and not webhook.startswith(("https://", "http://127.0.0.1:"))
            ),
        }
        return [problem for problem, is_so in wrong.items() if is_so]
