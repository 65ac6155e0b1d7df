"""A call from a real browser with a microphone that plays a file."""

from __future__ import annotations

import asyncio
import math
import struct
import wave
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient
from browser import chromium, needs_chromium, no_violations, picture
from conftest import Clock, Server
from exchange import Logic
from playwright.async_api import Browser, Page, expect
from speech import MODEL, needs_model

from bot.app import Gateway, assemble
from bot.application import application
from bot.call.line import Line
from bot.channels.web import web_address
from bot.conversations import ConversationStore
from bot.hearing_settings import Hearing
from bot.lines.browser import TOKEN_S, BrowserCalls
from bot.lines.legs import Legs
from bot.lines.watch import Watch
from bot.settings import Settings
from bot.turn import Turn

Client = TestClient[Any, Any]
PITCH = 1_000
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}
TARGETS = """
() => [...document.querySelectorAll("button")].filter((one) => one.checkVisibility())
  .map((one) => [Math.min(one.offsetHeight, one.offsetWidth), one.textContent])
  .sort((a, b) => a[0] - b[0])[0]
"""
COUNT_SOUNDS = """
window.started = window.stopped = 0;
const { start, stop } = AudioBufferSourceNode.prototype;
AudioBufferSourceNode.prototype.start = function (...when) {
  window.started += 1;
  return start.apply(this, when);
};
AudioBufferSourceNode.prototype.stop = function (...when) {
  window.stopped += 1;
  return stop.apply(this, when);
};
"""


def tone(rate: int, seconds: float, level: int = 9_000) -> bytes:
    count = int(rate * seconds)
    wave_ = (int(level * math.sin(2 * math.pi * PITCH * n / rate)) for n in range(count))
    return struct.pack(f"<{count}h", *wave_)


def pitch(samples: bytes, rate: int) -> float:
    """By how often it crosses zero upwards."""
    values = struct.unpack(f"<{len(samples) // 2}h", samples)
    crossings = sum(one < 0 <= other for one, other in pairwise(values))
    return float(crossings / len(values) * rate)


class Calls:
    """The gateway with a call logic that a test speaks for."""

    def __init__(self, gateway: Gateway, clock: Clock) -> None:
        self.gateway = gateway
        self.logic = Logic()
        self.watch = Watch(gateway.settings.data_dir / "watchdog.sock", ())
        self.legs = Legs(self.logic, self.watch, 1)
        self.store = ConversationStore(gateway.cipher, gateway.outbox)
        page = {"bank_name": "农业银行", "hotline": "95599", "sample": True}
        self.browser = BrowserCalls(
            *(self.legs, self.watch, gateway.cipher, gateway.database, self.store, clock, page)
        )

    async def turn(self, line: Line, text: str) -> None:
        """What the call logic does with words."""
        assert line.address
        known = await self.gateway.database.read(
            lambda tx: self.store.find(tx, line.address)  # type: ignore[arg-type]  # asserted above
        )
        turn = Turn(line.address, f"{line.call}-1", self.gateway.clock(), text)
        await self.gateway.switchboard.hear(turn, is_new=known is None)


@pytest.fixture
async def calls(gateway: Gateway, clock: Clock) -> Calls:
    return Calls(gateway, clock)


