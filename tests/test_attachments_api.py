"""Pictures and voice notes over HTTP: sealed, counted, joined to their complaint."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import files
import pytest
from aiohttp import FormData, MultipartWriter
from aiohttp.test_utils import TestClient
from conftest import Chat, Clock
from sqlalchemy import event

from actions.attachments import Attachment
from actions.errors import NotAllowed
from actions.uploads import MAX_BYTES, MAX_FILES
from bot.app import Gateway
from bot.turn import Json

Client = TestClient[Any, Any]
TOLD_AT_ONCE = "昨天在城东支行，柜员给我的信用卡多扣了二十块，要求退钱，电话13812345678"


async def send(
    chat: Chat, content: bytes, name: str = "小票.png", id_: str = ""
) -> tuple[int, Json]:
    form = FormData(quote_fields=False)  # as browsers write names
    if chat.conversation:
        form.add_field("conversation", chat.conversation)
    if id_:
        form.add_field("id", id_)
    form.add_field("file", io.BytesIO(content), filename=name)
    response = await chat.client.post("/api/attachments", data=form)
    answer = await response.json()
    if response.status == 200:
        chat.answer, chat.conversation = answer, answer["conversation"]
    return response.status, answer


async def complain(chat: Chat) -> str:
    await chat.say(f"我要投诉，{TOLD_AT_ONCE}")
    await chat.tap("/submit")
    return str(chat.answer["replies"][0]["complaint"]["number"])


async def files_of(gateway: Gateway, number: str) -> list[Attachment]:
    return await gateway.database.read(lambda tx: gateway.attachments.of(tx, number))


def folder(gateway: Gateway) -> Path:
    return gateway.settings.data_dir / "attachments"


def on_disk(gateway: Gateway) -> list[Path]:
    return sorted(folder(gateway).iterdir()) if folder(gateway).exists() else []


async def test_a_picture_sent_before_the_complaint_is_registered_with_it(
    chat: Chat, gateway: Gateway
) -> None:
    status, _ = await send(chat, files.png())
    assert status == 200
    assert "图片收到了" in chat.text()
    assert "/complain" in chat.buttons()
    number = await complain(chat)
    assert "1个附件" in chat.text()
    (kept,) = await files_of(gateway, number)
    assert (kept.media_type, kept.name) == ("image/png", "小票.png")
    assert kept.digest == hashlib.sha256(files.png()).hexdigest()
    assert gateway.attachments.open(kept.id) == files.png()


async def test_a_picture_in_the_middle_of_the_intake_is_taken_and_the_question_asked_again(
    chat: Chat, gateway: Gateway
) -> None:
    await chat.say("我要投诉")
    await send(chat, files.png())
    assert "图片收到了" in chat.text()
    assert "发生了什么事" in chat.text()
    await chat.say(TOLD_AT_ONCE)
    await send(chat, files.KINDS["audio/amr"], "录音.amr")
    assert "录音收到了" in chat.text()
    await chat.tap("/submit")
    number = chat.answer["replies"][0]["complaint"]["number"]
    assert len(await files_of(gateway, number)) == 2


async def test_a_picture_after_the_complaint_supplements_it(chat: Chat, gateway: Gateway) -> None:
    number = await complain(chat)
    await send(chat, files.png())
    await send(chat, files.KINDS["application/pdf"], "对账单.pdf")
    assert "/answer:补充附件" in chat.buttons()
    assert await files_of(gateway, number) == []
    await chat.say("就这些")
    assert "已补充" in chat.text()
    assert len(await files_of(gateway, number)) == 2


async def test_what_customers_send_is_sealed_and_readable_by_the_gateway_alone(
    chat: Chat, gateway: Gateway
) -> None:
    await send(chat, files.png(), "王秀英的存折.png")
    (path,) = on_disk(gateway)
    assert path.stat().st_mode & 0o777 == 0o600
    assert folder(gateway).stat().st_mode & 0o777 == 0o700
    assert b"IHDR" not in path.read_bytes()
    for database in gateway.settings.data_dir.glob("xiaobao.sqlite3*"):
        assert "王秀英".encode() not in database.read_bytes()


async def test_the_same_upload_again_gets_the_same_answer_and_is_kept_once(
    chat: Chat, gateway: Gateway
) -> None:
    await chat.say("你好")
    first = await send(chat, files.png(), id_="u-1")
    assert await send(chat, files.png(), id_="u-1") == first
    (sent,) = first[1]["attachments"]
    assert sent["id"] == on_disk(gateway)[0].name
    assert len(on_disk(gateway)) == 1


@pytest.mark.parametrize(
    ("content", "status", "says"),
    [
        (b"", 400, "空的"),
        (b"<html></html>", 400, "照片"),
        (files.JPEG + b"\0" * MAX_BYTES, 413, "10 MB"),
    ],
    ids=["empty", "page", "large"],
)
async def test_a_file_that_cannot_be_taken_is_answered_with_a_sentence(
    chat: Chat, gateway: Gateway, content: bytes, status: int, says: str
) -> None:
    answered, answer = await send(chat, content)
    assert answered == status
    assert says in answer["error"]["message"]
    assert on_disk(gateway) == []


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Type": "application/json"}, b"{}"),
        ({"Content-Type": "multipart/form-data"}, b"--x"),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b""),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"--y\r\n\r\nabc"),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x\r\nno colon\r\n\r\nabc"),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x\r\n\r\n\xff\xfe\r\n--x--"),
        (
            {"Content-Type": "multipart/form-data; boundary=x"},
            b'--x\r\nContent-Disposition: form-data; name="id"\r\n\r\n\xff\xfe\r\n--x--',
        ),
    ],
)
async def test_a_body_that_is_no_form_is_answered_with_a_sentence(
    client: Client, headers: dict[str, str], body: bytes
) -> None:
    response = await client.post("/api/attachments", data=body, headers=headers)
    assert response.status == 400
    assert "再发" in (await response.json())["error"]["message"]


async def test_a_form_within_a_form_is_refused(client: Client) -> None:
    with MultipartWriter("form-data") as inner, MultipartWriter("form-data") as outer:
        inner.append("a")
        outer.append(inner)
        response = await client.post("/api/attachments", data=outer)
    assert response.status == 400


async def test_the_tenth_file_of_a_complaint_is_refused_and_leaves_nothing_behind(
    chat: Chat, gateway: Gateway
) -> None:
    for _ in range(MAX_FILES):
        assert (await send(chat, files.png()))[0] == 200
    status, answer = await send(chat, files.png())
    assert status == 400
    assert "最多9个" in answer["error"]["message"]
    assert len(on_disk(gateway)) == MAX_FILES


async def test_files_beyond_the_ninth_are_left_out_of_a_full_complaint_and_that_is_said(
    chat: Chat, gateway: Gateway
) -> None:
    for _ in range(MAX_FILES - 1):
        await send(chat, files.png())
    number = await complain(chat)
    await send(chat, files.png())
    await send(chat, files.png())
    await chat.tap("/answer:补充附件")
    assert "1个附件已经放进" in chat.text()
    assert "1个没有放进去" in chat.text()
    assert len(await files_of(gateway, number)) == MAX_FILES


async def test_a_picture_of_long_ago_does_not_get_into_todays_complaint(
    chat: Chat, gateway: Gateway, clock: Clock
) -> None:
    await send(chat, files.png())
    clock.forward(days=2)
    number = await complain(chat)
    assert await files_of(gateway, number) == []


async def test_customers_see_their_own_pictures_again_and_nobody_elses(
    chat: Chat, client: Client, new_chat: Callable[[], Chat]
) -> None:
    await send(chat, files.png(), "我的电话13812345678.png")
    query = {"conversation": chat.conversation}
    history = await (await client.get("/api/history", params=query)).json()
    (sent,) = history["messages"][0]["attachments"]
    assert sent["name"] == "我的电话138****5678.png"
    mine = await client.get(f"/api/attachments/{sent['id']}", params=query)
    assert mine.content_type == "image/png"
    assert mine.headers["X-Content-Type-Options"] == "nosniff"
    assert await mine.read() == files.png()
    stranger = new_chat()
    await stranger.say("你好")
    query = {"conversation": stranger.conversation}
    for id_ in (sent["id"], "0" * 32, "..%2f..%2fxiaobao.sqlite3"):
        assert (await client.get(f"/api/attachments/{id_}", params=query)).status == 404


async def test_only_names_of_our_own_making_are_opened(gateway: Gateway) -> None:
    for id_ in ("../xiaobao.sqlite3", "", ".", "0" * 32, "A" * 32):
        with pytest.raises(NotAllowed, match="没有这个附件"):
            gateway.attachments.open(id_)


async def test_when_the_disk_is_full_the_customer_is_told_and_no_row_is_without_its_file(
    chat: Chat, gateway: Gateway
) -> None:
    await chat.say("你好")
    folder(gateway).mkdir()
    folder(gateway).chmod(0o500)
    if os.geteuid() == 0:  # root writes everywhere: a file stands where the folder should be
        folder(gateway).rmdir()
        folder(gateway).write_text("")
    status, answer = await send(chat, files.png(), id_="u-1")
    assert status == 503
    assert "95599" in answer["error"]["message"]
    folder(gateway).unlink() if folder(gateway).is_file() else folder(gateway).chmod(0o700)
    assert (await send(chat, files.png(), id_="u-1"))[0] == 200


async def test_when_the_database_fails_the_same_upload_can_be_sent_again(
    chat: Chat, gateway: Gateway
) -> None:
    await chat.say("你好")

    def full(connection: Any, _record: Any) -> None:
        connection.cursor().execute("PRAGMA query_only = ON")

    event.listen(gateway.database._engine, "connect", full)
    gateway.database._engine.dispose()
    assert (await send(chat, files.png(), id_="u-1"))[0] == 503
    event.remove(gateway.database._engine, "connect", full)
    gateway.database._engine.dispose()
    assert (await send(chat, files.png(), id_="u-1"))[0] == 200


async def test_what_a_crash_left_behind_goes_at_the_start_and_nothing_else(
    chat: Chat, gateway: Gateway
) -> None:
    await send(chat, files.png())
    (kept,) = on_disk(gateway)
    orphan, fresh = folder(gateway) / ("a" * 32), folder(gateway) / ("b" * 32)
    for path in (orphan, fresh):
        path.write_bytes(b"half")
    for path in (orphan, kept):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    now = fresh.stat().st_mtime
    removed = await gateway.database.read(lambda tx: gateway.attachments.tidy(tx, now))
    assert removed == 1
    assert on_disk(gateway) == sorted([kept, fresh])


async def test_a_human_stays_one_step_away_after_a_picture_and_the_agent_reads_of_it(
    chat: Chat, client: Client
) -> None:
    await chat.say("我要投诉")
    await send(chat, files.png())
    await chat.say("人工")
    assert chat.answer["mode"] == "waiting"
    status, answer = await send(chat, files.png())
    assert (status, answer["mode"]) == (200, "waiting")
    query = {"conversation": chat.conversation}
    history = await (await client.get("/api/history", params=query)).json()
    texts = [one["text"] for one in history["messages"] if one["author"] == "customer"]
    assert texts[-1] == "［图片］"
