"""What keeps a gateway from starting, each in words that say what to do."""

from __future__ import annotations

import shutil
import socket
import tempfile
from pathlib import Path

from actions import classification
from actions.coding import EXAMPLES, read_examples
from actions.database import Database
from actions.errors import XiaobaoError
from actions.privacy import Cipher
from actions.rotation import Rotation
from bot.rasa_process import model_path
from bot.reminder_check import reminder_problems
from bot.sealed_folders import sealed_folders
from bot.settings import ROOT, Settings

_LEAST_FREE_MB = 500
"""Below this much free disk the database may soon not be writable."""


def start_problems(settings: Settings) -> list[str]:
    """Ports, Rasa's environment and model, and the data folder."""
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
    problems += coding_problems()
    return [problem for problem in problems if problem]


def coding_problems(
    trees: Path = classification.CLASSIFICATION, examples: Path = EXAMPLES
) -> list[str]:
    """What is wrong with the classification of complaints, and with what it is learned from."""
    try:
        read_examples(examples, classification.load(trees))
    except ValueError as error:
        return str(error).splitlines()
    return []


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


async def database_problems(settings: Settings) -> list[str]:
    """Whether the database opens, and with this key; and what its contents ask for."""
    database, cipher = Database(settings.database()), Cipher(settings.security.plain_keys())
    try:
        await database.prepare(cipher)
        problems = await reminder_problems(settings, database)
        rotation = Rotation(cipher, sealed_folders(settings, cipher))
        if len(settings.security.key) > 1 and (old := await database.read(rotation.left)):
            problems.append(
                f"还有 {old} 条数据是用旧密钥加密的，请运行 python -m bot rotate，"
                "之后才能去掉旧密钥"
            )
    except XiaobaoError as error:
        return [f"数据库用不了：{error}"]
    finally:
        await database.close()
    return problems
