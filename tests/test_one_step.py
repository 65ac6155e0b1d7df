"""The one-step rule, walked at random: whatever happened before and whatever has broken."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import files
from conftest import KEY, START, Clock
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pydantic import SecretStr

from actions.agents import Agent
from actions.errors import NotAllowed
from actions.presence import Status
from actions.uploads import Upload, check
from bot import app as composition
from bot.errors import UnderstandingError
from bot.settings import Rasa, Security, Settings
from bot.turn import HUMAN_BUTTON, Address, Author, Heard, Mode, Turn
from bot.understanding import NOT_UNDERSTOOD, KeywordRules, Resilient, Understood
from knowledge.finding import Finding

WORDS = [
    "银行卡丢了怎么办",
    "我要投诉",
    "昨天在城东支行排了两个小时队，柜员还发火",
    "信用卡",
    "13812345678",
    "电话错了",
    "替我妈投诉，她的存款变成了保险",
    "我们二十几户一起投诉",
    "匿名",
    "我要撤回投诉",
    "补充一点：还有收据",
    "对答复不满意",
    "是的",
    "不对",
    "取消",
    "再说一遍",
    "谢谢",
    "我七十五岁了",
    "字大一点",
    "警察让我把钱转到安全账户",
    "今天天气怎么样",
    "考考我",
    "A",
    "预约上门",
    "你们什么破银行",
    "?",
    "😀",
]
TAPS = [
    "/complain",
    "/visit",
    "/suggest",
    "/cancel",
    "/submit",
    "/correct",
    "/correct:contact",
    "/answer:信用卡",
    "/article:card-lost",
    "/article:gone",
    "/quiz",
    "/quiz:B",
    "/progress",
    "/withdraw",
    "/supplement:2026112400017",
    "/dispute",
    "/repeat",
    "/leave",
    "/elder_on",
    "/elder_off",
    "/start",
    "/nonsense",
    "/silence",
    "/rate:3",
    "/rate:9",
]
ASKING = [
    ("人工", ""),
    ("转人工", ""),
    ("我要找真人客服", ""),
    ("给我转人工服务", ""),
    ("", "/human"),
    ("人公", ""),
    ("转仁工", ""),
    ("zrg", ""),
]
INTENTS = ["ask_knowledge", "complain", "quiz", "affirm", "cancel", "greet", NOT_UNDERSTOOD]


class Moods:
    """Rasa as it may be: right, wrong, or away."""

    def __init__(self) -> None:
        self.intent: str | None = NOT_UNDERSTOOD

    async def understand(self, text: str) -> Understood:
        assert text
        if self.intent is None:
            raise UnderstandingError("away")
        return Understood(self.intent, "rasa")


class Slow:
    """A database whose every answer takes its time, so that others come in between."""

    def __init__(self, work: Any) -> None:
        self._work = work

    async def __call__(self, work: Any) -> Any:
        await asyncio.sleep(0.002)
        return await self._work(work)


class Customers(RuleBasedStateMachine):
    """One customer, one agent, and bad luck; after every step, a copy of it all is tried."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder, self.other = tempfile.TemporaryDirectory(), tempfile.TemporaryDirectory()
        self.clock, self.moods = Clock(), Moods()
        self.gateway = self.assembled(self.folder.name)
        self.copy = self.assembled(self.other.name)
        self.search = self.gateway.library.base.answer
        self.numbers, self.asking = itertools.count(), itertools.cycle(ASKING)
        self.mode = Mode.BOT
        self.heard: Heard | None = None

    def assembled(self, folder: str) -> composition.Gateway:
        gateway = composition.assemble(
            Settings(
                data_dir=Path(folder),
                rasa=Rasa(managed=False),
                security=Security(key=(SecretStr(KEY),)),
            ),
            clock=self.clock,
        )
        understanding = Resilient(self.moods, KeywordRules(), lambda: None)
        gateway.switchboard._understanding = understanding
        return gateway

    @initialize()
    def open(self) -> None:
        self.runner.run(self.gateway.database.prepare(self.gateway.cipher))
        added = self.gateway.agents.add("wang", "小王", "long-enough-7", START, team="信用卡")
        self.runner.run(added)
        self.runner.run(self.gateway.agents.add("li", "小李", "long-enough-7", START))

    def teardown(self) -> None:
        self.runner.run(self.gateway.database.close())
        self.runner.run(self.copy.database.close())
        self.runner.close()
        self.folder.cleanup()
        self.other.cleanup()

    @property
    def agent(self) -> Agent:
        return Agent(1, "wang", "小王")

    @property
    def work(self) -> Any:
        return self.gateway.desk.work

    def hear(self, text: str, payload: str = "", uploads: tuple[Upload, ...] = ()) -> Heard:
        self.clock.forward(seconds=7)
        address, number = Address("web", "u"), str(next(self.numbers))
        turn = Turn(address, number, self.clock(), text, payload, uploads=uploads)
        self.heard = self.runner.run(self.gateway.switchboard.hear(turn))
        self.mode = self.heard.mode
        return self.heard

    def queue(self, gateway: composition.Gateway) -> Any:
        return self.runner.run(gateway.desk.views.queue(self.agent))

    def changed(self) -> None:
        """Something happened without the customer: read how things stand."""
        status = self.gateway.switchboard._store
        found = self.runner.run(
            self.gateway.database.read(lambda tx: status.find(tx, Address("web", "u")))
        )
        self.mode, self.heard = (found[0].mode if found else Mode.BOT), None

    @rule(words=st.sampled_from(WORDS), intent=st.sampled_from([*INTENTS, None]))
    def say(self, words: str, intent: str | None) -> None:
        self.moods.intent = intent
        self.hear(words)

    @rule(text=st.text(min_size=1, max_size=40))
    def say_anything(self, text: str) -> None:
        self.hear(text)

    @rule(payload=st.sampled_from(TAPS))
    def tap(self, payload: str) -> None:
        self.hear("", payload)

    @rule(media_type=st.sampled_from(sorted(files.KINDS)))
    def send_a_file(self, media_type: str) -> None:
        upload = check("照片", files.KINDS[media_type])
        with suppress(NotAllowed):  # the tenth
            self.hear("", uploads=(upload,))

    @rule()
    def register_a_complaint(self) -> None:
        self.hear("", "/cancel")
        self.moods.intent = "complain"
        self.hear("昨天柜员多扣了我存款，要求退钱，电话13812345678")
        self.hear("", "/submit")

    @rule()
    def fill_in_a_complaint_by_half(self) -> None:
        self.hear("我要投诉，昨天在城东支行排了两个小时队")
        self.hear("昨天，城东支行")

    @rule()
    def the_knowledge_breaks(self) -> None:
        def broken(question: str, limit: int = 5) -> Finding:
            raise RuntimeError(f"no index for {limit} answers to {question}")

        for gateway in (self.gateway, self.copy):
            gateway.library.base.answer = broken  # type: ignore[method-assign]

    @rule()
    def the_knowledge_is_mended(self) -> None:
        for gateway in (self.gateway, self.copy):
            gateway.library.base.answer = self.search  # type: ignore[method-assign]

    @rule()
    def the_database_becomes_slow(self) -> None:
        database: Any = self.copy.database
        if not isinstance(database.read, Slow):
            database.read, database.write = Slow(database.read), Slow(database.write)

    @rule(hours=st.sampled_from([1, 8, 20]))
    def time_passes(self, hours: int) -> None:
        self.clock.forward(hours=hours)

    @rule(status=st.sampled_from(Status))
    def the_agent_comes_or_goes(self, status: Status) -> None:
        self.runner.run(self.work.choose(self.agent, status))

    @rule()
    def the_sweep_passes(self) -> None:
        self.clock.forward(seconds=31)
        self.runner.run(self.gateway.sweep.once())
        self.changed()

    @rule()
    def the_gateway_is_killed_and_comes_back(self) -> None:
        self.runner.run(self.gateway.database.close())
        answer = self.gateway.library.base.answer
        self.gateway = self.assembled(self.folder.name)
        self.gateway.library.base.answer = answer  # type: ignore[method-assign]
        self.changed()

    @precondition(lambda self: self.mode is Mode.WAITING)
    @rule()
    def the_agent_accepts(self) -> None:
        self.clock.forward(seconds=31)  # no reservation lasts so long
        waiting = self.queue(self.gateway)["waiting"]
        self.runner.run(self.work.accept(self.agent, waiting[0]["id"]))
        self.changed()
        assert self.mode is Mode.HUMAN

    @precondition(lambda self: self.mode is Mode.HUMAN)
    @rule(to=st.sampled_from([{"colleague": 2}, {"team": "信用卡"}]))
    def the_agent_transfers(self, to: dict[str, Any]) -> None:
        self.runner.run(self.work.transfer(self.agent, 1, **to))
        self.changed()
        assert self.mode is Mode.WAITING

    @precondition(lambda self: self.mode is Mode.HUMAN)
    @rule()
    def the_agent_ends(self) -> None:
        self.runner.run(self.work.end(self.agent, 1, "solved"))
        self.changed()
        assert self.mode is Mode.BOT

    @precondition(lambda self: self.mode is not Mode.HUMAN)
    @rule()
    def nobody_else_can_end_it(self) -> None:
        try:
            self.runner.run(self.work.end(self.agent, 1, "solved"))
        except NotAllowed:
            return
        raise AssertionError("ended a conversation that nobody had")

    @rule(asking=st.sampled_from(ASKING), intent=st.sampled_from([*INTENTS, None]))
    def the_customer_asks_for_a_human(self, asking: tuple[str, str], intent: str | None) -> None:
        self.moods.intent = intent
        heard = self.hear(*asking)
        assert heard.mode in {Mode.WAITING, Mode.HUMAN}

    @invariant()
    def one_step_would_reach_a_human_now(self) -> None:
        """On a copy of everything that is stored; the walk itself goes on undisturbed."""
        source = Path(self.folder.name) / "xiaobao.sqlite3"
        target = Path(self.other.name) / "xiaobao.sqlite3"
        with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
            here.backup(there)
        text, payload = next(self.asking)
        turn = Turn(Address("web", "u"), "the one step", self.clock(), text, payload)
        heard = self.runner.run(self.copy.switchboard.hear(turn))
        assert heard.mode in {Mode.WAITING, Mode.HUMAN}
        queue = self.queue(self.copy)
        shown = [one["conversation"] for one in (*queue["waiting"], *queue["mine"])]
        assert shown == [1]

    @invariant()
    def the_bot_offers_a_human_with_every_reply_and_is_silent_beside_an_agent(self) -> None:
        if self.heard is None:
            return
        replies = [message for message in self.heard.messages if message.author is Author.BOT]
        if self.heard.mode is Mode.HUMAN:
            assert not replies
        if self.heard.mode is Mode.BOT:
            assert replies
            for message in replies:
                assert message.reply is not None
                assert HUMAN_BUTTON in message.reply.buttons


Customers.TestCase.settings = settings(
    max_examples=15,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestTheOneStepRule = Customers.TestCase
