"""The officers' page over HTTP: who may do what, what customers are told, what is journalled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import files
import pytest
from conftest import Chat, Clock, Desk
from sqlalchemy import select

from actions import journal
from actions.complaints import Draft
from actions.deadlines import Deadlines
from actions.register import Origin, SqlRegister
from actions.roles import Role
from actions.tables import journal as journal_table
from actions.uploads import check
from bot.app import Gateway
from bot.settings import Complaints, Settings
from bot.turn import Json

STORY = "柜台多扣了我二十块手续费，我的卡号是6228480402564890018"
WRITTEN = {
    "what": STORY,
    "product": "信用卡",
    "when_where": "上周五，城东支行",
    "wants": "退还费用",
    "contact": "13812345678",
}
CODING = {"channel": "前台/营业现场", "business": "信用卡", "cause": "定价收费"}


class Office:
    """Signed-in people, each with their own browser."""

    def __init__(self, new_desk: Callable[..., Any]) -> None:
        self._new = new_desk
        self._open: dict[str, Desk] = {}

    async def as_(self, role: str) -> Desk:
        if role not in self._open:
            name = role.rstrip("2")
            self._open[role] = await self._new(role, f"{role}同事", Role(name))
        return self._open[role]

    async def received(self, **changed: Any) -> Json:
        desk = await self.as_("officer")
        status, one = await desk.post("/complaints", **{**WRITTEN, **changed})
        assert status == 200, one
        return one

    async def step(
        self, number: str, step: str, role: str = "officer", **more: Any
    ) -> tuple[int, Json]:
        desk = await self.as_(role)
        _, one = await desk.get(f"/complaints/{number}")
        body = {"step": step, "why": "事由", "seen": one["seen"], **more}
        return await desk.post(f"/complaints/{number}/steps", **body)

    async def steps(self, number: str, *steps: str) -> Json:
        after: Json = {}
        for step in steps:
            status, after = await self.step(number, step)
            assert status == 200, after
        return after

    async def found(self, role: str = "officer", **wanted: str) -> list[str]:
        desk = await self.as_(role)
        query = "&".join(f"{name}={value}" for name, value in wanted.items())
        status, found = await desk.get(f"/complaints?{query}")
        assert status == 200, found
        return [one["number"] for one in found["complaints"]]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"complaints": Complaints(branches=("城东支行", "城西支行"))})


@pytest.fixture
def office(new_desk: Callable[..., Any]) -> Office:
    return Office(new_desk)


async def complain(chat: Chat, gateway: Gateway, clock: Clock) -> str:
    """A complaint of a customer who has a chat; its number."""
    await chat.say("你好")
    register = SqlRegister(gateway.cipher, Deadlines(), dt.UTC)
    draft = Draft(STORY, "信用卡", "上周五，城东支行", "退还费用", "13812345678")
    origin = Origin("web", conversation=1)
    received = await gateway.database.write(lambda tx: register.receive(tx, origin, draft, clock()))
    return received.number


async def attach(gateway: Gateway, clock: Clock, number: str) -> None:
    """A picture that came with the complaint of the first conversation."""
    kept = gateway.attachments.write([check("凭条.jpg", files.JPEG)])

    def keep(tx: Any) -> None:
        gateway.attachments.add(tx, 1, 1, kept, clock())
        gateway.attachments.join(tx, 1, number, clock())

    await gateway.database.write(keep)


async def said_later(chat: Chat) -> list[Json]:
    """What stands in the customer's chat now."""
    response = await chat.client.get("/api/history", params={"conversation": chat.conversation})
    return list((await response.json())["messages"])


async def entries(gateway: Gateway, action: str) -> list[Any]:
    query = select(journal_table).where(journal_table.c.action == action)
    return await gateway.database.read(lambda tx: list(tx.execute(query).all()))


async def test_somebody_without_a_role_for_complaints_sees_none(office: Office) -> None:
    number = (await office.received())["number"]
    agent = await office.as_("agent")
    for path in ("/complaints", "/complaints/overview", f"/complaints/{number}"):
        status, refused = await agent.get(path)
        assert status == 403, path
        assert "投诉专员" in refused["error"]["message"]
    for path in ("steps", "reveal", "file"):
        assert (await agent.post(f"/complaints/{number}/{path}", reason="核实经过"))[0] == 403
    assert (await agent.post("/complaints", **WRITTEN))[0] == 403
    assert (await agent.post("/complaints/export", format="csv"))[0] == 403
    assert (await agent.get("/me"))[1]["agent"]["pages"] == ["desk", "calls", "knowledge"]


