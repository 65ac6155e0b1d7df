"""Settings: `gateway:` in config.yml, overridden by BOT__SECTION__NAME from the environment.

Secrets come from the environment only. Every problem is reported at once.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from cryptography.fernet import Fernet
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from actions.branches import Branches, parse_branches
from actions.hours import DAYS, Hours, Span, parse_holidays, parse_spans
from bot.errors import ConfigurationError

PREFIX = "BOT__"
ROOT = Path(__file__).resolve().parent.parent
Port = Annotated[int, Field(ge=1, le=65535)]
BaseUrl = Annotated[str, Field(pattern=r"^https?://[^\s/]+(/\S*)?$")]
SECRETS = {
    "telegram": ("token",),
    "wechat": ("token", "app_secret", "aes_key"),
    "wecom": ("token", "secret", "aes_key"),
}
"""What is refused in the file, by section."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class Http(_Section):
    """The public listener."""

    host: str = "127.0.0.1"
    port: Port = 8080
    rate_limit: Annotated[int, Field(ge=0)] = 60
    """Messages per minute per address; 0 for no limit. Asking for a human is never limited."""
    secure_cookies: bool = False
    """True where browsers reach the gateway by HTTPS."""


class Bank(_Section):
    """What replies say about the bank."""

    name: str = "农业银行"
    hotline: Annotated[str, Field(pattern=r"^[\d-]{3,20}$")] = "95599"
    timezone: str = "Asia/Shanghai"
    branches: Path = ROOT / "branches.yml"
    """Where the bank's branches are, for customers who send a place."""

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which due dates are counted."""
        return ZoneInfo(self.timezone)


class Rasa(_Section):
    """Where intents are recognised."""

    managed: bool = True
    """Start Rasa as a child; False where `urls` names servers that others run."""
    port: Port = 5005
    python: Path = ROOT / ".venv-rasa/bin/python"
    urls: tuple[str, ...] = ()
    timeout_ms: Annotated[int, Field(ge=50, le=5_000)] = 800


class Knowledge(_Section):
    """Which articles may reach a customer."""

    departments: Annotated[int, Field(ge=1, le=5)] = 2
    """So many different departments have approved an article's text."""
    sample: bool = True
    """Whether the starter content is shown too, until the bank has approved it."""


class Complaints(_Section):
    """Deadlines, in calendar days (银行业保险业消费投诉处理管理办法)."""

    decision_days: Annotated[int, Field(ge=1, le=60)] = 15


def _spans(value: object) -> object:
    return parse_spans(value) if isinstance(value, str) else value


Spans = Annotated[tuple[Span, ...], BeforeValidator(_spans)]


class WorkingHours(_Section):
    """When humans are at the desk, for example `08:30-12:00, 13:00-17:30`; "" for a closed day."""

    mon: Spans = parse_spans("08:30-17:30")
    tue: Spans = parse_spans("08:30-17:30")
    wed: Spans = parse_spans("08:30-17:30")
    thu: Spans = parse_spans("08:30-17:30")
    fri: Spans = parse_spans("08:30-17:30")
    sat: Spans = parse_spans("09:00-16:00")
    sun: Spans = parse_spans("09:00-16:00")


class Queue(_Section):
    """How the queue for humans is ordered, and what is promised to who waits."""

    elder_head_start_s: Annotated[int, Field(ge=0)] = 600
    """Elders are taken as if they had come this much earlier; so nobody waits for ever."""
    fraud_head_start_s: Annotated[int, Field(ge=0)] = 86_400
    seats: Annotated[int, Field(ge=1, le=20)] = 3
    """Conversations that one agent holds at once; by it the waiting time is estimated."""
    no_answer_s: Annotated[int, Field(ge=5)] = 30
    """An agent who accepts and does not write so long loses the customer to another."""
    absent_s: Annotated[int, Field(ge=40)] = 120
    """So long after a desk was closed its customers go back to the front of the queue."""
    long_wait_s: Annotated[int, Field(ge=30)] = 600
    """Beyond it a callback is promised."""
    keep_place_s: Annotated[int, Field(ge=0)] = 900
    """Who leaves the queue and comes back within it has the old place."""
    callback_min: Annotated[int, Field(ge=10)] = 120
    """A promised call comes within so many minutes of open hours."""
    hours: WorkingHours = WorkingHours()
    holidays: Path = ROOT / "holidays.yml"
    """Days closed, and days with hours of their own."""


