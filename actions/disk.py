"""New files that we alone can read, and folders whose names are on disk."""

from __future__ import annotations

import os
from pathlib import Path


def new_file(path: Path) -> int:
    """The handle of a file that was not there before. Raises OSError."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


def sync_folder(folder: Path) -> None:
    """The names of its files are on disk too. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
