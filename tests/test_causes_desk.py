"""The 溯源整改 page's API: 堵点 of the last days, and tasks whose effect is watched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conftest import Chat, Clock, Desk

from actions.complaints import Coding, Draft, Step
from actions.register import Origin
from actions.roles import Role
from actions.steps import Actor, Move
from bot.app import Gateway
from bot.turn import Json

FEES = (
    "信用卡年费扣了我三百六，一次都没有刷过，要求退还年费",
    "没刷过的信用卡扣了年费三百六，要求退还",
    "信用卡年费三百六要求退还，我叫王秀英，电话13812345678",
)


class Counter:
    """Where complaints are written down."""

    def __init__(self, gateway: Gateway, clock: Clock) -> None:
        self.gateway = gateway
        self.clock = clock

    async def receive(self, text: str, **more: Any) -> str:
        draft = Draft(text, "信用卡", "上周", "退费", "不用回电")
        origin = Origin("web", **more)
        register, now = self.gateway.register, self.clock()
        made = await self.gateway.database.write(
            lambda tx: register.receive(tx, origin, draft, now)
        )
        return made.number

    async def take(self, number: str, step: Step, **more: Any) -> None:
        move = Move(step, Actor(1, frozenset({Role.OFFICER})), **more)
        register, now = self.gateway.register, self.clock()
        await self.gateway.database.write(lambda tx: register.move(tx, number, move, now))


@pytest.fixture
async def counter(gateway: Gateway, clock: Clock, officer: Desk) -> Counter:
    return Counter(gateway, clock)


@pytest.fixture
async def officer(new_desk: Callable[..., Any]) -> Desk:
    made: Desk = await new_desk("li", "老李", Role.OFFICER)
    return made


async def causes(desk: Desk, days: int = 30) -> Json:
    status, found = await desk.get(f"/causes?days={days}")
    assert status == 200, found
    return found


async def begin(desk: Desk, complaints: list[str], **more: Any) -> tuple[int, Json]:
    body = {
        "title": "年费规则写进开卡告知",
        "change": "开卡时口头并书面告知",
        "owner": 1,
        "due": "2026-12-10",
        "cause": "定价收费",
        "numbers": complaints,
    }
    return await desk.post("/improvements", **{**body, **more})


async def test_like_complaints_stand_together_masked_with_their_suggested_cause(
    officer: Desk, counter: Counter
) -> None:
    numbers = [await counter.receive(text, elder=True) for text in FEES]
    await counter.receive("取款机把我的卡吞了，屏幕黑了")
    found = await causes(officer)
    assert (found["total"], found["before"]) == (4, 0)
    first = found["causes"][0]
    (spot,) = first["hotspots"]
    assert first["path"] == "定价收费"
    assert (spot["count"], spot["share"], spot["elders"], spot["suggested"]) == (3, 0.75, 3, 3)
    assert spot["numbers"] == numbers[::-1]
    assert not any("王秀英" in one or "13812345678" in one for one in spot["examples"])


async def test_a_confirmed_cause_counts_instead_of_the_suggested_one(
    officer: Desk, counter: Counter
) -> None:
    number = await counter.receive(FEES[0])
    coding = Coding("前台/电子渠道/短信", "信用卡", "信息披露")
    await counter.take(number, Step.CODE, coding=coding)
    (found,) = (await causes(officer))["causes"]
    assert (found["path"], found["suggested"], found["single"]) == ("信息披露", 0, 1)


async def test_the_days_before_tell_the_trend_and_what_was_merged_counts_once(
    officer: Desk, counter: Counter, clock: Clock
) -> None:
    await counter.receive(FEES[0])
    clock.forward(days=8)
    await officer.sign_in("li")
    kept, merged = [await counter.receive(text) for text in FEES[1:]]
    await counter.take(merged, Step.MERGE, to=kept, why="同一件事")
    week = await causes(officer, 7)
    assert (week["total"], week["before"]) == (1, 1)
    month = await causes(officer, 30)
    assert (month["total"], month["before"]) == (2, 0)


async def test_a_task_that_is_done_shows_what_still_comes(
    officer: Desk, counter: Counter, clock: Clock, new_desk: Callable[..., Any]
) -> None:
    numbers = [await counter.receive(text) for text in FEES[:2]]
    status, made = await begin(officer, numbers)
    assert status == 200, made
    path = f"/improvements/{made['id']}"
    (task,) = (await causes(officer))["tasks"]
    assert task["label"] == "待整改"
    assert [turn["id"] for turn in task["turns"]] == ["start", "change"]
    assert (await causes(officer))["causes"][0]["hotspots"][0]["tasks"] == [
        {"id": made["id"], "title": "年费规则写进开卡告知"}
    ]
    for turn in ("start", "finish"):
        assert (await officer.post(f"{path}/turns", turn=turn, why="已办"))[0] == 200
    _, found = await officer.get(path)
    assert found["after"] == {"count": 0, "numbers": [], "until": "2026-12-24", "over": False}
    clock.forward(days=2)
    await officer.sign_in("li")
    again = await counter.receive(FEES[2])
    await counter.receive("取款机把我的卡吞了，屏幕黑了")
    _, found = await officer.get(path)
    assert (found["after"]["count"], found["after"]["numbers"]) == (1, [again])
    approver: Desk = await new_desk("zhao", "老赵", Role.APPROVER)
    assert (await approver.post(f"{path}/turns", turn="check", why="抽查"))[0] == 200
    _, found = await approver.get(path)
    assert [(one["who"], one["what"]) for one in found["past"]] == [
        ("老李", "新建"),
        ("老李", "开始整改"),
        ("老李", "整改完成"),
        ("老赵", "复核通过"),
    ]


async def test_a_task_past_its_day_is_marked(officer: Desk, counter: Counter, clock: Clock) -> None:
    await begin(officer, [await counter.receive(FEES[0])], due="2026-11-25")
    clock.forward(days=2)
    await officer.sign_in("li")
    (task,) = (await causes(officer))["tasks"]
    assert task["overdue"] is True
    path = f"/improvements/{task['id']}/turns"
    change = {"turn": "change", "why": "等系统排期", "due": "2026-12-20"}
    assert await officer.post(path, **change) == (200, {})
    (task,) = (await causes(officer))["tasks"]
    assert (task["overdue"], task["due"]) == (False, "2026-12-20")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"title": " "}, "任务名称"),
        ({"title": "长" * 121}, "最多 120"),
        ({"change": ""}, "改什么"),
        ({"owner": "1"}, "负责人"),
        ({"owner": 99}, "负责人"),
        ({"due": "明天"}, "期限"),
        ({"due": "2026-11-01"}, "早于今天"),
        ({"cause": "天气"}, "原因分类"),
        ({"numbers": []}, "编号"),
        ({"numbers": ["12"]}, "编号"),
        ({"numbers": [1]}, "编号"),
    ],
)
async def test_what_is_wrong_with_a_task_is_said(
    officer: Desk, counter: Counter, wrong: Json, told: str
) -> None:
    status, refused = await begin(officer, [await counter.receive(FEES[0])], **wrong)
    assert status in {400, 413}
    assert told in refused["error"]["message"]


async def test_wrong_days_and_turns_are_refused(officer: Desk, counter: Counter) -> None:
    assert (await officer.get("/causes?days=31"))[0] == 400
    _, made = await begin(officer, [await counter.receive(FEES[0])])
    path = f"/improvements/{made['id']}/turns"
    assert (await officer.post(path, turn="jump", why="x"))[0] == 400
    assert (await officer.post(path, turn="finish", why="x"))[0] == 400
    assert (await officer.post(path, turn="change", why="x", due="昨天"))[0] == 400
    assert (await officer.post("/improvements/99/turns", turn="start", why="x"))[0] == 404
    assert (await officer.get("/improvements/99"))[0] == 404


async def test_auditors_and_supervisors_read_and_agents_do_not(
    new_desk: Callable[..., Any], officer: Desk, counter: Counter, chat: Chat
) -> None:
    number = await counter.receive(FEES[0])
    await begin(officer, [number])
    for role in (Role.AUDITOR, Role.SUPERVISOR):
        reader: Desk = await new_desk(role.value, role.value, role)
        found = await causes(reader)
        assert found["may_write"] is False
        assert found["tasks"][0]["turns"] == []
        assert (await begin(reader, [number]))[0] == 403
        assert (await reader.post("/improvements/1/turns", turn="start", why="x"))[0] == 403
    agent: Desk = await new_desk("wang", "小王")
    assert (await agent.get("/causes"))[0] == 403
    assert (await agent.get("/improvements/1"))[0] == 403