def _keys(value: object) -> object:
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


class Telegram(_Section):
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


class _Wechats(_Section):
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


class Security(_Section):
    """Secrets: environment only."""

    key: Annotated[tuple[SecretStr, ...], BeforeValidator(_keys)] = ()
    """Keys that seal stored data, newest first, comma-separated in BOT__SECURITY__KEY."""
    rasa_token: SecretStr | None = None
    """The token of Rasa servers that others run."""

    def plain_keys(self) -> list[str]:
        """The keys as plain text, newest first."""
        return [key.get_secret_value() for key in self.key]


class Settings(_Section):
    """Everything that can be set."""

    data_dir: Path = ROOT / "data"
    """The database, models and caches. Environment: BOT__DATA_DIR."""
    database_url: SecretStr | None = None
    """SQLAlchemy URL; SQLite in data_dir by default. Environment: BOT__DATABASE_URL."""
    http: Http = Http()
    bank: Bank = Bank()
    rasa: Rasa = Rasa()
    knowledge: Knowledge = Knowledge()
    complaints: Complaints = Complaints()
    queue: Queue = Queue()
    telegram: Telegram = Telegram()
    wechat: Wechat = Wechat()
    wecom: Wecom = Wecom()
    security: Security = Security()

    def desk_hours(self) -> Hours:
        """When humans are at the desk. Raises ValueError, in Chinese, for a bad holidays file."""
        try:
            closed, special = parse_holidays((ROOT / self.queue.holidays).read_text("utf-8"))
        except OSError as error:
            raise ValueError(f"节假日文件 {self.queue.holidays} 读不出来：{error}") from error
        week = [getattr(self.queue.hours, day) for day in DAYS]
        return Hours(week, self.bank.zone, closed, special)

    def branches(self) -> Branches:
        """The bank's branches. Raises ValueError, in Chinese, for a bad file."""
        try:
            return parse_branches((ROOT / self.bank.branches).read_text("utf-8"))
        except OSError as error:
            raise ValueError(f"网点文件 {self.bank.branches} 读不出来：{error}") from error

    def database(self) -> str:
        """The database's URL, password included."""
        if self.database_url:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data_dir / 'xiaobao.sqlite3'}"


def load(
    path: Path = ROOT / "config.yml",
    environment: Mapping[str, str] = os.environ,
    *,
    secrets: bool = True,
    tolerant: bool = False,
) -> Settings:
    """Read the settings. Raises ConfigurationError with every problem that there is.

    Without `secrets`, a missing key is no problem; `tolerant` gives defaults instead of an error.
    """
    problems: list[str] = []
    values = _from_file(path, problems)
    if "security" in values or "database_url" in values:
        problems.append(
            f"{path.name}：security 和 database_url 含有密钥，只能用环境变量给出，请从文件中删去"
        )
    problems += [
        f"{path.name}：{section}.{name} 是密钥，只能用环境变量 {PREFIX}{section.upper()}__"
        f"{name.upper()} 给出，请从文件中删去"
        for section, names in SECRETS.items()
        for name in names
        if isinstance(values.get(section), dict) and name in values[section]
    ]
    _overlay(values, environment)
    settings = Settings()
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        problems += [_explain(dict(item)) for item in error.errors()]
    problems += _zone_problems(settings) or _file_problems(settings)
    if secrets:
        problems += _key_problems(settings) + _telegram_problems(settings.telegram)
        problems += _wechat_problems(settings.wechat) + _wecom_problems(settings.wecom)
    if problems and not tolerant:
        raise ConfigurationError(problems)
    return settings


