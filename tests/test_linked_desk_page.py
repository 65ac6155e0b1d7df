"""One time line of a person's channels, and what could not be delivered, on the desk's page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

import pytest
from browser import chromium, needs_chromium, no_violations, picture
from conftest import PASSWORD, Clock
from lines import Bank, PlatformLine, WebLine, telegram
from playwright.async_api import expect
from test_desk_page import DESKTOP, PHONE, sign_in

from bot.settings import Settings

pytestmark = needs_chromium


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
async def size(request: pytest.FixtureRequest) -> dict[str, int]:
    size: dict[str, int] = request.param
    return size


@pytest.fixture
async def bank(settings: Settings, clock: Clock) -> AsyncIterator[Bank]:
    async with telegram(settings, clock) as bank:
        await bank.gateway.agents.add("wang", "小王", PASSWORD, clock())
        yield bank


async def test_the_agent_sees_one_time_line_and_what_did_not_arrive(
    bank: Bank, size: dict[str, int]
) -> None:
    page_line, phone = WebLine(bank.client), cast(PlatformLine, bank.line(1))
    await page_line.say("上周买的理财亏了两千块")
    await page_line.say("绑定")
    code = (await page_line.shown("绑定码是"))[-1].partition("绑定 ")[2][:8]
    await phone.say(f"绑定{code}")
    await phone.shown("已经绑定")
    await phone.say("人工")
    await phone.shown("排队")
    async with chromium() as browser:
        page = await sign_in(browser, bank.client, "wang", size)
        await page.get_by_test_id("waiting").first.wait_for()
        await page.keyboard.press("Alt+KeyN")
        elsewhere = page.locator(".message-elsewhere.message-customer").first
        await expect(elsewhere).to_contain_text("在网页")
        await expect(elsewhere).to_contain_text("理财亏了两千块")
        await phone.shown("客服小王来了")
        await phone.vanish()
        await page.get_by_test_id("reply").fill("您好，我在")
        await page.get_by_test_id("reply").press("Enter")
        await expect(page.locator(".message-desk")).to_contain_text("没有送到客户")
        await no_violations(page)
        await picture(page, f"linked-{size['width']}")