@pytest.mark.parametrize("role", ["auditor", "supervisor"])
async def test_who_may_only_read_reads_and_changes_nothing(office: Office, role: str) -> None:
    before = await office.received()
    number = before["number"]
    reader = await office.as_(role)
    status, one = await reader.get(f"/complaints/{number}")
    assert status == 200
    assert one["steps"] == []
    for step in ("accept", "note", "withdraw", "code", "told", "assign"):
        status, _ = await office.step(number, step, role, owner=1, coding=CODING)
        assert status == 403
    assert (await reader.post("/complaints", **WRITTEN))[0] == 403
    assert (await (await office.as_("officer")).get(f"/complaints/{number}"))[1] == before


async def test_a_complaint_written_down_at_the_counter_is_shown_masked(office: Office) -> None:
    one = await office.received(elder=True, proxy="替母亲，我是女儿", branch="城东支行")
    texts = {text["name"]: text["text"] for text in one["texts"]}
    assert texts["contact"] == "138****5678"
    assert "6228 **** **** 0018" in texts["what"]
    assert texts["proxy"] == "替母亲，我是女儿"
    assert (one["source"], one["branch"], one["elder"]) == ("柜面或电话", "城东支行", True)
    assert one["timeline"][0]["who"] == "officer同事"
    assert one["days_left"] == 15


async def test_what_is_wrong_in_a_new_complaint_stands_beside_its_field(office: Office) -> None:
    desk = await office.as_("officer")
    wrong: list[tuple[str, Any]] = [
        ("what", ""),
        ("what", "坏"),
        ("what", "长" * 1_001),
        ("contact", "138123"),
        ("representatives", "\n".join("甲乙丙丁戊己")),
        ("branch", "没有的支行"),
        ("elder", "是"),
        ("wants", 3),
    ]
    for field, value in wrong:
        status, refused = await desk.post("/complaints", **{**WRITTEN, field: value})
        assert (status, refused["error"]["field"]) == (400, field)
    assert await office.found() == []


async def test_an_anonymous_complaint_needs_no_telephone_number(office: Office) -> None:
    one = await office.received(anonymous=True, contact="")
    assert one["anonymous"] is True
    assert {"name": "contact", "label": "联系方式", "text": "不留"} in one["texts"]


async def test_passwords_are_never_written_down(office: Office) -> None:
    one = await office.received(what="柜员问我密码是123456，我说了")
    assert "123456" not in str(one)


async def test_only_the_next_steps_are_offered_and_the_most_likely_first(office: Office) -> None:
    one = await office.received()
    number = one["number"]
    assert one["steps"][0]["step"] == "accept"
    assert "answer" not in [step["step"] for step in one["steps"]]
    assert (await office.steps(number, "accept"))["steps"][0]["step"] == "told"
    assert (await office.steps(number, "told"))["steps"][0]["step"] == "start"
    assert (await office.steps(number, "start"))["steps"][0]["step"] == "answer"
    answered = await office.steps(number, "answer", "told")
    assert answered["steps"][0]["step"] == "code"
    coded = (await office.step(number, "code", coding=CODING))[1]
    assert coded["steps"][0]["step"] == "close"
    closed = await office.steps(number, "close")
    assert closed["label"] == "已办结"


async def test_a_step_on_a_stale_view_is_refused_and_changes_nothing(office: Office) -> None:
    number = (await office.received())["number"]
    other = await office.as_("officer2")
    await office.steps(number, "accept")
    status, refused = await other.post(f"/complaints/{number}/steps", step="start", seen=1)
    assert status == 409
    assert refused["error"]["code"] == "stale"
    assert "时间线" in refused["error"]["message"]
    assert (await other.get(f"/complaints/{number}"))[1]["label"] == "已受理"


async def test_what_is_wrong_with_a_step_stands_beside_its_field(office: Office) -> None:
    number = (await office.received())["number"]
    wrong: list[tuple[str, str, Json]] = [
        ("note", "why", {"why": " "}),
        ("note", "why", {"why": "长" * 4_001}),
        ("note", "why", {"why": 1}),
        ("transfer", "to", {"to": ""}),
        ("transfer", "to", {"to": "没有的支行"}),
        ("merge", "to", {"to": "2026112599991"}),
        ("merge", "to", {"to": number}),
        ("assign", "owner", {}),
        ("assign", "owner", {"owner": "1"}),
        ("code", "coding", {}),
        ("code", "coding", {"coding": {"channel": "x"}}),
        ("code", "coding", {"coding": {**CODING, "cause": "没有的原因"}}),
    ]
    for step, field, more in wrong:
        status, refused = await office.step(number, step, **more)
        assert (status, refused["error"].get("field")) == (400, field)
    desk = await office.as_("officer")
    for body in (
        {},
        {"step": "accept"},
        {"step": "x", "seen": 1},
        {"step": "accept", "seen": True},
    ):
        assert (await desk.post(f"/complaints/{number}/steps", **body))[0] == 400


