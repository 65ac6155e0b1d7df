"""Exports and printed files: whole, harmless, masked, and journalled."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import re
import shutil
import subprocess
from typing import Any

import files
import pytest
from conftest import Chat, Clock, Desk
from openpyxl import load_workbook
from test_complaint_desk import CODING, STORY, Office, attach, entries, office, settings

from actions import journal
from actions.answer_templates import fill, gaps, load
from actions.complaints import Draft
from actions.database import Database
from actions.deadlines import Deadlines
from actions.register import Origin, SqlRegister
from bot.app import Gateway
from bot.desk import complaint_export
from bot.desk.complaint_export import HEAD, harmless

__all__ = ["office", "settings"]  # fixtures of the officers' page


async def export(desk: Desk, **body: Any) -> tuple[int, bytes]:
    response = await desk.http.post(
        "/desk/api/complaints/export", json=body, headers={"X-Desk": "1"}
    )
    return response.status, await response.read()


def rows_of(data: bytes) -> list[dict[str, str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def sheet_of(data: bytes) -> list[list[Any]]:
    book = load_workbook(io.BytesIO(data), read_only=True)
    return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]


async def test_a_search_is_exported_masked_in_both_formats(
    office: Office, gateway: Gateway
) -> None:
    one = (await office.received())["number"]
    await office.received(what="大堂经理说话很凶", product="网点服务")
    desk = await office.as_("officer")
    status, data = await export(desk, format="csv", product="信用卡")
    assert status == 200
    (row,) = rows_of(data)
    assert row["编号"] == one
    assert row["联系方式"] == "138****5678"
    assert "6228 **** **** 0018" in row["事情经过"]
    assert (row["状态"], row["来源"]) == ("已登记", "柜面或电话")
    status, data = await export(desk, format="xlsx", product="信用卡")
    assert status == 200
    head, *found = sheet_of(data)
    assert tuple(head) == HEAD
    assert [found[0][0], found[0][HEAD.index("联系方式")]] == [one, "138****5678"]
    assert len(found) == 1
    assert [noted.detail for noted in await entries(gateway, "complaint.export")] == [
        "1 件，号码已隐去"
    ] * 2


async def test_an_export_in_the_clear_needs_a_reason_and_the_role(
    office: Office, gateway: Gateway
) -> None:
    kept = (await office.received())["number"]
    await office.steps(kept, "accept", "recuse")
    await office.received(contact="13900000000")
    status, data = await export(await office.as_("officer"), format="csv", reason="配合监管检查")
    assert status == 200
    assert {row["联系方式"] for row in rows_of(data)} == {"13900000000", "138****5678"}
    assert (await export(await office.as_("auditor"), format="csv", reason="年度审计"))[0] == 200
    assert (await export(await office.as_("approver"), format="csv", reason="看看全部"))[0] == 403
    assert (await export(await office.as_("approver"), format="csv"))[0] == 200
    assert (await export(await office.as_("auditor"), format="csv", reason="审计"))[0] == 400
    details = [noted.detail for noted in await entries(gateway, "complaint.export")]
    assert details[:2] == ["2 件，完整信息，原因：配合监管检查", "2 件，完整信息，原因：年度审计"]


@pytest.mark.parametrize("text", ["=1+1", "+8610", "-1", "@cmd", " =1", "\t=1"])
def test_no_cell_is_taken_for_a_formula(text: str) -> None:
    assert harmless(text) == f"'{text}"


def test_other_cells_stay_as_they_are() -> None:
    assert harmless("城东支行-1") == "城东支行-1"
    assert harmless(3) == 3
    assert harmless("a\x00b\x0b") == "ab"


async def test_a_formula_in_a_complaint_reaches_neither_file_as_one(office: Office) -> None:
    await office.received(wants='=HYPERLINK("x","y")')
    desk = await office.as_("officer")
    assert rows_of((await export(desk, format="csv"))[1])[0]["客户要求"].startswith("'=")
    row = sheet_of((await export(desk, format="xlsx"))[1])[1]
    assert row[HEAD.index("客户要求")] == '\'=HYPERLINK("x","y")'


async def test_a_long_export_is_whole_and_leaves_room_for_others(
    office: Office, gateway: Gateway, clock: Clock
) -> None:
    await many(gateway.database, gateway, clock, 1_203)
    desk = await office.as_("officer")
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    beside = asyncio.create_task(others())
    status, data = await export(desk, format="csv", order="due")
    beside.cancel()
    assert status == 200
    numbers = [row["编号"] for row in rows_of(data)]
    assert len(set(numbers)) == len(numbers) == 1_203
    assert turns > 100
    assert len(sheet_of((await export(desk, format="xlsx"))[1])) == 1_204


async def many(database: Database, gateway: Gateway, clock: Clock, number: int) -> None:
    register = SqlRegister(gateway.cipher, Deadlines(), gateway.settings.bank.zone)
    draft = Draft("手续费", "信用卡", "上周五", "退还费用", "不留", anonymous=True)
    await database.write(
        lambda tx: [register.receive(tx, Origin("import"), draft, clock()) for _ in range(number)]
    )


async def test_more_than_a_file_holds_is_refused_with_what_to_do(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(complaint_export, "MOST", 0)
    await office.received()
    status, data = await export(await office.as_("officer"), format="csv")
    assert status == 400
    assert "缩小范围" in data.decode("unicode_escape")
    assert (await export(await office.as_("officer"), format="pdf"))[0] == 400


async def printed(desk: Desk, number: str, reason: str = "") -> str:
    response = await desk.http.post(
        f"/desk/api/complaints/{number}/file", json={"reason": reason}, headers={"X-Desk": "1"}
    )
    assert response.status == 200
    assert response.content_type == "application/pdf"
    done = subprocess.run(
        ["pdftotext", "-layout", "-", "-"],
        input=await response.read(),
        capture_output=True,
        check=True,
    )
    return re.sub(r"\s+", "", done.stdout.decode())


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler-utils is not here")
async def test_the_printed_file_has_everything_that_an_inspector_asks_for(
    office: Office, gateway: Gateway, chat: Chat, clock: Clock
) -> None:
    number = (await office.received(elder=True))["number"]
    await chat.say("你好")
    await attach(gateway, clock, number)
    await office.steps(number, "accept", "start")
    await office.step(number, "answer", why="已退还二十元，请您查收。")
    await office.step(number, "code", coding=CODING)
    desk = await office.as_("auditor")
    text = await printed(desk, number)
    assert f"消费投诉处理档案{number}" in text
    for words in (
        "138****5678",
        "6228********0018",
        "已退还二十元，请您查收。",
        "officer同事",
        "前台/营业现场",
        "客户长辈",
        "complaint.answer",
        "凭条.jpg",
        hashlib.sha256(files.JPEG).hexdigest(),
        "号码已隐去",
        "第1页，共",
    ):
        assert words in text
    noted = await gateway.database.read(lambda tx: journal.about(tx, f"complaint:{number}"))
    assert noted[-1].action == "complaint.print"
    assert noted[-1].digest in text
    assert STORY not in text
    clear = await printed(desk, number, "年度审计抽查")
    assert "6228480402564890018" in clear
    assert "年度审计抽查" in clear


def test_every_template_is_whole_and_says_its_gaps() -> None:
    templates = load()
    assert len(templates) >= 12
    assert len({template.title for template in templates}) == len(templates)
    for template in templates:
        assert template.steps
        assert "{" not in re.sub(r"\{[\u4e00-\u9fff]{1,12}\}", "", template.text), template.title


def test_what_is_known_fills_a_template_and_the_rest_stays_a_gap() -> None:
    text = fill("编号{编号}，退{金额}元，{机构}。{金额}", {"编号": "1", "机构": ""})
    assert text == "编号1，退{金额}元，{机构}。{金额}"
    assert gaps(text) == ["金额", "机构"]
    assert gaps("{} {a} 没有") == []


def test_a_templates_file_that_is_wrong_is_named(tmp_path: Any) -> None:
    path = tmp_path / "answers.yml"
    path.write_text("- title: 一\n  group: 一\n  steps: [fly]\n  text: 一\n", "utf-8")
    with pytest.raises(ValueError, match=r"answers.yml 读不出来"):
        load(path)
