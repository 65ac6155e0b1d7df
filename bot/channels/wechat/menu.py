"""The account's menu. 转人工 stands by itself, one tap away; keys are payloads of ours. Pure."""

from __future__ import annotations

from bot.turn import Json

_MENU: tuple[tuple[str, str | tuple[tuple[str, str], ...]], ...] = (
    ("转人工", "/human"),
    (
        "投诉",
        (("我要投诉", "/complain"), ("查投诉进度", "/progress"), ("提建议", "/suggest")),
    ),
    (
        "小宝帮您",
        (
            ("怕是遇到骗子了", "/article:fraud-first-steps"),
            ("银行卡丢了", "/article:card-lost"),
            ("长辈版", "/elder_on"),
            ("标准版", "/elder_off"),
        ),
    ),
)
KEYS = frozenset(
    key
    for _, inside in _MENU
    for key in ([inside] if isinstance(inside, str) else [one for _, one in inside])
)
"""What a click can carry."""


def menu() -> Json:
    """As /cgi-bin/menu/create takes it: at most three buttons, with at most five under each."""
    return {
        "button": [
            _click(name, inside)
            if isinstance(inside, str)
            else {"name": name, "sub_button": [_click(*one) for one in inside]}
            for name, inside in _MENU
        ]
    }


def _click(name: str, key: str) -> Json:
    return {"type": "click", "name": name, "key": key}