async def test_the_customer_reads_of_each_step_in_the_chat(
    office: Office, chat: Chat, gateway: Gateway, clock: Clock
) -> None:
    number = await complain(chat, gateway, clock)
    await office.steps(number, "accept", "start")
    await office.step(number, "ask_extension", why="要等总行核实")
    await office.step(number, "extend", "approver", why="同意")
    await office.step(number, "answer", why="已退还二十元，请您查收。")
    told = [message["text"] for message in await said_later(chat) if number in message["text"]]
    assert len(told) == 3
    assert "已经受理" in told[0]
    assert "要等总行核实" in told[1]
    assert "2026年12月24日" in told[1]
    assert "同意" not in told[1]
    assert "已退还二十元，请您查收。" in told[2]
    assert "申请核查" in told[2]
    assert "12378" in told[2]
    assert await office.found(bucket="untold") == []


async def test_a_customer_without_a_chat_waits_on_the_list_until_somebody_told_them(
    office: Office,
) -> None:
    number = (await office.received())["number"]
    await office.steps(number, "accept")
    assert await office.found(bucket="untold") == [number]
    await office.step(number, "told", why="电话告知，上午十点")
    assert await office.found(bucket="untold") == []


async def test_a_merged_complaints_customer_hears_the_answer(
    office: Office, chat: Chat, gateway: Gateway, clock: Clock
) -> None:
    number = await complain(chat, gateway, clock)
    target = (await office.received())["number"]
    status, _ = await office.step(number, "merge", to=target)
    assert status == 200
    await office.steps(target, "accept", "start")
    await office.step(target, "answer", why="手续费已退还。")
    last = (await said_later(chat))[-1]["text"]
    assert number in last
    assert "手续费已退还。" in last
    assert target not in last  # it may be somebody else's
    desk = await office.as_("officer")
    assert (await desk.get(f"/complaints/{target}"))[1]["merged"] == [number]


async def test_a_gap_of_a_template_is_never_sent(
    office: Office, chat: Chat, gateway: Gateway, clock: Clock
) -> None:
    number = await complain(chat, gateway, clock)
    one = await office.steps(number, "accept", "start")
    template = next(one for one in one["templates"] if one["title"] == "已经退还费用")
    assert "您反映的信用卡收费的事" in template["text"]
    status, refused = await office.step(number, "answer", why=template["text"])
    assert status == 400
    assert refused["error"]["field"] == "why"
    assert "{金额}" in refused["error"]["message"]
    assert "还没有" not in (await said_later(chat))[-1]["text"]


async def test_a_customer_whose_channel_is_closed_is_put_on_the_list(
    office: Office, chat: Chat, gateway: Gateway, clock: Clock
) -> None:
    number = await complain(chat, gateway, clock)
    gateway.casework.complaints._steps._delivery._channels = frozenset()
    _, after = await office.step(number, "accept")
    assert after["reached"] is False
    assert after["label"] == "已受理"
    assert await office.found(bucket="untold") == [number]


async def test_the_lists_count_what_they_hold(office: Office, clock: Clock) -> None:
    number = (await office.received())["number"]

    async def counts(role: str = "officer") -> dict[str, int]:
        _, overview = await (await office.as_(role)).get("/complaints/overview")
        return {bucket["id"]: bucket["count"] for bucket in overview["buckets"]}

    assert (await counts())["soon"] == 0
    clock.forward(days=13)
    await (await office.as_("officer")).sign_in("officer")
    assert (await counts())["soon"] == 1
    await office.steps(number, "accept")
    assert (await counts())["mine"] == 1
    await office.step(number, "ask_extension")
    assert (await counts("approver"))["approval"] == 1
    assert "approval" not in await counts()
    clock.forward(days=2)
    for role in ("officer", "approver"):
        await (await office.as_(role)).sign_in(role)
    assert (await counts())["today"] == 1
    clock.forward(days=1)
    await (await office.as_("officer")).sign_in("officer")
    assert (await counts())["overdue"] == 1
    assert await office.found(bucket="overdue") == [number]


async def test_search_takes_words_a_telephone_number_or_the_beginning_of_a_number(
    office: Office,
) -> None:
    one = (await office.received())["number"]
    two = (await office.received(what="大堂经理说话很凶", contact="13900000000"))["number"]
    assert await office.found(text="手续费") == [one]
    assert await office.found(text="139 0000 0000") == [two]
    for length in (4, 5, 6, 7, 8):
        assert await office.found(text=one[:length]) == [two, one]
    assert await office.found(text=one) == [one]
    assert await office.found(elder="yes") == []
    assert await office.found(branch="-", source="desk", product="信用卡") == [two, one]


