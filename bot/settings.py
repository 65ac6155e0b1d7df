"""Settings: `gateway:` in config.yml, overridden by BOT__SECTION__NAME from the environment.

Secrets come from the environment only. Every problem is reported at once.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from cryptography.fernet import Fernet
from pydantic import BeforeValidator, Field, SecretStr, ValidationError

from actions import calendar
from actions.branches import Branches, parse_branches
from actions.calendar import Calendar
from actions.deadlines import Deadlines
from actions.hours import DAYS, Hours
from bot.errors import ConfigurationError
from bot.hearing_settings import Hearing
from bot.notify.settings import Reminders
from bot.platform_settings import (
    SECRETS,
    Sms,
    Telegram,
    Wechat,
    Wecom,
    sms_problems,
    telegram_problems,
    wechat_problems,
    wecom_problems,
)
from bot.queue_settings import Queue
from bot.recording_settings import Recordings
from bot.section import Port, Section
from bot.speaking_settings import Speaking
from bot.telephone_settings import Telephone, telephone_problems

PREFIX = "BOT__"
ROOT = Path(__file__).resolve().parent.parent


class Http(Section):
    """The public listener."""

    host: str = "127.0.0.1"
    port: Port = 8080
    rate_limit: Annotated[int, Field(ge=0)] = 60
    """Messages per minute per address; 0 for no limit. Asking for a human is never limited."""
    secure_cookies: bool = False
    """True where browsers reach the gateway by HTTPS."""


class Bank(Section):
    """What replies say about the bank."""

    name: str = "农业银行"
    hotline: Annotated[str, Field(pattern=r"^[\d-]{3,20}$")] = "95599"
    timezone: str = "Asia/Shanghai"
    holidays: Path = calendar.HOLIDAYS
    """For deadlines that count working days, and for the desk's hours."""
    microphone: bool = True
    """Whether the chat offers the browser's speech recognition; some send sound to their maker."""
    branches: Path = ROOT / "branches.yml"
    """Where the bank's branches are, for customers who send a place."""

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which due dates are counted."""
        return ZoneInfo(self.timezone)


class Rasa(Section):
    """Where intents are recognised."""

    managed: bool = True
    """Start Rasa as a child; False where `urls` names servers that others run."""
    port: Port = 5005
    python: Path = ROOT / ".venv-rasa/bin/python"
    urls: tuple[str, ...] = ()
    timeout_ms: Annotated[int, Field(ge=50, le=5_000)] = 800


class Knowledge(Section):
    """Which articles may reach a customer."""

    departments: Annotated[int, Field(ge=1, le=5)] = 2
    """So many different departments have approved an article's text."""
    sample: bool = True
    """Whether the starter content is shown too, until the bank has approved it."""


Days = Annotated[int, Field(ge=1, le=90)]


class Complaints(Section):
    """Deadlines (银行业保险业消费投诉处理管理办法), and who can handle complaints."""

    decision_days: Days = 15
    extended_days: Days = 30
    further_days: Days = 30
    dispute_window_days: Days = 30
    review_days: Days = 30
    working_days: bool = False
    """Whether only working days count (bank.holidays); the law's are calendar days."""
    branches: tuple[str, ...] = ()
    """Institutions to which a complaint can be transferred."""


def _keys(value: object) -> object:
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


class Security(Section):
    """Secrets: environment only."""

    key: Annotated[tuple[SecretStr, ...], BeforeValidator(_keys)] = ()
    """Keys that seal stored data, newest first, comma-separated in BOT__SECURITY__KEY."""
    rasa_token: SecretStr | None = None
    """The token of Rasa servers that others run."""
    smtp_password: SecretStr = SecretStr("")
    reminder_telegram_token: SecretStr = SecretStr("")
    reminder_wecom_webhook: SecretStr = SecretStr("")
    """The address of the group's robot; whoever has it can write to the group."""

    def plain_keys(self) -> list[str]:
        """The keys as plain text, newest first."""
        return [key.get_secret_value() for key in self.key]


class Settings(Section):
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
    reminders: Reminders = Reminders()
    queue: Queue = Queue()
    hearing: Hearing = Hearing()
    recordings: Recordings = Recordings()
    telegram: Telegram = Telegram()
    sms: Sms = Sms()
    wechat: Wechat = Wechat()
    wecom: Wecom = Wecom()
    speaking: Speaking = Speaking()
    telephone: Telephone = Telephone()
    security: Security = Security()

    def calendar(self) -> Calendar:
        """Holidays and working days. Raises ValueError, in Chinese, for a bad file."""
        return calendar.load(ROOT / self.bank.holidays)

    def desk_hours(self) -> Hours:
        """When humans are at the desk. Raises what `calendar` raises."""
        week = [getattr(self.queue.hours, day) for day in DAYS]
        return Hours(week, self.bank.zone, self.calendar())

    def deadlines(self) -> Deadlines:
        """The law's days as they are set. Raises what `calendar` raises."""
        rules = self.complaints
        return Deadlines(
            rules.decision_days,
            rules.extended_days,
            rules.further_days,
            rules.dispute_window_days,
            rules.review_days,
            rules.working_days,
            self.calendar(),
        )

    @property
    def attachments(self) -> Path:
        """The folder of the files that customers sent."""
        return self.data_dir / "attachments"

    @property
    def hearing_model(self) -> Path:
        """The folder of the model that speech is recognised with."""
        return self.data_dir / "models" / self.hearing.model

    @property
    def recordings_folder(self) -> Path:
        """The folder of the sound of calls."""
        return self.data_dir / "recordings"

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
    problems += settings.reminders.problems(
        settings.security.smtp_password.get_secret_value(),
        settings.security.reminder_telegram_token.get_secret_value(),
        settings.security.reminder_wecom_webhook.get_secret_value(),
    )
    if secrets:
        problems += _key_problems(settings) + telegram_problems(settings.telegram)
        problems += wechat_problems(settings.wechat) + wecom_problems(settings.wecom)
        problems += sms_problems(settings.sms)
    problems += telephone_problems(settings.telephone, secrets=secrets)
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
        ("bank.holidays", settings.calendar),
        ("bank.branches", settings.branches),
    ):
        try:
            read()
        except ValueError as error:
            problems.append(f"{name}：{error}")
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
