from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from conftest import KEY

from bot.errors import ConfigurationError
from bot.settings import Settings, load


def read(tmp_path: Path, text: str = "gateway: {}", **environment: str) -> Settings:
    path = tmp_path / "config.yml"
    path.write_text(text, "utf-8")
    return load(path, {"BOT__SECURITY__KEY": KEY, **environment})


def problems(tmp_path: Path, text: str = "gateway: {}", **environment: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, text, **environment)
    return "\n".join(caught.value.problems)


def test_the_shipped_configuration_is_valid() -> None:
    assert load(environment={"BOT__SECURITY__KEY": KEY}).http.port == 8080


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    settings = read(tmp_path, "gateway: {http: {port: 1}}", BOT__HTTP__PORT="9000")
    assert settings.http.port == 9000


def test_working_hours_can_be_set_and_what_cannot_be_is_told(tmp_path: Path) -> None:
    settings = read(tmp_path, BOT__QUEUE__HOURS__MON="09:00-12:00", BOT__QUEUE__HOURS__SUN="")
    monday = dt.datetime(2026, 11, 23, 13, 0, tzinfo=settings.bank.zone)
    assert not settings.desk_hours().is_open(monday)
    assert settings.desk_hours().is_open(monday.replace(hour=9))
    assert "08:30-17:30" in problems(tmp_path, BOT__QUEUE__HOURS__MON="9 to 5")
    assert "节假日" in problems(tmp_path, BOT__BANK__HOLIDAYS=str(tmp_path / "none.yml"))


def test_all_problems_are_told_at_once_with_a_guess_at_what_was_meant(tmp_path: Path) -> None:
    told = problems(tmp_path, BOT__HTTP__PROT="1", BOT__HTPP__PORT="2", BOT__RASA__PORT="many")
    assert "是不是想写 port" in told
    assert "是不是想写 http" in told
    assert "BOT__RASA__PORT" in told


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("gateway: [1]", "gateway"),
        ("gateway: {http: 5}", "http"),
        ("{", "读不出来"),
        ("gateway: {bank: {timezone: Mars/Base}}", "Mars/Base"),
        ("gateway: {security: {key: abc}}", "环境变量"),
        ("gateway: {http: {rate_limit: -1}}", "rate_limit"),
    ],
)
def test_a_bad_file_is_explained(tmp_path: Path, text: str, says: str) -> None:
    assert says in problems(tmp_path, text)


def test_a_missing_key_is_explained_with_the_command_that_makes_one(tmp_path: Path) -> None:
    assert "python -m bot key" in problems(tmp_path, BOT__SECURITY__KEY="")


def test_an_unfit_key_is_named_without_being_shown(tmp_path: Path) -> None:
    told = problems(tmp_path, BOT__SECURITY__KEY="hunter2hunter2")
    assert "不是有效的密钥" in told
    assert "hunter2" not in told


def test_secrets_do_not_show_when_settings_are_printed(tmp_path: Path) -> None:
    settings = read(tmp_path, BOT__DATABASE_URL="postgresql+psycopg://u:topsecret@127.0.0.1/x")
    assert KEY not in repr(settings)
    assert "topsecret" not in repr(settings)
    assert settings.database().endswith("/x")


def test_the_hours_of_reminders_are_read_as_they_are_written(tmp_path: Path) -> None:
    text = "gateway: {reminders: {at: [08:30, 14:00], until: 18:15}}"
    rules = read(tmp_path, text).reminders
    assert rules.at == (dt.time(8, 30), dt.time(14))
    assert rules.until == dt.time(18, 15)
    assert read(tmp_path, BOT__REMINDERS__AT="9:05, 16:30").reminders.at[1] == dt.time(16, 30)


def test_reminders_that_cannot_be_sent_are_explained_all_at_once(tmp_path: Path) -> None:
    text = "gateway: {reminders: {enabled: true, smtp: {host: mail.bank.example, user: x}}}"
    told = problems(tmp_path, text)
    for part in ("desk_url", "sender", "BOT__SECURITY__SMTP_PASSWORD"):
        assert part in told
    assert "还没有发送方式" in problems(tmp_path, "gateway: {reminders: {enabled: true}}")


