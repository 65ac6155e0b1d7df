"""`python -m bot import`: complaints from a sheet, tried first and then registered."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
from functools import partial
from pathlib import Path

from actions.agents import Agent, everyone
from actions.database import Database
from actions.errors import NotAllowed
from actions.imports import template, workbook
from actions.imports.columns import BY_FIELD
from actions.imports.rows import Fault, Record, Rules, read_row
from actions.imports.store import BATCH, SMALL_BATCH, Importer
from actions.privacy import Cipher
from actions.register import SqlRegister
from actions.roles import Role
from actions.steps import Actor
from bot.classified import open_classification
from bot.settings import Settings
from bot.storage import opened

_PAUSE_S = 0.15
"""Between batches: SQLite has one writer, and a gateway that waits looks every 0.1 s."""


async def run(settings: Settings, options: argparse.Namespace) -> int:
    """Do what the command line asks for; 1 where a row is bad. Raises NotAllowed."""
    if options.template:
        return _write_template(options.file, settings)
    database = await opened(settings)
    try:
        return await _import(settings, database, options)
    finally:
        await database.close()


def _write_template(path: Path, settings: Settings) -> int:
    try:
        with path.open("xb"):  # what is there may have been filled in
            pass
        template.write(path, settings.complaints.branches)
    except OSError as error:
        raise NotAllowed("bad_file", f"{path} 写不了（{error.strerror}），请换个文件名") from error
    print(f"空表已写到 {path}，填写说明在第二张表")
    return 0


async def _import(settings: Settings, database: Database, options: argparse.Namespace) -> int:
    people = await database.read(everyone)
    officers = {one.login: one for one in people if Role.OFFICER in one.roles}
    by = _importer(officers, options.by) if options.commit else None
    records, faults = _read(settings, options.file, officers)
    if by is None:
        print(f"可以导入 {len(records)} 行，有问题 {_rows(faults)} 行（只是试读，没有写入）")
        if records:
            print("确认后请加上 --commit --by 您的账号")
        return 1 if faults else 0
    stored, known = await _store(settings, database, by, options.file.name, records)
    print(f"已导入 {stored} 行，{known} 行以前导入过（跳过），有问题 {_rows(faults)} 行")
    return 1 if faults else 0


def _importer(officers: dict[str, Agent], login: str | None) -> Actor:
    """In whose name every step is journalled."""
    if login not in officers:
        raise NotAllowed(
            "needs_officer", "写入时要用 --by 写明投诉专员的账号，每一步都会记在这个账号名下"
        )
    return Actor(officers[login].id, officers[login].roles)


def _read(
    settings: Settings, path: Path, officers: dict[str, Agent]
) -> tuple[list[Record], list[Fault]]:
    """The good rows, and what is wrong with the others, which is printed."""
    sheet = workbook.read(path)
    headings = sheet.headings
    if headings.missing:
        raise NotAllowed("no_headings", f"表头里缺少：{'、'.join(headings.missing)}")
    if headings.double:
        raise NotAllowed("no_headings", f"这些列出现了两次，请留一列：{'、'.join(headings.double)}")
    print(f"表“{sheet.title}”：{len(sheet.rows)} 行，表头在第 {headings.row + 1} 行")
    names = "、".join(BY_FIELD[field].heading for field in headings.places)
    print(f"导入的列：{names}")
    if headings.unknown:
        print(f"! 不认识、不导入的列：{'、'.join(headings.unknown)}")
    rules = Rules(
        dt.datetime.now(settings.bank.zone).date(),
        settings.deadlines(),
        open_classification(),
        settings.complaints.branches,
        {login: one.id for login, one in officers.items()},
        sheet.epoch,
    )
    records: list[Record] = []
    faults: list[Fault] = []
    for number, cells in sheet.rows:
        read = read_row(number, cells, rules)
        if isinstance(read, Record):
            records.append(read)
        else:
            faults += read
    for fault in faults:
        print(f"✗ {fault}")
    return records, faults


async def _store(
    settings: Settings, database: Database, by: Actor, file: str, records: list[Record]
) -> tuple[int, int]:
    cipher = Cipher(settings.security.plain_keys())
    register = SqlRegister(cipher, settings.deadlines(), settings.bank.zone)
    importer = Importer(register, cipher, by, file)
    alone = database.url.get_backend_name() == "sqlite"
    size = SMALL_BATCH if alone else BATCH
    stored = known = 0
    for start in range(0, len(records), size):
        batch, now = records[start : start + size], dt.datetime.now(dt.UTC)
        outcome = await database.write(partial(importer.store, records=batch, now=now))
        stored, known = stored + outcome.stored, known + outcome.known
        print(f"{start + len(batch)}/{len(records)}", flush=True)
        if alone:
            await asyncio.sleep(_PAUSE_S)
    return stored, known


def _rows(faults: list[Fault]) -> int:
    return len({fault.row for fault in faults})
