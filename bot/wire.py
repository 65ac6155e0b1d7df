"""How things look as JSON, for the pages and for programs."""

from __future__ import annotations

import json

from actions.attachments import Attachment
from actions.privacy import mask
from actions.queueing import QueuePlace
from bot.turn import Author, Heard, Json, Message, Reply


def answer(conversation: str, heard: Heard) -> Json:
    """The answer of `POST /api/messages`."""
    return {
        "conversation": conversation,
        "mode": heard.mode,
        "elder": heard.elder,
        "route": heard.route,
        "replies": [
            {"id": message.id, **_reply(message.reply)}
            for message in heard.messages
            if message.reply
        ],
    }


def line(message: Message) -> Json:
    """One message of a transcript; the customer's words are masked."""
    plain = {
        "id": message.id,
        "author": message.author,
        "name": message.name,
        "at": message.at.isoformat(timespec="seconds"),
        "client_id": message.client_id,
    }
    if message.reply:
        return {**plain, **_reply(message.reply), "text": mask(message.text)}
    return {**plain, "text": mask(message.text)}


def desk_line(message: Message) -> Json:
    """One message as the agents read it, with whether something in it was masked."""
    shown = line(message)
    return {**shown, "masked": message.author is Author.CUSTOMER and shown["text"] != message.text}


def attachment(one: Attachment) -> Json:
    """A file that a customer sent."""
    return {"id": one.id, "media_type": one.media_type, "size": one.size, "name": mask(one.name)}


def place(where: QueuePlace | None) -> Json | None:
    """A place in the queue."""
    if where is None:
        return None
    return {
        "position": where.position,
        "eta_s": where.eta_s,
        "attended": where.on_duty > 0,
        "callback": where.promised.isoformat(timespec="minutes") if where.promised else None,
    }


def failure(code: str, message: str, field: str = "") -> Json:
    """An error, with a message fit to be shown; `field`: which one of a form it is about."""
    error = {"code": code, "message": message}
    return {"error": {**error, "field": field} if field else error}


def compact(data: Json) -> str:
    """One line of JSON, as the event streams carry it."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _reply(reply: Reply) -> Json:
    return {
        "text": reply.text,
        "spoken": reply.spoken or reply.text,
        "buttons": [{"title": one.title, "payload": one.payload} for one in reply.buttons],
        "article": reply.article
        and {
            "id": reply.article.id,
            "title": reply.article.title,
            "sources": list(reply.article.sources),
            "effective": reply.article.effective,
        },
        "complaint": reply.complaint
        and {
            "number": reply.complaint.number,
            "state": reply.complaint.state,
            "due": reply.complaint.due,
        },
        "handoff": place(reply.handoff),
    }
