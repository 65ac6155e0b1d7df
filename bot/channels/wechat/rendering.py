"""How messages look on WeChat: several in one where they fit, choices by number. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.channels.wording import carried, split, utf8, wording
from bot.turn import Author, Button, Json, Message

LIMIT = 2_048
"""Bytes of a text."""
_MENU_BYTES = 1_024
"""Of the text above a menu that can be tapped."""
_TITLE_BYTES = 128
BETWEEN = "\n\n"
Menu = Callable[[Sequence[tuple[str, str]]], list[Json]]
"""Makes a platform's items out of what each carries and its title."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One message of the platform."""

    whole: int
    """So many messages of ours are in it whole."""
    parts: int
    """Where none is whole: so many parts of the first are out with this one."""
    text: str
    """Without the choices."""
    buttons: tuple[Button, ...] = ()
    row: int = 0
    """Of the message that the buttons belong to."""

    def plain(self) -> str:
        """As a text; what can be chosen has a number to reply with."""
        return self.text + _choices(self.buttons)

    def content(self, menu: Menu) -> Json:
        """As the customer-service API takes it: with a menu to tap where there are choices."""
        fits = utf8(self.text) <= _MENU_BYTES
        if not self.buttons or not fits:
            return {"msgtype": "text", "text": {"content": self.plain()}}
        items = [
            (carried(button.payload, self.row, index), button.title)
            for index, button in enumerate(self.buttons)
        ]
        return {"msgtype": "msgmenu", "msgmenu": {"head_content": self.text, "list": menu(items)}}


def batch(messages: Sequence[Message], parts: int = 0) -> Batch:
    """The first of `messages`, and as many after it as fit into one text.

    `parts`: of the first, so many are out already. The choices are those of the newest message of
    the bot among them, as Batch.row says: by it a number is understood that comes back.
    """
    best = None
    if not parts:
        for number in range(1, len(messages) + 1):
            tried = _together(messages[:number])
            if utf8(tried.plain()) > LIMIT:
                break
            best = tried
    return best or _part(messages[0], parts)


def _together(messages: Sequence[Message]) -> Batch:
    text = BETWEEN.join(wording(message).strip() or "……" for message in messages)
    newest = next((one for one in reversed(messages) if one.author is Author.BOT), None)
    buttons = newest.reply.buttons if newest and newest.reply else ()
    return Batch(len(messages), 0, text, buttons, newest.id if newest else 0)


def _part(message: Message, parts: int) -> Batch:
    """The next part of a message that does not fit into one."""
    whole = _together([message])
    pieces = split(whole.plain(), LIMIT, utf8)
    if parts + 1 >= len(pieces):
        return Batch(1, 0, pieces[-1])
    return Batch(0, parts + 1, pieces[parts])


def _choices(buttons: Sequence[Button]) -> str:
    if not buttons:
        return ""
    lines = [f"{number} {button.title}" for number, button in enumerate(buttons, 1)]
    return "\n\n回复数字就行：\n" + "\n".join(lines)


def official_menu(items: Sequence[tuple[str, str]]) -> list[Json]:
    """The items of a menu, as Official Accounts want them."""
    return [{"id": id_, "content": _short(title)} for id_, title in items]


def wecom_menu(items: Sequence[tuple[str, str]]) -> list[Json]:
    """The items of a menu, as WeCom wants them."""
    return [
        {"type": "click", "click": {"id": id_, "content": _short(title)}} for id_, title in items
    ]


def _short(title: str) -> str:
    return split(title, _TITLE_BYTES, utf8)[0]
