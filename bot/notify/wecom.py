"""A WeCom group robot (企业微信群机器人): whoever knows its address can write to the group."""

from __future__ import annotations

from actions.agents import Agent
from bot.errors import ReminderFailed
from bot.notify import TIMEOUT_S, Notice
from bot.notify.web import call

_TOO_OFTEN = 45009
"""The platform's code for more than 20 messages a minute."""
_MINUTE = 60


class WeCom:
    """One group for all."""

    way = "wecom"
    most = 2_048

    def __init__(self, webhook: str, timeout_s: float = TIMEOUT_S) -> None:
        self._webhook = webhook
        self._timeout_s = timeout_s

    def place(self, person: Agent) -> str:  # noqa: ARG002 - the same for everybody
        """See Notifier."""
        return "group"

    async def send(self, place: str, notice: Notice) -> None:  # noqa: ARG002 - there is one group
        """See Notifier."""
        body = {"msgtype": "text", "text": {"content": notice.text}}
        answer = await call(self._webhook, body, self._timeout_s)
        code = answer.body.get("errcode")
        if code != 0:
            shown = code if isinstance(code, int) else answer.status
            wait = _MINUTE if code == _TOO_OFTEN else 0
            raise ReminderFailed(f"企业微信没有收下（{shown}）", retry_after=wait)

    async def try_out(self) -> None:
        """See Notifier. A robot's address can only be tried by writing to the group."""
