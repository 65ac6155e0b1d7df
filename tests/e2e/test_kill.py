"""kill -9: of Rasa in the middle of a conversation, of the gateway in the middle of an intake."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from e2e.live import Live, live

STORY = "上周五在城东支行，柜员给我多扣了二十块手续费，还对我发火"
STEPS: list[dict[str, str]] = [
    {"text": f"我要投诉，{STORY}"},
    {"text": "上周五上午，城东支行"},
    {"payload": "/answer:退还费用"},
    {"text": "13812345678"},
    {"payload": "/submit"},
]


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Live]:
    with live(tmp_path) as gateway:
        yield gateway


def test_rasa_killed_in_a_conversation_costs_the_next_turn_little_and_comes_back(
    gateway: Live,
) -> None:
    gateway.wait_for_rasa()
    first = gateway.post(text="银行卡丢了怎么办")
    assert first["replies"][0]["article"]["id"] == "card-lost"
    [pid] = gateway.rasa_pids()
    os.kill(pid, signal.SIGKILL)
    began = time.monotonic()
    answer = gateway.post(conversation=first["conversation"], text="存款有没有保险")
    assert time.monotonic() - began < 1.5
    assert answer["replies"][0]["article"]["id"] == "deposit-insurance"
    gateway.wait_for_rasa()
    assert gateway.rasa_pids() != [pid]


def test_a_frozen_rasa_costs_a_turn_less_than_a_second_and_a_half(gateway: Live) -> None:
    gateway.wait_for_rasa()
    [pid] = gateway.rasa_pids()
    os.kill(pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        answer = gateway.post(text="存款有没有保险")
        assert time.monotonic() - began < 1.5
        assert answer["route"] == "knowledge"
    finally:
        os.kill(pid, signal.SIGCONT)


def test_no_rasa_is_left_behind_when_the_gateway_is_killed(gateway: Live) -> None:
    gateway.wait_for_rasa()
    pids = gateway.rasa_pids()
    gateway.kill()
    end = time.monotonic() + 15
    while set(gateway.rasa_pids()) & set(pids):
        assert time.monotonic() < end
        time.sleep(0.1)
    gateway.start()


@pytest.mark.parametrize("kill_after", range(len(STEPS)))
def test_a_killed_gateway_goes_on_at_the_same_question_and_registers_once(
    gateway: Live, kill_after: int
) -> None:
    """The killed turn is sent again, as the page does."""
    conversation = gateway.post(payload="/start")["conversation"]
    answer: Any = None
    for number, step in enumerate(STEPS):
        body = {"conversation": conversation, "id": f"turn-{number}", **step}
        answer = gateway.post(**body)
        if number == kill_after:
            gateway.kill()
            gateway.start()
            assert gateway.post(**body)["replies"] == answer["replies"]
    registered = answer["replies"][0]["complaint"]["number"]
    status = gateway.post(conversation=conversation, text="查投诉进度")
    assert [one["complaint"]["number"] for one in status["replies"]] == [registered]


def test_customers_who_wait_are_still_waiting_in_order_after_a_kill(gateway: Live) -> None:
    gateway.add_agent("wang", "小王")
    words = ("人工", "我七十三了，转人工", "有个警察让我把钱转到安全账户", "转人工")
    conversations = [gateway.post(text=text)["conversation"] for text in words]
    before = [(one["number"], one["urgency"]) for one in gateway.queue("wang")]
    assert [urgency for _, urgency in before] == ["fraud", "elder", "normal", "normal"]
    gateway.kill()
    gateway.start()
    assert [(one["number"], one["urgency"]) for one in gateway.queue("wang")] == before
    again = gateway.post(conversation=conversations[0], text="人工")
    assert again["replies"][0]["handoff"]["position"] == 3


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_gateway_killed_at_any_moment_leaves_no_complaint_or_exactly_one(gateway: Live) -> None:
    """Kills while the last step is under way, at moments spread over its duration."""
    for attempt in range(12):
        conversation = gateway.post(payload="/start")["conversation"]
        for number, step in enumerate(STEPS[:-1]):
            gateway.post(conversation=conversation, id=f"turn-{number}", **step)
        last = {"conversation": conversation, "id": "last", **STEPS[-1]}
        pid = os.fork()
        if pid == 0:
            try:
                gateway.post(**last)
            finally:
                os._exit(0)
        time.sleep(attempt * 0.001)
        gateway.kill()
        os.waitpid(pid, 0)
        gateway.start()
        gateway.post(**last)
        status = gateway.post(conversation=conversation, text="查投诉进度")
        assert len([one for one in status["replies"] if one["complaint"]]) == 1
