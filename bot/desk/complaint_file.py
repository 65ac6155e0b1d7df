"""The printable file of one complaint, for the archive and for inspections."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from actions import journal
from actions.agents import Agent
from actions.complaint_rows import Entry
from actions.complaints import LABELS, RUNNING, Complaint
from actions.database import Database
from actions.paper import Paper
from actions.privacy import mask
from bot.desk import complaint_shown
from bot.desk.complaint_query import SOURCES
from bot.desk.complaint_shown import Names
from bot.desk.complaints import Bank, ComplaintViews, Opened
from bot.desk.disclosure import REVEALERS, Disclosure

_DIGEST = 16
"""Characters of a digest in the list; the last one is printed whole."""


class ComplaintFile:
    """Reads in one transaction, prints in a thread."""

    def __init__(
        self,
        database: Database,
        views: ComplaintViews,
        disclosure: Disclosure,
        bank: Bank,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._database = database
        self._views = views
        self._disclosure = disclosure
        self._bank = bank
        self._clock = clock

    async def make(self, agent: Agent, number: str, reason: str) -> bytes:
        """The PDF, in the clear where there is a `reason`; journalled either way.

        Raises NotAllowed (not_found, recused, forbidden), BadField (reason) and RateLimited.
        """
        complaint = (await self._database.read(lambda tx: self._views.open(tx, number))).complaint
        if reason:
            self._disclosure.require(agent, complaint)
            self._disclosure.admit(agent, reason, REVEALERS)
        how = f"完整信息，原因：{reason}" if reason else "号码已隐去"
        subject = f"complaint:{number}"

        def read(tx: Connection) -> tuple[Opened, list[journal.Entry]]:
            self._disclosure.note(tx, agent, "complaint.print", subject, how)
            return self._views.open(tx, number), journal.about(tx, subject)

        opened, noted = await self._database.write(read)
        return await asyncio.to_thread(self._print, opened, noted, clear=bool(reason))

    def _print(self, opened: Opened, noted: Sequence[journal.Entry], *, clear: bool) -> bytes:
        one, now = opened.complaint, self._clock()
        secrecy = "含客户完整信息，请妥善保管" if clear else "客户号码已隐去"
        paper = Paper(
            f"消费投诉处理档案 {one.number}", now, foot=f"{self._bank.name} · 内部资料 · {secrecy}"
        )
        paper.facts(self._cover(one, opened))
        paper.heading("投诉内容", 2)
        paper.facts(
            [(label, text) for _, label, text in complaint_shown.texts(one.draft, clear=clear)]
        )
        paper.heading("分类（JR/T 0169-2018）", 2)
        if one.coding:
            coding = one.coding
            paper.facts(
                [("渠道", coding.channel), ("业务", coding.business), ("原因", coding.cause)]
            )
        else:
            paper.paragraph("还没有确认分类。")
        paper.heading("处理经过", 2)
        paper.table(
            ["时间", "谁", "做了什么", "之后的状态", "内容"],
            [self._step(entry, opened.names, clear=clear) for entry in opened.entries],
            (2.0, 1.3, 1.4, 2.0, 4.6),
        )
        self._attached(paper, opened)
        self._noted(paper, noted, opened.names)
        paper.paragraph(f"打印时间：{self._moment(now)}", quiet=True)
        return paper.to_bytes()

    def _cover(self, one: Complaint, opened: Opened) -> list[tuple[str, str]]:
        facts = [
            ("编号", one.number),
            ("状态", LABELS[one.state]),
            ("登记时间", self._moment(one.received)),
            ("答复期限", f"{one.due}" if one.state in RUNNING else ""),
            ("延期", f"{one.extension} 次" if one.extension else ""),
            ("答复日期", f"{one.answered_on or ''}"),
            ("结束日期", f"{one.ended_on or ''}"),
            ("来源", SOURCES.get(one.source, one.source)),
            ("机构", one.branch),
            ("经办人", opened.names.get(one.owner or 0, "")),
            ("客户", "、".join(_marks(one))),
            ("调解", one.mediation_case),
            ("并入", one.merged_into),
            ("并入本件的", "、".join(child.number for child in opened.merged)),
            ("同一客户的关联投诉", "、".join(one.related)),
        ]
        return [(name, what) for name, what in facts if what]

    def _step(self, entry: Entry, names: Names, *, clear: bool) -> list[str]:
        line = complaint_shown.line(entry, names, clear=clear)
        due = f"，期限 {line['due']}" if line["due"] else ""
        words = "\n".join(part for part in (line["to"], line["why"]) if part)
        return [self._moment(entry.at), line["who"], line["label"], line["state"] + due, words]

    def _attached(self, paper: Paper, opened: Opened) -> None:
        """The digest tells whether a file is still the one that was sent."""
        if not opened.attachments:
            return
        paper.heading("附件", 2)
        paper.table(
            ["收到时间", "名称", "类型", "字节", "摘要（SHA-256）"],
            [
                [
                    self._moment(one.at),
                    mask(one.name),
                    one.media_type,
                    str(one.size),
                    one.digest,
                ]
                for one in opened.attachments
            ],
            (2.0, 2.0, 1.6, 1.0, 4.7),
        )

    def _noted(self, paper: Paper, noted: Sequence[journal.Entry], names: Names) -> None:
        """By these digests an inspector checks that the journal has not been changed since."""
        paper.heading("日志摘要", 2)
        paper.table(
            ["时间", "谁", "动作", "说明", "摘要"],
            [
                [
                    self._moment(one.at),
                    _actor(one.actor, names),
                    one.action,
                    one.detail,
                    one.digest[:_DIGEST],
                ]
                for one in noted
            ],
            (2.0, 1.3, 2.4, 3.6, 2.0),
        )
        paper.paragraph(f"最后一条日志的完整摘要（SHA-256）：{noted[-1].digest}", quiet=True)

    def _moment(self, at: dt.datetime) -> str:
        return f"{at.astimezone(self._bank.zone):%Y-%m-%d %H:%M}"


def _marks(one: Complaint) -> list[str]:
    marks = {"长辈": one.elder, "匿名": one.draft.anonymous}
    return [mark for mark, is_so in marks.items() if is_so]


def _actor(name: str, names: Names) -> str:
    kind, _, id_ = name.partition(":")
    if kind == "agent":
        return names.get(int(id_), name)
    return complaint_shown.CUSTOMER if kind == "conversation" else name
