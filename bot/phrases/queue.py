"""The way to a human: the queue, the agent, and the warning when a fraud is going on."""

from __future__ import annotations

from actions.handoff import QueuePlace
from bot.phrases.common import Words, read_out
from bot.turn import Button, Reply


class QueueWords(Words):
    """What is honestly known about the wait, and no more."""

    def queued(self, place: QueuePlace, *, on_duty: bool) -> Reply:
        """In the queue; what is honestly known about the wait."""
        if not on_duty:
            text = (
                f"已为您排队，登记号 {place.number}。现在没有客服在线，上班后会先回复您。\n\n"
                f"您可以在这里留下电话和要说的事。急事请打{self.hotline}。"
            )
        else:
            ahead = place.position - 1
            where = f"您前面还有{ahead}位" if ahead else "下一位就是您"
            text = (
                f"正在为您转人工，{where}{_wait(place.eta_s)}。有话可以先写在这里，客服都看得到。"
            )
        return Reply(
            text,
            spoken=text.replace(place.number, read_out(place.number)) if place.number else text,
            buttons=(Button("不等了，问小宝", "/leave"),),
            handoff=place,
        )

    def noted(self, place: QueuePlace, *, on_duty: bool) -> Reply:
        """Something was said while waiting."""
        ahead = place.position - 1
        where = f"您前面还有{ahead}位" if ahead else "下一位就是您"
        if not on_duty:
            where = "客服上班后会先回复您"
        return Reply(
            f"您的话已经记下，{where}。",
            buttons=(Button("不等了，问小宝", "/leave"),),
            handoff=place,
        )

    def left_queue(self) -> Reply:
        """The customer goes on with the bot."""
        return Reply("好的，不排队了。您想问什么？需要时随时可以再转人工。")

    def fraud_warning(self) -> Reply:
        """Before the urgent human: what to do in this minute."""
        return Reply(
            "请先停下来，不要转账，不要告诉任何人验证码，也不要共享屏幕。\n\n"
            "马上挂断对方电话。钱已经转出去的，立刻打110报警，也可以打96110。\n\n"
            f"我正在为您紧急转人工，也可以打{self.hotline}冻结账户。",
            spoken="请先停下来，不要转账，马上挂断对方电话。钱已经转出去的，立刻打一一零报警。"
            "我正在为您转人工。",
        )

    def agent_joined(self, name: str) -> str:
        """A notice in the conversation."""
        return f"客服{name}来了，现在由真人和您对话。"

    def agent_left(self, name: str) -> str:
        """A notice in the conversation."""
        return f"客服{name}已结束这次服务。有事可以继续问小宝，或再转人工。"


def _wait(eta_s: int | None) -> str:
    if eta_s is None:
        return ""
    minutes = max(1, round(eta_s / 60))
    return f"，大约等{minutes}分钟"
