"""WeCom's own calls: messages, the state of a session, the access token."""

from __future__ import annotations

from bot.channels.wechat.api import PlatformApi
from bot.channels.wechat.link import Link, PlatformRefused
from bot.channels.wechat.rendering import Batch, wecom_menu
from bot.channels.wechat.tokens import Fetch
from bot.channels.wechat.transport import token_in
from bot.channels.wecom.messages import customer_of
from bot.turn import Address, Json

_POOL, _HUMAN = 2, 3
"""Values of service_state: in the pool, and with one of the platform's own agents."""


def corporate_token(link: Link, corp_id: str, secret: str) -> Fetch:
    """Asks for the access token; while one is good the platform gives the same."""

    async def fetch(_rejected: bool) -> tuple[str, int]:  # noqa: FBT001 - the protocol's argument
        query = {"corpid": corp_id, "corpsecret": secret}
        return token_in(await link.ask("/cgi-bin/gettoken", query))

    return fetch


class WecomTransport:
    """See Transport."""

    def __init__(self, api: PlatformApi) -> None:
        self._api = api

    async def send(self, address: Address, content: Batch, key: str, code: str) -> None:
        """See Transport."""
        if code:
            text = {"msgtype": "text", "text": {"content": content.plain()}}
            await self._api.post(
                "/cgi-bin/kf/send_msg_on_event", {"code": code, "msgid": key, **text}
            )
            return
        message = {**_customer("touser", address.user), "msgid": key, **content.content(wecom_menu)}
        await self._api.post("/cgi-bin/kf/send_msg", message)

    async def hand_over(self, user: str) -> str:
        """Put the customer into the platform's own queue; a code for one message about it, or "".

        Raises PlatformRefused and PlatformUnreachable.
        """
        customer = _customer("external_userid", user)
        try:
            moved = await self._api.post(
                "/cgi-bin/kf/service_state/trans", {**customer, "service_state": _POOL}
            )
        except PlatformRefused:
            state = await self._api.post("/cgi-bin/kf/service_state/get", customer)
            if state.get("service_state") not in {_POOL, _HUMAN}:
                raise
            return ""  # it was done before, and the answer lost
        return str(moved.get("msg_code", ""))[:256]


def _customer(name: str, user: str) -> Json:
    customer, account = customer_of(user)
    return {name: customer, "open_kfid": account}
