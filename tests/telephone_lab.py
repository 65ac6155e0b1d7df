"""The telephone lab: a real Asterisk with softphones, where there is one (TELEPHONE_LAB)."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from bot.settings import ROOT
from bot.turn import Json

LAB = Path(os.environ.get("TELEPHONE_LAB", "/nowhere"))
BUILT = Path(os.environ.get("TELEPHONE_LAB_HOME", Path.home() / ".cache/telephone-lab"))


def _missing() -> str:
    if not (LAB / "lab").exists():
        return "TELEPHONE_LAB names no telephone lab"
    if os.geteuid():
        return "the telephone lab needs root"
    if not (BUILT / "rootfs.stamp").exists():
        return f"the telephone lab is not built: {LAB}/build"
    return ""


needs_lab = pytest.mark.skipif(bool(_missing()), reason=_missing() or "there is one")
ECHO = f"{shlex.quote(sys.executable)} tests/lab/echo.py"


async def lab(
    command: str, *arguments: str, out: Path, bot: str = ECHO, program: Path | None = None
) -> tuple[int, str]:
    """Run `lab COMMAND`; its exit status and what it printed. The bot gets the lab's ports."""
    data = shlex.quote(str(out / "data"))
    process = await asyncio.create_subprocess_exec(
        *(str(program or LAB / "lab"), command, *arguments),
        *("--out", str(out / "lab")),
        *("--bot", f"BOT__DATA_DIR={data} exec tests/lab/gateway {bot}"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    return process.returncode or 0, printed.decode(errors="replace")


def copied(folder: Path) -> Path:
    """A copy of the lab, whose Asterisk can be configured otherwise; its program."""
    shutil.copytree(LAB, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder / "lab"


def results(out: Path) -> list[Json]:
    """What each call came to."""
    found: list[Json] = json.loads((out / "lab/results.json").read_text("utf-8"))
    return found
