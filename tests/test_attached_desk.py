"""What a customer sends beside words is seen at the desk by who serves them, and journalled."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable
from typing import Any

import av
import files
import pytest
from aiohttp.test_utils import TestClient
from browser import chromium, needs_chromium, no_violations, picture
from conftest import PASSWORD, Chat, Clock, Desk
from playwright.async_api import Browser, expect
from test_attachments_api import send
from test_desk_api import event
from test_desk_page import DESKTOP, PHONE, sign_in

from actions import journal
from actions.roles import Role
from audio import Sound
from audio.sound import encode
from bot.app import Gateway
from bot.turn import Json

Client = TestClient[Any, Any]
NewDesk = Callable[..., Any]
SECOND = Sound(bytes(2 * 8_000), 8_000)


async def accepted(desk: Desk) -> int:
    """Take the customer who waits; the conversation."""
    row = (await desk.queue())["waiting"][0]
    await desk.post(f"/handoffs/{row['id']}/accept")
    return int(row["conversation"])


async def shown(desk: Desk, conversation: int) -> list[Json]:
    """The files of the transcript."""
    status, opened = await desk.get(f"/conversations/{conversation}")
    assert status == 200, opened
    return [one for message in opened["messages"] for one in message["attachments"]]


async def looked_at(gateway: Gateway, conversation: int) -> list[tuple[str, str]]:
    subject = f"conversation:{conversation}"
    entries = await gateway.database.read(lambda tx: journal.about(tx, subject))
    return [(one.actor, one.detail) for one in entries if one.action == "attachment.open"]


async def test_the_agent_sees_the_picture_and_that_is_journalled(
    desk: Desk, chat: Chat, gateway: Gateway
) -> None:
    await send(chat, files.png(), "我的电话13812345678.png")
    await chat.say("人工")
    conversation = await accepted(desk)
    (file,) = await shown(desk, conversation)
    assert (file["media_type"], file["name"]) == ("image/png", "我的电话138****5678.png")
    assert await looked_at(gateway, conversation) == []
    got = await desk.http.get(file["address"])
    assert (got.content_type, got.headers["Cache-Control"]) == ("image/png", "no-store")
    assert got.headers["Content-Disposition"] == "inline"
    assert await got.read() == files.png()
    assert await looked_at(gateway, conversation) == [("agent:1", file["id"][:8])]


async def test_a_picture_comes_live_with_its_message(desk: Desk, chat: Chat) -> None:
    await chat.say("人工")
    await accepted(desk)
    async with desk.http.get("/desk/api/events") as agent:
        await event(agent, "mine")
        await send(chat, files.png())
        news = await event(agent, "message")
        assert news["message"]["text"] == "［图片］"
        (file,) = news["message"]["attachments"]
    assert (await desk.http.get(file["address"])).status == 200


async def test_only_who_may_see_the_conversation_gets_its_files(
    desk: Desk, chat: Chat, new_chat: Callable[[], Chat], new_desk: NewDesk, gateway: Gateway
) -> None:
    other: Desk = await new_desk("li", "小李")
    boss: Desk = await new_desk("zhao", "赵班长", Role.SUPERVISOR)
    officer: Desk = await new_desk("lin", "林专员", Role.OFFICER)
    await send(chat, files.png())
    await chat.say("人工")
    conversation = await accepted(desk)
    (file,) = await shown(desk, conversation)
    second = new_chat()
    await second.say("人工")
    elsewhere = await accepted(other)
    for who, address, status in (
        (boss, file["address"], 200),
        (other, file["address"], 404),
        (officer, file["address"], 403),
        (other, file["address"].replace(f"/{conversation}/", f"/{elsewhere}/"), 404),
        (desk, file["address"].replace(file["id"], "0" * 32), 404),
    ):
        assert (await who.http.get(address)).status == status
    stranger = await chat.client.get(file["address"])
    assert stranger.status == 401
    await desk.post(f"/conversations/{conversation}/end", outcome="solved")
    assert (await desk.http.get(file["address"])).status == 404
    assert [actor for actor, _ in await looked_at(gateway, conversation)] == ["agent:3"]


@pytest.mark.parametrize(
    ("content", "media_type", "disposition"),
    [
        (encode(SECOND, "amr", "libopencore_amrnb", 12_200), "audio/ogg", "inline"),
        (encode(SECOND), "audio/ogg", "inline"),
        (b"#!AMR\n" + b"\xff" * 64, "application/octet-stream", "attachment"),
        (files.KINDS["application/pdf"], "application/pdf", "attachment"),
        (files.KINDS["image/heic"], "image/heic", "attachment"),
    ],
    ids=["amr", "ogg", "broken amr", "pdf", "heic"],
)
async def test_a_voice_note_is_made_playable_and_what_no_browser_shows_is_saved(
    desk: Desk, chat: Chat, content: bytes, media_type: str, disposition: str
) -> None:
    await send(chat, content, "文件")
    await chat.say("人工")
    (file,) = await shown(desk, await accepted(desk))
    got = await desk.http.get(file["address"])
    assert (got.content_type, got.headers["Content-Disposition"]) == (media_type, disposition)
    if media_type == "audio/ogg":
        with av.open(io.BytesIO(await got.read()), "r") as container:
            assert container.streams.audio[0].codec_context.name in {"opus", "libopus"}


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@needs_chromium
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_pictures_sounds_and_papers_stand_in_the_transcript(
    browser: Browser,
    client: Client,
    gateway: Gateway,
    clock: Clock,
    chat: Chat,
    size: dict[str, int],
) -> None:
    await gateway.agents.add("wang", "小王", PASSWORD, clock())
    await chat.say("柜台多扣了我二十块手续费")
    await send(chat, files.png(240), "小票.png")
    await chat.say("人工")
    page = await sign_in(browser, client, "wang", size)
    await expect(page.get_by_test_id("waiting")).to_have_count(1)
    await page.get_by_test_id("accept").click()
    image = page.locator("[data-testid=attached-picture] img")
    await image.scroll_into_view_if_needed()
    await page.wait_for_function(
        "(one) => one.complete && one.naturalWidth === 240", arg=await image.element_handle()
    )
    await send(chat, encode(Sound(SECOND.samples, 8_000)), "录音.ogg")
    await send(chat, files.KINDS["application/pdf"], "对账单.pdf")
    await expect(page.get_by_test_id("attached-paper")).to_have_text("对账单.pdf（PDF，1 KB）")
    await expect(page.get_by_test_id("attached-paper")).to_be_in_viewport()
    sound = page.get_by_test_id("attached-sound")
    await sound.evaluate("(one) => { one.muted = true; return one.play(); }")
    await page.wait_for_function("(one) => one.currentTime > 0", arg=await sound.element_handle())
    await no_violations(page)
    await picture(page, f"attached-{size['width']}")
    await page.get_by_test_id("attached-picture").scroll_into_view_if_needed()
    await picture(page, f"attached-picture-{size['width']}")
    await page.get_by_test_id("attached-picture").focus()
    async with page.context.expect_page() as large:
        await page.keyboard.press("Enter")
    opened = await large.value
    await expect(opened.locator("img")).to_be_visible()
