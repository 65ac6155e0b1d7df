"""Intakes: one question at a time, what is confirmed, and what is given up."""

from __future__ import annotations

from collections.abc import Sequence

from actions import intake
from actions.intake import Progress
from actions.questions import Confirmation
from actions.uploads import Upload
from audio import Expecting
from audio.numerals import grouped
from bot.phrases.common import CANCEL_BUTTON, COMPLAIN_BUTTON, join
from bot.turn import Button, Reply


class RequestWords:
    """One question at a time, then a number."""

    def ask(self, progress: Progress, before: str = "") -> Reply:
        """The present question of an intake, `before` being said first."""
        plan = progress.plan
        if progress.asking == intake.CONFIRM and plan.confirm:
            return _confirmation(progress, plan.confirm, before)
        if progress.asking == intake.CORRECT:
            buttons = tuple(
                Button(question.label, f"/correct:{question.slot}")
                for question in plan.questions
                if progress.answers.get(question.slot)
            )
            asked = join(before, "您想改哪一项？")
            return Reply(asked, buttons=buttons, awaits=Expecting.CHOICE)
        question = plan.question(progress.asking)
        offered = progress.offers.get(question.slot, {})
        titles = offered or {option: option for option in question.options}
        options = tuple(Button(title, f"/answer:{value}") for value, title in titles.items())
        # Elders see two buttons at most, so what only they can know stands in the text too.
        listed = "\n".join(offered.values()) if question.closed else ""
        text = f"{question.ask}\n\n{listed}" if listed else question.ask
        awaits = {plan.story: Expecting.STORY, **_AWAITS}.get(question.slot, Expecting.ANYTHING)
        return Reply(join(before, text), buttons=(*options, CANCEL_BUTTON), awaits=awaits)

    def cancelled(self, progress: Progress) -> Reply:
        """An intake ended at the customer's wish."""
        buttons = () if progress.plan.step else (COMPLAIN_BUTTON,)
        return Reply(progress.plan.cancelled, buttons=buttons)

    def nothing_to_cancel(self) -> Reply:
        """取消 while nothing is under way."""
        return Reply("好的。现在没有正在办理的事，您想问什么都可以。")

    def request_received(self, kind: str, number: str) -> Reply:
        """A visit or a suggestion is registered."""
        if kind == "visit":
            text = f"预约已经登记，编号 {number}。网点会打电话跟您确认，请带好身份证。"
        else:
            text = f"谢谢您的建议，已经登记，编号 {number}。我会转给相关部门。"
        return Reply(text, spoken=text.replace(number, grouped(number)))

    def files_received(self, uploads: Sequence[Upload]) -> str:
        """Said before whatever is asked next."""
        kinds = "、".join(dict.fromkeys(upload.kind for upload in uploads))
        return f"{kinds}收到了。"

    def files_kept(self, uploads: Sequence[Upload]) -> Reply:
        """Something was sent before there is a complaint."""
        return Reply(
            f"{self.files_received(uploads)}要投诉的话，请点“我要投诉”，它会一起登记。",
            buttons=(COMPLAIN_BUTTON,),
        )

    def resume(self, progress: Progress) -> Reply:
        """An intake that was under way when the human came."""
        return self.ask(progress, f"刚才的{progress.plan.title}登记还没有完成，我们接着来。")


_AWAITS = {"contact": Expecting.NUMBER, "number": Expecting.NUMBER}


def _confirmation(progress: Progress, confirm: Confirmation, before: str) -> Reply:
    text = confirm.ask.format_map({**progress.answers, "summary": intake.summary(progress)})
    spoken = text
    if confirm.correctable:
        spoken = f"我念一遍，您听听对不对。{intake.spoken_summary(progress)}没问题，请说提交。"
    yes = Button(confirm.yes, "/submit")
    no = Button(confirm.no, "/correct" if confirm.correctable else "/cancel")
    cancel = (CANCEL_BUTTON,) if confirm.correctable else ()
    return Reply(
        join(before, text),
        spoken=join(before, spoken),
        buttons=(yes, no, *cancel),
        awaits=Expecting.CHOICE,
    )
