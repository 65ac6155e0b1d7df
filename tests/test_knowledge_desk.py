"""The loop closes: what was asked in vain is seen at the desk, and becomes a draft."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Chat, Clock, Desk

from bot.app import Gateway
from bot.settings import ROOT
from bot.turn import Json
from knowledge.drafts import Drafts
from knowledge.groups import group

VAULT = "保管箱怎么租"


async def overview(desk: Desk) -> Json:
    status, found = await desk.get("/knowledge")
    assert status == 200, found
    return found


async def test_a_question_without_an_answer_is_listed_masked(chat: Chat, desk: Desk) -> None:
    await chat.say(f"{VAULT}，13812345678")
    assert chat.answer["route"] == "fallback"
    (found,) = (await overview(desk))["groups"]
    assert found["question"] == f"{VAULT}，138****5678"
    assert (found["unanswered"], found["handed_off"]) == (1, 0)


async def test_an_answer_that_was_followed_by_the_wish_for_a_human_is_listed(
    chat: Chat, desk: Desk
) -> None:
    await chat.say("银行卡丢了怎么办")
    await chat.tap("/human")
    (found,) = (await overview(desk))["groups"]
    assert found["question"] == "银行卡丢了怎么办"
    assert (found["unanswered"], found["handed_off"]) == (0, 1)
    assert found["nearest"]["id"] == "card-lost"


async def test_an_answer_that_was_enough_is_not_listed(chat: Chat, desk: Desk) -> None:
    await chat.say("银行卡丢了怎么办")
    await chat.say("谢谢")
    await chat.tap("/human")
    assert (await overview(desk))["groups"] == []


async def test_like_questions_stand_together_and_the_most_asked_first(
    new_chat: Callable[[], Chat], desk: Desk
) -> None:
    for text in ("你们行长贵姓", VAULT, "保管箱要怎么租", "你们保管箱怎么租"):
        await new_chat().say(text)
    first, second = (await overview(desk))["groups"]
    assert first["unanswered"] == 3
    assert second["question"] == "你们行长贵姓"


def test_grouping_takes_anything() -> None:
    assert group([]) == []
    assert group(["", "？？", "😀"]) == [[0], [1], [2]]
    assert group(["卡丢了", "卡丢了"]) == [[0, 1]]


async def test_a_group_becomes_a_draft_that_says_what_is_missing(
    chat: Chat, desk: Desk, gateway: Gateway
) -> None:
    await chat.say(VAULT)
    ids = (await overview(desk))["groups"][0]["ids"]
    status, draft = await desk.post("/knowledge/drafts", ids=ids)
    assert status == 200
    assert f"- {VAULT}" in draft["text"]
    assert any("spoken" in remark for remark in draft["remarks"])
    found = await overview(desk)
    assert found["groups"] == []
    assert found["drafts"] == [
        {"id": draft["id"], "title": VAULT, "remarks": len(draft["remarks"])}
    ]
    assert gateway.library.base.article(draft["id"]) is None  # no customer can read it


async def test_a_whole_draft_has_no_remark(chat: Chat, desk: Desk) -> None:
    await chat.say(VAULT)
    ids = (await overview(desk))["groups"][0]["ids"]
    _, draft = await desk.post("/knowledge/drafts", ids=ids)
    text = (ROOT / "knowledge/articles/bank-cards/card-lost.md").read_text("utf-8")
    status, saved = await desk.post(f"/knowledge/drafts/{draft['id']}", text=text)
    assert status == 200
    assert saved["remarks"] == []
    _, again = await desk.get(f"/knowledge/drafts/{draft['id']}")
    assert again["text"] == text


async def test_two_agents_cannot_begin_the_same_draft(chat: Chat, desk: Desk) -> None:
    await chat.say(VAULT)
    ids = (await overview(desk))["groups"][0]["ids"]
    await desk.post("/knowledge/drafts", ids=ids)
    status, refused = await desk.post("/knowledge/drafts", ids=ids)
    assert status == 404
    assert "已经有同事处理" in refused["error"]["message"]


async def test_what_needs_no_article_is_settled(chat: Chat, desk: Desk) -> None:
    await chat.say(VAULT)
    ids = (await overview(desk))["groups"][0]["ids"]
    assert await desk.post("/knowledge/settle", ids=ids) == (200, {})
    assert (await overview(desk))["groups"] == []


async def test_a_removed_draft_is_gone(chat: Chat, desk: Desk) -> None:
    await chat.say(VAULT)
    ids = (await overview(desk))["groups"][0]["ids"]
    _, draft = await desk.post("/knowledge/drafts", ids=ids)
    assert (await desk.post(f"/knowledge/drafts/{draft['id']}/remove"))[0] == 200
    assert (await desk.get(f"/knowledge/drafts/{draft['id']}"))[0] == 404


@pytest.mark.parametrize("ids", [None, [], "1", [0], [True], ["1"], [2**70], [1] * 1001])
async def test_question_numbers_are_checked(desk: Desk, ids: object) -> None:
    for path in ("/knowledge/settle", "/knowledge/drafts"):
        status, answer = await desk.post(path, ids=ids)
        assert status == 400
        assert "ids" in answer["error"]["message"]


async def test_only_signed_in_agents_read_and_write(chat: Chat, desk: Desk, clock: Clock) -> None:
    await chat.say(VAULT)
    clock.forward(hours=13)
    for path in ("/knowledge", "/knowledge/drafts/draft-1"):
        assert (await desk.get(path))[0] == 401
    assert (await desk.post("/knowledge/settle", ids=[1]))[0] == 401


def test_a_draft_never_leaves_its_folder(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path / "drafts")
    (tmp_path / "secret.md").write_text("secret")
    for id_ in ("../secret", "a/b", "", "a.b"):
        with pytest.raises(LookupError):
            drafts.get(id_)


def test_a_draft_of_any_length_is_not_taken(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="最多 15000 个"):
        Drafts(tmp_path).save("draft-1", "字" * 15_001)
