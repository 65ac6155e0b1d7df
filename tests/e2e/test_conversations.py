"""Scripted conversations: a real browser, the real gateway, the real Rasa model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from browser import chromium, needs_chromium, no_violations, picture
from conftest import PASSWORD
from e2e.live import Live, live
from playwright.async_api import Browser, Locator, Page, expect

pytestmark = needs_chromium
PHONE = {"width": 360, "height": 740}
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
    await say(page, "我要投诉，上周五在城东支行，柜员多扣了我手续费还发火")
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
    await desk.get_by_test_id("knowledge").click()
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
