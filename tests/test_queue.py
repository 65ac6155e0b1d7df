"""The queue over HTTP: an answer in time, transfers, coming back, promised calls, status."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Chat, Clock, Desk
from sqlalchemy import func, select
from test_desk_api import event

from actions import journal, tables
from actions.roles import Role
from bot import app as composition
from bot.app import Gateway
from bot.settings import Settings
from bot.turn import Address, Turn

NewChat = Callable[[], Chat]
NewDesk = Callable[..., Any]


async def waiting(desk: Desk) -> list[Any]:
    found: list[Any] = (await desk.queue())["waiting"]
    return found


async def accept_first(desk: Desk) -> int:
    first = (await waiting(desk))[0]
    status, _ = await desk.post(f"/handoffs/{first['id']}/accept")
    assert status == 200
    conversation: int = first["conversation"]
    return conversation


async def entries(gateway: Gateway, action: str) -> int:
    query = select(func.count()).where(tables.journal.c.action == action)
    return int(await gateway.database.read(lambda tx: tx.execute(query).scalar_one()))


async def test_who_is_accepted_and_not_answered_in_thirty_seconds_goes_to_the_front(
    desk: Desk, gateway: Gateway, new_chat: NewChat, clock: Clock
) -> None:
    mine, other = new_chat(), new_chat()
    await mine.say("人工")
    clock.forward(seconds=5)
    await other.say("有个警察让我把钱转到安全账户")
    conversation = await accept_first(desk)
    clock.forward(seconds=29)
    await gateway.sweep.once()
    assert len((await desk.queue())["mine"]) == 1
    clock.forward(seconds=2)
    await gateway.sweep.once()
    queue = await desk.queue()
    assert queue["mine"] == []
    assert queue["waiting"][0]["conversation"] == conversation
    assert (await desk.get("/colleagues"))[1]["status"] == "away"
    await other.say("在吗")
    assert other.answer["mode"] == "waiting"


async def test_two_hundred_who_tap_in_the_same_moment_are_all_seen_on_an_open_desk(
    desk: Desk, client: Any, new_chat: NewChat
) -> None:
    chats = [new_chat() for _ in range(200)]
    async with desk.http.get("/desk/api/events") as stream:
        assert (await event(stream, "queue"))["total"] == 0
        await asyncio.gather(*(chat.tap("/human") for chat in chats))
        while (await event(stream, "queue"))["total"] < len(chats):
            pass
    assert {chat.answer["mode"] for chat in chats} == {"waiting"}
    positions = [chat.answer["replies"][0]["handoff"]["position"] for chat in chats]
    assert max(positions) == 200


async def test_an_agent_who_begins_to_write_keeps_the_customer(
    desk: Desk, gateway: Gateway, chat: Chat, clock: Clock
) -> None:
    await chat.say("人工")
    conversation = await accept_first(desk)
    assert (await desk.post(f"/conversations/{conversation}/typing"))[0] == 200
    clock.forward(seconds=60)
    await gateway.sweep.once()
    assert len((await desk.queue())["mine"]) == 1


async def test_two_gateways_that_sweep_at_once_put_a_customer_back_once(
    desk: Desk, gateway: Gateway, settings: Settings, chat: Chat, clock: Clock
) -> None:
    await chat.say("人工")
    await accept_first(desk)
    clock.forward(seconds=31)
    other = composition.assemble(settings, clock=clock)
    await gateway.sweep.once()
    await other.sweep.once()
    await other.database.close()
    assert await entries(gateway, "handoff.put_back") == 1
    assert len(await waiting(desk)) == 1


async def test_an_agent_whose_desk_stays_closed_loses_the_customers(
    desk: Desk, gateway: Gateway, chat: Chat, clock: Clock
) -> None:
    await chat.say("人工")
    conversation = await accept_first(desk)
    await desk.post(f"/conversations/{conversation}/messages", text="您好", id="a-1")
    clock.forward(minutes=10)
    await gateway.sweep.once()
    assert len(await waiting(desk)) == 1


async def test_signing_out_gives_the_customers_back_to_the_queue(
    desk: Desk, new_desk: NewDesk, chat: Chat
) -> None:
    other: Desk = await new_desk("li", "小李")
    await chat.say("人工")
    await accept_first(desk)
    await desk.post("/sign-out")
    assert len(await waiting(other)) == 1


async def test_signing_in_again_begins_ready(desk: Desk) -> None:
    await desk.post("/status", status="away")
    assert await desk.sign_in("wang") == 200
    assert (await desk.get("/colleagues"))[1]["status"] is None
    async with desk.http.get("/desk/api/events") as stream:
        assert (await event(stream, "mine"))["status"] == "ready"


async def test_what_is_transferred_is_kept_for_the_colleague_and_then_free_for_all(
    desk: Desk, new_desk: NewDesk, chat: Chat, clock: Clock
) -> None:
    li: Desk = await new_desk("li", "小李")
    zhang: Desk = await new_desk("zhang", "小张")
    await chat.say("人工")
    conversation = await accept_first(desk)
    colleagues = (await desk.get("/colleagues"))[1]["colleagues"]
    li_id = next(one["id"] for one in colleagues if one["name"] == "小李")
    path = f"/conversations/{conversation}"
    assert (await desk.post(f"{path}/transfer", colleague=li_id))[0] == 200
    row = (await waiting(zhang))[0]
    status, answer = await zhang.post(f"/handoffs/{row['id']}/accept")
    assert (status, answer["error"]["code"]) == (409, "reserved")
    clock.forward(seconds=31)
    assert (await zhang.post(f"/handoffs/{row['id']}/accept"))[0] == 200
    assert (await li.post(f"{path}/messages", text="您好", id="l-1"))[0] == 409


async def test_a_team_takes_what_is_transferred_to_it(
    desk: Desk, new_desk: NewDesk, chat: Chat
) -> None:
    card: Desk = await new_desk("li", "小李", team="信用卡")
    await chat.say("人工")
    conversation = await accept_first(desk)
    path = f"/conversations/{conversation}/transfer"
    status, answer = await desk.post(path, team="没有的组")
    assert (status, answer["error"]["code"]) == (400, "no_recipient")
    assert (await desk.post(path, team="信用卡"))[0] == 200
    assert (await waiting(card))[0]["team"] == "信用卡"
    assert await accept_first(card) == conversation


async def test_who_leaves_and_comes_back_soon_has_the_old_place_and_number(
    desk: Desk, new_chat: NewChat, clock: Clock
) -> None:
    first, second = new_chat(), new_chat()
    await first.say("人工")
    before = (await waiting(desk))[0]
    clock.forward(seconds=10)
    await second.say("人工")
    await first.tap("/leave")
    assert first.answer["mode"] == "bot"
    clock.forward(minutes=5)
    await first.say("人工")
    assert (await waiting(desk))[0]["number"] == before["number"]
    await first.tap("/leave")
    clock.forward(minutes=16)
    await first.say("人工")
    assert (await waiting(desk))[-1]["number"] != before["number"]


async def test_with_nobody_there_a_call_is_promised_and_the_number_taken_from_what_is_said(
    chat: Chat, new_desk: NewDesk, clock: Clock
) -> None:
    await chat.say("人工")  # 17:00 in Shanghai
    handoff = chat.answer["replies"][0]["handoff"]
    assert handoff["attended"] is False
    assert handoff["callback"].startswith("2026-11-25T02:00")  # 10:00 there, the next morning
    assert "11月25日（周三）10:00" in chat.text()
    await chat.say("我姓王，电话一三八一二三四五六七八")
    desk: Desk = await new_desk("wang", "小王")
    (callback,) = (await desk.queue())["callbacks"]
    assert callback["contact"] == "138****5678"
    assert await desk.post(f"/callbacks/{callback['id']}/reveal") == (200, {"text": "13812345678"})


async def test_a_promise_outlives_leaving_the_queue_and_is_answered_in_the_chat(
    chat: Chat, new_desk: NewDesk, gateway: Gateway
) -> None:
    await chat.say("人工")
    await chat.tap("/leave")
    assert "给您回电" in chat.text()
    desk: Desk = await new_desk("wang", "小王")
    queue = await desk.queue()
    assert queue["waiting"] == []
    id_ = queue["callbacks"][0]["id"]
    status, opened = await desk.post(f"/callbacks/{id_}/answer")
    assert status == 200
    await desk.post(f"/conversations/{opened['conversation']}/messages", text="您好", id="a-1")
    queue = await desk.queue()
    assert (len(queue["mine"]), queue["callbacks"]) == (1, [])
    assert (await desk.post(f"/callbacks/{id_}/done"))[0] == 409
    states = select(tables.handoffs.c.state).order_by(tables.handoffs.c.id)
    found = await gateway.database.read(lambda tx: list(tx.scalars(states)))
    assert found == ["left", "accepted"]  # who gave up is not counted as served


async def test_who_waits_too_long_is_promised_a_call_once(
    desk: Desk, chat: Chat, gateway: Gateway, clock: Clock, client: Any
) -> None:
    assert (await desk.post("/status", status="ready"))[0] == 200
    await chat.say("人工")
    assert chat.answer["replies"][0]["handoff"]["callback"] is None
    for _ in range(30):
        clock.forward(seconds=21)
        await desk.post("/status", status="ready")  # the desk stays open
    await gateway.sweep.once()
    await gateway.sweep.once()
    history = await client.get("/api/history", params={"conversation": chat.conversation})
    said = [one["text"] for one in (await history.json())["messages"]]
    assert sum("让您久等了" in text for text in said) == 1
    assert await entries(gateway, "callback.promise") == 1


async def test_agents_who_are_busy_or_away_do_not_count_as_on_duty(
    desk: Desk, new_chat: NewChat
) -> None:
    for status, says in (("ready", "正在为您转人工"), ("busy", "没有客服在线")):
        await desk.post("/status", status=status)
        chat = new_chat()
        await chat.say("人工")
        assert says in chat.text()
    assert (await desk.post("/status", status="asleep"))[0] == 400


async def test_a_supervisor_sees_joins_and_takes_over_and_an_agent_may_not(
    desk: Desk, new_desk: NewDesk, chat: Chat
) -> None:
    boss: Desk = await new_desk("zhao", "赵班长", Role.SUPERVISOR)
    other: Desk = await new_desk("li", "小李")
    await chat.say("人工")
    conversation = await accept_first(desk)
    path = f"/conversations/{conversation}"
    assert [one["agent"] for one in (await boss.queue())["live"]] == ["小王"]
    assert "live" not in await other.queue()
    assert (await other.post(f"{path}/join"))[0] == 403
    assert (await boss.get(path))[0] == 200
    assert (await boss.post(f"{path}/messages", text="您好", id="z-1"))[0] == 409
    assert (await boss.post(f"{path}/join"))[0] == 200
    assert (await boss.post(f"{path}/messages", text="您好", id="z-1"))[0] == 200
    assert (await boss.post(f"{path}/take-over"))[0] == 200
    assert (await desk.post(f"{path}/messages", text="喂", id="a-2"))[0] == 409


async def test_an_officer_without_the_agents_role_sees_no_customers(new_desk: NewDesk) -> None:
    officer: Desk = await new_desk("qian", "小钱", Role.OFFICER)
    for path in ("/queue", "/colleagues", "/conversations/1", "/events"):
        assert (await officer.get(path))[0] == 403


async def test_notes_reach_colleagues_and_never_the_customer(
    desk: Desk, chat: Chat, client: Any
) -> None:
    await chat.say("人工")
    conversation = await accept_first(desk)
    path = f"/conversations/{conversation}"
    assert (await desk.post(f"{path}/notes", text="客户听力不好"))[0] == 200
    assert (await desk.get(path))[1]["notes"][0]["text"] == "客户听力不好"
    history = await client.get("/api/history", params={"conversation": chat.conversation})
    assert "听力" not in await history.text()


async def test_each_reveal_is_journalled_and_only_for_customers_words(
    desk: Desk, chat: Chat, gateway: Gateway
) -> None:
    await chat.say("我的手机13812345678，转人工")
    conversation = await accept_first(desk)
    messages = (await desk.get(f"/conversations/{conversation}"))[1]["messages"]
    path = f"/conversations/{conversation}/reveal"
    assert "13812345678" in (await desk.post(path, message=messages[0]["id"]))[1]["text"]
    assert (await desk.post(path, message=messages[1]["id"]))[0] == 404
    assert (await desk.post(path, message="1"))[0] == 400
    assert await entries(gateway, "message.reveal") == 1
    assert await gateway.database.read(journal.verify) is None


async def test_a_conversation_ends_with_an_outcome_and_is_judged_by_one_tap_once(
    desk: Desk, chat: Chat, gateway: Gateway
) -> None:
    await chat.say("人工")
    path = f"/conversations/{await accept_first(desk)}/end"
    for wrong in ("", "great"):
        assert (await desk.post(path, outcome=wrong))[0] == 400
    assert (await desk.post(path, outcome="solved"))[0] == 200
    await chat.tap("/rate:9")
    assert "已经收到" in chat.text()
    await chat.tap("/rate:3")
    assert "谢谢您的评价" in chat.text()
    await chat.tap("/rate:1")
    assert "已经收到" in chat.text()
    score = await gateway.database.read(lambda tx: tx.scalar(select(tables.handoffs.c.score)))
    assert score == 3


@pytest.mark.parametrize("elder", [True, False])
async def test_elders_are_asked_with_two_answers_and_others_with_three(
    desk: Desk, chat: Chat, client: Any, *, elder: bool
) -> None:
    await chat.say("我七十三了，转人工" if elder else "人工")
    await desk.post(f"/conversations/{await accept_first(desk)}/end", outcome="solved")
    history = await client.get("/api/history", params={"conversation": chat.conversation})
    buttons = (await history.json())["messages"][-1]["buttons"]
    rates = [one["payload"] for one in buttons if one["payload"].startswith("/rate:")]
    assert rates == (["/rate:3", "/rate:1"] if elder else ["/rate:3", "/rate:2", "/rate:1"])


async def test_silence_is_asked_about_then_a_human_is_offered_and_then_takes_it(
    gateway: Gateway, client: Any, clock: Clock
) -> None:
    async def hear(number: int, payload: str = "", text: str = "") -> Any:
        turn = Turn(Address("web", "caller"), str(number), clock(), text, payload)
        return await gateway.switchboard.hear(turn)

    first = await hear(1, "/silence")
    assert "您还在听吗" in first.messages[0].text
    assert (await hear(2, text="银行卡丢了怎么办")).mode == "bot"
    assert (await hear(3, "/silence")).mode == "bot"
    offered = await hear(4, "/silence")
    assert offered.mode == "bot"
    assert "要帮您转人工吗" in offered.messages[0].text
    assert (await hear(5, "/silence")).mode == "waiting"


async def test_three_turns_in_vain_and_anger_offer_a_human_and_do_not_force_one(
    chat: Chat,
) -> None:
    for _ in range(3):
        await chat.say("保管箱怎么租")
    assert "马上有真人" in chat.text()
    assert chat.buttons()[0] == "/human"
    await chat.say("你们什么破银行")
    assert "对不起" in chat.text()
    assert "/human" in chat.buttons()
    assert chat.answer["mode"] == "bot"