def _from_file(path: Path, problems: list[str]) -> dict[str, Any]:
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        problems.append(f"{path} 读不出来：{error}")
        return {}
    section = document.get("gateway") if isinstance(document, dict) else None
    if section is not None and not isinstance(section, dict):
        problems.append(f"{path.name}：gateway 要写成“名称: 内容”")
        return {}
    return dict(section or {})


def _overlay(values: dict[str, Any], environment: Mapping[str, str]) -> None:
    """Put each BOT__A__B=value at values[a][b]."""
    for name, value in environment.items():
        if not name.startswith(PREFIX):
            continue
        *sections, last = name.removeprefix(PREFIX).lower().split("__")
        place = values
        for section in sections:
            inner = place.get(section)
            place[section] = dict(inner) if isinstance(inner, dict) else {}
            place = place[section]
        place[last] = value


def _explain(item: dict[str, Any]) -> str:
    path = [str(part) for part in item["loc"]]
    name = f"{'.'.join(path)}（环境变量 {PREFIX}{'__'.join(path).upper()}）"
    if item["type"] == "extra_forbidden":
        near = difflib.get_close_matches(path[-1], _names_beside(path[:-1]), n=1)
        return f"没有 {name} 这个设置" + (f"，是不是想写 {near[0]}？" if near else "")
    return f"{name}：{item['msg']}"


def _names_beside(path: list[str]) -> list[str]:
    model: Any = Settings
    for part in path:
        field = model.model_fields.get(part)
        model = getattr(field, "annotation", None)
        if not hasattr(model, "model_fields"):
            return []
    return list(model.model_fields)


def _zone_problems(settings: Settings) -> list[str]:
    try:
        ZoneInfo(settings.bank.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return [f"bank.timezone：没有 {settings.bank.timezone} 这个时区，例如 Asia/Shanghai"]
    return []


def _file_problems(settings: Settings) -> list[str]:
    problems = []
    for name, read in (
        ("queue.holidays", settings.desk_hours),
        ("bank.branches", settings.branches),
    ):
        try:
            read()
        except ValueError as error:
            problems.append(f"{name}：{error}")
    return problems


_TELEGRAM_TOKEN = re.compile(r"[0-9]{3,20}:[A-Za-z0-9_-]{20,}")


def _telegram_problems(telegram: Telegram) -> list[str]:
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
    return problems


def _wechat_problems(wechat: Wechat) -> list[str]:
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


def _wecom_problems(wecom: Wecom) -> list[str]:
    if not wecom.enabled:
        return []
    problems = _shared_problems("wecom", wecom, needs_key=True)
    if not re.fullmatch(r"w[a-zA-Z0-9]{10,40}", wecom.corp_id):
        problems.append("wecom.corp_id（环境变量 BOT__WECOM__CORP_ID）要写企业 ID，形如 ww…")
    if not plain_secret(wecom.secret):
        problems.append("缺少环境变量 BOT__WECOM__SECRET（“微信客服”的 Secret）")
    return problems


def _shared_problems(section: str, wechats: _Wechats, *, needs_key: bool) -> list[str]:
    problems, prefix = [], f"{PREFIX}{section.upper()}"
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


def _key_problems(settings: Settings) -> list[str]:
    if not settings.security.key:
        return [
            "缺少数据加密密钥。请运行 python -m bot key 生成一把，"
            "放进环境变量 BOT__SECURITY__KEY，并妥善保管：丢了密钥，已存的投诉就读不出来"
        ]
    try:
        for key in settings.security.plain_keys():
            Fernet(key)
    except ValueError:
        return ["BOT__SECURITY__KEY 不是有效的密钥，请用 python -m bot key 生成（多把用逗号隔开）"]
    return []
