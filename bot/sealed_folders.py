"""Every folder of sealed files, for a change of keys."""

from __future__ import annotations

from actions.attachments import Attachments
from actions.privacy import Cipher
from actions.recordings import Recordings
from actions.rotation import SealedFiles
from bot.settings import Settings


def sealed_folders(settings: Settings, cipher: Cipher) -> dict[str, SealedFiles]:
    """By what they are called."""
    return {
        "attachments": Attachments(cipher, settings.attachments),
        "recordings": Recordings(cipher, settings.recordings_folder),
    }
