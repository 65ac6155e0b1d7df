"""What an update of Telegram means to us. Pure: no network, no storage."""

from __future__ import annotations

import re
from dataclasses import dataclass

from telegram import Document, Message, Update
from telegram.constants import ChatType

from actions.branches import branch_payload
from bot.channels.sent import Kind, Sent
from bot.http import printable
from bot.turn import Json

COMMANDS = {
    "start": "/start",
    "human": "/human",
    "complaint": "/complain",
    "progress": "/progress",
    "elder": "/elder_on",
    "help": "/help",
}
WANTED = ("message", "edited_message", "callback_query")
"""The updates that we ask Telegram for."""
_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@\w+)?(?:\s|$)")


@dataclass(frozen=True, slots=True)
class Incoming:
    """One thing that a customer sent or tapped, or that a group wants of us."""

    chat: int
    message_id: str
    """Unique for the chat and the same when Telegram delivers the update again."""
    text: str = ""
    payload: str = ""
    """Of ours for commands; for a tap what the button carried, which may be a short form."""
    what: str = ""
    """What it is where it is no text, in Chinese, for the transcript."""
    phone: str = ""
    """The sender's own number, where Telegram vouches for it."""
    media: Sent | None = None
    file: str = ""
    """By which Telegram gives it out."""
    tap: str = ""
    """The callback to answer, so that the button stops to turn."""
    is_group: bool = False


def chat_of(raw: Json) -> int:
    """Whose chat an unread update is about; 0 where that cannot be told."""
    for name in WANTED:
        content: Json = raw.get(name) or {}
        chat: Json = (content.get("message") or content).get("chat") or {}
        if isinstance(chat.get("id"), int):
            return int(chat["id"])
    return 0


def read(update: Update) -> Incoming | None:
    """What `update` means; None where it means nothing to us."""
    if update.callback_query:
        return _tap(update)
    message = update.message or update.edited_message
    if message is None or (message.from_user and message.from_user.is_bot):
        return None
    id_ = f"{update.update_id}:{message.message_id}"
    chat = message.chat.id
    if message.chat.type != ChatType.PRIVATE:
        is_wish = bool(update.message and message.text)
        return Incoming(chat, id_, is_group=True) if is_wish else None
    if update.edited_message:
        text = printable(message.text or message.caption or "")
        return Incoming(chat, id_, text, payload="/edited", what="改过的消息")
    return _message(message, id_)


def _tap(update: Update) -> Incoming | None:
    tap = update.callback_query
    if not tap or not tap.data or not tap.message or tap.message.chat.type != ChatType.PRIVATE:
        return None
    chat = tap.message.chat.id
    return Incoming(chat, f"{update.update_id}:{tap.id}"[:64], payload=tap.data, tap=tap.id)


def _message(message: Message, id_: str) -> Incoming | None:
    chat = message.chat.id
    if message.text:
        text = printable(message.text)
        command = _COMMAND.match(text)
        if command:
            return Incoming(chat, id_, payload=COMMANDS.get(command[1].lower(), "/help"))
        return Incoming(chat, id_, text) if text else None
    caption = printable(message.caption or "")
    if message.voice:
        voice = Sent(Kind.VOICE, message.voice.mime_type or "audio/ogg")
        return Incoming(chat, id_, caption, what="语音", media=voice, file=message.voice.file_id)
    if message.photo:
        file = message.photo[-1].file_id  # the largest of the sizes
        picture = Sent(Kind.FILE, "image/jpeg", "图片.jpg", caption)
        return Incoming(chat, id_, caption, what="图片", media=picture, file=file)
    if message.document:
        return _document(chat, id_, caption, message.document)
    if message.location:
        where = branch_payload(message.location.latitude, message.location.longitude)
        return Incoming(chat, id_, payload=where, what="位置")
    if message.contact:
        number = printable(message.contact.phone_number)
        is_own = message.from_user and message.contact.user_id == message.from_user.id
        return Incoming(chat, id_, number, phone=number if is_own else "")
    if what := _kind(message):
        return Incoming(chat, id_, caption, payload="/unreadable", what=what)
    return None


def _document(chat: int, id_: str, caption: str, document: Document) -> Incoming:
    """A picture or paper that was sent as a file; animations come as documents too."""
    media_type = document.mime_type or ""
    if media_type.startswith("video/"):
        return Incoming(chat, id_, caption, payload="/unreadable", what="视频")
    what = "图片" if media_type.startswith("image/") else "文件"
    paper = Sent(Kind.FILE, media_type, printable(document.file_name or what), caption)
    return Incoming(chat, id_, caption, what=what, media=paper, file=document.file_id)


def _kind(message: Message) -> str:
    """What else it is; "" for a notice of Telegram's own, such as a pinned message."""
    kinds = {
        "音频": message.audio,
        "视频": message.video or message.video_note or message.animation,
        "表情": message.sticker or message.dice,
        "投票": message.poll,
        "地点": message.venue,
        "其他内容": message.effective_attachment,
    }
    return next((name for name, content in kinds.items() if content), "")
