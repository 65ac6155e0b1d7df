"""What counts as an answer, and how it is written down. Pure.

A check gives what is wrong, in words for the customer, or None when the answer will do.
"""

from __future__ import annotations

import re

from actions import hearing
from actions.complaints import MAX_REPRESENTATIVES

HERE = "就在这里回复我"

_CHINESE_DIGITS = str.maketrans(
    "零〇一幺二三四五六七八九０１２３４５６７８９", "0011234567890123456789"
)
_SPOKEN_RUN = re.compile(
    r"[零〇一幺二三四五六七八九０-９\d](?:[\s-]?[零〇一幺二三四五六七八九０-９\d]){6,}"
)


def _digits(text: str) -> str:
    """`text` with long runs of spoken or spaced digits written as plain ones."""
    return _SPOKEN_RUN.sub(
        lambda run: re.sub(r"\s", "", run.group()).translate(_CHINESE_DIGITS), text
    )


CONTACT = re.compile(
    r"(?<!\d)(?:1[3-9]\d{9}|0\d{2,3}-?\d{7,8}|[48]00-?\d{3}-?\d{4}|\d{7,8})(?!\d)"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    re.ASCII,
)


_MOBILE = re.compile(r"(?:\+?86|0)?(1[3-9]\d{9})", re.ASCII)
"""With the country's code, or the 0 that exchanges put before mobiles of other cities."""


def mobile(number: str) -> str:
    """Of a calling number the 11 digits that text messages reach; "" where they reach none."""
    found = _MOBILE.fullmatch(number)
    return found[1] if found else ""


_REACHED_OTHERWISE = re.compile(r"这里|这儿|本对话|微信|不用|不留|(?:留|登记|预留|存)的?.{0,3}电话")


def check_contact(text: str) -> str | None:
    """A number or address that can be right, or where else to reach them."""
    if not text or CONTACT.search(text) or _REACHED_OTHERWISE.search(text):
        return None
    return f"这个号码好像不完整。请再说一次手机号或座机号，也可以说“{HERE}”。"


def read_contact(text: str) -> str:
    """Spoken digits as digits; "" where they stay anonymous."""
    digits = _digits(text)
    return "" if hearing.anonymous(text) == "是" and not CONTACT.search(digits) else digits


def check_story(text: str) -> str | None:
    """Long enough to tell anything."""
    return None if len(text) >= 4 else "请您再多说几个字，发生了什么事？"


_ALONE = re.compile(
    r"就(?:是)?(?:我|俺|本人)(?:一个人|一个|自己|本人)?(?:的事)?[。！!啊呀吧]*$|^没有(?:别人|其他人)"
)


def others(text: str) -> str:
    """Whom somebody speaks for; "" where it is only themselves."""
    return "" if _ALONE.search(text) else text


_SEPARATORS = re.compile(r"[、，,；;/\s]+")
_NO_NAME = re.compile(r"[\d。！!+-]*")


def check_representatives(text: str) -> str | None:
    """No more than Art. 12 allows; telephone numbers between the names do not count."""
    names = [name for name in _SEPARATORS.split(text) if not _NO_NAME.fullmatch(name)]
    if len(names) <= MAX_REPRESENTATIVES:
        return None
    return (
        f"代表最多{MAX_REPRESENTATIVES}位，您说了{len(names)}位。"
        f"请大家从中推选{MAX_REPRESENTATIVES}位以内，再把姓名告诉我。"
    )
