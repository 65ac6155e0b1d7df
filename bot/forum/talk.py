"""What an agent asks for in the group: the desk's own steps, answered in the topic."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from telegram import InlineKeyboardMarkup

from actions.agents import Agent
from actions.callbacks import Callbacks
from actions.database import Database
from actions.errors import NotAllowed
from actions.phones import Phones
from actions.presence import Status
from bot.board import Board
from bot.desk.calls import CallWork
from bot.desk.views import DeskViews
from bot.desk.work import DeskWork
from bot.forum import wording
from bot.forum.wording import OURS, Tap, data, rows
from bot.service import Service

_CALLS = 10
"""Promises that are listed at once."""
_MAX_NOTE = 1_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What the agent hears of it."""

    text: str = ""
    """"" where what happens in the topic says enough."""
    keyboard: InlineKeyboardMarkup | None = None
    private: bool = False
    """For this agent's eyes only."""


NOTHING = Answer()


class Talk:
    """Each raises NotAllowed in words for the agent."""

    def __init__(
        self,
        work: DeskWork,
        calls: CallWork,
        views: DeskViews,
        callbacks: Callbacks,
        phones: Phones,
        board: Board,
        service: Service,
        database: Database,
        zone: dt.tzinfo,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._work = work
        self._calls = calls
        self._views = views
        self._callbacks = callbacks
        self._phones = phones
        self._board = board
        self._service = service
        self._database = database
        self._zone = zone
        self._clock = clock

    async def say(self, agent: Agent, conversation: int, text: str, message: int) -> Answer:
        """To the customer. The same `message` again is the same words."""
        await self._there(agent)
        await self._work.say(agent, conversation, text, f"{OURS}{message}")
        return NOTHING

    async def command(
        self, agent: Agent, conversation: int | None, name: str, about: str
    ) -> list[Answer]:
        """`about`: what follows the command; `conversation`: None outside of any topic."""
        match name:
            case "queue":
                wall = await self._board.look()
                return [Answer(wording.queue(wall.queue()))]
            case "calls":
                return await self._promises()
            case "on" | "busy" | "off":
                return [await self._duty(agent, name)]
        if conversation is None or name not in {"end", "transfer", "note"}:
            return [Answer(wording.HELP)]
        match name:
            case "end":
                return [await self._end(agent, conversation, about)]
            case "transfer":
                return [await self._transfer(agent, conversation, about)]
        return [await self._note(agent, conversation, about)]

    async def tap(self, agent: Agent, tap: str, about: list[int | str]) -> Answer:
        """What a button asks for."""
        match tap, about:
            case Tap.TAKE, [int(handoff)]:
                await self._there(agent)
                await self._work.accept(agent, handoff)
                return Answer("您已接入，请说第一句。")
            case Tap.ANSWER, [int(handoff)]:
                await self._there(agent)
                await self._calls.answer(agent, handoff)
                return Answer("您已接入，请到客户的话题里说第一句。")
            case Tap.DONE, [int(handoff)]:
                await self._calls.done(agent, handoff)
                return Answer("已记下：回过电话了。")
            case Tap.REVEAL, [int(handoff)]:
                return Answer(await self._calls.reveal(agent, handoff), private=True)
            case Tap.ASK_END, [int(conversation)]:
                return await self._end(agent, conversation, "")
            case Tap.END, [int(conversation), str(code)]:
                return await self._end(agent, conversation, code)
            case Tap.ASK_TRANSFER, [int(conversation)]:
                return await self._transfer(agent, conversation, "")
            case ((Tap.COLLEAGUE | Tap.TEAM), [int(conversation), int(colleague)]):
                return await self._hand_over(agent, conversation, tap, colleague)
        raise NotAllowed("not_found", "这个按钮已经用不了，请发 /help。")

    async def _there(self, agent: Agent) -> None:
        """Who serves is on duty; a day later they must say so again."""
        now = self._clock()
        await self._database.write(lambda tx: self._phones.begin(tx, agent.id, now))

    async def _duty(self, agent: Agent, name: str) -> Answer:
        if name == "off":
            await self._work.leave(agent)
            await self._database.write(lambda tx: self._phones.end(tx, agent.id))
            return Answer(f"{agent.name} 已下班，手上的客户已转给别人。")
        await self._there(agent)
        await self._work.choose(agent, Status.BUSY if name == "busy" else Status.READY)
        state = "忙碌，先不接新客户" if name == "busy" else "接待中"
        return Answer(f"{agent.name}：{state}。下班请发 /off。")

    async def _promises(self) -> list[Answer]:
        found = await self._database.read(lambda tx: self._callbacks.open(tx, _CALLS))
        cards = [wording.call(one, self._zone) for one in found]
        return [Answer(one.text, one.keyboard) for one in cards] or [Answer("没有待回的电话。")]

    async def _end(self, agent: Agent, conversation: int, wanted: str) -> Answer:
        outcomes = self._service.outcomes
        code = next((one.code for one in outcomes if wanted in {one.code, one.label}), "")
        if not code:
            buttons = [(one.label, data(Tap.END, conversation, one.code)) for one in outcomes]
            return Answer("请选处理结果：", rows(buttons))
        await self._work.end(agent, conversation, code)
        return NOTHING

    async def _transfer(self, agent: Agent, conversation: int, wanted: str) -> Answer:
        found = await self._views.colleagues(agent)
        colleagues, teams = found["colleagues"], found["teams"]
        if wanted and (team := wanted.removesuffix("组")) in teams:
            await self._work.transfer(agent, conversation, team=team)
            return NOTHING
        named = [one["id"] for one in colleagues if one["name"] == wanted]
        if len(named) == 1:
            await self._work.transfer(agent, conversation, colleague=named[0])
            return NOTHING
        buttons = [
            (f"{one['name']}（{one['status']}）", data(Tap.COLLEAGUE, conversation, one["id"]))
            for one in colleagues
        ]
        for team in teams:
            member = next((one["id"] for one in colleagues if one["team"] == team), None)
            if member:
                buttons.append((f"{team}组", data(Tap.TEAM, conversation, member)))
        if not buttons:
            raise NotAllowed("no_recipient", "没有别的同事可以转。")
        return Answer("转给谁？", rows(buttons))

    async def _hand_over(self, agent: Agent, conversation: int, tap: str, colleague: int) -> Answer:
        if tap == Tap.COLLEAGUE:
            await self._work.transfer(agent, conversation, colleague=colleague)
            return NOTHING
        found = (await self._views.colleagues(agent))["colleagues"]
        team = next((one["team"] for one in found if one["id"] == colleague), None)
        await self._work.transfer(agent, conversation, team=team or "")
        return NOTHING

    async def _note(self, agent: Agent, conversation: int, text: str) -> Answer:
        if not 0 < len(text) <= _MAX_NOTE:
            return Answer(f"请这样写：/note 备注内容（最多 {_MAX_NOTE} 字）。")
        await self._work.note(agent, conversation, text)
        return Answer("备注已存，只有同事看得到。")
