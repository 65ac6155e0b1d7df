"""The customers' API, over HTTP, by the rules alone (as while Rasa is away)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from conftest import Chat
from sqlalchemy import event, func, select

from actions.tables import complaints, messages
from bot.app import Gateway

Client = TestClient[Any, Any]
STORY = "在城东支行，柜员给我多扣了二十块手续费，还对我发火"


async def refusal(client: Client, **request: Any) -> tuple[int, str, str]:
    response = await client.post("/api/messages", **request)
    error = (await response.json())["error"]
    return response.status, error["code"], error["message"]


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b"not json", 400, "JSON"),
        (b"[1, 2]", 400, "JSON"),
        (b'"text"', 400, "JSON"),
        (b"\xff\xfe", 400, "UTF-8"),
        (b"[" * 60_000, 400, "JSON"),
        (b"{}", 400, "没有收到内容"),
        (b'{"text": ""}', 400, "没有收到内容"),
        (b'{"text": " \\n "}', 400, "没有收到内容"),
        (b'{"text": "\\u0000\\u0007"}', 400, "没有收到内容"),
        (b'{"text": 5}', 400, "文字"),
        (b'{"text": ["a"]}', 400, "文字"),
        (b'{"text": "a", "conversation": 7}', 400, "文字"),
        (b'{"payload": "human"}', 400, "payload"),
        (b'{"payload": {"a": 1}}', 400, "文字"),
        (json.dumps({"text": "啊" * 2_001}).encode(), 413, "2000"),
        (json.dumps({"text": "x" * 100_000}).encode(), 413, "太长"),
        (b'{"text": "a", "conversation": "nobody-has-this-one"}', 400, "重新开始"),
    ],
)
async def test_bad_input_is_answered_with_a_sentence_that_says_what_to_do(
    client: Client, body: bytes, status: int, says: str
) -> None:
    answered, _, message = await refusal(client, data=body)
    assert (answered, says in message) == (status, True), message


async def test_control_characters_are_dropped_and_the_rest_is_answered(chat: Chat) -> None:
    await chat.say("你\x00好\u202e")
    assert chat.answer["route"] == "chat"


async def test_an_unknown_page_is_a_sentence_and_not_a_stack_trace(client: Client) -> None:
    response = await client.get("/nowhere")
    assert response.status == 404
    assert (await response.json())["error"]["message"] == "没有这个页面或接口。"


async def test_every_answer_forbids_foreign_scripts_and_frames(client: Client) -> None:
    response = await client.get("/")
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]


async def test_a_conversation_id_is_long_and_not_stored_as_it_is(
    chat: Chat, gateway: Gateway
) -> None:
    await chat.say("你好")
    assert len(chat.conversation) >= 32
    files = [path.read_bytes() for path in gateway.settings.data_dir.glob("xiaobao.sqlite3*")]
    assert files
    assert not any(chat.conversation.encode() in content for content in files)


async def test_what_customers_write_is_not_readable_in_the_database_files(
    chat: Chat, gateway: Gateway
) -> None:
    await chat.say("我要投诉")
    await chat.say(STORY)
    for path in gateway.settings.data_dir.glob("xiaobao.sqlite3*"):
        assert "城东支行".encode() not in path.read_bytes()


async def test_the_same_message_id_gets_the_same_answer_and_counts_once(
    chat: Chat, gateway: Gateway
) -> None:
    await chat.say("你好")
    first = await chat.say("我要投诉", id_="m-1")
    again = await chat.say("我要投诉", id_="m-1")
    assert again == first
    stored = select(func.count()).where(messages.c.message_id == "m-1")
    assert await gateway.database.read(lambda tx: tx.scalar(stored)) == 1


async def test_a_complaint_is_taken_in_question_by_question_to_its_number(chat: Chat) -> None:
    await chat.say("我要投诉")
    assert chat.answer["route"] == "complaint"
    await chat.say(STORY)
    assert "什么时候" in chat.text()
    await chat.say("上周五上午，城东支行")
    assert "怎么解决" in chat.text()
    await chat.tap("/answer:退还费用")
    assert "电话" in chat.text()
    await chat.say("13812345678")
    assert "对不对" in chat.text()
    await chat.tap("/submit")
    complaint = chat.answer["replies"][0]["complaint"]
    assert complaint["state"] == "已登记"
    assert complaint["due"] == "2026-12-09"  # the 15th day after the 24th of November
    assert complaint["number"] in chat.text()


async def test_a_second_tap_on_submit_does_not_register_twice(chat: Chat, gateway: Gateway) -> None:
    await chat.say(f"我要投诉，{STORY}")
    for words in ("上周五", "退还费用", "13812345678"):
        await chat.say(words)
    await chat.tap("/submit")
    await chat.tap("/submit")
    registered = select(func.count()).select_from(complaints)
    assert await gateway.database.read(lambda tx: tx.scalar(registered)) == 1


async def test_a_correction_at_the_summary_is_accepted(chat: Chat) -> None:
    await chat.say(f"我要投诉，{STORY}")
    for words in ("上周五", "退还费用", "13812345678"):
        await chat.say(words)
    await chat.say("电话错了，是13900001111")
    assert "13900001111" in chat.text()
    assert "13812345678" not in chat.text()


@pytest.mark.parametrize("step", range(5))
async def test_cancel_works_at_every_step_of_the_intake(chat: Chat, step: int) -> None:
    await chat.say("我要投诉")
    for words in (STORY, "上周五", "退还费用", "13812345678")[:step]:
        await chat.say(words)
    await chat.say("取消")
    assert "已取消" in chat.text()
    await chat.say("你好")
    assert chat.answer["route"] == "chat"


@pytest.mark.parametrize("step", range(5))
async def test_a_human_is_one_step_away_at_every_step_of_the_intake(chat: Chat, step: int) -> None:
    await chat.say("我要投诉")
    for words in (STORY, "上周五", "退还费用", "13812345678")[:step]:
        await chat.say(words)
    await chat.say("人工")
    assert chat.answer["mode"] == "waiting"
    assert chat.answer["replies"][0]["handoff"]["position"] == 1


async def test_the_progress_of_ones_own_complaint_is_shown_and_of_nobody_elses(
    chat: Chat, new_chat: Callable[[], Chat]
) -> None:
    await chat.say(f"我要投诉，{STORY}")
    for words in ("上周五", "退还费用", "13812345678"):
        await chat.say(words)
    await chat.tap("/submit")
    number = chat.answer["replies"][0]["complaint"]["number"]
    await chat.say("查投诉进度")
    assert number in chat.text()
    stranger = new_chat()
    await stranger.say(f"查投诉进度 {number}")
    assert "没有查到" in stranger.text()


async def test_a_password_is_refused_and_never_stored(chat: Chat, client: Client) -> None:
    await chat.say("我的密码是739164，帮我查余额")
    assert "不要把密码" in chat.text()
    history = await (
        await client.get("/api/history", params={"conversation": chat.conversation})
    ).text()
    assert "739164" not in history


async def test_saying_ones_age_turns_elder_mode_on_and_it_stays(chat: Chat) -> None:
    await chat.say("我七十三了，怎么投诉")
    assert chat.answer["elder"] is True
    await chat.say("你好")
    assert chat.answer["elder"] is True
    assert chat.answer["replies"][0]["buttons"][0]["payload"] == "/human"
    assert len(chat.answer["replies"][0]["buttons"]) <= 3
    await chat.tap("/elder_off")
    assert chat.answer["elder"] is False


async def test_fraud_in_progress_is_warned_of_and_waits_before_everyone(
    chat: Chat, new_chat: Callable[[], Chat]
) -> None:
    earlier = new_chat()
    await earlier.say("人工")
    await chat.say("有个警察让我把钱转到安全账户")
    assert chat.answer["route"] == "fraud"
    assert chat.answer["mode"] == "waiting"
    assert "不要转账" in chat.text()
    assert chat.answer["replies"][-1]["handoff"]["position"] == 1


async def test_a_waiting_customer_can_go_back_to_the_bot(chat: Chat) -> None:
    await chat.say("人工")
    await chat.tap("/leave")
    assert chat.answer["mode"] == "bot"
    await chat.say("你好")
    assert chat.answer["route"] == "chat"


async def test_asking_again_while_waiting_keeps_the_place(chat: Chat) -> None:
    await chat.say("人工")
    await chat.say("人工人工")
    assert chat.answer["mode"] == "waiting"
    assert chat.answer["replies"][0]["handoff"]["position"] == 1


async def test_when_the_disk_is_full_the_customer_is_told_and_nothing_is_half_stored(
    chat: Chat, client: Client, gateway: Gateway
) -> None:
    await chat.say("我要投诉")

    def full(connection: Any, _record: Any) -> None:
        connection.cursor().execute("PRAGMA max_page_count = 1")

    event.listen(gateway.database._engine, "connect", full)
    gateway.database._engine.dispose()
    body = {"conversation": chat.conversation, "text": STORY * 60, "id": "m-9"}
    status, code, message = await refusal(client, json=body)
    assert (status, code) == (503, "unavailable")
    assert "95599" in message
    event.remove(gateway.database._engine, "connect", full)
    gateway.database._engine.dispose()
    await chat.say(STORY, id_="m-9")
    assert "什么时候" in chat.text()


async def test_too_many_messages_are_told_to_wait_but_a_human_is_never_limited(
    client: Client, gateway: Gateway, chat: Chat
) -> None:
    gateway.web._limit._limit = 2
    await chat.say("你好")
    await chat.say("你好")
    response = await client.post("/api/messages", json={"text": "你好"})
    assert response.status == 429
    assert int(response.headers["Retry-After"]) > 0
    await chat.tap("/human")
    assert chat.answer["mode"] == "waiting"


async def test_readiness_names_the_part_that_is_not_ready(client: Client) -> None:
    parts = (await (await client.get("/readyz")).json())["parts"]
    assert parts["database"] == "ok"
    assert "by rules" in parts["rasa"]


async def test_metrics_count_turns_by_route(chat: Chat, client: Client) -> None:
    await chat.say("人工")
    metrics = await (await client.get("/metrics")).text()
    assert 'xiaobao_turns_total{route="human"} 1.0' in metrics
    assert "xiaobao_waiting 1.0" in metrics
