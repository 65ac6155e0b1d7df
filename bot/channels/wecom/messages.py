"""What an item of sync_msg means to us. Pure."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from actions.ledger import EVENT
from bot.channels.sent import Kind, Sent
from bot.channels.wechat.messages import PICTURE, Incoming, place, text_message
from bot.turn import Json

_ID = re.compile(r"[\w-]{1,62}", re.ASCII)
_CUSTOMER, _PLATFORM = 3, 4
"""Values of `origin`."""
_ENDED = 3
"""Value of `change_type`: the platform's own agent, or the customer, has ended the session."""
_OTHERS = {
    "video": "视频",
    "link": "链接",
    "business_card": "名片",
    "miniprogram": "小程序",
}


@dataclass(frozen=True, slots=True)
class Entered:
    """A customer has opened the chat; by the code one greeting may be sent."""

    incoming: Incoming
    code: str


@dataclass(frozen=True, slots=True)
class SendFailed:
    """A message that was taken did not reach its customer."""

    user: str
    key: str
    """The msgid that it was sent with."""
    kind: int
    """fail_type."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The session with the platform's own agents is over."""

    user: str


Item = Incoming | Entered | SendFailed | Ended


def user_of(customer: str, account: str) -> str:
    """Under what a customer of one customer-service account is known."""
    return f"{customer}@{account}"


def customer_of(user: str) -> tuple[str, str]:
    """external_userid and open_kfid again."""
    customer, _, account = user.partition("@")
    return customer, account


def sent_at(item: Json) -> dt.datetime | None:
    """When it was sent; None where that is not told."""
    stamp = item.get("send_time")
    if not isinstance(stamp, int) or not 0 < stamp < 10**11:
        return None
    return dt.datetime.fromtimestamp(stamp, dt.UTC)


def read(item: Json) -> Item | None:
    """What it means; None where it means nothing to us."""
    kind, id_ = item.get("msgtype"), item.get("msgid")
    is_known = isinstance(kind, str) and isinstance(id_, str) and _ID.fullmatch(id_)
    if not is_known:
        return None
    inner = item.get(str(kind))
    content: Json = inner if isinstance(inner, dict) else {}
    if kind == "event" and item.get("origin") == _PLATFORM:
        return _event(str(id_), content)
    user = _user(item)
    if item.get("origin") != _CUSTOMER or not user:
        return None
    return _message(user, str(id_), str(kind), content)


def _user(content: Json) -> str:
    ids = content.get("external_userid"), content.get("open_kfid")
    if not all(isinstance(one, str) and _ID.fullmatch(one) for one in ids):
        return ""
    return user_of(str(ids[0]), str(ids[1]))


def _message(user: str, id_: str, kind: str, content: Json) -> Incoming | None:
    media = str(content.get("media_id", ""))[:256]
    match kind:
        case "text":
            words, carried = str(content.get("content", "")), str(content.get("menu_id", ""))
            return text_message(user, id_, words, carried)
        case "voice":
            voice = Sent(Kind.VOICE, "audio/amr")
            return Incoming(user, id_, what="语音", media=voice, media_id=media)
        case "image":
            return Incoming(user, id_, what="图片", media=PICTURE, media_id=media)
        case "file":
            paper = Sent(Kind.FILE, name="文件")
            return Incoming(user, id_, what="文件", media=paper, media_id=media)
        case "location":
            where = (str(content.get(name, "")) for name in ("latitude", "longitude"))
            return place(user, id_, *where)
    return Incoming(user, id_, payload="/unreadable", what=_OTHERS.get(kind, "其他内容"))


def _event(id_: str, content: Json) -> Item | None:
    user = _user(content)
    if not user:
        return None
    match content.get("event_type"):
        case "enter_session" if code := str(content.get("welcome_code", ""))[:256]:
            return Entered(Incoming(user, f"{EVENT}{id_}"[:64], payload="/start"), code)
        case "msg_send_fail":
            kind = content.get("fail_type")
            return SendFailed(
                user, str(content.get("fail_msgid", "")), kind if isinstance(kind, int) else 0
            )
        case "session_status_change" if content.get("change_type") == _ENDED:
            return Ended(user)
    return None
