"""`python -m bot agent`, `agent-code`, `directory`, `customer-link`: agents, and customers."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import getpass
import sys
from pathlib import Path
from urllib.parse import quote

from actions.agents import Agents
from actions.errors import NotAllowed
from actions.persons import Persons, parse_directory
from actions.phones import VALID, Phones
from actions.privacy import Cipher
from actions.roles import ROLE_LABELS, parse_roles
from bot.errors import ConfigurationError
from bot.known import KnownCustomers
from bot.settings import Settings
from bot.storage import opened


async def add_agent(settings: Settings, options: argparse.Namespace) -> int:
    """Ask for a password (or read it from a pipe) and store the account."""
    granted = parse_roles(options.roles)
    if sys.stdin.isatty():
        password = getpass.getpass("新密码（至少 10 个字符）：")
        if password != getpass.getpass("再输一次："):
            raise NotAllowed("mismatch", "两次输入的密码不一样，请重新运行。")
    else:
        password = sys.stdin.readline().rstrip("\n")
    database = await opened(settings)
    try:
        await Agents(database).add(
            options.login,
            options.name,
            password,
            dt.datetime.now(dt.UTC),
            roles=granted,
            email=options.email,
            superior=options.superior,
            team=options.team,
            telegram=options.telegram,
        )
    finally:
        await database.close()
    labels = "、".join(ROLE_LABELS[role] for role in sorted(granted))
    print(f"{options.login}（{options.name}，{labels}）已可登录 /desk")
    return 0


async def agent_code(settings: Settings, login: str) -> int:
    """Print a code that links an agent's Telegram account. Raises NotAllowed: not_found."""
    if not settings.telegram.desk_group:
        raise ConfigurationError(
            ["还没有设置坐席群：telegram.desk_group，见 docs/channels-telegram.zh-CN.md"]
        )
    phones = Phones(Cipher(settings.security.plain_keys()))
    database = await opened(settings)
    try:
        now = dt.datetime.now(dt.UTC)
        code = await database.write(lambda tx: phones.offer(tx, login, now))
    finally:
        await database.close()
    minutes = VALID.total_seconds() / 60
    print(f"请当面交给本人，让他私聊机器人发送：/login {code}")
    print(f"{minutes:.0f} 分钟内有效，只能用一次。")
    return 0


async def fill_directory(settings: Settings, file: Path, *, apply: bool) -> int:
    """Check the bank's list of birth years, and store it where `apply` and every row is right."""
    now = dt.datetime.now(settings.bank.zone)
    try:
        content = await asyncio.to_thread(file.read_bytes)
    except OSError as error:
        raise ConfigurationError([f"{file} 读不出来：{error.strerror}"]) from error
    directory = parse_directory(content, now.year)
    for problem in directory.problems:
        print(f"✗ {problem}")
    print(f"{len(directory.years)} 行可用，{len(directory.problems)} 行有问题")
    if directory.problems:
        print("请先改好有问题的行；没有存入任何内容。")
        return 1
    if not apply:
        print("这是检查，没有存入。确认后请加上 --apply 再运行一次。")
        return 0
    persons = Persons(Cipher(settings.security.plain_keys()))
    database = await opened(settings)
    try:
        new, changed = await database.write(lambda tx: persons.fill(tx, directory.years, now))
    finally:
        await database.close()
    print(f"已存入：新增 {new}，更新 {changed}")
    return 0


async def customer_link(settings: Settings, number: str) -> int:
    """Print the path by which the bank's app opens the chat for this customer."""
    known = KnownCustomers(Cipher(settings.security.plain_keys()))
    database = await opened(settings)
    try:
        token = await database.read(lambda tx: known.token(tx, number))
    finally:
        await database.close()
    print(f"/?customer={quote(token)}")
    return 0
