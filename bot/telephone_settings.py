"""`gateway.telephone` in config.yml: the lines from the telephone exchange."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr

from bot.section import Port, Section


def _parts(value: object) -> object:
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


_Names = Annotated[tuple[str, ...], BeforeValidator(_parts)]
_Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,80}$")]


class Telephone(Section):
    """Where Asterisk brings its calls, and how callers reach a human when we fail."""

    enabled: bool = False
    host: str = "127.0.0.1"
    """Where we listen for Asterisk. Its protocols have no password: keep it off public networks."""
    pbx: _Names = ("127.0.0.0/8", "::1/128")
    """Addresses or networks that may connect: Asterisk's. In the environment with commas."""
    audiosocket_port: Port = 9092
    media_port: Port = 9093
    """For Asterisk's chan_websocket, path /media."""
    handoff_port: Port = 9094
    """The watchdog answers GET /handoff/<uuid> here."""
    dialled: _Names = ()
    """How Dial names this gateway; by default AudioSocket/<host>:<port>/ and WebSocket/bot/."""
    ami_host: str = "127.0.0.1"
    ami_port: Port = 5038
    ami_user: _Name = "xiaobao"
    ami_secret: SecretStr | None = None
    """Of that user in manager.conf; BOT__TELEPHONE__AMI_SECRET only."""
    human_context: _Name = "after-bot"
    """Where the dialplan goes on with a caller whose gateway stands still."""
    human_extension: _Name = "s"
    start_watchdog: bool = True
    """Whether the gateway starts a watchdog where none runs; False where the system does."""
    kill_hung: bool = True
    """Whether the watchdog kills a hung gateway whose callers Asterisk cannot free otherwise."""
    calls: Annotated[int, Field(ge=1, le=1_000)] = 20
    """Calls at once, a browser's too; whoever comes then goes to a human at once."""
    browser: bool = True
    """Whether customers can call from the page /call."""

    def names(self) -> tuple[str, ...]:
        """How Dial names this gateway."""
        return self.dialled or (
            f"AudioSocket/{self.host}:{self.audiosocket_port}/",
            "WebSocket/bot/",
        )


def telephone_problems(telephone: Telephone, *, secrets: bool = True) -> list[str]:
    """What is missing or wrong, in words for the operator."""
    if not telephone.enabled:
        return []
    problems = _address_problems(telephone)
    ports = (telephone.audiosocket_port, telephone.media_port, telephone.handoff_port)
    if len(set(ports)) < len(ports):
        problems.append(
            "telephone 的 audiosocket_port、media_port、handoff_port 要用三个不同的端口"
        )
    secret = telephone.ami_secret.get_secret_value() if telephone.ami_secret else ""
    if secrets and not secret:
        problems.append(
            "缺少环境变量 BOT__TELEPHONE__AMI_SECRET（manager.conf 里 "
            f"{telephone.ami_user} 的 secret）。没有它，网关卡住时来电者转不到人工"
        )
    if not (secret.isascii() and secret.isprintable()):
        problems.append("BOT__TELEPHONE__AMI_SECRET 只能用可见的英文字母、数字和符号")
    return problems


def _address_problems(telephone: Telephone) -> list[str]:
    problems = []
    try:
        host = ip_address(telephone.host)
    except ValueError:
        return [f"telephone.host：{telephone.host} 不是 IP 地址，例如 127.0.0.1"]
    for one in telephone.pbx:
        try:
            ip_network(one, strict=False)
        except ValueError:
            problems.append(f"telephone.pbx：{one} 不是 IP 地址或网段，例如 10.0.0.5")
    if host.is_unspecified and not telephone.dialled:
        problems.append(
            "telephone.host 是全部地址时，要在 telephone.dialled 写明拨号方案里的写法，"
            "例如 AudioSocket/10.0.0.8:9092/"
        )
    if not host.is_loopback and telephone.pbx == Telephone().pbx:
        problems.append(
            "telephone.host 不是本机地址时，要在 telephone.pbx 写明电话交换机（Asterisk）的地址，"
            "例如 [10.0.0.5]，并用防火墙只放行它"
        )
    return problems
