"""Complaints as a table for other programs: XLSX and CSV, masked unless there is a reason."""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
import io
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from sqlalchemy import Connection

from actions.agents import Agent
from actions.complaint_search import Filter
from actions.complaints import LABELS, RUNNING, Complaint
from actions.database import Database
from actions.errors import NotAllowed
from actions.privacy import mask
from actions.register import ComplaintRegister
from bot.desk import complaint_query
from bot.desk.complaint_shown import DRAFT_LABELS, Names
from bot.desk.complaints import names_of
from bot.desk.disclosure import EXPORTERS, Disclosure

MOST = 100_000
_BATCH = 500
_CHUNK = 256 * 1024
_FACTS: tuple[tuple[str, Callable[[Complaint, Names], object]], ...] = (
    ("编号", lambda one, _: one.number),
    ("状态", lambda one, _: LABELS[one.state]),
    ("登记日期", lambda one, _: one.received_on),
    ("答复期限", lambda one, _: one.due if one.state in RUNNING else ""),
    ("延期次数", lambda one, _: one.extension),
    ("答复日期", lambda one, _: one.answered_on or ""),
    ("经过核查", lambda one, _: "是" if one.reviewed else ""),
    ("结束日期", lambda one, _: one.ended_on or ""),
    ("来源", lambda one, _: complaint_query.SOURCES.get(one.source, one.source)),
    ("机构", lambda one, _: one.branch),
    ("经办人", lambda one, names: names.get(one.owner or 0, "")),
    ("长辈", lambda one, _: "是" if one.elder else ""),
    ("匿名", lambda one, _: "是" if one.draft.anonymous else ""),
    ("渠道分类", lambda one, _: one.coding.channel if one.coding else ""),
    ("业务分类", lambda one, _: one.coding.business if one.coding else ""),
    ("原因分类", lambda one, _: one.coding.cause if one.coding else ""),
    ("并入", lambda one, _: one.merged_into),
    ("关联投诉", lambda one, _: "、".join(one.related)),
)
HEAD = (*(name for name, _ in _FACTS), *DRAFT_LABELS.values())


class ComplaintExport:
    """Reads batch by batch in a thread; neither the list nor the file is ever whole in memory."""

    def __init__(
        self,
        database: Database,
        register: ComplaintRegister,
        disclosure: Disclosure,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._database = database
        self._register = register
        self._disclosure = disclosure
        self._clock = clock

    async def prepare(self, agent: Agent, values: Mapping[str, Any], reason: str) -> Filter:
        """What will be exported, journalled; in the clear where there is a `reason`.

        Raises NotAllowed (forbidden, too_many), BadField and RateLimited.
        """
        today = self._register.today(self._clock())
        wanted = replace(complaint_query.read(values, agent.id, today), before="")
        number = await self._database.read(lambda tx: self._register.count(tx, wanted))
        if number > MOST:
            raise NotAllowed(
                "too_many",
                f"一共 {number} 件，一次最多导出 {MOST} 件。请用日期等条件缩小范围，分几次导出。",
            )
        if reason:
            self._disclosure.admit(agent, reason, EXPORTERS)
        how = f"完整信息，原因：{reason}" if reason else "号码已隐去"
        await self._database.write(
            lambda tx: self._disclosure.note(
                tx, agent, "complaint.export", "complaints", f"{number} 件，{how}"
            )
        )
        return wanted

    async def csv(self, agent: Agent, wanted: Filter, *, clear: bool) -> AsyncIterator[bytes]:
        """The table as CSV in UTF-8, with the mark by which Excel knows it."""
        yield "\ufeff".encode() + _csv([HEAD])
        async for batch in self._rows(agent, wanted, clear=clear):
            yield await asyncio.to_thread(_csv, batch)

    async def xlsx(self, agent: Agent, wanted: Filter, *, clear: bool) -> AsyncIterator[bytes]:
        """The table as a workbook; its file has no name, so that nothing is left behind."""
        book = Workbook(write_only=True)
        sheet = book.create_sheet("投诉")
        sheet.freeze_panes = "B2"
        sheet.append(HEAD)

        def add(batch: Sequence[Sequence[object]]) -> None:
            for row in batch:
                sheet.append(row)

        async for batch in self._rows(agent, wanted, clear=clear):
            await asyncio.to_thread(add, batch)
        with tempfile.TemporaryFile() as file:
            await asyncio.to_thread(book.save, file)
            file.seek(0)
            while chunk := await asyncio.to_thread(_read, file):
                yield chunk

    async def _rows(
        self, agent: Agent, wanted: Filter, *, clear: bool
    ) -> AsyncIterator[list[list[object]]]:
        before = ""

        def look(tx: Connection) -> tuple[list[list[object]], str]:
            page = self._register.search(tx, replace(wanted, limit=_BATCH, before=before))
            names = names_of(tx)
            rows = [_row(one, names, clear=clear and agent.id not in one.recused) for one in page]
            return rows, page[-1].number if page else ""

        while True:
            rows, before = await self._database.read(look)
            if not rows:
                return
            yield rows


def _row(one: Complaint, names: Names, *, clear: bool) -> list[object]:
    facts = [harmless(value(one, names)) for _, value in _FACTS]
    texts = [getattr(one.draft, name) for name in DRAFT_LABELS]
    return [*facts, *(harmless(text if clear else mask(text)) for text in texts)]


def harmless(value: object) -> object:
    """`value` as a cell that no spreadsheet takes for a formula (CWE-1236)."""
    if not isinstance(value, str):
        return value
    text = ILLEGAL_CHARACTERS_RE.sub("", value)
    return f"'{text}" if text.lstrip()[:1] in {"=", "+", "-", "@"} else text


def _csv(rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _read(file: IO[bytes]) -> bytes:
    return file.read(_CHUNK)