async def test_a_search_that_makes_no_sense_is_told_so(office: Office) -> None:
    desk = await office.as_("officer")
    wrong = {"bucket": "x", "state": "x", "from": "昨天", "order": "x", "text": "长" * 101}
    for name, value in wrong.items():
        status, refused = await desk.get(f"/complaints?{name}={value}")
        assert (status, refused["error"]["field"]) == (400, name)


async def test_lists_go_on_page_by_page(office: Office, gateway: Gateway, clock: Clock) -> None:
    register = SqlRegister(gateway.cipher, Deadlines(), dt.UTC)
    draft = Draft(STORY, "信用卡", "上周五", "退还费用", "13812345678")
    await gateway.database.write(
        lambda tx: [register.receive(tx, Origin("import"), draft, clock()) for _ in range(60)]
    )
    desk = await office.as_("officer")
    _, first = await desk.get("/complaints")
    assert (len(first["complaints"]), first["more"], first["total"]) == (50, True, 60)
    last = first["complaints"][-1]["number"]
    _, second = await desk.get(f"/complaints?before={last}")
    assert (len(second["complaints"]), second["more"]) == (10, False)


async def test_personal_data_is_shown_for_a_reason_and_journalled(
    office: Office, gateway: Gateway
) -> None:
    number = (await office.received())["number"]
    desk = await office.as_("officer2")
    for reason in ("", "看看", "长" * 201):
        status, refused = await desk.post(f"/complaints/{number}/reveal", reason=reason)
        assert (status, refused["error"]["field"]) == (400, "reason")
    assert await entries(gateway, "complaint.reveal") == []
    status, clear = await desk.post(f"/complaints/{number}/reveal", reason="打电话核实经过")
    assert status == 200
    assert STORY in [text["text"] for text in clear["texts"]]
    (noted,) = await entries(gateway, "complaint.reveal")
    assert (noted.subject, noted.detail) == (f"complaint:{number}", "打电话核实经过")
    assert (await desk.get(f"/complaints/{number}"))[1]["clear"] is False
    assert await gateway.database.read(journal.verify) is None


async def test_an_attachment_is_opened_for_a_reason_and_only_within_its_complaint(
    office: Office, gateway: Gateway, chat: Chat, clock: Clock
) -> None:
    number = await complain(chat, gateway, clock)
    await attach(gateway, clock, number)
    other = (await office.received())["number"]
    desk = await office.as_("officer")
    (file,) = (await desk.get(f"/complaints/{number}"))[1]["attachments"]
    path = f"/desk/api/complaints/{{}}/attachments/{file['id']}"
    headers = {"X-Desk": "1"}
    for reason, which, status in (
        ("看", number, 400),
        ("核对凭条", other, 404),
        ("核对凭条", number, 200),
    ):
        response = await desk.http.post(
            path.format(which), json={"reason": reason}, headers=headers
        )
        assert response.status == status
    assert await response.read() == files.JPEG
    (noted,) = await entries(gateway, "complaint.attachment")
    assert noted.subject == f"complaint:{number}"
    assert "核对凭条" in noted.detail


async def test_who_stepped_aside_sees_nothing_in_the_clear(
    office: Office, gateway: Gateway
) -> None:
    number = (await office.received())["number"]
    await office.steps(number, "accept", "recuse")
    desk = await office.as_("officer")
    for path in ("reveal", "file"):
        status, refused = await desk.post(f"/complaints/{number}/{path}", reason="核实经过")
        assert (status, refused["error"]["code"]) == (403, "recused")


async def test_a_supervisor_sees_nothing_in_the_clear(office: Office) -> None:
    number = (await office.received())["number"]
    desk = await office.as_("supervisor")
    for path in (f"/complaints/{number}/reveal", f"/complaints/{number}/file"):
        assert (await desk.post(path, reason="核实经过"))[0] == 403
    assert (await desk.post("/complaints/export", format="csv", reason="核实经过"))[0] == 403


async def test_thirty_looks_an_hour_are_enough(office: Office, clock: Clock) -> None:
    number = (await office.received())["number"]
    desk, path = await office.as_("officer"), f"/complaints/{number}/reveal"
    for _ in range(30):
        assert (await desk.post(path, reason="核实经过"))[0] == 200
    status, refused = await desk.post(path, reason="核实经过")
    assert status == 429
    assert "30 次" in refused["error"]["message"]
    assert (await (await office.as_("officer2")).post(path, reason="核实经过"))[0] == 200
    clock.forward(minutes=3)
    assert (await desk.post(path, reason="核实经过"))[0] == 200
