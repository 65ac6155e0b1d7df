"""The 溯源整改 page in a real browser, over the real gateway; it does not need Rasa."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from browser import chromium, needs_chromium, no_violations, picture
from conftest import PASSWORD, Clock
from playwright.async_api import Page, ViewportSize, expect

from actions.complaints import Draft
from actions.register import Origin
from actions.roles import Role
from bot.app import Gateway

pytestmark = needs_chromium
SIZES: tuple[ViewportSize, ...] = (
    {"width": 1280, "height": 800},
    {"width": 390, "height": 844},
)
TEXTS = (
    "信用卡年费扣了我三百六，一次都没有刷过，要求退还年费",
    "没刷过的信用卡扣了年费三百六，要求退还，客服电话打了四次",
    "信用卡年费三百六要求退还，我叫王秀英，电话13812345678",
    "取款机把我的卡吞了，屏幕黑了，等了一个钟头没有人来",
    "取款机吞卡以后屏幕黑了，旁边求助电话是坏的，等了一个钟头",
    "柜员说话难听，嫌老人动作慢",
)


async def receive(gateway: Gateway, clock: Clock, text: str, *, elder: bool) -> None:
    draft = Draft(text, "信用卡", "上周，城东支行", "退费", "13812345678")
    origin = Origin("web", elder=elder, branch="城东支行" if elder else "")
    await gateway.database.write(
        lambda tx: gateway.register.receive(tx, origin, draft, clock()).number
    )


@pytest.fixture
async def open_page(
    gateway: Gateway, client: TestClient[Any, Any], clock: Clock, new_desk: Callable[..., Any]
) -> AsyncIterator[Callable[..., Any]]:
    """The page, signed in as this account, with complaints of today."""
    clock.now = dt.datetime.now(dt.UTC)
    await new_desk("li", "老李", Role.OFFICER)
    await new_desk("shen", "审计小孙", Role.AUDITOR)
    for place, text in enumerate(TEXTS):
        await receive(gateway, clock, text, elder=place % 2 == 0)
    async with chromium() as browser:

        async def make(login: str, size: ViewportSize = SIZES[0]) -> Page:
            context = await browser.new_context(viewport=size, locale="zh-CN")
            page = await context.new_page()
            await page.goto(str(client.make_url("/desk")))
            await page.get_by_test_id("login").fill(login)
            await page.get_by_test_id("password").fill(PASSWORD)
            await page.get_by_test_id("enter").click()
            await page.get_by_test_id("to-causes").click()
            await expect(page.get_by_test_id("page")).to_be_visible(timeout=20_000)
            return page

        yield make


async def test_an_officer_opens_a_task_for_a_hotspot_and_takes_it_to_its_end(
    open_page: Callable[..., Any],
) -> None:
    page: Page = await open_page("li")
    await expect(page.get_by_test_id("summary")).to_contain_text("最近 30 天收到 6 件")
    spot = page.get_by_test_id("hotspot").filter(has_text="年费")
    await expect(spot).to_contain_text("3 件")
    await expect(spot).not_to_contain_text("王秀英")
    await no_violations(page)
    await spot.get_by_test_id("begin").click()
    await page.get_by_test_id("dialog-go").click()
    await expect(page.get_by_test_id("dialog-wrong")).to_contain_text("请写任务名称")
    await no_violations(page)
    await picture(page, "causes-dialog")
    await page.get_by_test_id("title").fill("年费规则写进开卡告知")
    await page.get_by_test_id("change").fill("开卡时口头并书面告知年费；六个月没刷过的卡不收年费")
    await page.get_by_test_id("owner").select_option(label="老李")
    await page.get_by_test_id("dialog-go").click()
    task = page.get_by_test_id("task")
    await expect(task).to_contain_text("待整改")
    for turn, label in (("start", "整改中"), ("finish", "已整改，待复核")):
        await task.get_by_test_id(f"turn-{turn}").click()
        await page.get_by_test_id("why").fill("已经安排")
        await page.get_by_test_id("dialog-go").click()
        await expect(task).to_contain_text(label)
    await expect(task.get_by_test_id("after")).to_contain_text("改后没有同样的投诉")
    await expect(task.get_by_test_id("turn-check")).to_have_count(0)  # the owner's own work
    await task.get_by_test_id("history").locator("summary").click()
    await expect(task.get_by_test_id("past").locator("li")).to_have_count(3)
    await expect(spot).to_contain_text("整改任务：年费规则写进开卡告知")
    await no_violations(page)
    await picture(page, "causes-wide")


@pytest.mark.parametrize("size", SIZES, ids=["wide", "narrow"])
async def test_an_auditor_reads_without_buttons(
    open_page: Callable[..., Any], size: ViewportSize
) -> None:
    page: Page = await open_page("shen", size)
    await expect(page.get_by_test_id("hotspot").first).to_be_visible()
    await expect(page.get_by_test_id("begin")).to_have_count(0)
    await page.get_by_test_id("days-7").click()
    await expect(page.get_by_test_id("summary")).to_contain_text("最近 7 天收到 6 件")
    wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert wide is False
    await no_violations(page)
    await picture(page, f"causes-auditor-{size['width']}")


async def test_whose_session_ends_is_sent_to_the_sign_in(open_page: Callable[..., Any]) -> None:
    page: Page = await open_page("li")
    await page.context.clear_cookies()
    await page.get_by_test_id("days-7").click()
    await expect(page.get_by_test_id("enter")).to_be_visible()
