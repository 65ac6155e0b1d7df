"""`python -m bot pack 2026-10`: the month's report for the consumer-protection committee."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from sqlalchemy import Connection

from actions.errors import NotAllowed
from actions.pack import maker
from actions.pack.maker import Pack
from bot import app as composition
from bot.settings import Settings


async def make_pack(
    settings: Settings, month: str, folder: Path, now: dt.datetime | None = None
) -> int:
    """Write the page and the PDF into `folder`. Raises NotAllowed, StorageUnavailable, WrongKey."""
    zone, now = settings.bank.zone, now or dt.datetime.now(dt.UTC)
    wanted = maker.parse_month(month, now.astimezone(zone).date())
    gateway = composition.assemble(settings)
    await gateway.database.prepare(gateway.cipher)

    def gather(tx: Connection) -> Pack:
        deadlines = gateway.register.deadlines
        return maker.make(
            tx, wanted, gateway.casework.cases, deadlines, settings.bank.name, zone, now
        )

    try:
        pack = await gateway.database.read(gather)
        await gateway.database.write(lambda tx: maker.note(tx, wanted, now))
    finally:
        await gateway.database.close()
    for path in _written(pack, folder, f"pack-{wanted.first:%Y-%m}"):
        print(f"已写好：{path}")
    return 0


def _written(pack: Pack, folder: Path, name: str) -> tuple[Path, Path]:
    page, pdf = folder / f"{name}.html", folder / f"{name}.pdf"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in (page, pdf):
            path.touch(0o600)  # it quotes complaints: nobody else's to read
        page.write_text(pack.html, "utf-8")
        pdf.write_bytes(pack.pdf)
    except OSError as error:
        raise NotAllowed(
            "not_written", f"写不进 {folder}：{error.strerror}。请换一个目录。"
        ) from error
    return page, pdf
