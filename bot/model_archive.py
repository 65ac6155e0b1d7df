"""The archive of a speech model: looked at before it is unpacked, and never unpacked elsewhere."""

from __future__ import annotations

import shutil
import stat
import zipfile
from pathlib import Path, PurePosixPath

from bot.errors import XiaobaoError

_MOST_BYTES = 8 * 2**30
_MOST_FILES = 1_000
"""The largest model of the makers' has about thirty files and 2 GB."""


class UnfitArchive(XiaobaoError):
    """It is no archive of a model; the message says why, in Chinese."""


def unpack(archive: Path, into: Path) -> Path:
    """The one folder that the archive holds, unpacked below `into`, which is empty.

    Raises UnfitArchive, and OSError where the disk is full.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            top = _checked(opened.infolist())
            for entry in opened.infolist():
                _write(opened, entry, into)
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise UnfitArchive("下载的文件不是完好的压缩包") from error
    return into / top


def _checked(entries: list[zipfile.ZipInfo]) -> str:
    """The name of the one folder that holds everything."""
    if len(entries) > _MOST_FILES or sum(entry.file_size for entry in entries) > _MOST_BYTES:
        raise UnfitArchive("压缩包太大，不像是语音识别模型，没有解开")
    tops = set()
    for entry in entries:
        path = PurePosixPath(entry.filename)
        is_link = stat.S_ISLNK(entry.external_attr >> 16)
        if path.is_absolute() or ".." in path.parts or "\\" in entry.filename or is_link:
            raise UnfitArchive(f"压缩包里的 {entry.filename!r} 会写到别的地方，没有解开")
        tops |= set(path.parts[:1])
    if len(tops) != 1:
        raise UnfitArchive("压缩包里应该只有一个文件夹，就是模型")
    return str(tops.pop())


def _write(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, into: Path) -> None:
    target = into / entry.filename
    if entry.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with opened.open(entry) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file)
