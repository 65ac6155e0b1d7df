"""The real thing: `python -m bot serve` as a process, with the real Rasa as its child."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from conftest import KEY, PASSWORD, free_port

from bot.rasa_process import model_path
from bot.settings import ROOT

RASA_READY_S = 60
BOUNDARY = "xiaobao"


START_S = 50
"""Two starts at once, each indexing the articles, take longer than one."""


class Live:
    """One gateway process; it can be killed and started again on the same data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.rasa_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "gateway.log"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("BOT__")},
            "BOT__DATA_DIR": str(folder),
            "BOT__SECURITY__KEY": KEY,
            "BOT__HTTP__PORT": str(self.port),
            "BOT__HTTP__RATE_LIMIT": "0",
            "BOT__RASA__PORT": str(self.rasa_port),
            "BOT__SPEAKING__BACKGROUND": "false",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot", "serve"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        self.wait_for(lambda: self.get("/healthz")["alive"], START_S)

    def wait_for_rasa(self) -> None:
        self.wait_for(lambda: self.get("/readyz")["parts"]["rasa"] == "ok", RASA_READY_S)

    def wait_for(self, condition: Callable[[], Any], seconds: float) -> None:
        end = time.monotonic() + seconds
        while True:
            try:
                if condition():
                    return
            except (OSError, KeyError, ValueError):
                pass
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text("utf-8")
            assert time.monotonic() < end, self.log.read_text("utf-8")
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL: nothing can be tidied up."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)

    def rasa_pids(self) -> list[int]:
        """Rasa processes on this gateway's Rasa port."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    command = (entry / "cmdline").read_bytes().split(b"\0")
                except OSError:
                    continue
                if b"nlu_data.serve" in command and str(self.rasa_port).encode() in command:
                    found.append(int(entry.name))
        return found

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=5) as response:
            return json.load(response)

    def post(self, **body: str) -> Any:
        """One turn."""
        request = urllib.request.Request(
            f"{self.url}/api/messages",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)

    def queue(self, login: str) -> list[Any]:
        """Who waits, as the desk of this agent shows it."""
        headers = {"Content-Type": "application/json", "X-Desk": "1"}
        body = json.dumps({"login": login, "password": PASSWORD}).encode()
        signing_in = urllib.request.Request(f"{self.url}/desk/api/sign-in", body, headers)
        with urllib.request.urlopen(signing_in, timeout=10) as response:
            cookie = response.headers["Set-Cookie"].partition(";")[0]
        asking = urllib.request.Request(f"{self.url}/desk/api/queue", headers={"Cookie": cookie})
        with urllib.request.urlopen(asking, timeout=10) as response:
            waiting: list[Any] = json.load(response)["waiting"]
            return waiting

    def attach(self, content: bytes, **fields: str) -> Any:
        """One file as a turn."""
        request = urllib.request.Request(
            f"{self.url}/api/attachments",
            form(content, **fields),
            {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"},
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)

    def add_agent(self, login: str, name: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "bot", "agent", login, name],
            cwd=ROOT,
            env=self.environment,
            input=f"{PASSWORD}\n".encode(),
            check=True,
            capture_output=True,
        )


def form(content: bytes, **fields: str) -> bytes:
    """A multipart body as browsers write it."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="小票.png"\r\n'
        "Content-Type: image/png\r\n\r\n"
    )
    return ("".join(parts) + head).encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def with_model(folder: Path) -> None:
    """Put the model that `make test` trained into a data folder."""
    model = model_path(ROOT, ROOT / "data")
    assert model.exists(), "run `make test`, or .venv/bin/python -m bot train"
    (folder / "models").mkdir(parents=True)
    shutil.copy(model, folder / "models")


@contextmanager
def live(folder: Path, **environment: str) -> Iterator[Live]:
    """A running gateway whose Rasa has the model that `make test` trained.

    `environment`: further settings.
    """
    with_model(folder)
    gateway = Live(folder)
    gateway.environment.update(environment)
    try:
        gateway.start()
        yield gateway
    finally:
        gateway.stop()
