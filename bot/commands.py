"""What the operator can do from a terminal."""

from __future__ import annotations

import asyncio
import datetime as dt
import getpass
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
from pathlib import Path

import aiohttp
from aiohttp import web
from pydantic import SecretStr

from actions.database import Database
from actions.errors import NotAllowed, XiaobaoError
from actions.privacy import Cipher, new_key
from bot import app as composition
from bot import wire
from bot.errors import ConfigurationError
from bot.http import AccessLogger
from bot.rasa_process import model_path
from bot.rasa_process import train as train_rasa
from bot.settings import ROOT, Rasa, Security, Settings, load
from bot.turn import Address, Json, Turn

_LEAST_FREE_MB = 500
"""Below this much free disk the database may soon not be writable."""


async def serve(settings: Settings) -> int:
    """Run until SIGINT or SIGTERM. Raises ConfigurationError when it cannot start."""
    problems = _start_problems(settings)
    if problems:
        raise ConfigurationError(problems)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    os.umask(0o077)  # what we write is nobody else's to read
    gateway = composition.assemble(settings, tell=_say)
    for fault in gateway.library.faults:
        _say(f"! {fault}（这篇没有启用，其余照常）")
    _say_reviews(gateway.library)
    runner = web.AppRunner(
        composition.application(gateway), access_log_class=AccessLogger, shutdown_timeout=2
    )
    await runner.setup()
    try:
        http = settings.http
        await web.TCPSite(runner, http.host, http.port).start()
        _say(f"消保小宝已启动：http://{http.host}:{http.port}/ （坐席台 /desk），按 Ctrl+C 停止")
        announcement = asyncio.create_task(_announce_rasa(gateway))
        await _until_stopped()
        announcement.cancel()
    finally:
        _say("正在停止……")
        await runner.cleanup()
    return 0


def _say(line: str) -> None:
    print(line, flush=True)


def _say_reviews(library: composition.Library) -> None:
    approved, awaiting = len(library.reviewed.approved), len(library.reviewed.awaiting)
    _say(f"知识：{approved} 篇已审核，{awaiting} 篇待审核")
    if library.reviewed.sample:
        _say(
            "! 部分内容只有演示审核（sample）。正式使用前，请本行部门用 "
            "python -m knowledge approve 审核"
        )


async def _announce_rasa(gateway: composition.Gateway) -> None:
    """Tell once when Rasa understands; until then rules and search answer."""
    _say("在 Rasa 就绪之前，先用关键词规则和知识检索回答")
    began = asyncio.get_running_loop().time()
    while True:
        try:
            await gateway.nlu.understand("你好")
        except XiaobaoError:
            await asyncio.sleep(0.3)
            continue
        waited = asyncio.get_running_loop().time() - began
        _say(f"Rasa 已就绪（{waited:.1f} 秒）")
        return


async def _until_stopped() -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()


def _start_problems(settings: Settings) -> list[str]:
    http, rasa = settings.http, settings.rasa
    problems = [_port_problem(http.host, http.port, "BOT__HTTP__PORT")]
    if rasa.managed:
        problems.append(_port_problem("127.0.0.1", rasa.port, "BOT__RASA__PORT"))
        if not rasa.python.exists():
            problems.append(f"没有找到 Rasa 的环境（{rasa.python}），请先运行 make setup")
        elif not model_path(ROOT, settings.data_dir).exists():
            problems.append("理解模型还没有训练，请先运行 .venv/bin/python -m bot train")
    elif not rasa.urls:
        problems.append("rasa.managed 为 false 时，要在 rasa.urls 写明 Rasa 的地址")
    problems.append(_data_dir_problem(settings.data_dir))
    return [problem for problem in problems if problem]


def _port_problem(host: str, port: int, variable: str) -> str:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return (
                f"{host}:{port} 用不了（{error.strerror}）。可能已有程序在用这个端口："
                f"请先停掉它，或用 {variable} 换一个端口"
            )
    return ""


def _data_dir_problem(data_dir: Path) -> str:
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data_dir) as file:
            file.write(b"0" * 65536)
    except OSError as error:
        return f"数据目录 {data_dir} 写不进去（{error.strerror}），请检查磁盘空间和权限"
    free = shutil.disk_usage(data_dir).free // 2**20
    if free < _LEAST_FREE_MB:
        return f"数据目录 {data_dir} 只剩 {free} MB，至少要 {_LEAST_FREE_MB} MB，请先清理磁盘"
    return ""


