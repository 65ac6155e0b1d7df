"""`python -m bot pack`: the month's report as files."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from actions.errors import NotAllowed
from bot.__main__ import main
from bot.monthly import make_pack
from bot.settings import Settings

NOW = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)


async def test_page_and_pdf_are_written_for_their_owner_only(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "reports/october"
    assert await make_pack(settings, "2026-10", folder, NOW) == 0
    page, pdf = folder / "pack-2026-10.html", folder / "pack-2026-10.pdf"
    assert "2026年10月没有收到投诉" in page.read_text("utf-8")
    assert pdf.read_bytes().startswith(b"%PDF")
    assert [path.stat().st_mode & 0o777 for path in (page, pdf)] == [0o600, 0o600]
    assert str(pdf) in capsys.readouterr().out


async def test_a_folder_that_cannot_be_written_is_named(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(NotAllowed, match=r"taken.*换一个目录"):
        await make_pack(settings, "2026-10", tmp_path / "taken", NOW)


def test_a_month_that_is_none_is_said_at_the_terminal(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("BOT__DATA_DIR", str(tmp_path))
    monkeypatch.setenv("BOT__SECURITY__KEY", settings.security.plain_keys()[0])
    assert main(["pack", "October", "--out", str(tmp_path)]) == 1
    assert "月份请写成 2026-10" in capsys.readouterr().err
