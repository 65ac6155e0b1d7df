"""What an agent asks for in the group: the desk's own steps, answered in the topic."""

from __future__ import annotations

import datetime as dt

from actions.agents import Agent
from actions.errors import NotAllowed
from actions.presence import Status
from bot.desk.calls import CallWork
from bot.desk.views import DeskViews
from bot.desk.work import OVERSEERS, DeskWork
from bot.forum import wording
from bot.forum.cards import Card, Tap, data, keyboard
from bot.forum.members import Members
from bot.service import Service
from bot.turn import Json

_CALLS = 10
"""Promises that are listed at once."""
_MAX_NOTE = 1_000
_NOTHING = Card()
_IN_A_TOPIC = {
    "end": Tap.END,
    "transfer": Tap.TRANSFER,
    "join": Tap.JOIN,
    "take": Tap.TAKE_OVER,
}
"""Which button does what a command does there."""


class Talk:
    """Each raises NotAllowed in words for the agent."""

    def __init__(
        self,
        work: DeskWork,
        calls: CallWork,
        views: DeskViews,
        members: Members,
        service: Service,
        zone: dt.tzinfo,
        desk_url: str,
    ) -> None:
        """`desk_url`: where agents open the desk page; "" where that is not known."""
        self._work = work
        self._calls = calls
        self._views = views
        self._members = members
        self._service = service
        self._zone = zone
        self._desk_url = desk_url

    async def say(self, agent: Agent, conversation: int, text: str, key: str) -> None:
        """To the customer. The same `key` again is the same words."""
        await self._work.say(agent, conversation, text, key)
        await self._members.begin(agent)

    async def command(
        self, agent: Agent, conversation: int | None, name: str, about: str, key: str
    ) -> list[Card]:
        """`about`: what follows the command; `conversation`: None outside of any topic.

        `key`: the same where the same command comes again.
        """
        match name:
            case "queue":
                return [wording.queue(await self._views.queue(agent))]
            case "calls":
                return await self._promises(agent)
            case "live":
                return [await self._live(agent)]
            case "on" | "busy" | "off":
                return [await self._duty(agent, name)]
            case "reveal":
                return [Card(wording.masked_here(self._desk_url))]
        if conversation and name == "note":
            return [await self._note(agent, conversation, about, key)]
        if conversation is None or name not in _IN_A_TOPIC:
            return [Card(wording.HELP)]
        return [await self.tap(agent, _IN_A_TOPIC[name], [conversation, about])]

    async def tap(self, agent: Agent, tap: str, about: list[int | str]) -> Card:
        """What a button asks for."""
        match tap, about:
            case ((Tap.TAKE | Tap.ANSWER), [int(handoff)]):
                await self._members.begin(agent)
                accept = self._work.accept if tap == Tap.TAKE else self._calls.answer
                await accept(agent, handoff)
                return Card("您已接入，请到客户的话题里说第一句。")
            case Tap.DONE, [int(handoff)]:
                await self._calls.done(agent, handoff)
                return Card("已记下：回过电话了。")
            case Tap.REVEAL, [int(handoff)]:
                return Card(await self._calls.reveal(agent, handoff), private=True)
            case Tap.END, [int(conversation), str(wanted)]:
                return await self._end(agent, conversation, wanted)
            case Tap.TRANSFER, [int(conversation), str(wanted)]:
                return await self._transfer(agent, conversation, wanted)
            case ((Tap.COLLEAGUE | Tap.TEAM), [int(conversation), int(colleague)]):
                return await self._hand_over(agent, conversation, tap, colleague)
            case ((Tap.JOIN | Tap.TAKE_OVER), [int(conversation), *_]):
                return await self._oversee(agent, conversation, tap)
        raise NotAllowed("not_found", "这个按钮已经用不了，请发 /help。")

    async def _duty(self, agent: Agent, name: str) -> Card:
        if name == "off":
            await self._work.leave(agent)
            await self._members.end(agent)
            return Card(f"{agent.name} 已下班，手上的客户已转给别人。")
        await self._members.begin(agent)
        await self._work.choose(agent, Status.BUSY if name == "busy" else Status.READY)
        state = "忙碌，先不接新客户" if name == "busy" else "接待中"
        return Card(f"{agent.name}：{state}。下班请发 /off。")

    async def _promises(self, agent: Agent) -> list[Card]:
        found = (await self._views.queue(agent))["callbacks"]
        cards = [wording.call(one, self._zone) for one in found[:_CALLS]]
        return cards or [Card("没有待回的电话。")]

    async def _end(self, agent: Agent, conversation: int, wanted: str) -> Card:
        outcomes = self._service.outcomes
        code = next((one.code for one in outcomes if wanted in {one.code, one.label}), "")
        if not code:
            buttons = [(one.label, data(Tap.END, conversation, one.code)) for one in outcomes]
            return Card("请选处理结果：", keyboard(*([one] for one in buttons)))
        await self._work.end(agent, conversation, code)
        return _NOTHING

    async def _transfer(self, agent: Agent, conversation: int, wanted: str) -> Card:
        found = await self._views.colleagues(agent)
        people, team = found["colleagues"], wanted.removesuffix("组")
        named = [one["id"] for one in people if one["name"] == wanted]
        if team in found["teams"]:
            await self._work.transfer(agent, conversation, team=team)
        elif len(named) == 1:
            await self._work.transfer(agent, conversation, colleague=named[0])
        else:
            return _recipients(conversation, people)
        return _NOTHING

    async def _hand_over(self, agent: Agent, conversation: int, tap: str, colleague: int) -> Card:
        """To the colleague, or to the team that they are of."""
        if tap == Tap.COLLEAGUE:
            await self._work.transfer(agent, conversation, colleague=colleague)
        else:
            people = (await self._views.colleagues(agent))["colleagues"]
            team = next((one["team"] for one in people if one["id"] == colleague), None)
            await self._work.transfer(agent, conversation, team=team or "")
        return _NOTHING

    async def _note(self, agent: Agent, conversation: int, text: str, key: str) -> Card:
        if not 0 < len(text) <= _MAX_NOTE:
            return Card(f"请这样写：/note 备注内容（最多 {_MAX_NOTE} 字）。")
        await self._work.note(agent, conversation, text, key)
        return Card("备注已存，只有同事看得到。")

    async def _live(self, agent: Agent) -> Card:
        _require_overseer(agent)
        talks = (await self._views.queue(agent))["live"]
        return wording.live([one for one in talks if one["agent_id"] != agent.id])

    async def _oversee(self, agent: Agent, conversation: int, tap: str) -> Card:
        _require_overseer(agent)
        await self._members.begin(agent)
        step = self._work.join if tap == Tap.JOIN else self._work.take_over
        await step(agent, conversation)
        done = "加入" if tap == Tap.JOIN else "接管"
        return Card(f"您已{done}，请在客户的话题里说。")


def _require_overseer(agent: Agent) -> None:
    if OVERSEERS.isdisjoint(agent.roles):
        raise NotAllowed("forbidden", wording.NO_OVERSEER)


def _recipients(conversation: int, people: list[Json]) -> Card:
    """A button for each colleague and team. A team is named by a member: names may be too long."""
    members = {one["team"]: one["id"] for one in people if one["team"]}
    buttons = [
        *(
            (f"{one['name']}（{one['status']}）", data(Tap.COLLEAGUE, conversation, one["id"]))
            for one in people
        ),
        *((f"{team}组", data(Tap.TEAM, conversation, id_)) for team, id_ in members.items()),
    ]
    if not buttons:
        raise NotAllowed("no_recipient", "没有别的同事可以转。")
    return Card("转给谁？", keyboard(*([one] for one in buttons)))
