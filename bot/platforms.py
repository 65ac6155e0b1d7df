"""Which platforms must be sent to, as the settings say."""

from __future__ import annotations

from bot.channels import SMS
from bot.channels.platform import Parts, Platform
from bot.channels.sms import open_sms
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.opening import open_telegram
from bot.channels.wechat import opening as wechat
from bot.channels.wecom import customers as wecom
from bot.channels.wecom.opening import open_wecom
from bot.settings import Settings

ANSWERING = (wechat.NAME,)
"""Where the answer to a message can go into the response to it."""


def pushed(settings: Settings) -> tuple[str, ...]:
    """The names of the channels whose messages go through the outbox."""
    enabled = {
        TelegramChannel.name: settings.telegram.enabled,
        wechat.NAME: settings.wechat.enabled,
        wecom.NAME: settings.wecom.enabled,
        SMS: settings.sms.enabled,
    }
    return tuple(name for name, is_on in enabled.items() if is_on)


def platforms(settings: Settings, parts: Parts) -> tuple[Platform, ...]:
    """Those that are enabled; nothing is opened yet."""
    openers = {
        TelegramChannel.name: open_telegram,
        wechat.NAME: wechat.open_wechat,
        wecom.NAME: open_wecom,
        SMS: open_sms,
    }
    return tuple(openers[name](settings, parts) for name in pushed(settings))
