"""The way to a human: the queue, the agent, and the warning when a fraud is going on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from actions.queueing import QueuePlace
from audio.numerals import grouped
from bot.phrases.common import Words
from bot.turn import Button, Reply

_LEAVE = Button("不等了，问小宝", "/leave")
_WEEKDAYS = "一二三四五六日"


class QueueWords(Words):
    """What is honestly known about the wait, and no more."""

    def queued(self, place: QueuePlace) -> Reply:
        """In the queue; what is honestly known about the wait."""
        if not place.on_duty:
            text = (
                f"已为您排队，登记号 {place.number}。现在没有客服在线，"
                f"{promise(place.promised, self.zone)}\n\n"
                f"请在这里留下电话和要说的事。急事请打{self.hotline}。"
            )
        else:
            text = f"正在为您转人工，{_ahead(place)}{_wait(place.eta_s)}。"
            if place.promised:
                text += (
                    f"等的人比较多，{promise(place.promised, self.zone)}登记号 {place.number}，"
                    "请在这里留下电话。也可以接着等。"
                )
            else:
                text += "有话可以先写在这里，客服都看得到。"
        return Reply(
            text,
            spoken=text.replace(place.number, grouped(place.number)) if place.number else text,
            buttons=(_LEAVE,),
            handoff=place,
        )

    def noted(self, place: QueuePlace) -> Reply:
        """Something was said while waiting."""
        where = _ahead(place) if place.on_duty else promise(place.promised, self.zone).rstrip("。")
        return Reply(f"您的话已经记下，{where}。", buttons=(_LEAVE,), handoff=place)

    def long_wait(self, place: QueuePlace) -> str:
        """A notice to somebody who has waited too long, or whose agents have gone."""
        why = "让您久等了，" if place.on_duty else "现在没有客服在线，"
        return (
            f"{why}{promise(place.promised, self.zone)}登记号 {place.number}。"
            "请在这里留下电话，也可以接着等，您的位置还在。"
        )

    def left_queue(self, place: QueuePlace | None) -> Reply:
        """The customer goes on with the bot; a promised call is still made."""
        kept = f"{promise(place.promised, self.zone)}" if place and place.promised else ""
        return Reply(f"好的，不排队了。{kept}您想问什么？需要时随时可以再转人工。")

    def fraud_warning(self) -> Reply:
        """Before the urgent human: what to do in this minute."""
        return Reply(
            "请先停下来，不要转账，不要告诉任何人验证码，也不要共享屏幕。\n\n"
            "马上挂断对方电话。钱已经转出去的，立刻打110报警，也可以打96110。\n\n"
            f"我正在为您紧急转人工，也可以打{self.hotline}冻结账户。",
            spoken="请先停下来，不要转账，马上挂断对方电话。钱已经转出去的，立刻打一一零报警。"
            "我正在为您转人工。",
        )

    def still_there(self) -> Reply:
        """Nothing was heard on the telephone."""
        return Reply(
            "您还在听吗？不着急，慢慢说。想找真人，按 0 或者说“人工”。",
            spoken="您还在听吗？不着急，慢慢说。想找真人，请按零，或者说人工。",
        )

    def agent_joined(self, name: str) -> str:
        """A notice in the conversation."""
        return f"客服{name}来了，现在由真人和您对话。"

    def supervisor_joined(self, name: str) -> str:
        """A notice in the conversation."""
        return f"客服主管{name}也来了，一起帮您。"

    def taken_over(self, name: str) -> str:
        """A notice in the conversation."""
        return f"现在由客服主管{name}为您服务。"

    def transferred(self, name: str, to: str) -> str:
        """A notice in the conversation."""
        return f"客服{name}正在为您转给{to}，您排在最前面，请稍等。"

    def put_back(self) -> str:
        """A notice in the conversation: the agent did not answer, or has gone."""
        return "这位客服暂时没有回应，正在为您换一位，您排在最前面。"

    def called_back(self) -> str:
        """A notice in the conversation."""
        return "我们已经按登记给您回电。有事可以继续问小宝，或再转人工。"

    def agent_left(self, name: str) -> str:
        """A notice in the conversation."""
        return f"客服{name}已结束这次服务。有事可以继续问小宝，或再转人工。"

    def rate_question(self, levels: Sequence[tuple[str, int]], *, elder: bool) -> Reply:
        """One tap tells how the service was; for elders the two ends of the scale."""
        shown = (levels[0], levels[-1]) if elder else levels
        buttons = tuple(Button(label, f"/rate:{score}") for label, score in shown)
        return Reply("这次的人工服务，您满意吗？点一下就好，不点也没关系。", buttons=buttons)

    def rated(self, *, kept: bool) -> Reply:
        """After a tap on the scale."""
        if not kept:
            return Reply("您的评价已经收到过了，谢谢您。")
        return Reply("谢谢您的评价。还有什么想问的，随时说。")


def promise(promised: dt.datetime | None, zone: dt.tzinfo) -> str:
    """By when the bank calls back."""
    if promised is None:
        return "客服上班后会先回复您。"
    local = promised.astimezone(zone)
    day = f"{local.month}月{local.day}日（周{_WEEKDAYS[local.weekday()]}）"
    return f"我们最晚{day}{local:%H:%M}给您回电或回复。"


def _ahead(place: QueuePlace) -> str:
    ahead = place.position - 1
    return f"您前面还有{ahead}位" if ahead else "下一位就是您"


def _wait(eta_s: int | None) -> str:
    if eta_s is None:
        return ""
    if eta_s < 60:
        return "，大约等不到1分钟"
    return f"，大约等{round(eta_s / 60)}分钟"
