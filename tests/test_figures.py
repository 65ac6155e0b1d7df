"""Figures: elders apart from the others, and giving up never a success."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from aiohttp.test_utils import TestClient
from browser import chromium, needs_chromium, no_violations, picture
from conftest import PASSWORD, START, Chat, Clock, Desk
from hypothesis import given
from hypothesis import strategies as st
from playwright.async_api import Browser, expect

from actions.figures import Contact, percentile, summarise
from actions.queueing import HandoffState
from actions.roles import Role
from bot.desk.charts import Series, bars

Client = TestClient[Any, Any]
SECOND = dt.timedelta(seconds=1)
SETTLED = frozenset({"solved"})


def contact(conversation: int = 1, **known: Any) -> Contact:
    values: dict[str, Any] = {
        "requested": START,
        "state": HandoffState.ENDED,
        "elder": True,
        "in_hours": True,
        "waited_s": 10,
        "handling_s": 300,
        "ended": START + 310 * SECOND,
        "outcome": "solved",
        "score": None,
        "promised": None,
        "called": None,
    }
    return Contact(conversation, **{**values, **known})


def left(conversation: int) -> Contact:
    gone = {"state": HandoffState.LEFT, "waited_s": None, "handling_s": None, "outcome": None}
    return contact(conversation, **gone)


def test_an_elder_who_gives_up_is_abandoned_and_resolves_nothing() -> None:
    found = summarise([left(1), left(2), contact(3), contact(4)], SETTLED, 3, START)
    assert (found.left, found.lost) == (0.5, 0.5)
    assert found.service_level == 0.5
    assert found.resolved == 1.0  # of the two that ended with a human
    nothing = summarise([left(1)], SETTLED, 3, START)
    assert nothing.resolved is None
    assert nothing.service_level == 0.0


def test_the_second_definition_also_counts_who_was_gone_when_an_agent_came() -> None:
    found = summarise([contact(1, outcome="gone"), left(2), contact(3)], SETTLED, 3, START)
    assert found.left == pytest.approx(1 / 3)
    assert found.lost == pytest.approx(2 / 3)


def test_who_comes_again_within_a_week_was_not_helped_the_first_time() -> None:
    soon = contact(1, requested=START + dt.timedelta(days=6))
    late = contact(2, requested=START + dt.timedelta(days=8))
    assert summarise([contact(1), soon], SETTLED, 3, START).resolved == 0.5
    assert summarise([contact(2), late], SETTLED, 3, START).resolved == 1.0


def test_requests_at_night_do_not_spoil_the_waiting_time_but_their_calls_are_counted() -> None:
    promised = START + dt.timedelta(hours=10)
    night = {"in_hours": False, "waited_s": 40_000, "promised": promised}
    kept = contact(1, **night, called=promised - SECOND)
    late = contact(2, **night)
    found = summarise([kept, late, contact(3)], SETTLED, 3, promised + SECOND)
    assert (found.wait_p95_s, found.out_of_hours, found.accepted) == (10, 2, 1)
    assert (found.callbacks, found.callbacks_in_time) == (2, 0.5)


@given(st.lists(st.integers(0, 10_000), min_size=1), st.integers(1, 100))
def test_a_percentile_is_one_of_the_values_and_so_many_are_not_above_it(
    values: list[int], percent: int
) -> None:
    found = percentile(values, percent)
    assert found in values
    assert sum(value <= found for value in values) * 100 >= percent * len(values)


@given(
    st.lists(
        st.one_of(st.none(), st.floats(0, 1e6)),
        min_size=1,
        max_size=90,
    )
)
def test_a_chart_is_whole_and_no_bar_leaves_it(values: list[float | None]) -> None:
    labels = [str(place) for place in range(len(values))]
    svg = bars("等待 <秒>", "%", labels, [Series("长辈", "#5b2a91", values)])
    root = ET.fromstring(svg)  # noqa: S314 - our own text
    box = "{http://www.w3.org/2000/svg}rect"
    for rect in root.iter(box):
        assert float(rect.get("height", "0")) >= 0
        assert 0 <= float(rect.get("y", "0")) <= 260


@pytest.fixture
async def busy_day(desk: Desk, new_chat: Callable[[], Chat], clock: Clock) -> None:
    """An elder served in 5 s and pleased, another customer in 40 s, an elder who gave up."""
    elder, other, lost = new_chat(), new_chat(), new_chat()
    for chat, words, seconds in ((elder, "我七十三了，转人工", 5), (other, "人工", 40)):
        await chat.say(words)
        clock.forward(seconds=seconds)
        row = (await desk.queue())["waiting"][0]
        await desk.post(f"/handoffs/{row['id']}/accept")
        await desk.post(f"/conversations/{row['conversation']}/typing")
        clock.forward(minutes=3)
        await desk.post(f"/conversations/{row['conversation']}/end", outcome="solved")
    await elder.tap("/rate:3")
    await lost.say("我八十了，转人工")
    await lost.tap("/leave")
    clock.forward(minutes=1)


async def test_the_page_shows_elders_and_others_apart(
    busy_day: None, new_desk: Callable[..., Any]
) -> None:
    boss: Desk = await new_desk("zhao", "赵班长", Role.SUPERVISOR)
    status, shown = await boss.get("/figures?days=7")
    assert status == 200
    elders, others = shown["elders"], shown["others"]
    assert (elders["requests"], elders["accepted"], elders["wait_p95_s"]) == (2, 1, 5)
    assert (elders["service_level"], elders["left"], elders["satisfied"]) == (0.5, 0.5, 1.0)
    assert (others["wait_p50_s"], others["service_level"], others["resolved"]) == (40, 0.0, 1.0)
    assert shown["all"]["requests"] == 3


async def test_figures_are_for_supervisors_auditors_and_administrators(
    desk: Desk, new_desk: Callable[..., Any]
) -> None:
    assert (await desk.get("/figures"))[0] == 403
    auditor: Desk = await new_desk("qian", "小钱", Role.AUDITOR)
    assert (await auditor.get("/figures"))[0] == 200
    assert (await auditor.get("/figures?days=8"))[0] == 400
    chart = await auditor.http.get("/desk/figures/wait.svg?days=30")
    assert chart.content_type == "image/svg+xml"
    assert (await auditor.http.get("/desk/figures/nothing.svg")).status == 404


async def test_prometheus_gets_them_too(busy_day: None, client: Client) -> None:
    text = await (await client.get("/metrics")).text()
    assert 'xiaobao_human_service{figure="wait_p95_s",group="elders"} 5.0' in text
    assert 'xiaobao_human_service{figure="left",group="elders"} 0.5' in text
    assert 'xiaobao_human_service{figure="service_level",group="others"} 0.0' in text


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@needs_chromium
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
async def test_the_page_can_be_read_by_everybody(
    browser: Browser,
    client: Client,
    busy_day: None,
    new_desk: Callable[..., Any],
    size: tuple[int, int],
) -> None:
    await new_desk("zhao", "赵班长", Role.SUPERVISOR)
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale="zh-CN"
    )
    page = await context.new_page()
    body = {"login": "zhao", "password": PASSWORD}
    await context.request.post(
        str(client.make_url("/desk/api/sign-in")), data=body, headers={"X-Desk": "1"}
    )
    await page.goto(str(client.make_url("/desk/figures")))
    await expect(page.get_by_test_id("requests")).to_contain_text("3")
    await expect(page.get_by_test_id("chart")).to_have_count(3)
    for place in range(3):
        chart = page.get_by_test_id("chart").nth(place)
        await chart.scroll_into_view_if_needed()
        await page.wait_for_function(
            "(one) => one.complete && one.naturalWidth > 0", arg=await chart.element_handle()
        )
    await page.evaluate("() => scrollTo(0, 0)")
    await picture(page, f"figures-{size[0]}")
    await no_violations(page)
