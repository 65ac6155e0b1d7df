"""The officers' page in a real browser: found, read, answered, by keyboard alone as well."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from browser import chromium, needs_chromium, no_violations, picture
from conftest import PASSWORD, Chat, Clock
from playwright.async_api import Browser, Locator, Page, expect

from actions.complaints import Draft, Step
from actions.deadlines import Deadlines
from actions.register import Origin, SqlRegister
from actions.roles import Role
from actions.steps import Actor, Move
from bot.app import Gateway
from bot.settings import Complaints, Settings

pytestmark = needs_chromium
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
DRAFT = Draft(
    "柜台多扣了我二十块手续费，问了三次都说不清楚，我的卡号是6228480402564890018",
    "信用卡",
    "上周五上午，城东支行",
    "退还费用，赔礼道歉",
    "13812345678",
)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(
        update={"complaints": Complaints(branches=("城东支行", "城西支行", "营业部"))}
    )


class Bank:
    """A bank with an officer, an approver and some complaints."""

    def __init__(self, gateway: Gateway, client: TestClient[Any, Any], clock: Clock) -> None:
        self.gateway = gateway
        self.url = str(client.make_url("/"))
        self.clock = clock
        self.register = SqlRegister(gateway.cipher, Deadlines(), gateway.settings.bank.zone)

    async def open(self) -> None:
        for login, name, roles in (
            ("lin", "林专员", {Role.OFFICER}),
            ("zhao", "赵审批", {Role.APPROVER}),
            ("sun", "孙审计", {Role.AUDITOR}),
        ):
            await self.gateway.agents.add(login, name, PASSWORD, self.clock(), roles=roles)

    async def receive(self, draft: Draft = DRAFT, origin: Origin | None = None) -> str:
        where = origin or Origin("desk")
        received = await self.gateway.database.write(
            lambda tx: self.register.receive(tx, where, draft, self.clock())
        )
        return received.number

    async def take(self, number: str, *steps: Step, who: int = 1, **more: Any) -> None:
        roles = {1: Role.OFFICER, 2: Role.APPROVER}
        for step in steps:
            move = Move(step, Actor(who, frozenset({roles[who]})), **{"why": "事由", **more})

            def write(tx: Any, move: Move = move) -> None:
                self.register.move(tx, number, move, self.clock())

            await self.gateway.database.write(write)

    async def page(
        self, browser: Browser, login: str = "lin", size: dict[str, int] = DESKTOP
    ) -> Page:
        """Signed in, on the officers' page."""
        context = await browser.new_context(
            viewport={"width": size["width"], "height": size["height"]}, locale="zh-CN"
        )
        page = await context.new_page()
        await page.goto(f"{self.url}desk")
        await page.get_by_test_id("login").fill(login)
        await page.get_by_test_id("password").fill(PASSWORD)
        await page.get_by_test_id("enter").click()
        await expect(page.get_by_test_id("total")).to_contain_text("共")
        return page


@pytest.fixture
async def bank(gateway: Gateway, client: TestClient[Any, Any], clock: Clock) -> Bank:
    made = Bank(gateway, client, clock)
    await made.open()
    return made


def row(page: Page, number: str) -> Locator:
    return page.locator(f'[data-testid=row][href="#{number}"]')


