"""Intakes and what comes of them: complaints, visits, suggestions."""

from __future__ import annotations

from collections.abc import Sequence

from actions import intake
from actions.complaints import LABELS, Complaint
from actions.intake import Progress
from bot.phrases.common import CANCEL_BUTTON, COMPLAIN_BUTTON, join, read_out
from bot.turn import HUMAN_BUTTON, Button, ComplaintNote, Reply

_YES_NO = (Button("没问题，提交", "/submit"), Button("要修改", "/correct"))


class RequestWords:
    """One question at a time, then a number."""

    def ask(self, progress: Progress, before: str = "") -> Reply:
        """The present question of an intake, `before` being said first."""
        if progress.asking == intake.CONFIRM:
            text = f"请您看看对不对：\n\n{intake.summary(progress)}\n\n没问题就提交，我马上登记。"
            return Reply(
                join(before, text),
                spoken=join(before, "请您看看对不对，没问题就提交。"),
                buttons=(*_YES_NO, CANCEL_BUTTON),
            )
        if progress.asking == intake.CORRECT:
            buttons = tuple(
                Button(question.label, f"/correct:{question.slot}")
                for question in progress.plan.questions
                if question.slot in progress.answers
            )
            return Reply(join(before, "您想改哪一项？"), buttons=buttons)
        question = progress.plan.question(progress.asking)
        options = tuple(Button(option, f"/answer:{option}") for option in question.options)
        return Reply(join(before, question.ask), buttons=(*options, CANCEL_BUTTON))

    def intake_opening(self, progress: Progress) -> str:
        """Said once, before the first question."""
        if progress.intake == "complaint":
            return "很抱歉让您遇到不愉快的事。我来帮您登记投诉，随时可以说“取消”或“人工”。"
        return "好的，我来帮您登记，随时可以说“取消”或“人工”。"

    def cancelled(self, progress: Progress) -> Reply:
        """An intake ended at the customer's wish."""
        return Reply(
            f"好的，已取消，{progress.plan.title}没有登记。您还想问什么？",
            buttons=(COMPLAIN_BUTTON,),
        )

    def nothing_to_cancel(self) -> Reply:
        """取消 while nothing is under way."""
        return Reply("好的。现在没有正在办理的事，您想问什么都可以。")

    def complaint_received(self, complaint: Complaint) -> Reply:
        """Number, due date, and what the customer can do from here."""
        due = f"{complaint.due.year}年{complaint.due.month}月{complaint.due.day}日"
        text = (
            f"您的投诉已经登记，编号 {complaint.number}。\n\n"
            f"我们最迟在{due}前给您答复。\n\n"
            "想知道进度，就在这里说“查投诉进度”；想补充或者撤回，请点“转人工”。\n\n"
            "对答复不满意，可以申请核查，也可以打12378向监管部门反映。"
        )
        spoken = (
            f"您的投诉已经登记，编号是{read_out(complaint.number)}。"
            f"我们最迟在{complaint.due.month}月{complaint.due.day}日前给您答复。"
        )
        return Reply(
            text,
            spoken=spoken,
            buttons=(Button("查投诉进度", "/progress"),),
            complaint=note(complaint),
        )

    def request_received(self, kind: str, number: str) -> Reply:
        """A visit or a suggestion is registered."""
        if kind == "visit":
            text = f"预约已经登记，编号 {number}。网点会打电话跟您确认，请带好身份证。"
        else:
            text = f"谢谢您的建议，已经登记，编号 {number}。我会转给相关部门。"
        return Reply(text, spoken=text.replace(number, read_out(number)))

    def complaints(self, complaints: Sequence[Complaint]) -> list[Reply]:
        """Where this customer's complaints stand."""
        if not complaints:
            return [
                Reply(
                    "这次对话里没有查到您的投诉。为了保护您的信息，别处登记的投诉请点“转人工”查询。",
                    buttons=(HUMAN_BUTTON, COMPLAIN_BUTTON),
                )
            ]
        return [
            Reply(
                f"编号 {one.number}：{LABELS[one.state]}，"
                f"最迟{one.due.month}月{one.due.day}日答复您。",
                spoken=f"编号{read_out(one.number)}，{LABELS[one.state]}，"
                f"最迟{one.due.month}月{one.due.day}日答复您。",
                complaint=note(one),
            )
            for one in complaints[:3]
        ]

    def resume(self, progress: Progress) -> Reply:
        """An intake that was under way when the human came."""
        return self.ask(progress, f"刚才的{progress.plan.title}登记还没有完成，我们接着来。")


def note(complaint: Complaint) -> ComplaintNote:
    """A complaint as a reply carries it."""
    return ComplaintNote(complaint.number, LABELS[complaint.state], complaint.due.isoformat())
