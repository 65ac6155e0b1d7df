"""Sheets as officers send them: what is read, and what each bad row is told."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sheets import HEADINGS, ROW, book

from actions import classification
from actions.complaints import Coding, State, Step
from actions.deadlines import Deadlines
from actions.errors import NotAllowed
from actions.imports import cells, template, workbook
from actions.imports.cells import FORMULA, Unfit
from actions.imports.columns import COLUMNS, find_headings
from actions.imports.rows import Fault, Record, Rules, read_row
from actions.roles import Role
from actions.steps import Actor

TODAY = dt.date(2026, 11, 24)
DAY = dt.date(2026, 1, 5)
EPOCH = dt.date(1899, 12, 30)
RULES = Rules(TODAY, Deadlines(), classification.load(), ("城东支行",), {"wang": 7}, EPOCH)
GOOD: dict[str, object] = {
    "received_on": "2026/1/5",
    "product": "信用卡",
    "what": "多扣了二十块手续费",
    "contact": 13812345678.0,
}
CODES = {"channel": "前台/营业现场", "business": "信用卡", "cause": "定价收费"}


def good(**changes: object) -> Record:
    read = read_row(5, {**GOOD, **changes}, RULES)
    assert isinstance(read, Record), read
    return read


def faults(**changes: object) -> list[Fault]:
    read = read_row(5, {**GOOD, **changes}, RULES)
    assert isinstance(read, list), read
    return read


def told(**changes: object) -> str:
    return "\n".join(map(str, faults(**changes)))


# --- cells


@pytest.mark.parametrize(
    "written",
    [
        "2026/1/5",
        "2026-01-05",
        "2026.1.5",
        "2026年1月5日",
        "2026 年 1 月 5 日",
        "２０２６年１月５日",
        "2026/1/5 14:30",
        "20260105",
        20260105,
        46027,
        46027.6,
        "46027",
        dt.datetime(2026, 1, 5, 14, 30),  # noqa: DTZ001 - as openpyxl gives them
        DAY,
    ],
)
def test_a_date_is_read_however_it_is_written(written: object) -> None:
    assert cells.day(written, TODAY, EPOCH) == DAY


def test_a_date_of_excel_for_mac_counts_from_1904() -> None:
    assert cells.day(46027 - 1462, TODAY, dt.date(1904, 1, 1)) == DAY


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("去年底", "不是日期"),
        ("2026/2/30", "没有这一天"),
        ("26/1/5", "不是日期"),
        ("2026/12/1", "还没有到"),
        ("1999/1/5", "太早"),
        (5, "太早"),
        (FORMULA, "公式"),
        (cells.Spoiled("是错误值 #REF!，请改正"), "#REF!"),
    ],
)
def test_what_is_no_date_is_explained(written: object, says: str) -> None:
    with pytest.raises(Unfit, match=says):
        cells.day(written, TODAY, EPOCH)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (13812345678.0, "13812345678"),
        (13812345678, "13812345678"),
        ("１３８１２３４５６７８", "13812345678"),
        ("　138 1234 5678 ", "138 1234 5678"),
        (12.5, "12.5"),
        (None, ""),
        (True, "是"),
        ("说好了，不收费（全免）", "说好了，不收费（全免）"),
        ("一行_x000D_\n二行", "一行\n二行"),
    ],
)
def test_numbers_and_full_width_digits_become_plain_text(value: object, text: str) -> None:
    assert cells.text(value) == text


@pytest.mark.parametrize("value", [6.2284800123456789e18, 6228480012345678901, "6.22848E+18"])
def test_a_card_number_that_excel_has_spoiled_is_not_taken_for_right(value: object) -> None:
    with pytest.raises(Unfit, match="文本"):
        cells.text(value)


def test_a_password_in_a_story_is_not_kept() -> None:
    assert "884422" not in good(what="他问我要密码，我说密码是884422").draft.what


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.datetimes(), st.dates()
)


@given(st.dictionaries(st.sampled_from([column.field for column in COLUMNS]), VALUES))
def test_any_row_is_either_good_or_told_what_is_wrong(values: dict[str, Any]) -> None:
    read = read_row(9, values, RULES)
    if isinstance(read, Record):
        assert read.draft.what
        assert cells.FIRST_DAY <= read.received_on <= TODAY
    else:
        assert read
        assert all(fault.row == 9 and fault.reason for fault in read)


# --- rows


def test_a_good_row_becomes_a_complaint() -> None:
    record = good(elder="是", branch="城东支行", owner="wang", old_number="TS-1", anonymous="否")
    assert (record.received_on, record.state) == (DAY, State.RECEIVED)
    assert record.draft.contact == "13812345678"
    assert (record.elder, record.branch, record.owner) == (True, "城东支行", 7)
    assert not record.draft.anonymous


def test_everything_wrong_with_a_row_is_told_at_once_with_row_and_column() -> None:
    found = faults(received_on="昨天", product="", elder="也许", branch="城南支行", owner="li")
    assert {fault.heading for fault in found} == {
        "收到日期",
        "产品",
        "是否老年人",
        "机构",
        "经办人",
    }
    assert "第 5 行“机构”：没有“城南支行”这个机构，可以填：城东支行" in map(str, found)


def test_what_is_wrong_is_told_without_the_customers_number() -> None:
    assert "13812345678" not in told(elder="13812345678", received_on="13812345678")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"what": "长" * 4001}, "最多 4000 个"),
        ({"what": FORMULA}, "公式"),
        ({"received_on": None}, "“收到日期”：没有填写"),
        ({"state": "飞了"}, "没有“飞了”这个状态"),
        ({"state": "调解中"}, "按“处理中”导入"),
        ({"state": "已答复"}, "要填答复日期"),
        ({"answered_on": "2026/1/9"}, "状态却是“已登记”"),
        ({"state": "处理中", "ended_on": "2026/1/9"}, "状态却是“处理中”"),
        ({"state": "已撤回"}, "要填撤回的日期"),
        ({"state": "已答复", "answered_on": "2026/1/4"}, "早于收到日期"),
        ({"state": "已受理", "accepted_on": "2026/1/4"}, "早于收到日期"),
        ({"state": "已办结", "answered_on": "2026/1/9"}, "请先确认分类"),
        ({"channel": "前台"}, "一起填"),
        ({**CODES, "channel": "前台"}, "渠道里没有“前台”，请按分类表写到最后一级"),
        ({**CODES, "cause": "不知道"}, "“原因分类”：原因里没有“不知道”"),
    ],
)
def test_a_bad_row_is_told_what_to_do(changes: dict[str, object], says: str) -> None:
    assert says in told(**changes)


def test_a_closed_complaint_takes_each_step_on_its_day() -> None:
    days = {"accepted_on": "2026/1/6", "answered_on": "2026/1/15", "ended_on": "2026/1/20"}
    record = good(state="结案", answer="已退还", owner="wang", **days, **CODES)
    moves = record.moves(Actor(1, frozenset({Role.OFFICER})))
    assert [(move.step, move.on and move.on.day) for move in moves] == [
        (Step.ASSIGN, 5),
        (Step.ACCEPT, 6),
        (Step.START, 6),
        (Step.ANSWER, 15),
        (Step.CODE, 20),
        (Step.CLOSE, 20),
    ]
    assert moves[3].why == "已退还"
    assert moves[4].coding == Coding(*CODES.values())


def test_of_a_classification_its_end_is_enough() -> None:
    record = good(**{**CODES, "channel": "移动客户端"})
    assert record.coding == Coding("前台/电子渠道/移动客户端", "信用卡", "定价收费")


def test_a_state_that_has_moved_on_does_not_make_it_another_complaint() -> None:
    before, after = good(), good(state="已答复", answered_on="2026/1/9", contact="１３８12345678")
    assert before.identity() == after.identity()
    assert before.identity() != good(contact="13900000000").identity()


# --- headings


def headings(*rows: list[Any]) -> dict[str, int]:
    found = find_headings(rows)
    assert found is not None
    return dict(found.places)


def test_headings_are_known_in_any_order_with_spaces_stars_and_brackets() -> None:
    row = [" 事情 经过*", "产品（必填）", None, "收 到 日 期", "客户电话:", "备注2"]
    found = find_headings([row])
    assert found is not None
    assert found.places == {"what": 0, "product": 1, "received_on": 3, "contact": 4}
    assert found.unknown == ("备注2",)
    assert found.missing == ()


def test_a_title_above_and_headings_merged_over_two_rows_are_understood() -> None:
    title = ["2026年投诉台账", None, None, None]
    upper = ["收到日期", "客户情况", None, "产品"]
    lower = [None, "联系电话", "投诉内容", None]
    found = find_headings([title, upper, lower, ["2026/1/5", "138", "多扣钱", "信用卡"]])
    assert found is not None
    assert found.row == 2
    assert found.places == {"received_on": 0, "contact": 1, "what": 2, "product": 3}


def test_missing_and_double_headings_are_named() -> None:
    found = find_headings([["收到日期", "产品", "业务"]])
    assert found is not None
    assert (found.missing, found.double) == (("事情经过",), ("产品",))


# --- files


def refused(path: Path) -> str:
    with pytest.raises(NotAllowed) as caught:
        workbook.read(path)
    return str(caught.value)


def test_a_sheet_is_read_with_the_numbers_that_excel_shows(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ["台账"], HEADINGS, ROW, [None] * 9, ROW, [""] * 9)
    sheet = workbook.read(path)
    assert [number for number, _ in sheet.rows] == [3, 5]
    assert sheet.rows[0][1]["contact"] == "13812345678"
    assert sheet.epoch == EPOCH


def test_formulas_are_not_evaluated_but_named(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", HEADINGS, ["=TODAY()", *ROW[1:]])
    [(_, values)] = workbook.read(path).rows
    assert values["received_on"] is FORMULA


def test_the_sheet_with_our_headings_is_found_behind_others(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    made.worksheets[0].append(["说明"])
    sheet = made.create_sheet("投诉")
    sheet.append(HEADINGS)
    sheet.append(ROW)
    made.save(tmp_path / "a.xlsx")
    assert workbook.read(tmp_path / "a.xlsx").title == "投诉"


def test_merged_cells_are_read_as_excel_keeps_them(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    sheet = made.worksheets[0]
    for row in (["收到日期", "客户", None, "产品"], [None, "电话", "投诉内容", None]):
        sheet.append(row)
    sheet.append(["2026/1/5", 13812345678.0, "多扣钱", "信用卡"])
    for merged in ("A1:A2", "B1:C1", "D1:D2"):
        sheet.merge_cells(merged)
    made.save(tmp_path / "a.xlsx")
    [(number, values)] = workbook.read(tmp_path / "a.xlsx").rows
    assert number == 3
    assert set(values) == {"received_on", "contact", "what", "product"}
    assert isinstance(read_row(number, values, RULES), Record)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("收到日期,产品\n2026/1/5,信用卡\n".encode(), "CSV"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, ".xls"),
        (b"", "不是 .xlsx"),
        (b"PK\x03\x04 cut off", "不是 .xlsx"),
    ],
)
def test_other_files_are_told_how_to_become_xlsx(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    assert says in refused(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "none.xlsx" in refused(tmp_path / "none.xlsx")


def test_an_empty_sheet_and_one_without_headings_are_told_apart(tmp_path: Path) -> None:
    assert "没有数据" in refused(book(tmp_path / "a.xlsx"))
    assert "只有表头" in refused(book(tmp_path / "b.xlsx", HEADINGS))
    assert "--template" in refused(book(tmp_path / "c.xlsx", ["甲", "乙"], [1, 2]))


def test_a_file_of_more_than_ten_megabytes_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"PK" + b"\0" * workbook.MAX_BYTES)
    assert "10 MB" in refused(path)


def test_a_sheet_with_too_many_rows_is_to_be_split(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MAX_ROWS", 20)
    path = book(tmp_path / "a.xlsx", HEADINGS, *[ROW] * 40)
    assert "超过 20 行" in refused(path)


def parts(path: Path, **changed: str) -> Path:
    """The workbook at `path` with parts put in the place of its own."""
    with zipfile.ZipFile(path) as before:
        kept = {name: before.read(name) for name in before.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as after:
        for name, content in (kept | {"xl/" + key: text for key, text in changed.items()}).items():
            after.writestr(name, content)
    return path


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", HEADINGS, ROW)
    parts(path, **{"media/bomb.bin": "0" * (workbook._MAX_UNPACKED + 1)})
    assert path.stat().st_size < workbook.MAX_BYTES
    assert "解压后太大" in refused(path)


def test_entities_that_grow_when_they_are_read_are_not_read(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", HEADINGS, ROW)
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    sheet = (
        f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1" t="inlineStr"><is><t>&l11;</t></is></c></row></sheetData></worksheet>'
    )
    assert "已损坏" in refused(parts(path, **{"worksheets/sheet1.xml": sheet}))


def test_a_broken_part_is_a_sentence_and_no_traceback(tmp_path: Path) -> None:
    path = parts(book(tmp_path / "a.xlsx", HEADINGS, ROW))
    assert len(workbook.read(path).rows) == 1
    assert refused(parts(path, **{"worksheets/sheet1.xml": "<worksheet><sheetData><row"}))


def test_the_template_is_known_by_its_own_headings_and_explains_each(tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    template.write(path, ["城东支行", "城西支行"])
    assert "只有表头" in refused(path)
    made = openpyxl.load_workbook(path)
    sheet, notes = made.worksheets
    assert [cell.value for cell in sheet[1]] == [column.heading for column in COLUMNS]
    assert {row[0].value for row in notes.iter_rows()} >= {column.heading for column in COLUMNS}
    sheet.append([])
    for place, value in enumerate(ROW[:3], 1):
        sheet.cell(2, place, value)
    sheet.cell(2, 4, ROW[3])
    made.save(path)
    [(number, values)] = workbook.read(path).rows
    assert isinstance(read_row(number, values, RULES), Record)
