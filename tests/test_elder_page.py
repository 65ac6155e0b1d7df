"""The elders' page in a real browser: what can be measured is measured."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from browser import chromium, needs_chromium, no_violations, picture
from conftest import Desk
from playwright.async_api import Browser, Page, expect

from bot.app import Gateway
from bot.known import KnownCustomers

pytestmark = needs_chromium
Client = TestClient[Any, Any]
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 800}

LUMINANCE = """
(scope) => {
  const channel = (value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const ground = (node) => {
    for (let one = node; one; one = one.parentElement) {
      const [r, g, b, alpha = 1] = numbers(getComputedStyle(one).backgroundColor);
      if (alpha > 0) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const node of document.querySelectorAll("button, p, a, summary, h1, time, span, textarea")) {
    if (!node.checkVisibility() || !node.textContent.trim() || node.closest(".used")) continue;
    if (node.closest(".unseen, .skip")) continue;
    const [one, other] = [light(numbers(getComputedStyle(node).color)), light(ground(node))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    found.push([ratio, node.className + " " + node.textContent.slice(0, 12)]);
  }
  return found.sort((a, b) => a[0] - b[0])[0];
}
"""
TARGETS = """
() => [...document.querySelectorAll("button, a, summary, textarea")]
  .filter((one) => one.checkVisibility() && !one.closest(".used") && !one.matches(".skip"))
  .map((one) => [Math.min(one.offsetHeight, one.offsetWidth), one.textContent.trim()])
  .sort((a, b) => a[0] - b[0])[0]
"""
STYLE = """
(one) => {
  const style = getComputedStyle(one);
  const size = parseFloat(style.fontSize);
  return {size, leading: parseFloat(style.lineHeight) / size};
}
"""
SIDEWAYS = "() => document.scrollingElement.scrollWidth - window.innerWidth"


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def open_page(
    browser: Browser, client: Client, path: str = "/elder", size: dict[str, int] = PHONE
) -> Page:
    context = await browser.new_context(
        viewport={"width": size["width"], "height": size["height"]}, locale="zh-CN"
    )
    page = await context.new_page()
    await page.goto(str(client.make_url(path)))
    await expect(page.locator("[data-testid=message]").first).to_contain_text("消保小宝")
    return page


async def ask(page: Page, text: str) -> None:
    await page.get_by_test_id("text").fill(text)
    await page.get_by_test_id("text").press("Enter")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_type_contrast_targets_and_leading_are_as_elders_need_them(
    browser: Browser, client: Client, size: dict[str, int]
) -> None:
    page = await open_page(browser, client, size=size)
    await page.wait_for_selector("html.elder")
    await ask(page, "银行卡丢了怎么办")
    await expect(page.get_by_test_id("source").last).to_be_visible()
    body = await page.locator("body").evaluate(STYLE)
    assert body["size"] >= 18
    bubble = await page.locator(".bubble").last.evaluate(STYLE)
    assert bubble["size"] >= 18
    assert min(body["leading"], bubble["leading"]) >= 1.5
    ratio, what = await page.evaluate(LUMINANCE)
    assert ratio >= 7, what
    least, which = await page.evaluate(TARGETS)
    assert least >= 60, which
    assert await page.evaluate(SIDEWAYS) <= 0
    await picture(page, f"elder-{size['width']}")
    await no_violations(page)


async def test_letters_become_larger_still_and_stay_so(browser: Browser, client: Client) -> None:
    page = await open_page(browser, client)
    await page.get_by_test_id("larger").click()
    assert (await page.locator("body").evaluate(STYLE))["size"] >= 24
    await page.reload()
    await page.wait_for_selector("html.elder.larger")
    assert await page.evaluate(SIDEWAYS) <= 0
    await picture(page, "elder-larger")
    await no_violations(page)


async def test_it_can_be_used_at_double_zoom(browser: Browser, client: Client) -> None:
    # Zooming to 200 % halves what a page is given of a 1280 px window.
    page = await open_page(browser, client, size={"width": 640, "height": 400})
    assert await page.evaluate(SIDEWAYS) <= 0
    await expect(page.get_by_test_id("human")).to_be_in_viewport()
    await ask(page, "人工")
    await expect(page.get_by_test_id("state")).to_have_attribute("data-mode", "waiting")
    await picture(page, "elder-zoom")
    await no_violations(page)


async def test_each_message_is_read_aloud_slowly_and_can_be_stopped(
    browser: Browser, client: Client
) -> None:
    page = await open_page(browser, client)
    # Chromium has no voice here, so its own would end at once: what it is asked to say is kept.
    await page.evaluate(
        "() => { window.said = []; window.cancelled = 0;"
        " speechSynthesis.speak = (one) => window.said.push([one.text, one.rate, one.lang]);"
        " speechSynthesis.cancel = () => { window.cancelled += 1; }; }"
    )
    button = page.get_by_test_id("aloud").first
    await button.click()
    await expect(button).to_have_attribute("aria-pressed", "true")
    text, rate, language = await page.evaluate("() => window.said[0]")
    assert "您好" in text
    assert rate < 1
    assert language == "zh-CN"
    await button.click()
    await expect(button).to_have_attribute("aria-pressed", "false")
    assert await page.evaluate("() => window.cancelled") == 2


async def test_what_the_microphone_hears_stands_in_the_box(
    browser: Browser, client: Client
) -> None:
    context = await browser.new_context(
        viewport={"width": PHONE["width"], "height": PHONE["height"]}
    )
    page = await context.new_page()
    await page.add_init_script(
        "window.SpeechRecognition = class {"
        " start() { window.ear = this; }"
        " stop() { this.onend(); } };"
    )
    await page.goto(str(client.make_url("/elder")))
    await page.get_by_test_id("microphone").click()
    await page.evaluate("() => window.ear.onresult({results: [[{transcript: '银行卡丢了'}]]})")
    await expect(page.get_by_test_id("text")).to_have_value("银行卡丢了")
    await page.get_by_test_id("microphone").click()
    await expect(page.get_by_test_id("microphone")).to_have_text("说话")


async def test_somebody_whom_the_directory_knows_to_be_old_gets_it_and_nobody_is_told(
    browser: Browser, client: Client, gateway: Gateway
) -> None:
    persons = gateway.queueing.persons
    await gateway.database.write(
        lambda tx: persons.fill(tx, {"13812345678": 1950}, gateway.clock())
    )
    known = KnownCustomers(gateway.cipher)
    token = await gateway.database.read(lambda tx: known.token(tx, "13812345678"))
    page = await open_page(browser, client, f"/?customer={token}")
    await page.wait_for_selector("html.elder")
    assert "customer" not in page.url
    assert "1950" not in await page.content()


async def test_the_agent_is_seen_typing_and_the_service_is_judged_by_one_tap(
    browser: Browser, client: Client, desk: Desk
) -> None:
    page = await open_page(browser, client)
    await page.get_by_test_id("human").click()
    await expect(page.get_by_test_id("state")).to_have_attribute("data-mode", "waiting")
    waiting = (await desk.queue())["waiting"][0]
    path = f"/conversations/{waiting['conversation']}"
    assert (await desk.post(f"/handoffs/{waiting['id']}/accept"))[0] == 200
    await expect(page.get_by_test_id("state")).to_have_attribute("data-mode", "human")
    assert (await desk.post(f"{path}/typing"))[0] == 200
    await expect(page.get_by_test_id("typing")).to_contain_text("正在输入")
    await desk.post(f"{path}/messages", text="您好", id="a-1")
    await expect(page.get_by_test_id("typing")).to_be_hidden()
    await desk.post(f"{path}/end", outcome="solved")
    happy = page.locator('[data-testid=choice][data-payload="/rate:3"]')
    await expect(happy).to_be_visible()
    await picture(page, "elder-rate")
    await happy.click()
    await expect(page.locator("[data-testid=message]").last).to_contain_text("谢谢您的评价")
    await no_violations(page)
