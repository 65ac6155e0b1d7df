"""The agents' page in a real browser: everything by keyboard, several customers at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from browser import chromium, needs_chromium, no_violations, picture
from conftest import PASSWORD, Chat, Clock
from playwright.async_api import Browser, Page, expect

from actions.roles import Role
from bot.app import Gateway

pytestmark = needs_chromium
Client = TestClient[Any, Any]
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def sign_in(
    browser: Browser, client: Client, login: str, size: dict[str, int] = DESKTOP
) -> Page:
    context = await browser.new_context(
        viewport={"width": size["width"], "height": size["height"]}, locale="zh-CN"
    )
    page = await context.new_page()
    await page.goto(str(client.make_url("/desk")))
    await page.get_by_test_id("login").fill(login)
    await page.get_by_test_id("password").fill(PASSWORD)
    await page.get_by_test_id("password").press("Enter")
    await expect(page.get_by_test_id("link")).to_have_attribute("data-up", "true")
    return page


@pytest.fixture
async def accounts(gateway: Gateway, client: Client, clock: Clock) -> None:
    add = gateway.agents.add
    await add("wang", "小王", PASSWORD, clock(), roles=[Role.AGENT])
    await add("li", "小李", PASSWORD, clock(), roles=[Role.AGENT], team="信用卡")
    await add("zhao", "赵班长", PASSWORD, clock(), roles=[Role.AGENT, Role.SUPERVISOR])


async def test_a_conversation_from_the_queue_to_its_end_by_keyboard_alone(
    browser: Browser, client: Client, accounts: None, new_chat: Callable[[], Chat]
) -> None:
    page = await sign_in(browser, client, "wang")
    elder, other = new_chat(), new_chat()
    await other.say("我的信用卡被多扣了二十块手续费")
    await other.say("人工")
    await elder.say("我七十三了，上个月买的理财亏了三万块，转人工")
    await expect(page.get_by_test_id("waiting")).to_have_count(2)
    await expect(page.get_by_test_id("waiting").first).to_contain_text("长辈")
    await no_violations(page)
    await page.keyboard.press("Alt+KeyN")
    await expect(page.get_by_test_id("reply")).to_be_focused()
    await expect(page.get_by_test_id("summary")).to_contain_text("亏了三万块")
    await page.keyboard.press("Alt+KeyK")
    await page.keyboard.press("2")
    await expect(page.get_by_test_id("reply")).to_have_value(
        "您好，我是真人客服。您别着急，慢慢说，我一直在。"
    )
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("transcript")).to_contain_text("我一直在")
    await page.keyboard.press("Alt+KeyA")
    await page.get_by_test_id("picker-search").fill("理财亏损")
    await expect(page.get_by_test_id("pick").first).to_contain_text("理财")
    await no_violations(page)
    await picture(page, "picker")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("reply")).not_to_have_value("")
    await page.keyboard.press("Alt+KeyM")
    await page.keyboard.type("客户很着急，请先安抚")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("notes")).to_contain_text("请先安抚")
    await page.keyboard.press("Alt+KeyN")
    await expect(page.get_by_test_id("mine-row")).to_have_count(2)
    await page.keyboard.press("Alt+Digit1")
    await expect(page.get_by_test_id("reply")).not_to_have_value("")
    await picture(page, "desk")
    await no_violations(page)
    await page.get_by_test_id("reply").fill("")
    await page.keyboard.press("Alt+KeyE")
    await page.keyboard.press("1")
    await expect(page.get_by_test_id("mine-row")).to_have_count(1)
    await elder.say("你好")
    assert elder.answer["mode"] == "bot"
    history = await client.get("/api/history", params={"conversation": elder.conversation})
    asked = [one["text"] for one in (await history.json())["messages"]]
    assert any("满意吗" in text for text in asked)
    assert not any("安抚" in text for text in asked)


async def test_masked_words_are_shown_in_full_on_request_and_typing_is_seen(
    browser: Browser, client: Client, accounts: None, chat: Chat
) -> None:
    page = await sign_in(browser, client, "wang")
    await chat.say("我的卡被吞了，手机13812345678")
    await chat.say("人工")
    await expect(page.get_by_test_id("waiting")).to_have_count(1)
    await page.keyboard.press("Alt+KeyN")
    await expect(page.get_by_test_id("transcript")).to_contain_text("138****5678")
    await page.get_by_test_id("reveal").click()
    await expect(page.get_by_test_id("transcript")).to_contain_text("13812345678")
    await client.post("/api/typing", json={"conversation": chat.conversation})
    await expect(page.get_by_test_id("typing")).to_contain_text("正在输入")
    await chat.say("在吗")
    await expect(page.get_by_test_id("transcript")).to_contain_text("在吗")
    await expect(page.get_by_test_id("typing")).to_have_text("")


async def test_a_transfer_reaches_the_colleague_and_a_supervisor_joins_and_takes_over(
    browser: Browser, client: Client, accounts: None, chat: Chat
) -> None:
    wang = await sign_in(browser, client, "wang")
    li = await sign_in(browser, client, "li")
    zhao = await sign_in(browser, client, "zhao")
    await chat.say("信用卡多扣了钱")
    await chat.say("人工")
    await expect(wang.get_by_test_id("waiting")).to_have_count(1)
    await wang.keyboard.press("Alt+KeyN")
    await expect(wang.get_by_test_id("reply")).to_be_focused()
    await wang.keyboard.press("Alt+KeyT")
    await expect(wang.get_by_test_id("pick").first).to_contain_text("信用卡组")
    await wang.keyboard.type("小李")
    await expect(wang.get_by_test_id("pick")).to_have_count(1)
    await wang.keyboard.press("Enter")
    await expect(li.get_by_test_id("waiting")).to_contain_text("转给您")
    await li.keyboard.press("Alt+KeyN")
    await expect(li.get_by_test_id("mine-row")).to_have_count(1)
    await zhao.get_by_test_id("live-row").get_by_role("button").click()
    await expect(zhao.get_by_test_id("closed")).to_contain_text("小李 正在接待")
    await zhao.get_by_test_id("join").click()
    await zhao.get_by_test_id("reply").fill("我是主管，一起帮您看")
    await zhao.get_by_test_id("reply").press("Enter")
    await expect(li.get_by_test_id("transcript")).to_contain_text("一起帮您看")
    await zhao.get_by_test_id("take-over").click()
    await expect(li.get_by_test_id("mine-row")).to_have_count(0)
    await picture(zhao, "supervisor")
    await no_violations(zhao)


async def test_a_promised_call_is_listed_and_ticked_off(
    browser: Browser, client: Client, accounts: None, chat: Chat
) -> None:
    await chat.say("人工")
    assert "给您回电" in chat.text()
    await chat.say("我姓王，电话13812345678，卡被吞了")
    page = await sign_in(browser, client, "wang")
    await expect(page.get_by_test_id("contact")).to_contain_text("138****5678")
    await picture(page, "callbacks")
    await no_violations(page)
    await page.get_by_test_id("contact").click()
    await expect(page.get_by_test_id("contact-shown")).to_have_text("13812345678")
    await page.get_by_test_id("called").click()
    await page.get_by_test_id("called").click()
    await expect(page.get_by_test_id("callback")).to_have_count(0)
    await expect(page.get_by_test_id("waiting")).to_have_count(0)
    await chat.say("你好")
    assert chat.answer["mode"] == "bot"


async def test_the_desk_works_on_a_telephone(
    browser: Browser, client: Client, accounts: None, chat: Chat
) -> None:
    page = await sign_in(browser, client, "wang", PHONE)
    await chat.say("我的存折丢了，里面有三万块")
    await chat.say("人工")
    await expect(page.get_by_test_id("waiting")).to_have_count(1)
    await picture(page, "desk-phone-queue")
    await no_violations(page)
    await page.get_by_test_id("accept").click()
    await expect(page.get_by_test_id("transcript")).to_contain_text("三万块")
    await picture(page, "desk-phone")
    await no_violations(page)
