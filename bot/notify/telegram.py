"""A Telegram bot's message: https://core.telegram.org/bots/api#sendmessage."""

from __future__ import annotations

from actions.agents import Agent
from bot.errors import ReminderFailed
from bot.notify import TIMEOUT_S, Notice
from bot.notify.web import call
from bot.turn import Json

_REASONS = {
    400: "没有收下，请核对会话编号",
    401: "令牌不对",
    403: "对方还没有打开机器人，或者屏蔽了它",
    404: "令牌不对",
    429: "太频繁",
}


class Telegram:
    """Each person's own chat, or one chat for all who have none."""

    way = "telegram"
    most = 4_000

    def __init__(
        self, api: str, token: str, common_chat: str = "", timeout_s: float = TIMEOUT_S
    ) -> None:
        self._address = f"{api.rstrip('/')}/bot{token}"
        self._common_chat = common_chat
        self._timeout_s = timeout_s

    def place(self, person: Agent) -> str:
        """See Notifier."""
        return person.telegram or self._common_chat

    async def send(self, place: str, notice: Notice) -> None:
        """See Notifier."""
        await self._call("sendMessage", {"chat_id": place, "text": notice.text})

    async def try_out(self) -> None:
        """See Notifier."""
        await self._call("getMe", {})

    async def _call(self, method: str, body: Json) -> None:
        answer = await call(f"{self._address}/{method}", body, self._timeout_s)
        if answer.body.get("ok") is True:
            return
        reason = _REASONS.get(answer.status, "没有收下")
        parameters = answer.body.get("parameters")
        wait = parameters.get("retry_after") if isinstance(parameters, dict) else 0
        raise ReminderFailed(
            f"Telegram：{reason}（{answer.status}）",
            retry_after=wait if isinstance(wait, int) else 0,
        )
