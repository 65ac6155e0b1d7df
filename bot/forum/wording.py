"""How the desk reads in the agents' group. Pure.

Customers' words are masked as on the desk page; what is under a mask is revealed there only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from actions.callbacks import Callback
from actions.floor import Handoff
from actions.privacy import mask
from actions.queueing import HandoffState, Urgency
from bot.channels.wording import split, utf16
from bot.desk.rows import customer_name
from bot.desk.summary import summarise
from bot.turn import Author, Json, Message

COMMANDS = (
    ("end", "结束会话，选处理结果"),
    ("transfer", "转给同事或小组"),
    ("note", "写备注，客户看不到"),
    ("queue", "现在谁在等"),
    ("calls", "答应过的回电"),
    ("on", "我来接待"),
    ("busy", "忙，先不接新客户"),
    ("off", "下班，手上的客户转给别人"),
    ("help", "怎么用"),
)
HELP = (
    "在客户的话题里直接打字，就是对客户说话。先点“接入”，马上说第一句，不然会换别的同事。\n\n"
    + "\n".join(f"/{name} {what}" for name, what in COMMANDS)
    + "\n\n图片、语音和文件不能发给客户。客户的证件号、卡号已打码，要看全请到坐席台。"
)
TEXT_ONLY = "这条没有发给客户：图片、语音和文件不能从这里发。请打字说。"
EDITED = "客户看到的还是改之前的话。要更正，请另发一句。"
ANONYMOUS = "这句没有发给客户：您是以匿名管理员的身份说的，不知道是谁。请关掉“保持匿名”再说一遍。"
STRANGER = "您的 Telegram 还没有关联坐席账号。请向管理员要一个验证码，再私聊我发送：/login 验证码"
NO_ROLE = "您的账号没有坐席权限，请找管理员开通。"
NOT_SENT = "没有发给客户："
LEAKED = "验证码不要发到群里，这个已经作废。请向管理员再要一个，私聊发给我。"
BROKEN = "系统出错了，请再发一次。"
_MARKS = {Urgency.FRAUD: "疑似诈骗", Urgency.ELDER: "老人"}
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
    ASK_END = "end?"
    END = "end"
    ASK_TRANSFER = "to?"
    COLLEAGUE = "to"
    TEAM = "team"
    REVEAL = "number"
    ANSWER = "chat"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Card:
    """The message with the buttons."""

    text: str
    keyboard: InlineKeyboardMarkup | None = None


def marks(handoff: Handoff) -> list[str]:
    """What every agent must see at first sight."""
    found = [_MARKS[handoff.urgency]] if handoff.urgency in _MARKS else []
    return [*found, "老人"] if handoff.elder and "老人" not in found else found


def title(handoff: Handoff) -> str:
    """The topic's name, as the desk calls the customer."""
    return " · ".join([customer_name(handoff.conversation), *marks(handoff)])


def state_of(handoff: Handoff) -> str:
    """What of the request a card shows: another value is another card."""
    to = f"{handoff.wanted or ''}/{handoff.team or ''}"
    return f"{handoff.state}/{handoff.agent or ''}/{title(handoff)}/{to}"[:120]


def card(
    handoff: Handoff, said: Sequence[Message], zone: dt.tzinfo, outcome: str, promised: str
) -> Card:
    """Who it is, what it is about, what was said last, and what can be done now.

    `outcome`: how it ended, in Chinese; `promised`: until when a call is promised.
    """
    since = handoff.requested.astimezone(zone)
    lines = [
        " · ".join([f"【{title(handoff)}】", _CHANNELS.get(handoff.channel, handoff.channel)]),
        _standing(handoff, outcome),
        f"原因：{mask(handoff.reason)}",
        f"登记号 {handoff.number}，{since:%H:%M} 开始等",
        *([f"已承诺 {promised} 前回电"] if promised else []),
    ]
    if summary := summarise(said):
        lines += ["", "摘要：", *(f"· {mask(sentence)}" for sentence in summary)]
    if tail := list(filter(None, (_short(one) for one in said[-_TAIL:]))):
        lines += ["", "最近的对话：", *tail]
    return Card(split("\n".join(lines), _LIMIT, utf16)[0], _keyboard(handoff))


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


def _keyboard(handoff: Handoff) -> InlineKeyboardMarkup | None:
    match handoff.state:
        case HandoffState.WAITING:
            return rows([("接入", data(Tap.TAKE, handoff.id))])
        case HandoffState.ACCEPTED:
            id_ = handoff.conversation
            ask = [("结束", data(Tap.ASK_END, id_)), ("转接", data(Tap.ASK_TRANSFER, id_))]
            return InlineKeyboardMarkup([[_button(*one) for one in ask]])
    return None


def data(tap: Tap, *about: object) -> str:
    """What a button carries."""
    return ":".join([tap, *map(str, about)])


def rows(buttons: Sequence[tuple[str, str]]) -> InlineKeyboardMarkup:
    """A row for each button: title and data."""
    return InlineKeyboardMarkup([[_button(*one)] for one in buttons])


def _button(label: str, carries: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(label, callback_data=carries)


def words(said: Sequence[Message]) -> list[str]:
    """What is new in a topic, in as few messages as Telegram takes: a group has twenty a minute."""
    new = [one for one in said if not (one.client_id or "").startswith(OURS)]
    return split("\n\n".join(map(_line, new)), _LIMIT, utf16) if new else []


def _short(message: Message) -> str:
    """A line of the card; "" for what only the present agent needs to know."""
    line = "" if message.author is Author.DESK else _line(message).replace("\n", " ")
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


def queue(waiting: Json) -> str:
    """Who waits, as `Wall.queue` tells it."""
    lines = [
        f"{place}. {one['customer']}"
        + (" · " + _MARKS[Urgency(one["urgency"])] if Urgency(one["urgency"]) in _MARKS else "")
        + f"，等了 {one['waiting_s'] // 60} 分钟"
        for place, one in enumerate(waiting["waiting"][:10], 1)
    ]
    head = f"现在有 {waiting['total']} 位在等" if waiting["total"] else "现在没有人在等"
    return "\n".join([head, *lines, f"待回电 {waiting['promises']} 位（/calls）"])


def call(callback: Callback, zone: dt.tzinfo) -> Card:
    """A promise, and how it can be kept."""
    by = f"{callback.promised.astimezone(zone):%m月%d日 %H:%M}"
    contact = mask(callback.contact) or "没有留电话"
    buttons = [("在对话里回复", data(Tap.ANSWER, callback.handoff))]
    if callback.contact:
        buttons.append(("号码私发给我", data(Tap.REVEAL, callback.handoff)))
    buttons.append(("已回电", data(Tap.DONE, callback.handoff)))
    who = customer_name(callback.conversation)
    return Card(f"{who}：{by} 前回电\n{contact}\n{mask(callback.reason)}", rows(buttons))