@pytest.fixture
async def bank(calls: Calls) -> AsyncIterator[Client]:
    telephony = replace(calls.gateway.telephony, browser=calls.browser)
    app = application(replace(calls.gateway, telephony=telephony))

    async def end(_app: Any) -> None:
        await calls.legs.close()

    app.on_shutdown.append(end)
    async with TestClient(Server(app)) as client:
        yield client


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    recording = tmp_path / "microphone.wav"
    with wave.open(str(recording), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        file.writeframes(tone(48_000, 2))
    async with chromium(
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={recording}",
        "--autoplay-policy=no-user-gesture-required",
        "--host-resolver-rules=MAP gateway.test 127.0.0.1",
    ) as browser:
        yield browser


async def open_page(
    browser: Browser, bank: Client, size: dict[str, int] = PHONE, *, allowed: bool = True
) -> Page:
    context = await browser.new_context(
        viewport={"width": size["width"], "height": size["height"]}, locale="zh-CN"
    )
    if allowed:
        await context.grant_permissions(["microphone"])
    page = await context.new_page()
    await page.add_init_script(COUNT_SOUNDS)
    await page.goto(str(bank.make_url("/call")))
    return page


async def dial(page: Page, calls: Calls) -> Line:
    await page.get_by_test_id("dial").click()
    line = await calls.logic.lines.get()
    await expect(page.get_by_test_id("state")).to_have_text("通话中，请说话")
    return line


async def until(page: Page, holds: str) -> None:
    """Playwright's own waiting needs eval, which the page forbids."""
    while not await page.evaluate(holds):
        pass


async def secret(page: Page) -> str:
    return str(await page.evaluate("localStorage.getItem('xiaobao.conversation')"))


@needs_chromium
async def test_what_the_microphone_hears_arrives_at_16_khz_and_what_is_said_is_heard(
    browser: Browser, bank: Client, calls: Calls
) -> None:
    page = await open_page(browser, bank)
    line = await dial(page, calls)
    assert line.rate == 16_000
    assert line.address == web_address(await secret(page))
    while len(calls.logic.sound(line.call)) < 2 * line.rate * 2:
        await asyncio.sleep(0.02)
    # A second from the middle: echo cancelling and gain need a moment.
    heard = calls.logic.sound(line.call)[2 * line.rate : 4 * line.rate]
    assert pitch(heard, line.rate) == pytest.approx(PITCH, rel=0.05)
    await line.play(tone(16_000, 0.5))
    await line.played()  # the page says so
    playing = asyncio.create_task(line.play(tone(16_000, 30)))
    await until(page, "window.started > 5")
    await line.hush()
    await playing
    await until(page, "window.stopped > 0")
    await line.play(tone(16_000, 0.1))
    await line.played()
    await page.get_by_test_id("dial").click()
    await expect(page.get_by_test_id("state")).to_have_text("已挂断")
    await calls.logic.over[line.call].wait()


@needs_chromium
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_the_page_is_large_clear_and_free_of_barriers(
    browser: Browser, bank: Client, calls: Calls, size: dict[str, int]
) -> None:
    page = await open_page(browser, bank, size)
    name = f"call-{size['width']}"
    await expect(page.get_by_test_id("human")).to_be_in_viewport(ratio=1)
    await no_violations(page)
    await picture(page, f"{name}-before")
    line = await dial(page, calls)
    await calls.turn(line, "银行卡丢了怎么办")
    await line.play(tone(16_000, 0.2))
    await expect(page.get_by_test_id("captions")).to_contain_text("银行卡丢了怎么办")
    await expect(page.get_by_test_id("captions")).to_contain_text("挂失")
    await picture(page, f"{name}-during")
    await page.get_by_test_id("keys").click()
    for digit in "1#":
        await page.locator(f"#keypad [data-key='{digit}']").click()
    while calls.logic.keys(line.call) != "1#":
        await asyncio.sleep(0)
    await expect(page.get_by_test_id("human")).to_be_in_viewport(ratio=1)
    await expect(page.get_by_test_id("dial")).to_be_in_viewport(ratio=1)
    smallest, what = await page.evaluate(TARGETS)
    assert smallest >= 48, what
    assert await page.evaluate("document.scrollingElement.scrollWidth <= window.innerWidth")
    await no_violations(page)
    await picture(page, f"{name}-keypad")


@needs_chromium
@pytest.mark.parametrize("way", ["button", "key 0"])
@pytest.mark.parametrize("talked", [False, True])
async def test_one_step_brings_a_human_in_the_chat_whatever_the_call_does(
    browser: Browser, bank: Client, calls: Calls, way: str, *, talked: bool
) -> None:
    page = await open_page(browser, bank)
    line = await dial(page, calls)
    if talked:
        await calls.turn(line, "银行卡丢了怎么办")
    if way == "button":
        await page.get_by_test_id("human").click()
    else:
        await page.get_by_test_id("keys").click()
        await page.locator("#keypad [data-key='0']").click()
    await page.wait_for_url("**/")
    await expect(page.locator("[data-testid=state][data-mode=waiting]")).to_be_visible()
    if talked:
        await expect(page.get_by_test_id("log")).to_contain_text("银行卡丢了怎么办")
    await calls.logic.over[line.call].wait()


@needs_chromium
async def test_before_any_call_one_step_brings_a_human_too(browser: Browser, bank: Client) -> None:
    page = await open_page(browser, bank, allowed=False)
    await page.get_by_test_id("human").click()
    await page.wait_for_url("**/")
    await expect(page.locator("[data-testid=state][data-mode=waiting]")).to_be_visible()


@needs_chromium
async def test_where_the_bot_passes_on_the_same_conversation_goes_on_as_a_chat(
    browser: Browser, bank: Client, calls: Calls
) -> None:
    page = await open_page(browser, bank)
    line = await dial(page, calls)
    await calls.turn(line, "转人工")
    calls.watch.note(line.call, "agent;reason=human;elder=0;summary=")
    await line.end()
    await expect(page.get_by_test_id("hint")).to_contain_text("客服会用文字和您接着说")
    await picture(page, "call-390-handoff")
    await page.wait_for_url("**/")
    await expect(page.locator("[data-testid=state][data-mode=waiting]")).to_be_visible()
    messages = page.locator("[data-testid=message].message-customer")
    await expect(messages).to_have_count(1)


@needs_chromium
async def test_a_goodbye_a_break_and_a_busy_line_are_told_apart(
    browser: Browser, bank: Client, calls: Calls
) -> None:
    page = await open_page(browser, bank)
    line = await dial(page, calls)
    calls.watch.note(line.call, "bye")
    await line.end()
    await expect(page.get_by_test_id("state")).to_have_text("通话结束")
    line = await dial(page, calls)
    other = await open_page(browser, bank)
    await other.get_by_test_id("dial").click()
    await expect(other.get_by_test_id("notice")).to_contain_text("现在打电话的人多")
    await picture(other, "call-390-busy")
    await no_violations(other)
    connection: Any = line
    connection._socket._req.transport.abort()
    await expect(page.get_by_test_id("state")).to_have_text("通话断了")
    await expect(page.get_by_test_id("dial")).to_have_text("拨打")


@needs_chromium
async def test_a_refused_microphone_and_a_page_without_tls_are_explained(
    browser: Browser, bank: Client
) -> None:
    page = await open_page(browser, bank, allowed=False)
    await page.get_by_test_id("dial").click()
    await expect(page.get_by_test_id("notice")).to_contain_text("允许麦克风")
    await expect(page.get_by_test_id("dial")).to_have_text("拨打")
    await picture(page, "call-390-refused")
    await no_violations(page)
    await page.goto(f"http://gateway.test:{bank.port}/call")
    await expect(page.get_by_test_id("notice")).to_contain_text("不是安全连接")
    await page.get_by_test_id("dial").click()
    await expect(page.get_by_test_id("state")).to_have_text("还没有接通")


# Who may connect


async def token(bank: Client, **body: str) -> str:
    response = await bank.post("/api/call", json=body)
    assert response.status == 200, await response.text()
    return str((await response.json())["token"])


async def connected(bank: Client, token_: str, origin: str | None = None) -> int:
    """The status of the handshake."""
    own = f"http://127.0.0.1:{bank.port}"
    headers = {} if origin == "" else {"Origin": origin or own}
    try:
        async with bank.session.ws_connect(
            bank.make_url("/media").with_query(token=token_),
            protocols=("media",),
            headers=headers,
        ) as socket:
            await socket.send_str('{"event": "MEDIA_START", "format": "slin16"}')
            said = await socket.receive_json()
            assert said["command"] == "HANGUP"
    except aiohttp.WSServerHandshakeError as error:
        return error.status
    return 101


async def test_only_our_own_page_with_a_fresh_token_gets_a_line(
    bank: Client, calls: Calls, clock: Clock
) -> None:
    calls.logic.returns = True
    good = await token(bank)
    assert await connected(bank, good) == 101
    assert await connected(bank, good, "https://evil.example") == 403
    assert await connected(bank, good, "null") == 403
    assert await connected(bank, good, "") == 403
    assert await connected(bank, good[:-4] + "AAA=") == 403
    assert await connected(bank, "") == 403
    assert await connected(bank, "转人工") == 403
    clock.forward(seconds=TOKEN_S + 1)
    assert await connected(bank, good) == 403


async def test_a_call_goes_on_with_a_conversation_that_exists_and_with_no_other(
    bank: Client, calls: Calls
) -> None:
    chat = await (await bank.post("/api/messages", json={"text": "你好"})).json()
    known = await bank.post("/api/call", json={"conversation": chat["conversation"]})
    assert (await known.json())["conversation"] == chat["conversation"]
    unknown = await bank.post("/api/call", json={"conversation": "made-up"})
    assert (await unknown.json())["conversation"] != "made-up"


@needs_model
async def test_the_chat_leads_to_the_call_where_a_caller_would_be_heard(
    settings: Settings, client: Client, clock: Clock
) -> None:
    assert 'href="/call"' not in await (await client.get("/")).text()
    hearing = Hearing(model=MODEL)
    able = assemble(settings.model_copy(update={"hearing": hearing}), clock=clock)
    async with TestClient(Server(application(able))) as other:
        assert 'href="/call"' in await (await other.get("/")).text()


async def test_dialling_again_and_again_is_slowed_down(bank: Client) -> None:
    for _ in range(12):
        await token(bank)
    refused = await bank.post("/api/call", json={})
    assert refused.status == 429
    assert "请等" in (await refused.json())["error"]["message"]
