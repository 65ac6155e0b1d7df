"""A printed document: Chinese that can be read back, page numbers, and nothing lost."""

from __future__ import annotations

import io
import re
import shutil
import subprocess

import pytest
from conftest import START
from PIL import Image

from actions.paper import Paper

pytestmark = pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler-utils is not here")


def read(paper: Paper) -> str:
    """What a reader copies out of the document, without the breaks between lines."""
    done = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=paper.to_bytes(), capture_output=True, check=True
    )
    return re.sub(r"\s+", "", done.stdout.decode())


def a_paper(foot: str = "") -> Paper:
    return Paper("投诉档案", START, foot=foot)


def test_chinese_is_read_back_as_it_was_written() -> None:
    paper = a_paper(foot="城东支行 · 内部资料")
    paper.heading("经过", 2)
    paper.paragraph("柜台多扣了我二十块手续费。\n第二天：还没退。")
    paper.facts([("编号", "2026112400017"), ("客户", "138****5678")])
    paper.table(["时间", "步骤"], [["11-24 09:00", "受理"]], widths=(1, 2))
    text = read(paper)
    for words in (
        "投诉档案",
        "柜台多扣了我二十块手续费。第二天：还没退。",
        "编号2026112400017",
        "客户138****5678",
        "11-2409:00受理",
        "城东支行·内部资料第1页，共1页",
    ):
        assert words in text


def test_the_head_of_a_table_and_the_page_number_stand_on_each_page() -> None:
    paper = a_paper()
    paper.table(["次序", "说明"], [[str(row), "已经告知客户"] for row in range(120)])
    text = read(paper)
    pages = int(re.findall(r"共(\d+)页", text)[0])
    assert pages >= 3
    assert text.count("次序说明") == pages
    assert [f"第{page}页，共{pages}页" in text for page in range(1, pages + 1)] == [True] * pages


def test_a_cell_longer_than_a_page_is_printed_whole() -> None:
    paper = a_paper()
    story = "".join(f"第{number}句话。" for number in range(900))
    paper.table(["谁", "说了什么"], [["客户", story]])
    text = re.sub(r"谁说了什么|第\d+页，共\d+页", "", read(paper)).replace("客户", "")
    assert story in text


def test_a_word_longer_than_a_line_goes_on_in_the_next() -> None:
    paper = a_paper()
    paper.paragraph("0123456789" * 40)
    assert "0123456789" * 40 in read(paper)


def test_a_line_never_begins_with_a_mark_that_closes() -> None:
    paper = a_paper()
    paper.paragraph("他说“不退”，我很生气（真的）。" * 60)
    done = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=paper.to_bytes(), capture_output=True, check=True
    )
    lines = [line.strip() for line in done.stdout.decode().splitlines() if line.strip()]
    assert len(lines) > 10
    assert not [line for line in lines if line[0] in "，。”）"]
    assert not [line for line in lines if line[-1] in "“（"]


def test_what_the_font_cannot_draw_is_named_by_its_code() -> None:
    paper = a_paper()
    paper.paragraph("谢谢😀👍🏽\u200d\ufe0f！")
    assert "谢谢〔U+1F600〕〔U+1F44D〕〔U+1F3FD〕！" in read(paper)


def test_a_picture_is_embedded_with_its_caption() -> None:
    picture = io.BytesIO()
    Image.new("RGB", (40, 20), "teal").save(picture, "PNG")
    paper = a_paper()
    paper.picture(picture.getvalue(), "图一：按业务分")
    assert "图一：按业务分" in read(paper)
    assert b"/Image" in paper.to_bytes()


def test_only_the_glyphs_that_are_used_are_embedded() -> None:
    paper = a_paper()
    paper.paragraph("好")
    assert len(paper.to_bytes()) < 30_000


def test_the_same_content_at_the_same_time_is_the_same_file() -> None:
    assert a_paper().to_bytes() == a_paper().to_bytes()
