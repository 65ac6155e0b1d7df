"""Rasa as the gateway's child: trained when its data changed, started, and started again."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from actions.privacy import Cipher
from bot.errors import ConfigurationError
from bot.settings import ROOT, Settings
from bot.understanding import RasaNLU

logger = logging.getLogger(__name__)

_QUICK_DEATH_S = 60.0
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 30.0


def model_path(root: Path, data_dir: Path) -> Path:
    """Where the model of the present configuration, data and components belongs."""
    digest = hashlib.sha256()
    sources = [
        root / "config.yml",
        *sorted((root / "nlu_data").rglob("*.yml")),
        *sorted((root / "nlu_data").rglob("*.py")),
    ]
    for source in sources:
        if "tests" in source.parts or source.name == "serve.py":
            continue
        content = _pipeline(source) if source.name == "config.yml" else source.read_bytes()
        digest.update(f"{source.relative_to(root)}\0".encode() + content + b"\0")
    return data_dir / "models" / f"nlu-{digest.hexdigest()[:16]}.tar.gz"


def _pipeline(config: Path) -> bytes:
    """config.yml without our own section, which does not concern the model."""
    return config.read_bytes().partition(b"\ngateway:")[0]


def train(root: Path, python: Path, model: Path) -> None:
    """Train `model` and show the progress. Raises ConfigurationError when it does not work."""
    _require_environment(python)
    model.parent.mkdir(parents=True, exist_ok=True)
    command = [str(python), "-m", "nlu_data.train", str(model)]
    if subprocess.run(command, cwd=root, check=False).returncode or not model.exists():
        raise ConfigurationError(["训练没有成功，原因见上面的输出；改好 nlu_data 后再运行一次"])
    for old in model.parent.glob("nlu-*.tar.gz"):
        if old != model:
            old.unlink()


def _require_environment(python: Path) -> None:
    if not python.exists():
        raise ConfigurationError(
            [
                f"没有找到 Rasa 的环境（{python}），请先运行 make setup，"
                "或用 BOT__RASA__PYTHON 指明它的 python"
            ]
        )


class RasaProcess:
    """Keeps one Rasa server running on loopback until it is told to stop."""

    def __init__(
        self,
        root: Path,
        python: Path,
        model: Path,
        port: int,
        token: str,
        tell: Callable[[str], None],
    ) -> None:
        """`tell`: shows a line of progress to the operator."""
        self._root = root
        self._command = [
            str(python),
            "-m",
            "nlu_data.serve",
            "--model",
            str(model),
            "--port",
            str(port),
        ]
        self._python = python
        self._model = model
        self._token = token
        self._tell = tell
        self._task: asyncio.Task[None] | None = None
        self.pid: int | None = None
        """Of the present child; None between two."""

    def start(self) -> None:
        """Begin; returns at once. Raises ConfigurationError where nothing can be started."""
        _require_environment(self._python)
        if not self._model.exists():
            raise ConfigurationError(
                ["理解模型还没有训练，请先运行 .venv/bin/python -m bot train（make run 会自动做）"]
            )
        self._task = asyncio.create_task(self._keep_running())

    async def stop(self) -> None:
        """End the child and wait for it."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _keep_running(self) -> None:
        pause = _FIRST_PAUSE_S
        while True:
            began = time.monotonic()
            code = await self._run_once()
            if time.monotonic() - began > _QUICK_DEATH_S:
                pause = _FIRST_PAUSE_S
            logger.error("Rasa ended with code %s; starting it again in %.1f s", code, pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    async def _run_once(self) -> int:
        # The child ends itself when this pipe closes, so even kill -9 of ours leaves no orphan.
        process = await asyncio.create_subprocess_exec(
            *self._command,
            cwd=self._root,
            stdin=subprocess.PIPE,
            env={**_without_secrets(os.environ), "RASA_TOKEN": self._token},
        )
        self.pid = process.pid
        self._tell(f"Rasa 正在启动（进程 {process.pid}）……")
        try:
            return await process.wait()
        finally:
            self.pid = None
            if process.returncode is None:
                process.terminate()
                await _wait_or_kill(process)


async def _wait_or_kill(process: asyncio.subprocess.Process) -> None:
    try:
        async with asyncio.timeout(5):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _without_secrets(environment: os._Environ[str]) -> dict[str, str]:
    """Rasa needs none of our settings, so it gets none of our keys."""
    return {name: value for name, value in environment.items() if not name.startswith("BOT__")}


def open_rasa(
    settings: Settings, cipher: Cipher, tell: Callable[[str], None]
) -> tuple[RasaNLU, RasaProcess | None]:
    """How sentences are understood, and the child that does it where it is ours to run."""
    rasa = settings.rasa
    timeout = rasa.timeout_ms / 1000
    if not rasa.managed:
        token = settings.security.rasa_token
        return RasaNLU(rasa.urls, token.get_secret_value() if token else "", timeout), None
    token_of_child = cipher.derive("rasa-token")
    process = RasaProcess(
        ROOT, rasa.python, model_path(ROOT, settings.data_dir), rasa.port, token_of_child, tell
    )
    return RasaNLU((f"http://127.0.0.1:{rasa.port}",), token_of_child, timeout), process
