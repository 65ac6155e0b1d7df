"""What the operator can do from a terminal."""

from __future__ import annotations

import asyncio
import datetime as dt
import gc
import os
import signal

import aiohttp
from aiohttp import web

from actions.errors import XiaobaoError
from actions.privacy import Cipher
from bot import app as composition
from bot.application import application
from bot.channels.wechat.link import PlatformRefused, PlatformUnreachable
from bot.channels.wechat.opening import open_api
from bot.channels.wechat.transport import publish_menu
from bot.errors import ConfigurationError
from bot.hearing import hearing_findings
from bot.http import AccessLogger
from bot.library import Library, open_library
from bot.progress import say
from bot.readiness import database_problems, start_problems
from bot.reminder_check import holiday_problem
from bot.settings import Settings, load
from bot.speaking.problems import findings
from bot.speaking_settings import Speaking
from bot.storage import opened


async def serve(settings: Settings) -> int:
    """Run until SIGINT or SIGTERM. Raises ConfigurationError when it cannot start."""
    problems = start_problems(settings)
    if problems:
        raise ConfigurationError(problems)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    os.umask(0o077)  # what we write is nobody else's to read
    gateway = composition.assemble(settings, tell=say)
    for fault in gateway.library.faults:
        say(f"! {fault}（这篇没有启用，其余照常）")
    _say_reviews(gateway.library)
    _say_recording(settings.speaking)
    runner = web.AppRunner(application(gateway), access_log_class=AccessLogger, shutdown_timeout=2)
    await runner.setup()
    _freeze()
    try:
        http = settings.http
        await web.TCPSite(runner, http.host, http.port).start()
        say(f"消保小宝已启动：http://{http.host}:{http.port}/ （坐席台 /desk），按 Ctrl+C 停止")
        announcement = asyncio.create_task(_announce_rasa(gateway))
        await _until_stopped()
        announcement.cancel()
    finally:
        say("正在停止……")
        await runner.cleanup()
    return 0


def _freeze() -> None:
    """Look for garbage no more in what is there for ever: the articles' index and all code.

    To look through it takes 0.2 s, for which every call would be silent.
    """
    gc.collect()
    gc.freeze()


def _say_reviews(library: Library) -> None:
    approved, awaiting = len(library.reviewed.approved), len(library.reviewed.awaiting)
    say(f"知识：{approved} 篇已审核，{awaiting} 篇待审核")
    if library.reviewed.sample:
        say(
            "! 部分内容只有演示审核（sample）。正式使用前，请本行部门用 "
            "python -m knowledge approve 审核"
        )


def _say_recording(speaking: Speaking) -> None:
    """Something may go to an online service without a command: the operator should know."""
    if speaking.background:
        where = "在线服务 edge，只发已审核的文字" if speaking.engine == "edge" else speaking.engine
        say(f"语音：没有录过的内容在后台补录（{where}；speaking.background: false 可以关掉）")


async def _announce_rasa(gateway: composition.Gateway) -> None:
    """Tell once when Rasa understands; until then rules and search answer."""
    say("在 Rasa 就绪之前，先用关键词规则和知识检索回答")
    began = asyncio.get_running_loop().time()
    while True:
        try:
            await gateway.nlu.understand("你好")
        except XiaobaoError:
            await asyncio.sleep(0.3)
            continue
        waited = asyncio.get_running_loop().time() - began
        say(f"Rasa 已就绪（{waited:.1f} 秒）")
        return


async def _until_stopped() -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()


async def check() -> int:
    """Print everything that is wrong, or that an operator should know; 1 if anything is wrong."""
    problems: list[str] = []
    remarks: list[str] = []
    try:
        settings = load()
    except ConfigurationError as error:
        problems += error.problems
        settings = load(secrets=False, tolerant=True)
    running = await _gateway_answers(settings)
    if not running:
        problems += start_problems(settings)
    library = open_library(settings.knowledge, lambda: dt.datetime.now(settings.bank.zone).date())
    problems += [str(fault) for fault in library.faults]
    if not library.base.in_force():
        problems.append("没有一篇文章是已审核且在有效期内的，请运行 python -m knowledge check")
    if settings.security.key:
        problems += await database_problems(settings)
    _note_holidays(settings, problems, remarks)
    wrong, worth_knowing = hearing_findings(settings)
    problems += wrong
    remarks += worth_knowing
    speaking = findings(settings.speaking)
    problems += speaking.problems
    remarks += speaking.remarks
    for problem in problems:
        print(f"✗ {problem}")
    for remark in remarks:
        print(f"! {remark}")
    print(f"{'网关正在运行' if running else '网关没有运行'}；发现 {len(problems)} 个问题")
    _say_reviews(library)
    return 1 if problems else 0


def _note_holidays(settings: Settings, problems: list[str], remarks: list[str]) -> None:
    try:
        calendar = settings.calendar()
    except ValueError:  # told with the other settings
        return
    if holidays := holiday_problem(calendar, dt.datetime.now(settings.bank.zone).date()):
        # Where all days count, the holidays change no deadline yet.
        (problems if settings.complaints.working_days else remarks).append(holidays)


async def _gateway_answers(settings: Settings) -> bool:
    url = f"http://{settings.http.host}:{settings.http.port}/healthz"
    try:
        timeout = aiohttp.ClientTimeout(total=2)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as response:
            return bool((await response.json()).get("alive"))
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return False


async def publish_wechat_menu(settings: Settings) -> int:
    """Put our menu under the account's chat; phones show it within a day."""
    if not settings.wechat.enabled:
        raise ConfigurationError(["请先在设置里启用公众号（BOT__WECHAT__ENABLED=true）"])
    cipher, database = Cipher(settings.security.plain_keys()), await opened(settings)
    link, api = open_api(settings.wechat, cipher, database, lambda: dt.datetime.now(dt.UTC))
    try:
        await publish_menu(api)
    except (PlatformRefused, PlatformUnreachable) as error:
        print(f"✗ 菜单没有发布：{error}")
        return 1
    finally:
        await link.close()
        await database.close()
    print("菜单已发布。手机上最多 24 小时内更新；取消关注再关注可以马上看到。")
    return 0
