"""What a message or an event of an Official Account means to us. Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from actions.branches import branch_payload
from actions.ledger import EVENT
from bot.channels.sent import Kind, Sent
from bot.channels.wechat.menu import KEYS
from bot.channels.wechat.replies import Correspondents
from bot.http import printable

_ID = re.compile(r"[\w@.-]{1,100}", re.ASCII)
_NUMBER = re.compile(r"([1-9])[.、。]?")
_MOST = 2_000
"""Characters of a message; WeChat's own limit is lower."""
_VOICES = {"amr": "audio/amr", "speex": "audio/speex"}
_OTHERS = {"video": "视频", "shortvideo": "视频", "link": "链接", "file": "文件"}


PICTURE = Sent(Kind.FILE, "image/jpeg", "图片.jpg")


class Notice(StrEnum):
    """What the platform tells about its own agents."""

    OPENED = "kf_create_session"
    CLOSED = "kf_close_session"


@dataclass(frozen=True, slots=True)
class Incoming:
    """One thing that a customer sent or tapped."""

    user: str
    message_id: str
    """The same when the platform delivers it again."""
    text: str = ""
    payload: str = ""
    """Of ours, or the short form that a button carried."""
    choice: int = 0
    """The number that was answered with; 0 for other words."""
    what: str = ""
    """What it is where it is no text, in Chinese, for the transcript."""
    media: Sent | None = None
    media_id: str = ""
    """By which the platform gives it out."""
    notice: Notice | None = None

    @property
    def is_event(self) -> bool:
        """Whether it was no message, such as a menu click."""
        return self.message_id.startswith(EVENT)


def correspondents(fields: Mapping[str, str]) -> Correspondents:
    """Who wrote to which account."""
    return Correspondents(fields.get("FromUserName", ""), fields.get("ToUserName", ""))


def read(fields: Mapping[str, str]) -> Incoming | None:
    """What it means; None where it means nothing to us."""
    user, kind = fields.get("FromUserName", ""), fields.get("MsgType", "")
    if not _ID.fullmatch(user):
        return None
    if kind == "event":
        return _event(user, fields)
    id_ = fields.get("MsgId", "")
    if not (id_.isdecimal() and id_.isascii() and len(id_) <= 32):
        return None
    match kind:
        case "text":
            return text_message(
                user, id_, fields.get("Content", ""), fields.get("bizmsgmenuid", "")
            )
        case "voice":
            said = printable(fields.get("Recognition", ""))[:_MOST]
            kind_of = _VOICES.get(fields.get("Format", "").lower(), "audio/amr")
            voice = None if said else Sent(Kind.VOICE, kind_of)
            media_id = fields.get("MediaId", "")
            return Incoming(user, id_, said, what="语音", media=voice, media_id=media_id)
        case "image":
            media_id = fields.get("MediaId", "")
            return Incoming(user, id_, what="图片", media=PICTURE, media_id=media_id)
        case "location":
            return place(user, id_, fields.get("Location_X", ""), fields.get("Location_Y", ""))
    return Incoming(user, id_, payload="/unreadable", what=_OTHERS.get(kind, "其他内容"))


def text_message(user: str, id_: str, content: str, carried: str) -> Incoming | None:
    """Words, a number out of a list, or a tapped choice, whose button `carried` something."""
    text = printable(content)[:_MOST]
    if carried and carried[:1] in "/#" and len(carried.encode()) <= 64:
        return Incoming(user, id_, payload=carried)
    if not text:
        return None
    number = _NUMBER.fullmatch(unicodedata.normalize("NFKC", text))
    return Incoming(user, id_, text, choice=int(number[1]) if number else 0)


def place(user: str, id_: str, latitude: str | float, longitude: str | float) -> Incoming:
    """Where a customer is."""
    try:
        where = branch_payload(float(latitude), float(longitude))
    except ValueError:
        where = "/unreadable"
    return Incoming(user, id_, payload=where, what="位置")


def _event(user: str, fields: Mapping[str, str]) -> Incoming | None:
    """Events have no id: who, when and what make one."""
    event, key = fields.get("Event", "").lower(), fields.get("EventKey", "")
    same = hashlib.sha256(f"{fields.get('CreateTime', '')} {event} {key}".encode()).hexdigest()
    id_ = f"{EVENT}{same[:32]}"
    match event:
        case "subscribe" | "scan":
            return Incoming(user, id_, payload="/start")
        case "click":
            return Incoming(user, id_, payload=key if key in KEYS else "/start")
        case Notice.OPENED | Notice.CLOSED:
            return Incoming(user, id_, notice=Notice(event))
    return None