async def test_a_complaint_is_found_read_and_answered_and_the_customer_reads_it(
    browser: Browser, bank: Bank, chat: Chat, clock: Clock
) -> None:
    await chat.say("你好")
    old = await bank.receive(DRAFT)
    clock.now += dt.timedelta(days=13)
    number = await bank.receive(DRAFT, Origin("web", 1, elder=True))
    other = await bank.receive(Draft("大堂经理说话很凶", "网点服务", "昨天", "道歉", "不留"))
    await bank.take(other, Step.MERGE, to=number)
    await bank.take(old, Step.ACCEPT, Step.ASK_EXTENSION)
    page = await bank.page(browser)
    await expect(page.get_by_test_id("bucket-soon")).to_contain_text("1")
    await page.get_by_test_id("search").fill("手续费")
    await page.get_by_test_id("find").click()
    await expect(page.get_by_test_id("total")).to_have_text("共 2 件")
    await row(page, number).click()
    await expect(page.get_by_test_id("number")).to_have_text(f"投诉 {number}")
    await expect(page.get_by_test_id("complaint")).to_contain_text("138****5678")
    await no_violations(page)
    for step in ("accept", "start"):
        await page.get_by_test_id(f"step-{step}").click()
        await page.get_by_test_id("step-go").click()
        await expect(page.locator(f"[data-step={step}]")).to_be_visible()
    await picture(page, "complaints")
    await page.get_by_test_id("step-answer").click()
    await page.get_by_test_id("field-template").select_option(label="退费类：已经退还费用")
    await page.get_by_test_id("step-go").click()
    await expect(page.get_by_test_id("step-form")).to_contain_text("还有没填的内容：{核查情况}")
    await picture(page, "complaints-gaps")
    await no_violations(page)
    await page.get_by_test_id("field-why").fill("已退还二十元，请您查收。")
    await page.get_by_test_id("step-go").click()
    await expect(page.locator("[data-step=answer]")).to_contain_text("已退还二十元")
    await expect(page.get_by_test_id("notice")).to_contain_text("已做“答复”")
    history = await chat.client.get("/api/history", params={"conversation": chat.conversation})
    last = (await history.json())["messages"][-1]
    assert "已退还二十元，请您查收。" in last["text"]
    await picture(page, "complaints-answered")
    await page.get_by_test_id("step-code").click()
    await expect(page.get_by_test_id("coding-channel")).to_be_focused(timeout=30_000)
    await page.get_by_test_id("coding-business").select_option("信用卡")
    await picture(page, "complaints-coding")
    await no_violations(page)
    await page.get_by_test_id("step-go").click()
    await expect(page.locator("[data-step=code]")).to_be_visible()
    await page.get_by_test_id("step-close").click()
    await page.get_by_test_id("step-go").click()
    await expect(page.get_by_test_id("complaint")).to_contain_text("已办结")


async def test_from_sign_in_to_an_answered_complaint_by_keyboard_alone(
    browser: Browser, bank: Bank
) -> None:
    number = await bank.receive()
    context = await browser.new_context(locale="zh-CN")
    page = await context.new_page()
    await page.goto(f"{bank.url}desk")
    await expect(page.get_by_test_id("login")).to_be_focused()
    await page.keyboard.type("lin")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("total")).to_have_text("共 1 件")
    await tab_to(page, row(page, number))
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("number")).to_be_focused()
    for step, words in (("accept", ""), ("told", "电话告知，上午十点"), ("start", "")):
        await take_by_keyboard(page, step, words)
    await take_by_keyboard(page, "answer", "已退还二十元。")
    await expect(page.get_by_test_id("complaint")).to_contain_text("已答复")


async def take_by_keyboard(page: Page, step: str, words: str) -> None:
    await tab_to(page, page.get_by_test_id(f"step-{step}"))
    await page.keyboard.press("Enter")
    if words:
        await tab_to(page, page.get_by_test_id("field-why"))
        await page.keyboard.type(words)
        await page.keyboard.press("Control+Enter")
    else:
        await expect(page.get_by_test_id("step-go")).to_be_focused()
        await page.keyboard.press("Enter")
    await expect(page.locator(f"[data-step={step}]")).to_be_visible()
    await expect(page.get_by_test_id("number")).to_be_focused()


async def tab_to(page: Page, wanted: Locator, *, backwards: bool = False) -> None:
    """Press Tab until `wanted` has the focus."""
    await expect(wanted).to_be_visible()
    for _ in range(40):
        if await wanted.evaluate("node => node === document.activeElement"):
            return
        await page.keyboard.press("Shift+Tab" if backwards else "Tab")
    raise AssertionError(f"{wanted} cannot be reached by Tab")


