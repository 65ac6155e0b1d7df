"""Linking a person's channels with a code."""

from __future__ import annotations

from actions.links import Joined
from audio.numerals import grouped
from bot.phrases.common import Words
from bot.turn import HUMAN_BUTTON, Reply


class LinkWords(Words):
    """Codes are for one's own other channel, and for nobody else."""

    def link_code(self, code: str | None) -> Reply:
        """The code to type elsewhere; None where too many were asked for."""
        if code is None:
            return Reply("您要的绑定码太多了，请过一小时再试。", buttons=(HUMAN_BUTTON,))
        text = (
            f"您的绑定码是 {code[:4]} {code[4:]}，10 分钟内有效，只能用一次。\n\n"
            f"请在您找过我们的另一个渠道（比如网页、微信或 Telegram）里发：绑定 {code}\n\n"
            "绑定以后，客服能看到您在两边说过的话。绑定码不要告诉别人，银行的人也不会向您要。"
        )
        spoken = f"您的绑定码是{grouped(code)}。请在另一个渠道里发，绑定，加上这个号码。"
        return Reply(text, spoken=spoken)

    def link_result(self, joined: Joined) -> Reply:
        """What became of a code that was typed."""
        words = {
            Joined.LINKED: "已经绑定。以后客服能看到您在两个渠道里说过的话。"
            "不是您本人要绑定的？请马上发“解除绑定”。",
            Joined.ALREADY: "这两个渠道已经绑定过了，不用再绑。",
            Joined.WRONG: "这个绑定码不对，或者已经过期、用过了。"
            "请在另一个渠道里发“绑定”，重新要一个。",
            Joined.OWN: "这个绑定码要在您的另一个渠道里发，不是在这里。",
            Joined.OTHERS: "这两个渠道登记的不是同一位客户，不能绑定。有疑问请点“转人工”。",
            Joined.LATER: "试的次数太多了，请过一小时再试，或者点“转人工”。",
        }
        return Reply(words[joined])

    def linked_elsewhere(self) -> str:
        """A notice to the conversation that had shown the code."""
        return "您的另一个渠道刚刚和这里绑定了。不是您本人操作的话，请马上发“解除绑定”。"

    def unlinked(self, *, was_linked: bool) -> Reply:
        """After 解除绑定."""
        if not was_linked:
            return Reply("这里没有和别的渠道绑定。")
        return Reply("已经解除绑定。客服在这里不再看到您在别的渠道说过的话。")
