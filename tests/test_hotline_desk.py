"""The 通话 page's API: who sees which calls, and recordings heard for a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from aiohttp.test_utils import TestClient
from call_sound import near, sides
from conftest import Clock, Desk
from hotline_calls import CALLER, Hotline
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from actions import journal
from actions.complaints import Step
from actions.roles import Role
from actions.steps import Actor, Move
from actions.tables import calls
from bot.app import Gateway
from bot.desk.charts import HEIGHT, Series, stacked
from bot.desk.hotline_shown import caller
from bot.switchboard import UNANSWERED
from bot.turn import Address, Json, Turn

NewDesk = Callable[..., Any]
REASON = "核实客户说的扣款经过"


@pytest.fixture
def hotline(gateway: Gateway, client: TestClient[Any, Any], clock: Clock) -> Hotline:
    return Hotline(gateway, clock)


@pytest.fixture
async def auditor(new_desk: NewDesk) -> Desk:
    made: Desk = await new_desk("sun", "孙审计", Role.AUDITOR)
    return made


async def found(desk: Desk, **wanted: str) -> Json:
    query = "&".join(f"{name}={value}" for name, value in wanted.items())
    status, answer = await desk.get(f"/calls?{query}")
    assert status == 200, answer
    return answer


async def sound(desk: Desk, call: int, ticket: str, **headers: str) -> Any:
    path = f"/desk/api/calls/{call}/sound"
    return await desk.http.get(path, params={"ticket": ticket}, headers=headers)


async def ticket_for(desk: Desk, call: int) -> str:
    status, answer = await desk.post(f"/calls/{call}/listen", reason=REASON)
    assert status == 200, answer
    return str(answer["ticket"])


async def noted(gateway: Gateway, call: int) -> list[tuple[str, str, str]]:
    entries = await gateway.database.read(lambda tx: journal.about(tx, f"call:{call}"))
    return [(one.actor, one.action, one.detail) for one in entries]


async def test_calls_are_listed_newest_first_with_the_caller_masked(
    hotline: Hotline, auditor: Desk, clock: Clock
) -> None:
    first = await hotline.call("银行卡丢了怎么办")
    clock.forward(minutes=5)
    second = await hotline.call("我七十三了", "人工", user="anonymous", ended="human")
    answer = await found(auditor)
    new, old = answer["calls"]
    assert [new["id"], old["id"]] == [second, first]
    assert (old["caller"], new["caller"]) == ("138****5678", "")
    assert (old["label"], new["label"]) == ("说完再见", "转到人工")
    assert (old["elder"], new["elder"]) == (False, True)
    assert (old["seconds"], old["turns"], old["sound"]) == (3, 3, "whole")
    assert CALLER not in str(answer)


async def test_they_are_found_by_day_and_by_end(
    hotline: Hotline, auditor: Desk, clock: Clock
) -> None:
    await hotline.call()
    clock.now = dt.datetime(2026, 11, 24, 16, 30, tzinfo=dt.UTC)  # half past midnight at the bank
    await auditor.sign_in("sun")
    late = await hotline.call(ended="lost")
    assert [one["id"] for one in (await found(auditor, day="2026-11-25"))["calls"]] == [late]
    assert (await found(auditor, day="2026-11-24"))["total"] == 1
    assert (await found(auditor, ending="lost"))["total"] == 1
    assert (await found(auditor, ending="human"))["total"] == 0
    assert (await found(auditor))["today"] == "2026-11-25"
    for wrong in ("day=gestern", "ending=maybe", "before=x"):
        assert (await auditor.get(f"/calls?{wrong}"))[0] == 400


async def test_the_days_turns_tell_how_fast_the_bot_is(hotline: Hotline, auditor: Desk) -> None:
    await hotline.call()
    answer = await found(auditor, day="2026-11-24")
    assert answer["turns"] == 3
    by_name = {one["name"]: (one["p50"], one["p95"]) for one in answer["figures"]}
    assert by_name == {
        "客户说完到小宝开口": (700, 1025),
        "断句": (550, 800),
        "转文字": (40, 60),
        "理解": (4, 5),
        "决定": (26, 40),
        "开口": (90, 120),
    }
    assert (await found(auditor))["figures"] == []


async def test_a_call_shows_what_was_said_and_when_and_where_the_time_went(
    hotline: Hotline, auditor: Desk
) -> None:
    await hotline.say(CALLER, "上个月说的话")
    hotline.clock.forward(days=1)
    await auditor.sign_in("sun")
    call = await hotline.call("我的卡号是6228480402564890018，卡丢了", "谢谢")
    hotline.clock.forward(seconds=1)
    await hotline.say(CALLER, "后来说的话")
    status, shown = await auditor.get(f"/calls/{call}")
    assert status == 200
    customer = [one for one in shown["messages"] if one["author"] == "customer"]
    assert [one["second"] for one in customer] == [1, 2]
    assert "6228 **** **** 0018" in customer[0]["text"]
    assert [one["ms"] for one in shown["times"]] == [
        [550, 40, 4, 26, 80],
        [800, 60, 5, 40, 120],
        [None, None, None, 20, 90],
    ]
    assert [one["waited"] for one in shown["times"]] == [700, 1025, 110]
    chart = await auditor.http.get(f"/desk/calls/{call}.svg")
    assert (chart.content_type, chart.headers["Cache-Control"]) == ("image/svg+xml", "no-store")
    ET.fromstring(await chart.text())  # noqa: S314 - our own text


async def test_a_recording_is_heard_for_a_reason_and_that_is_journalled(
    hotline: Hotline, auditor: Desk, gateway: Gateway
) -> None:
    call = await hotline.call()
    status, refused = await auditor.post(f"/calls/{call}/listen", reason="听")
    assert (status, refused["error"]["field"]) == (400, "reason")
    assert await noted(gateway, call) == []
    ticket = await ticket_for(auditor, call)
    assert await noted(gateway, call) == [("agent:1", "call.listen", REASON)]
    heard = await sound(auditor, call, ticket)
    assert (heard.status, heard.content_type) == (200, "audio/ogg")
    assert heard.headers["Cache-Control"] == "no-store"
    caller_side, bank_side = sides(await heard.read())
    assert near(caller_side, (2, 4))
    assert near(bank_side, (0, 1))


async def test_a_player_gets_just_the_part_that_it_asks_for(
    hotline: Hotline, auditor: Desk
) -> None:
    call = await hotline.call()
    ticket = await ticket_for(auditor, call)
    whole = await (await sound(auditor, call, ticket)).read()
    size = len(whole)
    for asked, start, stop in (
        ("bytes=0-", 0, size),
        ("bytes=0-0", 0, 1),
        ("bytes=100-2000", 100, 2001),
        (f"bytes={size - 10}-", size - 10, size),
        ("bytes=-500", size - 500, size),
        (f"bytes=10-{size * 9}", 10, size),
    ):
        part = await sound(auditor, call, ticket, Range=asked)
        assert part.status == 206
        assert part.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{size}"
        assert await part.read() == whole[start:stop]
    for asked in (f"bytes={size}-", "bytes=5-2", "metres=0-1"):
        assert (await sound(auditor, call, ticket, Range=asked)).status == 416


async def test_a_ticket_is_one_persons_for_one_call_and_for_an_hour(
    hotline: Hotline, auditor: Desk, new_desk: NewDesk, clock: Clock, gateway: Gateway
) -> None:
    call, other = await hotline.call(), await hotline.call()
    ticket = await ticket_for(auditor, call)
    boss: Desk = await new_desk("zhao", "赵班长", Role.SUPERVISOR)
    sealed = gateway.cipher.seal("listen").decode()
    for desk, which, shown in (
        (boss, call, ticket),
        (auditor, other, ticket),
        (auditor, call, ""),
        (auditor, call, "x" * 200),
        (auditor, call, sealed),
    ):
        assert (await sound(desk, which, shown)).status == 403
    clock.forward(minutes=59)
    assert (await sound(auditor, call, ticket)).status == 200
    clock.forward(minutes=2)
    assert (await sound(auditor, call, ticket)).status == 403


async def test_an_agent_sees_for_a_day_the_calls_that_a_human_may_have_taken(
    hotline: Hotline, desk: Desk, clock: Clock
) -> None:
    went_on = [await hotline.call("人工", ended=how) for how in ("human", "hung_up", "lost")]
    await hotline.call("你好", ended="bye")
    assert [one["id"] for one in (await found(desk))["calls"]] == went_on[::-1]
    clock.forward(hours=25)
    await desk.sign_in("wang")
    assert (await found(desk))["total"] == 0


async def test_an_agent_sees_and_hears_the_calls_of_whom_they_have_served(
    gateway: Gateway, hotline: Hotline, desk: Desk, new_desk: NewDesk, clock: Clock
) -> None:
    other: Desk = await new_desk("li", "小李")
    mine = await hotline.call("人工", ended="human")
    unserved = await hotline.call("你好", user="13900000000")
    clock.forward(hours=25)
    await desk.sign_in("wang")
    await other.sign_in("li")
    assert (await found(desk))["calls"] == []
    back = Turn(Address("hotline", CALLER), "back", clock(), payload=UNANSWERED)
    await gateway.switchboard.hear(back)
    waiting = (await desk.queue())["waiting"][0]
    await desk.post(f"/handoffs/{waiting['id']}/accept")
    answer = await found(desk)
    assert [one["id"] for one in answer["calls"]] == [mine]
    assert answer["sees_all"] is False
    assert (await desk.get(f"/calls/{mine}"))[0] == 200
    ticket = await ticket_for(desk, mine)
    assert (await sound(desk, mine, ticket)).status == 200
    for agent, call in ((desk, unserved), (other, mine)):
        assert (await agent.get(f"/calls/{call}"))[0] == 404
        assert (await agent.post(f"/calls/{call}/listen", reason=REASON))[0] == 404
        assert (await agent.http.get(f"/desk/calls/{call}.svg")).status == 404
    assert (await found(other))["total"] == 0


async def test_an_administrator_sees_no_calls_and_who_is_not_signed_in_nothing(
    hotline: Hotline, new_desk: NewDesk, client: TestClient[Any, Any]
) -> None:
    call = await hotline.call()
    admin: Desk = await new_desk("root", "管理员", Role.ADMIN)
    assert (await admin.get("/calls"))[0] == 403
    for path in ("", f"/{call}", f"/{call}/sound"):
        assert (await client.get(f"/desk/api/calls{path}")).status == 401
    assert (await client.get("/desk/calls")).status == 200  # the page itself tells nothing


async def test_a_complaint_stands_with_its_call_and_who_stepped_aside_does_not_hear_it(
    hotline: Hotline, gateway: Gateway, new_desk: NewDesk, auditor: Desk
) -> None:
    told = "我要投诉，昨天在城东支行，柜员多扣了二十块，要求退钱，电话13812345678"
    call = await hotline.call(told, "提交")
    (row,) = (await found(auditor))["calls"]
    (number,) = row["complaints"]
    officer: Desk = await new_desk("lin", "林专员", Role.OFFICER)
    _, me = await officer.get("/me")
    by = Actor(me["agent"]["id"], frozenset({Role.OFFICER}))
    for step in (Step.ASSIGN, Step.RECUSE):
        move = Move(step, by, why="客户是亲戚", owner=by.account)
        await gateway.database.write(partial(_take, gateway, number, move, hotline.clock()))
    assert (await officer.get(f"/calls/{call}"))[1]["opens_complaints"] is True
    status, refused = await officer.post(f"/calls/{call}/listen", reason=REASON)
    assert (status, refused["error"]["code"]) == (403, "recused")
    assert await noted(gateway, call) == []


async def test_what_is_gone_or_goes_on_or_was_changed_cannot_be_heard_and_that_is_said(
    hotline: Hotline, auditor: Desk, gateway: Gateway, clock: Clock
) -> None:
    going_on = "8f0a3a52-5c0e-4f6e-a7a4-27a4b8f2a001"
    recorder = gateway.telephony.recording.recorder
    await recorder.begin(going_on, CALLER, Address("hotline", CALLER), 8_000, clock())
    await recorder.settle()
    live = await hotline.row(going_on)
    changed, cut, gone = [await hotline.call() for _ in range(3)]
    shown = {one["id"]: one["sound"] for one in (await found(auditor))["calls"]}
    assert shown == {live: "live", changed: "whole", cut: "whole", gone: "whole"}
    files = await gateway.database.read(_files)
    folder = gateway.settings.recordings_folder
    spoilt = bytearray((folder / files[changed]).read_bytes())
    spoilt[-200] ^= 1
    (folder / files[changed]).write_bytes(bytes(spoilt))
    content = (folder / files[cut]).read_bytes()
    (folder / files[cut]).write_bytes(content[:-250])
    (folder / files[gone]).unlink()
    for call, status, says in (
        (live, 404, "还没有结束"),
        (changed, 400, "不一样"),
        (cut, 400, "不一样"),
        (gone, 404, "不在了"),
    ):
        answered, refused = await auditor.post(f"/calls/{call}/listen", reason=REASON)
        assert (answered, says in refused["error"]["message"]) == (status, True), refused
    clock.forward(days=181)
    await auditor.sign_in("sun")
    await gateway.telephony.recording.keeping.once()
    _, one = await auditor.get(f"/calls/{changed}")
    assert (one["sound"], one["deleted"][:10]) == ("deleted", "2027-05-24")
    status, refused = await auditor.post(f"/calls/{changed}/listen", reason=REASON)
    assert (status, "删除" in refused["error"]["message"]) == (404, True)


def _take(gateway: Gateway, number: str, move: Move, now: dt.datetime, tx: Connection) -> None:
    gateway.register.move(tx, number, move, now)


def _files(tx: Any) -> dict[int, str]:
    return {row.id: row.recording for row in tx.execute(select(calls))}


@pytest.mark.parametrize(
    ("user", "shown"),
    [
        ("13812345678", "138****5678"),
        ("+8613812345678", "138****5678"),
        ("0571-87654321", "0571****4321"),
        ("87654321", "87****21"),
        ("9558800", "9****00"),
        ("1001", "1001"),
        ("anonymous", ""),
        ("", ""),
        ("5c0e4f6e-a7a4-4b8f-9f2a-001122334455", ""),
    ],
)
def test_of_a_callers_number_the_middle_is_hidden(user: str, shown: str) -> None:
    assert caller(user) == shown


@given(st.lists(st.lists(st.one_of(st.none(), st.integers(0, 60_000)), min_size=3, max_size=3)))
def test_stacked_bars_stand_on_each_other_and_none_leaves_the_chart(
    turns: list[list[int | None]],
) -> None:
    labels = [str(place) for place in range(len(turns))]
    series = [Series(f"第{n}步", "#123456", [one[n] for one in turns]) for n in range(3)]
    root = ET.fromstring(stacked("时间", "", labels, series))  # noqa: S314 - our own text
    rects = [one for one in root.iter("{http://www.w3.org/2000/svg}rect") if list(one)]
    assert len(rects) == sum(bool(value) for one in turns for value in one)
    stacks: dict[str, float] = {}
    for rect in rects:
        x, y, height = rect.get("x", ""), float(rect.get("y", "")), float(rect.get("height", ""))
        assert 0 <= y <= y + height <= HEIGHT
        assert y + height == pytest.approx(stacks.get(x, y + height), abs=0.11)
        stacks[x] = y
