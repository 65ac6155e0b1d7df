"""`python -m bot models`: the speech model comes from its makers, whole or not at all."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import aiohttp

from audio.speech_model import flaw
from audio.trial import works
from bot.errors import ConfigurationError
from bot.model_archive import UnfitArchive, unpack
from bot.settings import Settings

_MOST_BYTES = 4 * 2**30
_MB = 1_000_000
_ROOM = ".model-"
_AT_ONCE = 2**18
_TIMEOUT = aiohttp.ClientTimeout(total=None, connect=30, sock_read=60)
_STEP = 0.05
"""So much more of it is told in a new line."""


async def fetch_models(settings: Settings, tell: Callable[[str], None]) -> int:
    """Fetch the model unless it is there; 0 when it is. Raises ConfigurationError."""
    folder = settings.hearing_model
    if folder.exists():
        if (why := flaw(folder)) or not await asyncio.to_thread(works, folder):
            what = why or f"{folder} 里的语音识别模型不能用"
            raise ConfigurationError([f"{what}。请先删掉这个文件夹，再运行一次"])
        tell(f"语音识别模型已经在 {folder}，没有重新下载")
        return 0
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        for left in folder.parent.glob(f"{_ROOM}*"):
            shutil.rmtree(left)  # of a run that was killed
        with tempfile.TemporaryDirectory(prefix=_ROOM, dir=folder.parent) as room:
            await _fetch(settings, Path(room), tell)
    except OSError as error:
        raise ConfigurationError(
            [f"{folder.parent} 写不进去（{error.strerror}），请检查磁盘空间和权限"]
        ) from error
    tell(f"语音识别模型已装好：{folder}。重新启动网关后生效")
    return 0


async def _fetch(settings: Settings, room: Path, tell: Callable[[str], None]) -> None:
    """Download, check, unpack and try it in `room`; then it takes its place in one step."""
    hearing, archive = settings.hearing, room / "model.zip"
    tell(f"正在下载语音识别模型：{hearing.model_url}")
    found = await _download(hearing.model_url, archive, tell)
    _compare(found, hearing.model_sha256, tell)
    tell("正在解压和试用……")
    inside = room / "unpacked"
    try:
        unpacked = await asyncio.to_thread(unpack, archive, inside)
    except UnfitArchive as error:
        raise ConfigurationError([str(error)]) from error
    if (why := flaw(unpacked)) or not await asyncio.to_thread(works, unpacked):
        raise ConfigurationError([f"下载的不是可用的语音识别模型，没有安装{why and f'：{why}'}"])
    unpacked.rename(settings.hearing_model)


async def _download(url: str, target: Path, tell: Callable[[str], None]) -> str:
    """Write what `url` gives to `target`; its SHA-256. Raises ConfigurationError, OSError."""
    digest, got = hashlib.sha256(), 0
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.get(url) as response,
        ):
            if response.status != 200:
                raise ConfigurationError([_failed(f"对方回答 {response.status}")])
            progress = _Progress(response.content_length, tell)
            with target.open("wb") as file:
                async for piece in response.content.iter_chunked(_AT_ONCE):
                    got += len(piece)
                    if got > _MOST_BYTES:
                        raise ConfigurationError([_failed("文件太大，不像是语音识别模型")])
                    digest.update(piece)
                    await asyncio.to_thread(file.write, piece)
                    progress.note(got)
    except TimeoutError as error:
        raise ConfigurationError([_failed("对方太久没有回答")]) from error
    except aiohttp.ClientError as error:
        raise ConfigurationError([_failed(f"连接断了或连不上：{error}")]) from error
    return digest.hexdigest()


def _failed(why: str) -> str:
    return (
        f"语音识别模型没有下载成功（{why}）。请检查网络后再运行一次；"
        "也可以在能上网的机器上下载，解压到 data/models，"
        "或用 BOT__HEARING__MODEL_URL 换一个地址"
    )


def _compare(found: str, wanted: str, tell: Callable[[str], None]) -> None:
    if not wanted:
        tell(f"! 没有设校验值，没有核对下载的内容（SHA-256：{found}）")
    elif found != wanted:
        raise ConfigurationError(
            [
                f"下载的内容与校验值不符，没有安装。得到 {found}，应该是 {wanted}。"
                "多半是下载出错，请再运行一次；换过地址，或官方换了文件，"
                "就先向官方核对，再设 BOT__HEARING__MODEL_SHA256"
            ]
        )


class _Progress:
    """Tells how far a download is, in steps of a twentieth, or of ten megabytes."""

    def __init__(self, total: int | None, tell: Callable[[str], None]) -> None:
        self._total = total
        self._tell = tell
        self._step = total * _STEP if total else 10 * _MB
        self._next = self._step

    def note(self, got: int) -> None:
        """So many bytes are there."""
        if got < self._next:
            return
        self._next = (got // self._step + 1) * self._step
        if self._total:
            share = got / self._total
            self._tell(f"  已下载 {got / _MB:.1f} / {self._total / _MB:.1f} MB（{share:.0%}）")
        else:
            self._tell(f"  已下载 {got / _MB:.1f} MB")
