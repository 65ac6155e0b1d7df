"""`python -m bot ask`: one question from a terminal."""

from __future__ import annotations

import datetime as dt
import json
import sys
import tempfile
from pathlib import Path

import aiohttp
from pydantic import SecretStr

from actions.privacy import new_key
from bot import app as composition
from bot import wire
from bot.settings import Rasa, Security, Settings
from bot.turn import Address, Json, Turn


async def ask(settings: Settings, text: str, conversation: str, *, as_json: bool) -> int:
    """Ask the running gateway; where none runs, answer by rules and search, storing nothing."""
    body = {"text": text, **({"conversation": conversation} if conversation else {})}
    url = f"http://{settings.http.host}:{settings.http.port}/api/messages"
    try:
        async with aiohttp.ClientSession() as session, session.post(url, json=body) as response:
            answer: Json = await response.json()
    except (aiohttp.ClientConnectionError, aiohttp.ContentTypeError):
        print("网关没有运行，用关键词规则和知识检索回答（不保存）", file=sys.stderr)
        answer = await _ask_offline(settings, text)
    if "error" in answer:
        print(f"✗ {answer['error']['message']}", file=sys.stderr)
        return 1
    print(json.dumps(answer, ensure_ascii=False, indent=2) if as_json else _readable(answer))
    return 0


async def _ask_offline(settings: Settings, text: str) -> Json:
    with tempfile.TemporaryDirectory() as folder:
        alone = settings.model_copy(
            update={
                "data_dir": Path(folder),
                "database_url": None,
                "security": Security(key=(SecretStr(new_key()),)),
                "rasa": Rasa(managed=False),
            }
        )
        gateway = composition.assemble(alone)
        await gateway.database.prepare(gateway.cipher)
        try:
            turn = Turn(Address("terminal", "once"), "1", dt.datetime.now(dt.UTC), text)
            return wire.answer("", await gateway.switchboard.hear(turn))
        finally:
            await gateway.database.close()


def _readable(answer: Json) -> str:
    lines = []
    for reply in answer["replies"]:
        lines.append(reply["text"])
        if reply["article"]:
            article = reply["article"]
            lines.append(
                f"〔{article['title']}　依据：{'；'.join(article['sources'])}"
                f"　生效：{article['effective']}〕"
            )
        if reply["buttons"]:
            lines.append("　".join(f"［{button['title']}］" for button in reply["buttons"]))
    if answer["conversation"]:
        lines.append(f"（接着问：--conversation {answer['conversation']}）")
    return "\n\n".join(lines)
