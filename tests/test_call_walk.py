"""From wherever a call has got to, and whatever is broken, one word or key leads to a human."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from call_parts import Hearing, Line, Recorder, Telephone, Voice, Watch
from conftest import KEY, Clock
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from actions.errors import StorageUnavailable
from bot import app as composition
from bot.call.hotline import Hotline
from bot.call.waiting import Patience
from bot.settings import Http, Rasa, Security, Settings
from bot.turn import Heard, Turn

SAID = (
    "银行卡丢了怎么办",
    "我要投诉",
    "你们上周三在城东支行乱收我两百块",
    "好的",
    "不对",
    "取消",
    "再见",
    "再说一遍",
    "说慢一点",
    "大声点",
    "我七十三了",
    "考考我",
    "第一个",
    "嗡嗡嗡呜呜",
    "嗯",
    "",
    "警察让我把钱转到安全账户",
    "发到我微信",
    "13800138000",
    "查投诉进度",
)
STEPS = st.one_of(
    st.sampled_from(SAID).map(lambda text: ("say", text)),
    st.sampled_from("123456789*#").map(lambda digit: ("press", digit)),
    st.sampled_from(("begin", "break", "mend")).map(lambda what: (what, "")),
)
ASKING = st.sampled_from(
    (("say", "人工"), ("say", "转人工"), ("say", "我要找真人"), ("say", "忍公"), ("press", "0"))
)
LONG = Patience(silence=3600, elders_silence=3600, hesitation=3600)


class Moody:
    """The switchboard, which sometimes cannot store anything."""

    def __init__(self, switchboard: Any) -> None:
        self._switchboard = switchboard
        self.is_broken = False

    async def hear(self, turn: Turn) -> Heard:
        if self.is_broken:
            raise StorageUnavailable("away")
        heard: Heard = await self._switchboard.hear(turn)
        return heard


async def walk(steps: list[tuple[str, str]], asking: tuple[str, str], *, known: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        gateway = composition.assemble(
            Settings(
                data_dir=Path(folder),
                http=Http(rate_limit=0),
                rasa=Rasa(managed=False),
                security=Security(key=(SecretStr(KEY),)),
            ),
            clock=Clock(),
        )
        await gateway.database.prepare(gateway.cipher)
        moody, hearing, voice, watch = Moody(gateway.switchboard), Hearing(), Voice(), Watch()
        hotline = Hotline(
            hearing,
            voice,
            moody,  # type: ignore[arg-type]
            gateway.phrases,
            watch,
            Recorder(),
            gateway.queueing.persons,
            gateway.database,
            Clock(),
            LONG,
        )
        phone = Telephone(hotline, hearing, voice, watch)
        phone.dial(Line("13800138000" if known else ""))
        await phone.hears("小宝")
        for kind, what in (*steps, asking):
            if phone.line.ended.is_set():
                break
            match kind:
                case "say":
                    phone.say(what)
                case "press":
                    phone.line.press(what)
                case "begin":
                    phone.begin_to_speak()
                case "break" | "mend":
                    moody.is_broken = kind == "break"
            await phone.settled()
        await phone.over()
        assert phone.line.ended.is_set()
        # Whoever said goodbye has hung up before they could ask.
        assert phone.note.startswith("agent;") or ("say", "再见") in steps
        await gateway.database.close()


@settings(max_examples=25, deadline=None)
@given(steps=st.lists(STEPS, max_size=7), asking=ASKING, known=st.booleans())
def test_one_word_or_key_leads_to_a_human(
    *, steps: list[tuple[str, str]], asking: tuple[str, str], known: bool
) -> None:
    with asyncio.Runner() as runner:
        runner.run(walk(steps, asking, known=known))
