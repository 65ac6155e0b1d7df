"""The sound of telephone calls: sealed files in a folder of their own, written during the call.

The row in `calls` names its file. Everything here uses the disk and blocks.
"""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from actions.disk import sync_folder
from actions.errors import Damaged, NotAllowed, StorageUnavailable
from actions.privacy import Cipher
from actions.sealed_file import SealedReader, SealedWriter, is_being_written, reseal

_NAME = re.compile(r"[0-9a-f]{32}")


def new_name() -> str:
    """What a new recording will be called."""
    return secrets.token_hex(16)


class Recordings:
    """One folder of them."""

    def __init__(self, cipher: Cipher, folder: Path) -> None:
        self._cipher = cipher
        self._folder = folder

    def begin(self, name: str) -> SealedWriter:
        """A new file. Raises OSError."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        writer = SealedWriter(self._cipher, self._folder / name)
        sync_folder(self._folder)
        return writer

    def open(self, name: str) -> SealedReader:
        """A recording; whoever asks has checked whether they may hear it.

        Raises NotAllowed (not_found), Damaged and StorageUnavailable.
        """
        path = self._folder / name
        if not _NAME.fullmatch(name) or not path.exists():
            raise NotAllowed("not_found", "这段录音的文件不在了，请告诉管理员。")
        try:
            return SealedReader(self._cipher, path)
        except OSError as error:
            raise StorageUnavailable(str(error)) from error

    def is_being_written(self, name: str) -> bool:
        """Whether a gateway still records into it; not where there is no file."""
        try:
            return is_being_written(self._folder / name)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StorageUnavailable(str(error)) from error

    def written_until(self, name: str) -> float | None:
        """When something was last written, in seconds since 1970; None where there is no file."""
        try:
            return (self._folder / name).stat().st_mtime
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageUnavailable(str(error)) from error

    def remove(self, name: str) -> None:
        """Delete a file, also one that is gone already. Raises StorageUnavailable."""
        try:
            (self._folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise StorageUnavailable(str(error)) from error

    def ids(self) -> list[str]:
        """Every file, also of calls under way."""
        if not self._folder.exists():
            return []
        return sorted(path.name for path in self._folder.iterdir() if _NAME.fullmatch(path.name))

    def is_current(self, name: str) -> bool:
        """Whether the newest key opens this file; one that is gone or spoilt needs none."""
        try:
            with self.open(name) as reader:
                return reader.is_current()
        except (NotAllowed, Damaged):
            return True

    def reseal(self, name: str) -> None:
        """Seal a file with the newest key, but for one that is being written.

        Raises Damaged, WrongKey and StorageUnavailable.
        """
        path = self._folder / name
        try:
            if not is_being_written(path):
                reseal(self._cipher, path)
                sync_folder(self._folder)
        except FileNotFoundError:
            return  # its time was over
        except OSError as error:
            raise StorageUnavailable(str(error)) from error
