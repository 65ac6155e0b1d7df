"""Small talk, and what is said when something goes wrong."""

from __future__ import annotations

from bot.phrases.common import COMPLAIN_BUTTON, Words
from bot.turn import HUMAN_BUTTON, Button, Reply


class Talk(Words):
    """Nothing here needs a database or an article."""

    def greeting(self) -> Reply:
        """Said first; names the way to a human in its first sentence."""
        return Reply(
            f"您好，我是{self.bank}的消保小宝。随时点“转人工”或者说“人工”，就有真人来帮您。\n\n"
            "您可以直接问我银行卡、存款、转账、防诈骗这些事，也可以在这里投诉。",
            spoken="您好，我是消保小宝。随时说人工，就有真人来帮您。您想问什么？",
            buttons=(
                COMPLAIN_BUTTON,
                Button("怕是遇到骗子了", "/article:fraud-first-steps"),
                Button("银行卡丢了", "/article:card-lost"),
                Button("字大一点", "/elder_on"),
            ),
        )

    def secret_warning(self) -> Reply:
        """A password or code was sent; it has not been stored."""
        return Reply(
            "请不要把密码、验证码告诉任何人，包括银行的人。您刚才发的数字我已隐去，没有保存。"
        )

    def elder_on(self) -> Reply:
        """Elder mode begins."""
        return Reply(
            "已为您换成长辈版，字大一些，说得短一些。您想问什么，慢慢说。",
            spoken="好的，我说慢一点，说得短一些。您也慢慢说。",
        )

    def elder_off(self) -> Reply:
        """Elder mode ends."""
        return Reply("已换回标准版。需要时说“长辈版”就可以换回来。")

    def thank(self) -> Reply:
        """After 谢谢."""
        return Reply("不客气。还有什么想问的，随时说。")

    def bye(self) -> Reply:
        """After 再见."""
        return Reply("再见，祝您平安。遇到可疑的电话，先挂断，再打96110问一问。", ends=True)

    def nothing_to_repeat(self) -> Reply:
        """再说一遍 at the very beginning."""
        return Reply("我还没有说过什么。您想问什么？")

    def not_asked(self) -> Reply:
        """是 or 不是 where nothing was asked."""
        return Reply("好的。您想问什么？直接说就可以。")

    def abuse(self) -> Reply:
        """Anger is heard, and a human offered."""
        return Reply(
            "听得出您很着急，对不起。我让真人来帮您好吗？点“转人工”就可以。",
            buttons=(HUMAN_BUTTON, COMPLAIN_BUTTON),
        )

    def personal_data(self) -> Reply:
        """The bot cannot look into accounts, and says who can."""
        return Reply(
            "我看不到您的账户，也不需要您的卡号和密码，请不要发给我。\n\n"
            f"查余额和明细，请用手机银行、取款机，或者打{self.hotline}。也可以点“转人工”。",
            buttons=(HUMAN_BUTTON,),
        )

    def out_of_scope(self) -> Reply:
        """Not a bank's business."""
        return Reply(
            "这个我帮不上忙。银行卡、存款、转账、防诈骗和投诉的事，您都可以问我。",
            buttons=(COMPLAIN_BUTTON,),
        )

    def find_branch(self) -> Reply:
        """Where the bank publishes its branches; addresses and hours change too often to keep."""
        return Reply(
            f"网点的地址和营业时间常有变化。请打{self.hotline}，说出您在哪个区、哪条路。\n\n"
            "也可以打开手机银行，点“网点查询”。行动不便的话，可以预约上门。",
            buttons=(Button("预约去网点或上门", "/visit"),),
        )

    def apology(self) -> Reply:
        """Something of ours broke."""
        return Reply(
            f"对不起，我这里出了点问题。请点“转人工”，或者打{self.hotline}。",
            buttons=(HUMAN_BUTTON,),
        )

    def no_voice(self) -> str:
        """Recorded, for callers to whom no voice can say anything else."""
        return "对不起，我这边出了点问题，现在说不出话来。想找真人，请按零。"

    def unavailable(self) -> str:
        """Nothing can be stored now; said instead of an answer."""
        return f"系统现在没能记下您的话，请过一会儿再发一次。急事请直接打{self.hotline}。"
