"""How a message reads on a platform without pages of ours, and how it is cut to size. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.turn import Author, Message, Reply

_SHORT = re.compile(r"#(\d{1,15}):(\d{1,2})")
_BREAKS = ("\n\n", "\n", "。", "！", "？", "；", "，", " ")
CARRIED_BYTES = 64
"""What a button can carry on the platforms."""


def wording(message: Message) -> str:
    """What the customer reads: with the agent's name, or with an article's source."""
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


def carried(payload: str, message: int, index: int) -> str:
    """What a button carries; a payload that is too long is named by where it is stored."""
    fits = len(payload.encode()) <= CARRIED_BYTES
    return payload if fits else f"#{message}:{index}"


def named(carried: str) -> tuple[int, int] | None:
    """The message's row and the button's index that a short form names; None for a payload."""
    found = _SHORT.fullmatch(carried)
    return (int(found[1]), int(found[2])) if found else None


def utf16(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def utf8(text: str) -> int:
    """Length in bytes."""
    return len(text.encode())


def split(text: str, limit: int, measure: Callable[[str], int]) -> list[str]:
    """`text` in pieces of at most `limit`, cut where a paragraph or a sentence ends if possible.

    `measure`: how the platform counts; never less than the characters.
    """
    pieces = []
    rest = text.strip() or "……"
    while measure(rest) > limit:
        most = _longest(rest, limit, measure)
        half = len(most) // 2
        ends = (most.rfind(mark) + len(mark) for mark in _BREAKS if most.rfind(mark) > half)
        cut = next(ends, len(most))
        pieces.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    return [*pieces, rest] if rest else pieces


def _longest(text: str, limit: int, measure: Callable[[str], int]) -> str:
    """The longest beginning that fits, found by halving."""
    fits, too_many = 1, min(len(text), limit) + 1
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if measure(text[:middle]) <= limit:
            fits = middle
        else:
            too_many = middle
    return text[:fits]
