"""Scripted conversations: a real browser, the real gateway, the real Rasa model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import files
import pytest
from browser import chromium, needs_chromium, no_violations, picture
from conftest import PASSWORD
from e2e.live import Live, live
from playwright.async_api import Browser, FilePayload, Locator, Page, expect

pytestmark = needs_chromium
PHONE = {"width": 360, "height": 740}
TALL = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live(tmp_path_factory.mktemp("browser")) as gateway:
        gateway.add_agent("wang", "小王")
        gateway.wait_for_rasa()
        yield gateway


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def open_chat(browser: Browser, gateway: Live, size: dict[str, int] = PHONE) -> Page:
    context = await browser.new_context(
        viewport={"width": size["width"], "height": size["height"]}, locale="zh-CN"
    )
    page = await context.new_page()
    await page.goto(gateway.url)
    await expect(messages(page, "bot")).to_contain_text("消保小宝")
    return page


async def open_desk(browser: Browser, gateway: Live) -> Page:
    context = await browser.new_context(
        viewport={"width": DESKTOP["width"], "height": DESKTOP["height"]}
    )
    page = await context.new_page()
    await page.goto(f"{gateway.url}/desk")
    await page.get_by_test_id("login").fill("wang")
    await page.get_by_test_id("password").fill(PASSWORD)
    await page.get_by_test_id("enter").click()
    await expect(page.get_by_test_id("link")).to_have_attribute("data-up", "true")
    return page


def messages(page: Page, author: str) -> Locator:
    return page.locator(f'[data-testid=message][data-author="{author}"]').last


async def say(page: Page, text: str) -> None:
    await page.get_by_test_id("text").fill(text)
    await page.get_by_test_id("text").press("Enter")


async def test_a_question_is_answered_from_an_article_with_its_source(
    browser: Browser, gateway: Live
) -> None:
    page = await open_chat(browser, gateway)
    await say(page, "卡叫机器吞了找哪个")
    await expect(messages(page, "bot")).to_contain_text("95599")
    await expect(page.get_by_test_id("source").last).to_contain_text("取款机吞了卡怎么办")
    await picture(page, "chat")
    await no_violations(page)


async def test_a_complaint_is_taken_to_its_number(browser: Browser, gateway: Live) -> None:
    page = await open_chat(browser, gateway)
    await say(page, "我要投诉，城东支行的柜员多扣了我手续费还发火")
    await expect(messages(page, "bot")).to_contain_text("什么时候")
    await say(page, "上周五上午，城东支行")
    await expect(messages(page, "bot")).to_contain_text("怎么解决")
    await say(page, "存款有没有保险？")
    await expect(messages(page, "bot")).to_contain_text("怎么解决")
    await say(page, "退还费用")
    await expect(messages(page, "bot")).to_contain_text("电话")
    await say(page, "13812345678")
    await expect(messages(page, "bot")).to_contain_text("13812345678")
    await page.locator('[data-testid=choice][data-payload="/submit"]').last.click()
    await expect(page.get_by_test_id("complaint-number")).to_be_visible()
    await picture(page, "complaint")
    await no_violations(page)


async def attach(page: Page, *names: str, content: bytes = b"") -> None:
    chosen: list[FilePayload] = [
        {"name": name, "mimeType": "image/png", "buffer": content or files.png(300)}
        for name in names
    ]
    await page.get_by_test_id("chooser").set_input_files(chosen)


@pytest.mark.parametrize("view", ["phone", "desktop", "elder"])
async def test_a_picture_is_attached_and_goes_with_the_complaint_to_its_number(
    browser: Browser, gateway: Live, view: str
) -> None:
    page = await open_chat(browser, gateway, DESKTOP if view == "desktop" else TALL)
    if view == "elder":
        await page.get_by_test_id("elder").click()
        await expect(messages(page, "bot")).to_contain_text("长辈版")
        box = await page.get_by_test_id("attach").bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 60
    await say(page, "替我妈投诉，昨天在城东支行，柜员给她的存折多扣了二十块，要求退钱")
    await expect(messages(page, "bot")).to_contain_text("授权委托书")
    await picture(page, f"proxy-{view}")
    await say(page, "替母亲王秀英，我是她女儿")
    await expect(messages(page, "bot")).to_contain_text("电话")
    await attach(page, "小票.png", "存折.png")
    await expect(page.get_by_test_id("file")).to_have_count(2)
    shown = page.get_by_test_id("file").locator("img").last
    await expect(shown).to_have_js_property("naturalWidth", 300)
    await expect(messages(page, "bot")).to_contain_text("图片收到了")
    await picture(page, f"attached-{view}")
    await no_violations(page)
    await say(page, "13812345678")
    await expect(messages(page, "bot")).to_contain_text("对不对")
    await page.locator('[data-testid=choice][data-payload="/submit"]').last.click()
    await expect(page.get_by_test_id("complaint-number")).to_be_visible()
    await expect(messages(page, "bot")).to_contain_text("2个附件")
    await picture(page, f"registered-{view}")
    await no_violations(page)
    await page.reload()
    await expect(page.get_by_test_id("file")).to_have_count(2)
    await page.locator('[data-testid=choice][data-payload^="/supplement"]').last.click()
    await say(page, "柜员还不给我看流水")
    await expect(messages(page, "bot")).to_contain_text("已补充")
    await say(page, "我要撤回投诉")
    await expect(messages(page, "bot")).to_contain_text("今天就结束")
    await picture(page, f"withdraw-{view}")
    await no_violations(page)
    await page.locator('[data-testid=choice][data-payload="/submit"]').last.click()
    await expect(messages(page, "bot")).to_contain_text("已经撤回")
    await say(page, "查投诉进度")
    await expect(messages(page, "bot")).to_contain_text("最近一步")
    await picture(page, f"progress-{view}")


async def test_a_file_that_cannot_be_sent_is_said_so_and_the_conversation_goes_on(
    browser: Browser, gateway: Live
) -> None:
    page = await open_chat(browser, gateway, TALL)
    await attach(page, "大.png", content=bytes(10 * 1024 * 1024 + 1))
    await expect(page.get_by_test_id("room")).to_contain_text("最多 10 MB")
    await attach(page, "网页.png", content=b"<html></html>")
    await expect(page.get_by_test_id("trouble")).to_contain_text("这种文件收不了")
    await picture(page, "refused")
    await no_violations(page)
    await page.context.set_offline(True)
    await attach(page, "小票.png")
    await expect(page.get_by_test_id("trouble").last).to_contain_text("没有网络")
    await page.context.set_offline(False)
    await expect(page.get_by_test_id("file")).to_have_count(1)
    await say(page, "你好")
    await expect(messages(page, "bot")).to_contain_text("消保小宝")


async def test_an_elder_gets_large_type_and_keeps_it(browser: Browser, gateway: Live) -> None:
    page = await open_chat(browser, gateway)
    await say(page, "我七十三了，字看不清")
    await page.wait_for_selector("html.elder")
    size = await page.locator("[data-testid=message]").last.evaluate(
        "one => parseFloat(getComputedStyle(one).fontSize)"
    )
    assert size >= 20
    await page.reload()
    await page.wait_for_selector("html.elder")
    await picture(page, "elder")
    await no_violations(page)


async def test_a_human_is_one_tap_away_and_both_sides_talk_live(
    browser: Browser, gateway: Live
) -> None:
    desk = await open_desk(browser, gateway)
    page = await open_chat(browser, gateway)
    await page.get_by_test_id("human").click()
    await expect(page.get_by_test_id("state")).to_have_attribute("data-mode", "waiting")
    await expect(desk.get_by_test_id("accept")).to_have_count(1)
    await no_violations(desk)
    await desk.get_by_test_id("accept").click()
    await expect(page.get_by_test_id("state")).to_have_attribute("data-mode", "human")
    await say(page, "我的存折丢了")
    await expect(desk.get_by_test_id("transcript")).to_contain_text("我的存折丢了")
    await desk.get_by_test_id("reply").fill("您别急，我马上帮您挂失")
    await desk.get_by_test_id("reply").press("Enter")
    await expect(messages(page, "agent")).to_contain_text("马上帮您挂失")
    await picture(desk, "desk")
    await no_violations(desk)
    await desk.get_by_test_id("end").click()
    await desk.get_by_test_id("pick").first.click()
    await expect(messages(page, "system")).to_contain_text("已结束")
    await say(page, "谢谢")
    await expect(messages(page, "bot")).to_contain_text("不客气")


async def test_a_question_asked_in_vain_becomes_a_draft(browser: Browser, gateway: Live) -> None:
    page = await open_chat(browser, gateway)
    await say(page, "保管箱怎么租")
    await expect(messages(page, "bot")).to_contain_text("没有把握")
    desk = await open_desk(browser, gateway)
    await desk.get_by_test_id("to-knowledge").click()
    asked = desk.get_by_test_id("group").filter(has_text="保管箱")
    await expect(asked).to_contain_text("没答上 1 次")
    await no_violations(desk)
    await asked.get_by_test_id("write").click()
    await expect(desk.get_by_test_id("remarks")).to_contain_text("spoken")
    written = await desk.get_by_test_id("text").input_value()
    assert "- 保管箱怎么租" in written
    await desk.get_by_test_id("text").fill(
        written.replace("spoken:", "spoken: 保管箱的费用请打客服电话问。")
    )
    await desk.get_by_test_id("save").click()
    await expect(desk.get_by_test_id("remarks")).not_to_contain_text("spoken")
    await picture(desk, "knowledge")
    await no_violations(desk)
