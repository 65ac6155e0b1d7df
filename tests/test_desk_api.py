"""The agents' API: signing in, the queue, a conversation from acceptance to its end."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from conftest import PASSWORD, START, Chat, Clock, Desk

from actions.errors import NotAllowed
from bot.app import Gateway

Client = TestClient[Any, Any]


async def event(stream: Any, name: str) -> Any:
    """The next event called `name` of a server-sent stream."""
    current = ""
    async for raw in stream.content:
        line = raw.decode().rstrip("\r\n")
        if line.startswith("event: "):
            current = line.removeprefix("event: ")
        if line.startswith("data: ") and current == name:
            return json.loads(line.removeprefix("data: "))
    raise AssertionError(f"the stream ended before {name}")


@pytest.mark.parametrize("path", ["/me", "/queue", "/conversations/1", "/events"])
async def test_nothing_is_shown_to_somebody_who_is_not_signed_in(client: Client, path: str) -> None:
    response = await client.get(f"/desk/api{path}")
    assert response.status == 401
    assert (await response.json())["error"]["code"] == "signed_out"


async def test_a_post_without_our_own_header_is_refused(client: Client, desk: Desk) -> None:
    response = await desk.http.post("/desk/api/handoffs/1/accept", json={})
    assert response.status == 403


async def test_a_wrong_password_and_an_unknown_login_are_told_alike(
    desk: Desk, client: Client
) -> None:
    stranger = Desk(client.server)  # type: ignore[arg-type]
    wrong = await stranger.post("/sign-in", login="wang", password="not-the-one")
    unknown = await stranger.post("/sign-in", login="nobody", password="not-the-one")
    await stranger.http.close()
    assert wrong == unknown
    assert wrong[0] == 401


async def test_five_wrong_passwords_lock_the_account_for_five_minutes(
    desk: Desk, client: Client, clock: Clock
) -> None:
    stranger = Desk(client.server)  # type: ignore[arg-type]
    for _ in range(5):
        assert await stranger.sign_in("wang", "not-the-one") == 401
    assert await stranger.sign_in("wang") == 429
    clock.forward(minutes=6)
    assert await stranger.sign_in("wang") == 200
    await stranger.http.close()


async def test_a_session_ends_after_twelve_hours(desk: Desk, clock: Clock) -> None:
    assert (await desk.get("/me"))[0] == 200
    clock.forward(hours=12, seconds=1)
    assert (await desk.get("/me"))[0] == 401


async def test_signing_out_ends_the_session(desk: Desk) -> None:
    await desk.post("/sign-out")
    assert (await desk.get("/queue"))[0] == 401


async def test_a_password_under_ten_characters_is_refused(gateway: Gateway, client: Client) -> None:
    with pytest.raises(NotAllowed, match="至少 10 个字符"):
        await gateway.agents.add("li", "小李", "short", START)


async def test_the_queue_has_fraud_first_then_elders_then_the_others(
    desk: Desk, new_chat: Callable[[], Chat], clock: Clock
) -> None:
    for words in ("人工", "我七十三了，转人工", "有个警察让我把钱转到安全账户"):
        await new_chat().say(words)
        clock.forward(seconds=5)
    waiting = (await desk.queue())["waiting"]
    assert [one["urgency"] for one in waiting] == ["fraud", "elder", "normal"]


async def test_an_elder_does_not_pass_somebody_who_has_waited_long(
    desk: Desk, new_chat: Callable[[], Chat], clock: Clock
) -> None:
    await new_chat().say("人工")
    clock.forward(minutes=11)
    await new_chat().say("我七十三了，转人工")
    assert [one["urgency"] for one in (await desk.queue())["waiting"]] == ["normal", "elder"]


async def test_a_conversation_goes_from_acceptance_to_its_end(desk: Desk, chat: Chat) -> None:
    await chat.say("人工")
    handoff = (await desk.queue())["waiting"][0]
    assert await desk.post(f"/handoffs/{handoff['id']}/accept") == (
        200,
        {"conversation": handoff["conversation"]},
    )
    await chat.say("我的卡被吞了，手机13812345678")
    assert chat.answer["replies"] == []
    assert chat.answer["mode"] == "human"
    status, shown = await desk.get(f"/conversations/{handoff['conversation']}")
    assert status == 200
    assert shown["messages"][-1]["text"] == "我的卡被吞了，手机138****5678"
    said = await desk.post(
        f"/conversations/{handoff['conversation']}/messages", text="您好，我来帮您", id="a-1"
    )
    assert said[0] == 200
    await desk.post(f"/conversations/{handoff['conversation']}/end", outcome="solved")
    await chat.say("你好")
    assert chat.answer["mode"] == "bot"
    assert chat.answer["route"] == "chat"


async def test_the_same_agents_message_sent_twice_is_stored_once(desk: Desk, chat: Chat) -> None:
    await chat.say("人工")
    handoff = (await desk.queue())["waiting"][0]
    await desk.post(f"/handoffs/{handoff['id']}/accept")
    path = f"/conversations/{handoff['conversation']}/messages"
    first = await desk.post(path, text="您好", id="a-1")
    assert await desk.post(path, text="您好", id="a-1") == first


async def test_an_unfinished_intake_goes_on_when_the_agent_has_ended(
    desk: Desk, chat: Chat, client: Client
) -> None:
    await chat.say("我要投诉")
    await chat.say("人工")
    handoff = (await desk.queue())["waiting"][0]
    await desk.post(f"/handoffs/{handoff['id']}/accept")
    await desk.post(f"/conversations/{handoff['conversation']}/end", outcome="solved")
    history = await client.get("/api/history", params={"conversation": chat.conversation})
    assert "还没有完成" in (await history.json())["messages"][-1]["text"]
    await chat.say("昨天柜员对我发火，态度很差")
    assert "怎么解决" in chat.text()


async def test_of_two_agents_who_accept_at_once_only_one_gets_the_customer(
    desk: Desk, new_desk: Callable[..., Any], chat: Chat
) -> None:
    other: Desk = await new_desk("li", "小李")
    await chat.say("人工")
    id_ = (await desk.queue())["waiting"][0]["id"]
    assert (await desk.post(f"/handoffs/{id_}/accept"))[0] == 200
    status, answer = await other.post(f"/handoffs/{id_}/accept")
    assert (status, answer["error"]["code"]) == (409, "already_taken")


async def test_an_agent_sees_and_answers_only_ones_own_conversations(
    desk: Desk, new_desk: Callable[..., Any], chat: Chat
) -> None:
    other: Desk = await new_desk("li", "小李")
    await chat.say("人工")
    handoff = (await desk.queue())["waiting"][0]
    await desk.post(f"/handoffs/{handoff['id']}/accept")
    path = f"/conversations/{handoff['conversation']}"
    assert (await other.get(path))[0] == 404
    assert (await other.post(f"{path}/messages", text="您好", id="b-1"))[0] == 409
    assert (await other.post(f"{path}/end", outcome="solved"))[0] == 409


async def test_a_bot_conversation_that_nobody_asked_help_for_is_not_shown_at_the_desk(
    desk: Desk, chat: Chat
) -> None:
    await chat.say("你好")
    assert (await desk.get("/conversations/1"))[0] == 404


async def test_both_sides_see_each_others_messages_live(
    desk: Desk, chat: Chat, client: Client
) -> None:
    await chat.say("人工")
    id_ = (await desk.queue())["waiting"][0]["id"]
    parameters = {"conversation": chat.conversation}
    async with (
        client.get("/api/events", params=parameters) as customer,
        desk.http.get("/desk/api/events") as agent,
    ):
        assert (await event(customer, "status"))["mode"] == "waiting"
        assert len((await event(agent, "queue"))["waiting"]) == 1
        _, accepted = await desk.post(f"/handoffs/{id_}/accept")
        assert "小王" in (await event(customer, "message"))["text"]
        assert (await event(customer, "status"))["agent"] == "小王"
        await chat.say("在吗")
        while (news := await event(agent, "message"))["message"]["author"] != "customer":
            pass
        assert news["message"]["text"] == "在吗"
        await desk.post(
            f"/conversations/{accepted['conversation']}/messages", text="在的", id="a-1"
        )
        assert (await event(customer, "message"))["text"] == "在的"


async def test_a_page_that_was_away_gets_what_it_missed(
    desk: Desk, chat: Chat, client: Client
) -> None:
    await chat.say("人工")
    last = chat.answer["replies"][-1]["id"]
    id_ = (await desk.queue())["waiting"][0]["id"]
    _, accepted = await desk.post(f"/handoffs/{id_}/accept")
    await desk.post(f"/conversations/{accepted['conversation']}/messages", text="在的", id="a-1")
    async with client.get(
        "/api/events",
        params={"conversation": chat.conversation},
        headers={"Last-Event-ID": str(last)},
    ) as customer:
        missed = [(await event(customer, "message"))["author"] for _ in range(2)]
    assert missed == ["system", "agent"]


async def test_the_customer_is_told_whether_anybody_is_at_the_desk(
    desk: Desk, new_chat: Callable[[], Chat]
) -> None:
    alone = new_chat()
    await alone.say("人工")
    assert "没有客服在线" in alone.text()
    async with desk.http.get("/desk/api/events") as stream:
        await event(stream, "queue")
        attended = new_chat()
        await attended.say("人工")
        assert "正在为您转人工" in attended.text()


async def test_the_password_is_stored_only_as_an_argon2_hash(gateway: Gateway, desk: Desk) -> None:
    for path in gateway.settings.data_dir.glob("xiaobao.sqlite3*"):
        assert PASSWORD.encode() not in path.read_bytes()
