"""How a message looks on Telegram: parts within its limits, and keyboards. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.turn import Author, Button, Message, Reply

LIMIT = 4_096
"""Of a message, counted in UTF-16 units to be safe."""
_CALLBACK_BYTES = 64
_SIDE_BY_SIDE = 8
"""Characters of a title; two such buttons share a row."""
_SHORT = re.compile(r"#(\d{1,15}):(\d{1,2})")
_BREAKS = ("\n\n", "\n", "。", "！", "？", "；", "，", " ")


@dataclass(frozen=True, slots=True)
class Part:
    """One message of Telegram."""

    text: str
    keyboard: InlineKeyboardMarkup | None = None


def parts(message: Message, *, elder: bool) -> list[Part]:
    """`message` in the parts that Telegram takes; the buttons are under the last.

    For the same message always the same parts: a try that was cut off goes on in the middle.
    """
    texts = _split(_text(message))
    keyboard = _keyboard(message.reply.buttons, message.id, elder=elder) if message.reply else None
    return [*map(Part, texts[:-1]), Part(texts[-1], keyboard)]


def _text(message: Message) -> str:
    if message.author is Author.AGENT:
        return f"客服{message.name or ''}：{message.text}"
    return message.text + _source(message.reply) if message.reply else message.text


def _source(reply: Reply) -> str:
    article = reply.article
    if article is None:
        return ""
    return (
        f"\n\n出处：{article.title}\n依据：{'；'.join(article.sources)}（{article.effective}生效）"
    )


def _keyboard(
    buttons: Sequence[Button], message: int, *, elder: bool
) -> InlineKeyboardMarkup | None:
    if not buttons:
        return None
    rows: list[list[InlineKeyboardButton]] = []
    for index, button in enumerate(buttons):
        key = InlineKeyboardButton(
            button.title, callback_data=_callback(button.payload, message, index)
        )
        # An elder's thumb gets a whole row for each choice.
        is_short = not elder and len(button.title) <= _SIDE_BY_SIDE
        beside = rows and len(rows[-1]) == 1 and len(rows[-1][0].text) <= _SIDE_BY_SIDE
        if is_short and beside:
            rows[-1].append(key)
        else:
            rows.append([key])
    return InlineKeyboardMarkup(rows)


def _callback(payload: str, message: int, index: int) -> str:
    """What the button carries; a long payload is named by where it is stored."""
    fits = len(payload.encode()) <= _CALLBACK_BYTES
    return payload if fits else f"#{message}:{index}"


def named(callback: str) -> tuple[int, int] | None:
    """The message's row and the button's index that a short form names; None for a payload."""
    found = _SHORT.fullmatch(callback)
    return (int(found[1]), int(found[2])) if found else None


def _split(text: str) -> list[str]:
    """`text` in pieces of at most LIMIT, cut where a paragraph or a sentence ends if possible."""
    pieces = []
    rest = text.strip() or "……"
    while _units(rest) > LIMIT:
        most = rest[:LIMIT]
        while _units(most) > LIMIT:
            most = most[: -max(1, (_units(most) - LIMIT) // 2)]
        ends = (most.rfind(mark) + len(mark) for mark in _BREAKS if most.rfind(mark) > LIMIT // 2)
        cut = next(ends, len(most))
        pieces.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    return [*pieces, rest] if rest else pieces


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
