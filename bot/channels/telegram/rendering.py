"""How a message looks on Telegram: parts within its limits, and keyboards. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels.wording import carried, split, utf16, wording
from bot.turn import Button, Message

LIMIT = 4_096
"""Of a message, counted in UTF-16 units to be safe."""
_SIDE_BY_SIDE = 8
"""Characters of a title; two such buttons share a row."""


@dataclass(frozen=True, slots=True)
class Part:
    """One message of Telegram."""

    text: str
    keyboard: InlineKeyboardMarkup | None = None


def parts(message: Message, *, elder: bool) -> list[Part]:
    """`message` in the parts that Telegram takes; the buttons are under the last.

    For the same message always the same parts: a try that was cut off goes on in the middle.
    """
    texts = split(wording(message), LIMIT, utf16)
    keyboard = _keyboard(message.reply.buttons, message.id, elder=elder) if message.reply else None
    return [*map(Part, texts[:-1]), Part(texts[-1], keyboard)]


def _keyboard(
    buttons: Sequence[Button], message: int, *, elder: bool
) -> InlineKeyboardMarkup | None:
    if not buttons:
        return None
    rows: list[list[InlineKeyboardButton]] = []
    for index, button in enumerate(buttons):
        key = InlineKeyboardButton(
            button.title, callback_data=carried(button.payload, message, index)
        )
        # An elder's thumb gets a whole row for each choice.
        is_short = not elder and len(button.title) <= _SIDE_BY_SIDE
        beside = rows and len(rows[-1]) == 1 and len(rows[-1][0].text) <= _SIDE_BY_SIDE
        if is_short and beside:
            rows[-1].append(key)
        else:
            rows.append([key])
    return InlineKeyboardMarkup(rows)
