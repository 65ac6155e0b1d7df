"""`gateway.telegram`, `.wechat`, `.wecom` and `.sms` in config.yml: the platforms of customers."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from bot.section import Section

_URL = r"^https?://[^\s/]+(/\S*)?$"
BaseUrl = Annotated[str, Field(pattern=_URL)]
SECRETS = {
    "telegram": ("token",),
    "wechat": ("token", "app_secret", "aes_key"),
    "wecom": ("token", "secret", "aes_key"),
    "sms": ("secret",),
    "telephone": ("ami_secret",),
}
"""What is refused in the file, by section."""


class Telegram(Section):
    """Customers who write by Telegram."""

    enabled: bool = False
    token: SecretStr | None = None
    """The bot's token, from @BotFather; BOT__TELEGRAM__TOKEN only."""
    mode: Literal["polling", "webhook"] = "polling"
    """Polling needs no public address; with several gateways, use the webhook."""
    url: str = ""
    """Where Telegram reaches this gateway from outside, for example https://bot.example.com."""
    base_url: BaseUrl = "https://api.telegram.org"
    """The Bot API server: Telegram's own, or one that the bank runs."""
    give_up_h: Annotated[int, Field(ge=1, le=168)] = 24
    """A message that could not be delivered for so many hours is given up, and the desk told."""
    desk_group: Annotated[int, Field(le=0)] = 0
    """The supergroup in which agents serve by telephone, a number like -1001234567890; 0: none."""


class _Wechats(Section):
    """What both platforms of WeChat have in common. Secrets come from the environment only."""

    enabled: bool = False
    token: SecretStr | None = None
    """By which the platform signs what it sends; made up in its console."""
    aes_key: SecretStr | None = None
    """EncodingAESKey of its console, 43 characters."""
    humans: Literal["desk", "platform"] = "desk"
    """Who takes over after 转人工: our own desk, or the agents of the platform."""
    give_up_h: Annotated[int, Field(ge=1, le=168)] = 48
    """What could not be delivered for so many hours is given up, and the desk told."""


class Wechat(_Wechats):
    """Customers of a WeChat Official Account."""

    mode: Literal["plain", "compatible", "safe"] = "safe"
    """As set in the platform's console; plain only for trying out."""
    app_id: str = ""
    app_secret: SecretStr | None = None
    customer_service: bool = True
    """Whether the account has the customer-service API; unverified accounts do not."""
    answer_s: Annotated[float, Field(gt=0, le=4.5)] = 4.0
    """So long an answer may take to go into the response; the platform gives up at five seconds."""
    base_url: BaseUrl = "https://api.weixin.qq.com"


class Wecom(_Wechats):
    """Customers of WeCom customer service (微信客服)."""

    corp_id: str = ""
    secret: SecretStr | None = None
    """Of 微信客服 itself, not of another application."""
    base_url: BaseUrl = "https://qyapi.weixin.qq.com"


class Sms(Section):
    """Articles and complaints' numbers, as text messages to whoever calls."""

    enabled: bool = False
    url: str = ""
    """Of the bank's SMS service, or of an adapter to it: docs/telephone.md."""
    secret: SecretStr | None = None
    """By which we sign what we send; BOT__SMS__SECRET only."""
    give_up_h: Annotated[int, Field(ge=1, le=168)] = 24
    """A message that could not be delivered for so many hours is given up, and the desk told."""


_SECRET_LENGTH = 32
_TELEGRAM_TOKEN = re.compile(r"[0-9]{3,20}:[A-Za-z0-9_-]{20,}")


def telegram_problems(telegram: Telegram) -> list[str]:
    """What is missing or wrong, in words for the operator."""
    problems = []
    token = telegram.token.get_secret_value() if telegram.token else ""
    if telegram.enabled and not _TELEGRAM_TOKEN.fullmatch(token):
        problems.append(
            "telegram.enabled 为 true，但环境变量 BOT__TELEGRAM__TOKEN 没有给出有效的令牌。"
            "请在 Telegram 里向 @BotFather 要一个，形如 123456789:AA…"
        )
    if telegram.enabled and telegram.mode == "webhook" and not telegram.url.startswith("https://"):
        problems.append(
            "telegram.mode 为 webhook 时，要在 telegram.url 写明公网地址，"
            "例如 https://bot.example.com"
        )
    group = telegram.desk_group
    if group and not (telegram.enabled and str(group).startswith("-100")):
        problems.append(
            "telegram.desk_group 是坐席用的超级群的编号，形如 -1001234567890；"
            "要用它，telegram.enabled 也要为 true"
        )
    return problems


def wechat_problems(wechat: Wechat) -> list[str]:
    """What is missing or wrong, in words for the operator."""
    if not wechat.enabled:
        return []
    problems = _shared_problems("wechat", wechat, needs_key=wechat.mode != "plain")
    if not re.fullmatch(r"wx[0-9a-f]{16}", wechat.app_id):
        problems.append("wechat.app_id（环境变量 BOT__WECHAT__APP_ID）要写公众号的 AppID，形如 wx…")
    needs_secret = wechat.customer_service and not plain_secret(wechat.app_secret)
    if needs_secret:
        problems.append(
            "缺少环境变量 BOT__WECHAT__APP_SECRET（公众号的 AppSecret）。没有客服接口的账号，"
            "请把 wechat.customer_service 设为 false"
        )
    return problems


def wecom_problems(wecom: Wecom) -> list[str]:
    """What is missing or wrong, in words for the operator."""
    if not wecom.enabled:
        return []
    problems = _shared_problems("wecom", wecom, needs_key=True)
    if not re.fullmatch(r"w[a-zA-Z0-9]{10,40}", wecom.corp_id):
        problems.append("wecom.corp_id（环境变量 BOT__WECOM__CORP_ID）要写企业 ID，形如 ww…")
    if not plain_secret(wecom.secret):
        problems.append("缺少环境变量 BOT__WECOM__SECRET（“微信客服”的 Secret）")
    return problems


def sms_problems(sms: Sms) -> list[str]:
    """What is missing or wrong, in words for the operator."""
    if not sms.enabled:
        return []
    problems = []
    if not re.fullmatch(_URL, sms.url):
        problems.append("sms.url（环境变量 BOT__SMS__URL）要写短信平台的地址，形如 https://…")
    if len(plain_secret(sms.secret)) < _SECRET_LENGTH:
        problems.append(
            f"缺少环境变量 BOT__SMS__SECRET：和短信平台约定的签名密钥，至少 {_SECRET_LENGTH} 位，"
            "可以用 openssl rand -hex 24 生成"
        )
    return problems


def _shared_problems(section: str, wechats: _Wechats, *, needs_key: bool) -> list[str]:
    problems, prefix = [], f"BOT__{section.upper()}"
    if not re.fullmatch(r"[A-Za-z0-9]{3,32}", plain_secret(wechats.token)):
        problems.append(f"缺少环境变量 {prefix}__TOKEN：和平台后台填的一样，3 到 32 位字母或数字")
    if needs_key and not re.fullmatch(r"[A-Za-z0-9]{43}", plain_secret(wechats.aes_key)):
        problems.append(
            f"缺少环境变量 {prefix}__AES_KEY：平台后台的 EncodingAESKey，43 位字母或数字"
        )
    return problems


def plain_secret(secret: SecretStr | None) -> str:
    """A secret as plain text; "" where it is not given."""
    return secret.get_secret_value() if secret else ""
