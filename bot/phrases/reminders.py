"""What officers and approvers read in a reminder: never a word of what a customer wrote."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from actions.privacy import mask
from actions.reminder_ledger import Item

_PRODUCT = 12
"""Characters of the product; it may be a customer's own wording."""


def subject(number: int) -> str:
    """Of an e-mail about `number` complaints."""
    return f"消保小宝：{number} 件投诉需要您处理"


def digest(items: Sequence[Item], today: dt.date, link: str, most: int) -> str:
    """One message about all of `items`, of at most `most` bytes; it says what it leaves out."""
    head = f"有 {len(items)} 件投诉需要您处理：\n"
    lines = [_line(item, today) for item in items]
    for kept in range(len(lines), -1, -1):
        rest = [f"……还有 {len(lines) - kept} 件"] if kept < len(lines) else []
        text = "\n".join([head, *lines[:kept], *rest, "", f"请到坐席台处理：{link}"])
        if len(text.encode()) <= most:
            return text
    return f"有 {len(items)} 件投诉需要您处理，请登录坐席台。"


def _line(item: Item, today: dt.date) -> str:
    product = mask(item.product)[:_PRODUCT] or "未写业务"
    return f"· {item.number}　{product}　{_when(item, today)}"


def _when(item: Item, today: dt.date) -> str:
    day = f"{item.day.month}月{item.day.day}日"
    if item.approval:
        return f"延期申请从{day}起等待审批"
    left = (item.day - today).days
    if left < 0:
        return f"{day}到期，已超过 {-left} 天"
    return f"{day}到期，{('就是今天', '就是明天')[left] if left < 2 else f'还有 {left} 天'}"
