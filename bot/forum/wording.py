"""What the group says to agents, and its lists. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from actions.floor import Handoff
from actions.queueing import Urgency
from bot.forum.cards import Card, Tap, data, keyboard, marks, title
from bot.turn import Json

COMMANDS = (
    ("end", "结束会话，选处理结果"),
    ("transfer", "转给同事或小组"),
    ("note", "写备注，客户看不到"),
    ("queue", "现在谁在等"),
    ("calls", "答应过的回电"),
    ("on", "我来接待"),
    ("busy", "忙，先不接新客户"),
    ("off", "下班，手上的客户转给别人"),
    ("live", "班长：同事的会话"),
    ("join", "班长：加入这个会话"),
    ("take", "班长：接管这个会话"),
    ("help", "怎么用"),
)
HELP = (
    "在客户的话题里直接打字，就是对客户说话。先点“接入”，马上说第一句，不然会换别的同事。"
    "还没有话题的客户列在 General 的置顶消息里，点名字接入。\n\n"
    + "\n".join(f"/{name} {what}" for name, what in COMMANDS)
    + "\n\n图片、语音和文件不能发给客户。客户的证件号、卡号已打码，要看全请到坐席台。"
)
TEXT_ONLY = "这条没有发给客户：图片、语音和文件不能从这里发。请打字说。"
EDITED = "客户看到的还是改之前的话。要更正，请另发一句。"
ANONYMOUS = "这句没有发给客户：您是以匿名管理员的身份说的，不知道是谁。请关掉“保持匿名”再说一遍。"
STRANGER = "您的 Telegram 还没有关联坐席账号。请向管理员要一个验证码，再私聊我发送：/login 验证码"
NO_ROLE = "您的账号没有坐席权限，请找管理员开通。"
NO_OVERSEER = "加入、接管和查看同事的会话，只有班长可以。"
NOT_SENT = "没有发给客户："
LEAKED = "验证码不要发到群里，这个已经作废。请向管理员再要一个，私聊发给我。"
BROKEN = "系统出错了，请再发一次。"
_LINES = 10
"""Of a list that somebody asks for."""
_NAMES = 90
"""Of those without a topic; a message of Telegram has at most a hundred buttons."""


def masked_here(desk_url: str) -> str:
    """To who wants to see in the group what is masked."""
    desk = f"坐席台（{desk_url}）" if desk_url else "坐席台（网址请问管理员）"
    return (
        "群里人人看得到，聊天记录也会留下，所以这里不显示完整的卡号、证件号和电话。"
        f"请到{desk}打开这位客户，点“查看完整内容”，系统会记下是谁看的。"
    )


def queue(waiting: Json) -> Card:
    """Who waits, as `Wall.queue` tells it."""
    lines = [
        f"{place}. {_customer(one)}，等了 {one['waiting_s'] // 60} 分钟"
        for place, one in enumerate(waiting["waiting"][:_LINES], 1)
    ]
    head = f"现在有 {waiting['total']} 位在等" if waiting["total"] else "现在没有人在等"
    return Card("\n".join([head, *lines, f"待回电 {waiting['promises']} 位（/calls）"]))


def live(talks: Sequence[Json]) -> Card:
    """Whom colleagues have, rows of `request_row`, each with what a supervisor can do."""
    if not talks:
        return Card("同事现在没有会话。")
    lines = [f"{_customer(one)}，{one['agent']} 接待" for one in talks[:_LINES]]
    if len(talks) > _LINES:
        lines.append(f"还有 {len(talks) - _LINES} 个，请到坐席台看。")
    buttons = [
        [
            (f"加入 {one['customer']}", data(Tap.JOIN, one["conversation"])),
            (f"接管 {one['customer']}", data(Tap.TAKE_OVER, one["conversation"])),
        ]
        for one in talks[:_LINES]
    ]
    return Card("\n".join(["同事的会话：", *lines]), keyboard(*buttons))


def call(callback: Json, zone: dt.tzinfo) -> Card:
    """A promise, a row of `callback_row`, and how it can be kept."""
    by = dt.datetime.fromisoformat(callback["promised"]).astimezone(zone)
    id_, contact = callback["id"], callback["contact"]
    buttons = [
        ("在对话里回复", data(Tap.ANSWER, id_)),
        *([("号码私发给我", data(Tap.REVEAL, id_))] if contact else []),
        ("已回电", data(Tap.DONE, id_)),
    ]
    text = (
        f"{callback['customer']}：{by:%m月%d日 %H:%M} 前回电\n"
        f"{contact or '没有留电话'}\n{callback['reason']}"
    )
    return Card(text, keyboard(*([one] for one in buttons)))


def without_topic(waiting: Sequence[Handoff], zone: dt.tzinfo) -> Card:
    """Who waits and has no topic yet; a tap on a name takes that customer."""
    if not waiting:
        return Card("在等的客户现在都有话题了。")
    beyond = len(waiting) - _NAMES
    text = f"还有 {len(waiting)} 位在等，暂时没有话题，排在前面的先接。点名字接入："
    if beyond > 0:
        text += f"\n（这里是前 {_NAMES} 位，后面 {beyond} 位依次补上）"
    buttons = (
        (f"{title(one)} · {one.requested.astimezone(zone):%H:%M} 起", data(Tap.TAKE, one.id))
        for one in waiting[:_NAMES]
    )
    return Card(text, keyboard(*([one] for one in buttons)))


def _customer(row: Json) -> str:
    """Who it is, in a list, of a row of `request_row`."""
    return " · ".join([row["customer"], *marks(Urgency(row["urgency"]), elder=row["elder"])])