def test_a_mail_password_never_goes_in_the_clear_over_a_network(tmp_path: Path) -> None:
    smtp = "{host: mail.bank.example, user: x, sender: x@b.example, security: none}"
    secret = "mail-password-1"
    told = problems(
        tmp_path,
        f"gateway: {{reminders: {{smtp: {smtp}}}}}",
        BOT__SECURITY__SMTP_PASSWORD=secret,
    )
    assert "明文" in told
    assert secret not in told


TELEGRAM = "123456789:AAtoken-of-more-than-twenty-characters"


def test_telegram_needs_a_token_and_by_webhook_an_address(tmp_path: Path) -> None:
    assert "@BotFather" in problems(tmp_path, BOT__TELEGRAM__ENABLED="true")
    told = problems(
        tmp_path,
        BOT__TELEGRAM__ENABLED="true",
        BOT__TELEGRAM__TOKEN=TELEGRAM,
        BOT__TELEGRAM__MODE="webhook",
    )
    assert "telegram.url" in told
    settings = read(tmp_path, BOT__TELEGRAM__ENABLED="true", BOT__TELEGRAM__TOKEN=TELEGRAM)
    assert TELEGRAM not in repr(settings)


def test_the_agents_group_is_a_supergroup_of_an_enabled_bot(tmp_path: Path) -> None:
    assert "超级群" in problems(tmp_path, BOT__TELEGRAM__DESK_GROUP="-1001234567890")
    enabled = {"BOT__TELEGRAM__ENABLED": "true", "BOT__TELEGRAM__TOKEN": TELEGRAM}
    assert "超级群" in problems(tmp_path, BOT__TELEGRAM__DESK_GROUP="-42", **enabled)
    settings = read(tmp_path, BOT__TELEGRAM__DESK_GROUP="-1001234567890", **enabled)
    assert settings.telegram.desk_group == -1_001_234_567_890


def test_the_telegram_token_is_refused_in_the_file(tmp_path: Path) -> None:
    told = problems(tmp_path, f"gateway: {{telegram: {{token: '{TELEGRAM}'}}}}")
    assert "BOT__TELEGRAM__TOKEN" in told
    assert TELEGRAM not in told


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({}, "BOT__TELEPHONE__AMI_SECRET"),
        ({"AMI_SECRET": "geheim\n"}, "可见的英文字母"),
        ({"HOST": "telephone.bank"}, "不是 IP 地址"),
        ({"HOST": "10.0.0.8"}, "telephone.pbx"),
        ({"HOST": "0.0.0.0", "PBX": "10.0.0.5"}, "telephone.dialled"),  # noqa: S104 - only read
        ({"PBX": "127.0.0.1,pbx"}, "pbx 不是 IP 地址或网段"),
        ({"MEDIA_PORT": "9092"}, "三个不同的端口"),
        ({"CALLS": "0"}, "telephone.calls"),
        ({"HUMAN_CONTEXT": "a b"}, "telephone.human_context"),
    ],
)
def test_what_is_wrong_with_the_telephone_is_told(
    tmp_path: Path, environment: dict[str, str], says: str
) -> None:
    given = {f"BOT__TELEPHONE__{name}": value for name, value in environment.items()}
    assert says in problems(tmp_path, BOT__TELEPHONE__ENABLED="true", **given)


def test_a_telephone_is_set_up_by_the_environment(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        BOT__TELEPHONE__ENABLED="true",
        BOT__TELEPHONE__HOST="10.0.0.8",
        BOT__TELEPHONE__PBX="10.0.0.5, 10.0.1.0/24",
        BOT__TELEPHONE__AMI_SECRET="s3cret",
    )
    assert settings.telephone.pbx == ("10.0.0.5", "10.0.1.0/24")
    assert settings.telephone.names()[0] == "AudioSocket/10.0.0.8:9092/"
    assert "s3cret" not in repr(settings)
    told = problems(tmp_path, "gateway: {telephone: {ami_secret: s3cret}}")
    assert "BOT__TELEPHONE__AMI_SECRET" in told
