"""Voices, recordings and the album, put together."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from audio.edge import Edge
from audio.engine import NORMAL, Engine, Resting
from audio.espeak import Espeak
from audio.neural import Neural
from audio.recordings import Recordings, Shelf
from audio.rendering import Rendering
from audio.synthesizer import Voices
from bot.album.files import EpisodeFiles
from bot.album.routes import AlbumRoutes
from bot.album.series import Album
from bot.channels.voice import Speaker
from bot.phrases import Phrases
from bot.speaking.notes import VoiceNotes
from bot.speaking.reviewed import reviewed
from bot.speaking.studio import Studio
from bot.speaking_settings import Speaking
from knowledge.article import Article
from knowledge.search import KnowledgeBase

CALL_RATE = 16_000
"""Samples a second of what is spoken in calls; a line of 8,000 takes every second one."""
_MB = 2**20


@dataclass(frozen=True, slots=True)
class Speech:
    """What speaks, and what is spoken."""

    voices: Voices
    """The Synthesizer of calls."""
    speaker: Speaker | None
    """Gives elders their answers as voice notes, where that is wanted."""
    studio: Studio
    recordings: Recordings
    album: Album
    routes: AlbumRoutes
    used: Rendering
    """Over all voices of these settings: whose recordings may be kept."""
    texts: Callable[[], Sequence[str]]
    """What is recorded, made up once."""


def open_speech(
    settings: Speaking,
    data_dir: Path,
    phrases: Phrases,
    knowledge: KnowledgeBase,
    approved: Sequence[Article],
) -> Speech:
    """Nothing is read or started yet."""
    folder = data_dir / "voice"
    recordings = Recordings(folder / "recordings", settings.recordings_mb * _MB)
    espeak = Espeak(silence_s=5.0)  # nobody waits for a recording
    edge = Resting(Edge(settings.voice))
    neural = Neural(settings.local_model) if settings.local_model else None
    local: list[Engine] = [Resting(neural)] if neural else []
    by_choice: dict[str, list[Engine]] = {
        "edge": [edge, *local, espeak],
        "local": [*local, espeak],
        "espeak": [espeak],
    }
    recorded = by_choice[settings.engine]
    voices = Voices(
        Shelf(recordings, CALL_RATE, settings.memory_mb * _MB),
        recorded,
        [*([edge] if settings.edge_dynamic else []), *local, Espeak()],
        elder_pace=settings.elder_pace,
        patience_s=settings.patience_ms / 1000,
        apology=phrases.no_voice(),
    )
    paces = tuple(dict.fromkeys((NORMAL, settings.elder_pace)))
    texts = functools.cache(lambda: reviewed(phrases, approved))
    album = Album(knowledge, phrases)
    files = EpisodeFiles(folder / "album", recordings, recorded)
    return Speech(
        voices,
        VoiceNotes(voices) if settings.answers else None,
        Studio(
            voices,
            Rendering(recordings, recorded, paces),
            neural,
            texts,
            album,
            files,
            records=settings.background,
        ),
        recordings,
        album,
        AlbumRoutes(album, files, phrases.bank, phrases.hotline, settings.public_url, phrases.zone),
        Rendering(recordings, [edge, *local, espeak], paces),
        texts,
    )
