"""kill -9: of Rasa in the middle of a conversation, of the gateway in the middle of an intake."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import files
import pytest
from e2e.live import BOUNDARY, Live, form, live

pytestmark = pytest.mark.slow

STORY = "在城东支行，柜员给我妈的卡多扣了二十块手续费，还对她发火"
STEPS: list[dict[str, str]] = [
    {"text": f"我要替我妈投诉，{STORY}"},
    {"text": "替母亲王秀英，我是她女儿"},
    {"payload": "/answer:银行卡或存款"},
    {"text": "上周五上午，城东支行"},
    {"payload": "/answer:退还费用"},
    {"text": "13812345678"},
    {"file": "小票.png"},
    {"payload": "/submit"},
]


def take(gateway: Live, conversation: str, number: int, step: dict[str, str]) -> Any:
    """One step of the intake, as often as it is sent."""
    fields = {"conversation": conversation, "id": f"turn-{number}"}
    return (
        gateway.attach(files.png(), **fields) if "file" in step else gateway.post(**fields, **step)
    )


def attachments(gateway: Live) -> list[Path]:
    return list((gateway.folder / "attachments").glob("*"))


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
        answer = take(gateway, conversation, number, step)
        if number == kill_after:
            gateway.kill()
            gateway.start()
            assert take(gateway, conversation, number, step)["replies"] == answer["replies"]
    registered = answer["replies"][0]["complaint"]["number"]
    status = gateway.post(conversation=conversation, text="查投诉进度")
    assert [one["complaint"]["number"] for one in status["replies"]] == [registered]
    assert "1个附件" in answer["replies"][0]["text"]
    assert len(attachments(gateway)) == 1


@pytest.mark.parametrize("share", [0.1, 0.9])
def test_a_gateway_killed_in_the_middle_of_an_upload_keeps_the_intake_and_no_half_file(
    gateway: Live, share: float
) -> None:
    conversation = gateway.post(payload="/start")["conversation"]
    picture = files.png() + os.urandom(4_000_000)
    body = form(picture, conversation=conversation, id="picture")
    for number, step in enumerate(STEPS[:-2]):
        take(gateway, conversation, number, step)
    head = (
        f"POST /api/attachments HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", gateway.port)) as upload:
        upload.sendall(head.encode() + body[: int(len(body) * share)])
        gateway.kill()
    gateway.start()
    assert attachments(gateway) == []
    gateway.attach(picture, conversation=conversation, id="picture")
    registered = gateway.post(conversation=conversation, payload="/submit")
    assert "1个附件" in registered["replies"][0]["text"]


@pytest.mark.timeout(300)
def test_an_upload_killed_at_any_moment_is_there_once_or_leaves_nothing(gateway: Live) -> None:
    """Kills while the file is being sealed, written and named; the page sends it again."""
    picture = files.png() + os.urandom(2_000_000)
    for attempt in range(10):
        conversation = gateway.post(payload="/start")["conversation"]
        fields = {"conversation": conversation, "id": "picture"}
        pid = os.fork()
        if pid == 0:
            try:
                gateway.attach(picture, **fields)
            finally:
                os._exit(0)
        time.sleep(0.005 + attempt * 0.008)
        gateway.kill()
        os.waitpid(pid, 0)
        for path in (gateway.folder / "attachments").glob("*"):
            os.utime(path, (1_700_000_000, 1_700_000_000))  # as if a while had passed
        gateway.start()
        gateway.attach(picture, **fields)
        assert len(attachments(gateway)) == attempt + 1


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


@pytest.mark.timeout(300)
def test_a_gateway_killed_at_any_moment_leaves_no_complaint_or_exactly_one(gateway: Live) -> None:
    """Kills while the last step is under way, at moments spread over its duration."""
    for attempt in range(12):
        conversation = gateway.post(payload="/start")["conversation"]
        for number, step in enumerate(STEPS[:-1]):
            take(gateway, conversation, number, step)
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
