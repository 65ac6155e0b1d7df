"""An Official Account's own calls: messages, the menu, the access token."""

from __future__ import annotations

from bot.channels.wechat.api import PlatformApi
from bot.channels.wechat.link import Link, PlatformUnreachable
from bot.channels.wechat.menu import menu
from bot.channels.wechat.rendering import Batch, official_menu
from bot.channels.wechat.tokens import Fetch
from bot.turn import Address


def stable_token(link: Link, app_id: str, secret: str) -> Fetch:
    """Asks for the stable access token: asking again does not end the one before."""

    async def fetch(rejected: bool) -> tuple[str, int]:  # noqa: FBT001 - the protocol's argument
        body = {"grant_type": "client_credential", "appid": app_id, "secret": secret}
        answer = await link.ask("/cgi-bin/stable_token", {}, {**body, "force_refresh": rejected})
        return token_in(answer)

    return fetch


def token_in(answer: dict[str, object]) -> tuple[str, int]:
    """Token and seconds of a platform's answer. Raises PlatformUnreachable."""
    token, seconds = answer.get("access_token"), answer.get("expires_in")
    if not (isinstance(token, str) and 0 < len(token) <= 1024 and isinstance(seconds, int)):
        raise PlatformUnreachable("no access token in the answer")
    return token, seconds


class OfficialTransport:
    """See Transport."""

    def __init__(self, api: PlatformApi) -> None:
        self._api = api

    async def send(self, address: Address, content: Batch, key: str, code: str) -> None:  # noqa: ARG002 - WeChat knows no repetitions, and gives no codes
        """See Transport."""
        message = {"touser": address.user, **content.content(official_menu)}
        await self._api.post("/cgi-bin/message/custom/send", message)


async def publish_menu(api: PlatformApi) -> None:
    """Replace the account's menu by ours. Raises PlatformRefused and PlatformUnreachable."""
    await api.post("/cgi-bin/menu/create", menu())