async def test_a_stale_step_is_refused_and_what_was_written_stays(
    browser: Browser, bank: Bank
) -> None:
    number = await bank.receive()
    page = await bank.page(browser)
    await row(page, number).click()
    await page.get_by_test_id("step-note").click()
    await page.get_by_test_id("field-why").fill("已经联系客户")
    await bank.take(number, Step.ACCEPT)
    await page.get_by_test_id("step-go").click()
    await expect(page.get_by_test_id("notice")).to_contain_text("又有了新的变化")
    await expect(page.get_by_test_id("field-why")).to_have_value("已经联系客户")
    await expect(page.locator("[data-step=accept]")).to_be_visible()
    await page.get_by_test_id("step-go").click()
    await expect(page.locator("[data-step=note]")).to_contain_text("已经联系客户")


async def test_personal_data_is_seen_for_a_reason_and_only_this_time(
    browser: Browser, bank: Bank
) -> None:
    number = await bank.receive()
    page = await bank.page(browser, "sun")
    await row(page, number).click()
    await expect(page.get_by_test_id("steps")).to_contain_text("没有可以做的步骤")
    await page.get_by_test_id("reveal").click()
    await page.get_by_test_id("field-reason").fill("看看")
    await page.get_by_test_id("dialog-go").click()
    await expect(page.get_by_test_id("dialog")).to_contain_text("请写明为什么")
    await picture(page, "complaints-reveal")
    await no_violations(page)
    await page.get_by_test_id("field-reason").fill("年度审计抽查")
    await page.get_by_test_id("dialog-go").click()
    await expect(page.get_by_test_id("complaint")).to_contain_text("13812345678")
    await no_violations(page)
    await page.reload()
    await expect(page.get_by_test_id("complaint")).to_contain_text("138****5678")


async def test_files_are_downloaded(browser: Browser, bank: Bank, tmp_path: Path) -> None:
    number = await bank.receive()
    page = await bank.page(browser)
    async with page.expect_download() as waiting:
        await page.get_by_test_id("export").click()
        await page.get_by_test_id("dialog-go").click()
    download = await waiting.value
    await download.save_as(tmp_path / "found.xlsx")
    assert (tmp_path / "found.xlsx").read_bytes().startswith(b"PK")
    await row(page, number).click()
    async with page.expect_download() as waiting:
        await page.get_by_test_id("print").click()
        await page.get_by_test_id("dialog-go").click()
    download = await waiting.value
    assert download.suggested_filename == f"{number}.pdf"
    await download.save_as(tmp_path / "one.pdf")
    assert (tmp_path / "one.pdf").read_bytes().startswith(b"%PDF")


async def test_a_complaint_is_written_down_at_the_counter_on_a_narrow_screen(
    browser: Browser, bank: Bank
) -> None:
    page = await bank.page(browser, size=PHONE)
    await picture(page, "complaints-phone-list")
    await page.get_by_test_id("new").click()
    await expect(page.get_by_test_id("field-what")).to_be_focused()
    await page.get_by_test_id("field-what").fill("取款机吞了我的卡，没人管")
    await page.get_by_test_id("intake-go").click()
    await expect(page.get_by_test_id("intake")).to_contain_text("请填写涉及业务")
    await picture(page, "complaints-phone-new")
    await no_violations(page)
    await page.get_by_test_id("field-product").select_option("银行卡或存款")
    await page.get_by_test_id("field-when_where").fill("今天上午，城东支行")
    await page.get_by_test_id("field-wants").fill("马上取卡")
    await page.get_by_test_id("field-contact").fill("13812345678")
    await page.get_by_test_id("intake-go").click()
    await expect(page.get_by_test_id("number")).to_contain_text("2026")
    await expect(page.get_by_test_id("notice")).to_contain_text("已登记，编号")
    await picture(page, "complaints-phone-one")
    await no_violations(page)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.get_by_role("button", name="返回列表").click()
    await expect(page.get_by_test_id("row")).to_be_focused()


async def test_an_officer_signs_out_where_they_work(browser: Browser, bank: Bank) -> None:
    page = await bank.page(browser)
    await expect(page.get_by_test_id("to-desk")).to_be_hidden()  # no role for it
    await page.get_by_test_id("leave").click()
    await expect(page.get_by_test_id("login")).to_be_visible()
    await page.goto(f"{bank.url}desk/complaints")
    await expect(page.get_by_test_id("login")).to_be_visible()
