"""What the group sees of a customer: the topic's name, its card with the buttons, the words. Pure.

Customers' words are masked as on the desk page; what is under a mask is revealed there only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from actions.floor import Handoff
from actions.privacy import mask
from actions.queueing import HandoffState, Urgency
from bot.channels.wording import split, utf16
from bot.desk.rows import customer_name
from bot.desk.summary import summarise
from bot.turn import Author, Message

_CHANNELS = {"web": "网页", "telegram": "Telegram", "wechat": "微信", "wecom": "微信客服"}
_LIMIT = 4_096
_TAIL = 8
_LINE = 300
"""Characters of one message in the card."""
OURS = "topic:"
"""Begins the ids of what agents write in a topic: it stands there already."""


class Tap(StrEnum):
    """What a button does; the rest of its data says to which request or conversation."""

    TAKE = "take"
    END = "end"
    TRANSFER = "transfer"
    COLLEAGUE = "to"
    TEAM = "team"
    JOIN = "join"
    TAKE_OVER = "over"
    REVEAL = "number"
    ANSWER = "chat"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Card:
    """One message of ours in the group."""

    text: str = ""
    """"" where what happens in the topic says enough."""
    keyboard: InlineKeyboardMarkup | None = None
    private: bool = False
    """For the eyes of who has tapped only."""


def data(tap: Tap, *about: object) -> str:
    """What a button carries."""
    return ":".join([tap, *map(str, about)])


def keyboard(*rows: Sequence[tuple[str, str]]) -> InlineKeyboardMarkup:
    """Each row's buttons: title and data."""
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(label, callback_data=carries) for label, carries in row]
            for row in rows
        ]
    )


def marks(urgency: Urgency, *, elder: bool) -> list[str]:
    """What every agent must see at first sight."""
    found = {"疑似诈骗": urgency is Urgency.FRAUD, "老人": elder or urgency is Urgency.ELDER}
    return [mark for mark, is_so in found.items() if is_so]


def title(handoff: Handoff) -> str:
    """The topic's name, as the desk calls the customer."""
    who = customer_name(handoff.conversation)
    return " · ".join([who, *marks(handoff.urgency, elder=handoff.elder)])


def card(
    handoff: Handoff,
    said: Sequence[Message],
    zone: dt.tzinfo,
    *,
    outcome: str,
    promised: dt.datetime | None,
    has_guests: bool,
) -> Card:
    """Who it is, what it is about, what was said last, and what can be done now.

    `outcome`: how it ended, in Chinese; `promised`: until when a call is promised; `has_guests`:
    whether a supervisor takes part.
    """
    since = handoff.requested.astimezone(zone)
    lines = [
        f"【{title(handoff)}】 · {_CHANNELS.get(handoff.channel, handoff.channel)}",
        _standing(handoff, outcome) + ("，班长也在" if has_guests else ""),
        f"原因：{mask(handoff.reason)}",
        f"登记号 {handoff.number}，{since:%H:%M} 开始等",
    ]
    if promised:
        lines.append(f"已承诺 {promised.astimezone(zone):%m月%d日 %H:%M} 前回电")
    if summary := summarise(said):
        lines += ["", "摘要：", *(f"· {mask(sentence)}" for sentence in summary)]
    if tail := [_short(one) for one in said[-_TAIL:] if one.author is not Author.DESK]:
        lines += ["", "最近的对话：", *tail]
    return Card(split("\n".join(lines), _LIMIT, utf16)[0], _buttons(handoff))


def _standing(handoff: Handoff, outcome: str) -> str:
    match handoff.state:
        case HandoffState.WAITING if handoff.team:
            return f"▶ 转给 {handoff.team}组，请接入"
        case HandoffState.WAITING:
            return "▶ 等待接入"
        case HandoffState.ACCEPTED:
            return f"▶ {handoff.agent_name} 接待中"
        case HandoffState.ENDED:
            return f"■ 已结束：{outcome}"
    return "■ 客户不再排队"


def _buttons(handoff: Handoff) -> InlineKeyboardMarkup | None:
    match handoff.state:
        case HandoffState.WAITING:
            return keyboard([("接入", data(Tap.TAKE, handoff.id))])
        case HandoffState.ACCEPTED:
            id_ = handoff.conversation
            return keyboard(
                [("结束", data(Tap.END, id_, "")), ("转接", data(Tap.TRANSFER, id_, ""))]
            )
    return None


def words(said: Sequence[Message]) -> list[str]:
    """What is new in a topic, in as few messages as Telegram takes: a group has twenty a minute."""
    new = [_line(one) for one in said if not (one.client_id or "").startswith(OURS)]
    return split("\n\n".join(new), _LIMIT, utf16) if new else []


def _short(message: Message) -> str:
    line = _line(message).replace("\n", " ")
    return line if len(line) <= _LINE else f"{line[:_LINE]}……"


def _line(message: Message) -> str:
    text = mask(message.text)
    match message.author:
        case Author.CUSTOMER:
            return f"客户：{text}"
        case Author.BOT:
            return f"小宝：{text}"
        case Author.AGENT:
            return f"客服{message.name or ''}：{text}"
        case Author.DESK:
            return f"⚠ {text}"
    return f"（{text}）"
