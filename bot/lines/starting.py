"""How the watchdog is started: by the operator, or by a gateway that finds none."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from pathlib import Path

from bot.errors import ConfigurationError
from bot.lines.watchdog.__main__ import SECRET, VARIABLE
from bot.platform_settings import plain_secret
from bot.settings import ROOT, Settings
from bot.telephone_settings import telephone_problems

logger = logging.getLogger(__name__)

_COMMAND = (sys.executable, "-m", "bot.lines.watchdog")
_PATIENCE_S = 10.0
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "VIRTUAL_ENV")


def socket_path(settings: Settings) -> Path:
    """Where the watchdog hears its gateways."""
    return settings.data_dir / "watchdog.sock"


def orders(settings: Settings) -> dict[str, str]:
    """The watchdog's environment: what it must know, and none of our other secrets."""
    telephone = settings.telephone
    given = {
        "folder": str(settings.data_dir.resolve()),
        "host": telephone.host,
        "port": telephone.handoff_port,
        "peers": telephone.pbx,
        "ami": {
            "host": telephone.ami_host,
            "port": telephone.ami_port,
            "user": telephone.ami_user,
        },
        "human": {
            "context": telephone.human_context,
            "extension": telephone.human_extension,
        },
        "kill_hung": telephone.kill_hung,
    }
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    secret = plain_secret(telephone.ami_secret)
    return {**environment, VARIABLE: json.dumps(given), SECRET: secret, "PYTHONUNBUFFERED": "1"}


def become_watchdog(settings: Settings) -> None:
    """Turn this process into the watchdog: it keeps nothing of what reading the settings took.

    Raises ConfigurationError where the telephone's settings do not allow it.
    """
    problems = telephone_problems(settings.telephone)
    if not settings.telephone.enabled:
        problems = ["telephone.enabled 为 false：没有电话线路，不需要看门狗"]
    if problems:
        raise ConfigurationError(problems)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    os.chdir(ROOT)
    os.execve(sys.executable, _COMMAND, orders(settings))  # noqa: S606 - no shell is wanted


async def start_watchdog(settings: Settings) -> None:
    """Start one that outlives us, and wait until it listens; problems are logged."""
    process = await asyncio.create_subprocess_exec(
        *_COMMAND, "--detach", cwd=ROOT, env=orders(settings), stdin=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(_PATIENCE_S):
            code = await process.wait()
    except TimeoutError:
        process.kill()
        code = await process.wait()
    if code:
        logger.error("the watchdog did not start (exit %s); callers of a hung gateway wait", code)
