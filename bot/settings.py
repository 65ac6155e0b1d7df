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

from actions.hours import DAYS, Hours, Span, parse_holidays, parse_spans
from bot.errors import ConfigurationError

PREFIX = "BOT__"
ROOT = Path(__file__).resolve().parent.parent
Port = Annotated[int, Field(ge=1, le=65535)]


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
    base_url: Annotated[str, Field(pattern=r"^https?://[^\s/]+(/\S*)?$")] = (
        "https://api.telegram.org"
    )
    """The Bot API server: Telegram's own, or one that the bank runs."""
    give_up_h: Annotated[int, Field(ge=1, le=168)] = 24
    """A message that could not be delivered for so many hours is given up, and the desk told."""


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
    security: Security = Security()

    def desk_hours(self) -> Hours:
        """When humans are at the desk. Raises ValueError, in Chinese, for a bad holidays file."""
        try:
            closed, special = parse_holidays((ROOT / self.queue.holidays).read_text("utf-8"))
        except OSError as error:
            raise ValueError(f"节假日文件 {self.queue.holidays} 读不出来：{error}") from error
        week = [getattr(self.queue.hours, day) for day in DAYS]
        return Hours(week, self.bank.zone, closed, special)

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
    telegram = values.get("telegram")
    if isinstance(telegram, dict) and "token" in telegram:
        problems.append(
            f"{path.name}：telegram.token 是密钥，只能用环境变量 BOT__TELEGRAM__TOKEN 给出，"
            "请从文件中删去"
        )
    _overlay(values, environment)
    settings = Settings()
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        problems += [_explain(dict(item)) for item in error.errors()]
    problems += _zone_problems(settings) or _holiday_problems(settings)
    if secrets:
        problems += _key_problems(settings) + _telegram_problems(settings.telegram)
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


def _holiday_problems(settings: Settings) -> list[str]:
    try:
        settings.desk_hours()
    except ValueError as error:
        return [f"queue.holidays：{error}"]
    return []


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
