"""What a passive reply can be: a text, or the platform's own agents. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.channels.wechat.xml import build

NOTHING = "success"
"""The answer that makes the platform neither wait nor complain."""


@dataclass(frozen=True, slots=True)
class Correspondents:
    """Who wrote to which account, as the message names them."""

    customer: str
    account: str


def text_reply(to: Correspondents, text: str, created: int) -> str:
    """`created`: seconds since 1970."""
    return build({**_head(to, created), "MsgType": "text", "Content": text})


def transfer_reply(to: Correspondents, created: int) -> str:
    """Hand the customer to the platform's own agents; only as the answer to a message."""
    return build({**_head(to, created), "MsgType": "transfer_customer_service"})


def _head(to: Correspondents, created: int) -> dict[str, str | int]:
    return {"ToUserName": to.customer, "FromUserName": to.account, "CreateTime": created}
