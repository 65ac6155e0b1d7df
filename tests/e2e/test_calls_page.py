"""The 通话 page in a real browser: found, heard for a reason, by keyboard alone as well."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from browser import chromium, needs_chromium, no_violations, picture
from conftest import PASSWORD, Clock
from hotline_calls import TURNS, Hotline
from playwright.async_api import Browser, Page, expect

from actions import journal
from actions.roles import Role
from bot.app import Gateway
from bot.call.times import TurnTimes

pytestmark = needs_chromium
NewDesk = Callable[..., Any]
SIZES = [(1280, 800), (390, 844)]
TOLD = "我要投诉，昨天在城东支行，柜员多扣了二十块，要求退钱，电话13812345678"


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest.fixture
def hotline(gateway: Gateway, client: TestClient[Any, Any], clock: Clock) -> Hotline:
    return Hotline(gateway, clock)


async def busy_day(hotline: Hotline) -> int:
    """Several calls, the last with a complaint; its row."""
    await hotline.call("你好", user="anonymous", ended="hung_up", turns=TURNS[:1])
    hotline.clock.forward(minutes=20)
    await hotline.call("我七十三了", "人工", user="0571-87654321", ended="human")
    hotline.clock.forward(minutes=3)
    await hotline.call(user="13900000000", ended="lost", turns=())
    hotline.clock.forward(minutes=9)
    more = tuple(TurnTimes(0.5 + n / 10, 0.05, 0.005, 0.04, 0.1) for n in range(6))
    return await hotline.call("信用卡年费怎么收", TOLD, "提交", "谢谢", turns=TURNS + more)


async def opened(
    browser: Browser, client: TestClient[Any, Any], size: tuple[int, int], login: str = "sun"
) -> Page:
    """Signed in, on the page."""
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale="zh-CN"
    )
    page = await context.new_page()
    await context.request.post(
        str(client.make_url("/desk/api/sign-in")),
        data={"login": login, "password": PASSWORD},
        headers={"X-Desk": "1"},
    )
    await page.goto(str(client.make_url("/desk/calls")))
    await expect(page.get_by_test_id("total")).to_contain_text("共")
    return page


@pytest.mark.parametrize("size", SIZES)
async def test_a_call_is_found_read_and_heard(
    browser: Browser,
    client: TestClient[Any, Any],
    hotline: Hotline,
    gateway: Gateway,
    new_desk: NewDesk,
    size: tuple[int, int],
) -> None:
    await new_desk("sun", "孙审计", Role.AUDITOR)
    call = await busy_day(hotline)
    page = await opened(browser, client, size)
    await expect(page.get_by_test_id("row")).to_have_count(4)
    await expect(page.get_by_test_id("row").first).to_contain_text("138****5678")
    await expect(page.get_by_test_id("figures-summary")).to_contain_text("13 轮对话")
    await picture(page, f"calls-list-{size[0]}")
    await no_violations(page)
    await page.get_by_test_id("figures-summary").click()
    await no_violations(page)
    await page.get_by_test_id("figures-summary").click()
    await page.get_by_test_id("row").first.click()
    await expect(page.get_by_test_id("title")).to_be_focused()
    await expect(page.get_by_test_id("said")).to_contain_text("年费")
    await expect(page.get_by_test_id("said")).not_to_contain_text("13812345678")
    chart = page.get_by_test_id("chart")
    await chart.scroll_into_view_if_needed()
    await page.wait_for_function(
        "(one) => one.complete && one.naturalWidth > 0", arg=await chart.element_handle()
    )
    await page.get_by_text("看数字").click()
    await expect(page.get_by_test_id("times")).to_contain_text("1025")
    await picture(page, f"calls-times-{size[0]}")
    await no_violations(page)
    await page.get_by_test_id("listen").click()
    await page.get_by_test_id("dialog-go").click()
    await expect(page.get_by_test_id("dialog")).to_contain_text("请写明为什么要听录音")
    await picture(page, f"calls-why-{size[0]}")
    await no_violations(page)
    await page.get_by_test_id("field-reason").fill("核实客户说的扣款经过")
    await page.get_by_test_id("dialog-go").click()
    audio = page.get_by_test_id("audio")
    await expect(audio).to_be_focused()
    await page.wait_for_function(
        "(one) => Math.abs(one.duration - 6) < 0.1", arg=await audio.element_handle()
    )
    await audio.evaluate("(one) => { one.muted = true; one.currentTime = 3; return one.play(); }")
    await page.wait_for_function("(one) => one.currentTime > 3.2", arg=await audio.element_handle())
    await audio.evaluate("(one) => one.pause()")
    await picture(page, f"calls-one-{size[0]}")
    await page.get_by_test_id("jump").last.scroll_into_view_if_needed()
    await expect(audio).to_be_in_viewport()
    await picture(page, f"calls-along-{size[0]}")
    await no_violations(page)
    entries = await gateway.database.read(lambda tx: journal.about(tx, f"call:{call}"))
    assert [(one.action, one.detail) for one in entries] == [
        ("call.listen", "核实客户说的扣款经过")
    ]


async def test_everything_goes_by_keyboard(
    browser: Browser, client: TestClient[Any, Any], hotline: Hotline, new_desk: NewDesk
) -> None:
    await new_desk("sun", "孙审计", Role.AUDITOR)
    await busy_day(hotline)
    page = await opened(browser, client, SIZES[0])
    await page.get_by_test_id("field-ending").focus()
    for _ in range(2):
        await page.keyboard.press("ArrowDown")
    await expect(page.get_by_test_id("row")).to_have_count(1)
    for _ in range(10):
        if await page.get_by_test_id("row").evaluate("(one) => one === document.activeElement"):
            break
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("title")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_test_id("listen")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.type("客户说没有转到人工")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("audio")).to_be_focused()
    jump = page.get_by_test_id("jump").last
    await jump.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".sounding")).to_have_count(1)


async def test_a_recording_that_breaks_off_can_be_asked_for_again(
    browser: Browser, client: TestClient[Any, Any], hotline: Hotline, new_desk: NewDesk
) -> None:
    await new_desk("sun", "孙审计", Role.AUDITOR)
    call = await hotline.call("你好")
    page = await opened(browser, client, SIZES[0])
    await page.route("**/sound?*", lambda route: route.abort())
    await page.goto(str(client.make_url(f"/desk/calls#{call}")))
    for words in ("核实经过", "再听一次"):
        await page.get_by_test_id("listen").click()
        await page.get_by_test_id("field-reason").fill(words)
        await page.get_by_test_id("dialog-go").click()
        await expect(page.get_by_test_id("sound")).to_contain_text("录音放不出来")
    await no_violations(page)


async def test_an_agent_is_told_whose_calls_they_see_and_a_bad_day_is_explained(
    browser: Browser, client: TestClient[Any, Any], hotline: Hotline, new_desk: NewDesk
) -> None:
    await new_desk("wang", "小王")
    await hotline.call("你好")
    page = await opened(browser, client, SIZES[0], "wang")
    await expect(page.locator("#empty")).to_contain_text("自己接待过的客户")
    await page.goto(str(client.make_url("/desk/calls#1")))
    await expect(page.get_by_test_id("notice")).to_contain_text("不是您接待过的客户")
    await no_violations(page)
