"""The ways that are set."""

from __future__ import annotations

from bot.notify import Notifier
from bot.notify.mail import Mail
from bot.notify.telegram import Telegram
from bot.notify.wecom import WeCom
from bot.settings import Settings


def configured(settings: Settings) -> list[Notifier]:
    """A notifier for each way whose settings are there."""
    rules, secrets = settings.reminders, settings.security
    found: list[Notifier] = []
    if rules.smtp.host:
        found.append(Mail(rules.smtp, secrets.smtp_password.get_secret_value()))
    if token := secrets.reminder_telegram_token.get_secret_value():
        found.append(Telegram(rules.telegram.api, token, rules.telegram.chat))
    if webhook := secrets.reminder_wecom_webhook.get_secret_value():
        found.append(WeCom(webhook))
    return found
