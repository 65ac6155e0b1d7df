"""`python -m bot voices`: record every reviewed text, and throw away what is no longer used."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys

from audio.rendering import Report
from bot.app import words
from bot.library import open_library
from bot.settings import Settings
from bot.speaking.opening import Speech, open_speech
from bot.speaking.problems import findings

_EVERY = 20
"""Recordings between two lines of progress where the output is no terminal."""


async def voices(settings: Settings, engine: str | None, *, check: bool) -> int:
    """Record what is missing with `engine`, or with the configured one; 1 if something is left.

    `check` only counts.
    """
    if engine:
        settings = settings.model_copy(
            update={"speaking": settings.speaking.model_copy(update={"engine": engine})}
        )
    wrong = findings(settings.speaking)
    for line in wrong.problems:
        print(f"✗ {line}")
    for line in wrong.remarks:
        print(f"! {line}")
    if wrong.problems:
        return 1
    zone = settings.bank.zone
    library = open_library(settings.knowledge, lambda: dt.datetime.now(zone).date())
    speech = open_speech(
        settings.speaking,
        settings.data_dir,
        words(settings),
        library.base,
        library.reviewed.approved,
    )
    if check:
        return await _count(speech)
    await speech.studio.prepare()
    report = await speech.studio.record(_progress)
    dropped = await asyncio.to_thread(
        lambda: speech.recordings.drop_others(speech.used.takes(speech.texts()))
    )
    episodes = await speech.studio.put_together()
    _print(report, dropped, episodes)
    return 1 if report.unsaid else 0


async def _count(speech: Speech) -> int:
    missing = await asyncio.to_thread(speech.studio.missing)
    used = await asyncio.to_thread(speech.recordings.used)
    print(f"{len(speech.texts())} 句话，正常和慢速各录一段；还有 {missing} 段没有录")
    print(f"录音占 {used / 2**20:.1f} MB")
    return 1 if missing else 0


def _progress(report: Report) -> None:
    line = f"{report.done}/{report.wanted}，新录 {report.made.total()}，没录成 {report.unsaid}"
    if sys.stdout.isatty():
        print(f"\r{line}", end="\n" if report.done == report.wanted else "", flush=True)
    elif report.done % _EVERY == 0:
        print(line, flush=True)


def _print(report: Report, dropped: int, episodes: int) -> None:
    made = "，".join(f"{engine} {number} 段" for engine, number in report.made.items())
    minutes = report.seconds / 60
    print(f"原有 {report.present} 段；新录 {made or '0 段'}，共 {minutes:.1f} 分钟声音")
    print(f"用时 {report.took_s:.0f} 秒；删去不再用的 {dropped} 段；消保之声 {episodes} 篇")
    for reason, number in report.reasons.most_common(10):
        print(f"! {number} 次：{reason}")
    if report.unsaid:
        print(f"✗ {report.unsaid} 段没有录成，原因见上。再运行一次，只补没有录成的。")