def train(settings: Settings) -> int:
    """Train the model of the present data, unless it is there."""
    model = model_path(ROOT, settings.data_dir)
    if model.exists():
        _say("理解模型是最新的")
        return 0
    _say("理解模型的数据有变化，正在训练（约半分钟）……")
    train_rasa(ROOT, settings.rasa.python, model)
    _say(f"训练完成：{model.name}")
    return 0


async def ask(settings: Settings, text: str, conversation: str, *, as_json: bool) -> int:
    """Ask the running gateway; where none runs, answer by rules and search, storing nothing."""
    body = {"text": text, **({"conversation": conversation} if conversation else {})}
    url = f"http://{settings.http.host}:{settings.http.port}/api/messages"
    try:
        async with aiohttp.ClientSession() as session, session.post(url, json=body) as response:
            answer: Json = await response.json()
    except (aiohttp.ClientConnectionError, aiohttp.ContentTypeError):
        print("网关没有运行，用关键词规则和知识检索回答（不保存）", file=sys.stderr)
        answer = await _ask_offline(settings, text)
    if "error" in answer:
        print(f"✗ {answer['error']['message']}", file=sys.stderr)
        return 1
    print(json.dumps(answer, ensure_ascii=False, indent=2) if as_json else _readable(answer))
    return 0


async def _ask_offline(settings: Settings, text: str) -> Json:
    with tempfile.TemporaryDirectory() as folder:
        alone = settings.model_copy(
            update={
                "data_dir": Path(folder),
                "database_url": None,
                "security": Security(key=(SecretStr(new_key()),)),
                "rasa": Rasa(managed=False),
            }
        )
        gateway = composition.assemble(alone)
        await gateway.database.prepare(gateway.cipher)
        try:
            turn = Turn(Address("terminal", "once"), "1", dt.datetime.now(dt.UTC), text)
            return wire.answer("", await gateway.switchboard.hear(turn))
        finally:
            await gateway.database.close()


def _readable(answer: Json) -> str:
    lines = []
    for reply in answer["replies"]:
        lines.append(reply["text"])
        if reply["article"]:
            article = reply["article"]
            lines.append(
                f"〔{article['title']}　依据：{'；'.join(article['sources'])}"
                f"　生效：{article['effective']}〕"
            )
        if reply["buttons"]:
            lines.append("　".join(f"［{button['title']}］" for button in reply["buttons"]))
    if answer["conversation"]:
        lines.append(f"（接着问：--conversation {answer['conversation']}）")
    return "\n\n".join(lines)


async def check() -> int:
    """Print everything that is wrong, or that an operator should know; 1 if anything is wrong."""
    problems: list[str] = []
    try:
        settings = load()
    except ConfigurationError as error:
        problems += error.problems
        settings = load(secrets=False, tolerant=True)
    running = await _gateway_answers(settings)
    if not running:
        problems += _start_problems(settings)
    library = composition.open_library(lambda: dt.datetime.now(settings.bank.zone).date())
    problems += [str(fault) for fault in library.faults]
    if not library.base.in_force():
        problems.append("没有一篇文章是已审核且在有效期内的，请运行 python -m knowledge check")
    if settings.security.key:
        problems += await _database_problems(settings)
    for problem in problems:
        print(f"✗ {problem}")
    print(f"{'网关正在运行' if running else '网关没有运行'}；发现 {len(problems)} 个问题")
    _say_reviews(library)
    return 1 if problems else 0


async def _gateway_answers(settings: Settings) -> bool:
    url = f"http://{settings.http.host}:{settings.http.port}/healthz"
    try:
        timeout = aiohttp.ClientTimeout(total=2)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as response:
            return bool((await response.json()).get("alive"))
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return False


async def _database_problems(settings: Settings) -> list[str]:
    database = Database(settings.database())
    try:
        await database.prepare(Cipher(settings.security.plain_keys()))
    except XiaobaoError as error:
        return [f"数据库用不了：{error}"]
    finally:
        await database.close()
    return []


async def add_agent(settings: Settings, login: str, name: str) -> int:
    """Ask for a password (or read it from a pipe) and store the account."""
    if sys.stdin.isatty():
        password = getpass.getpass("新密码（至少 10 个字符）：")
        if password != getpass.getpass("再输一次："):
            raise NotAllowed("mismatch", "两次输入的密码不一样，请重新运行。")
    else:
        password = sys.stdin.readline().rstrip("\n")
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    gateway = composition.assemble(settings)
    await gateway.database.prepare(gateway.cipher)
    try:
        await gateway.agents.add(login, name, password, dt.datetime.now(dt.UTC))
    finally:
        await gateway.database.close()
    print(f"坐席 {login}（{name}）已可登录 /desk")
    return 0
