"""A registered complaint: its number, where it stands, and what its customer can do about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from actions.complaint_rows import Entry
from actions.complaints import LABELS, RUNNING, Complaint, State, Step
from actions.errors import NotAllowed
from actions.register import Standing
from audio.numerals import grouped
from bot.phrases.common import COMPLAIN_BUTTON, day_in
from bot.turn import HUMAN_BUTTON, Button, ComplaintNote, Reply

_PROGRESS = Button("查投诉进度", "/progress")
_CAN = {Step.DISPUTE: "不满意，申请核查", Step.SUPPLEMENT: "补充", Step.WITHDRAW: "撤回"}
"""What customers can do, the most wanted first."""
_LAST_STEP = {
    Step.RECEIVE: "已登记，等待受理",
    Step.ACCEPT: "已经受理",
    Step.START: "正在调查处理",
    Step.EXTEND: "处理时间延长了",
    Step.ANSWER: "已经答复",
    Step.ANSWER_MERGED: "已经答复",
    Step.DISPUTE: "收到您的核查申请",
    Step.MEDIATE: "已转给调解组织",
    Step.MEDIATION_AGREED: "调解成功",
    Step.MEDIATION_FAILED: "调解没有成功",
    Step.CLOSE: "已经办结",
    Step.WITHDRAW: "已经撤回",
    Step.MERGE: "已和另一件合并处理",
    Step.TRANSFER: "已转给负责的机构",
    Step.SUPPLEMENT: "收到补充内容",
}
"""What customers are told of; the bank's internal steps are not among them."""
_SAYS_WHY = {Step.ANSWER, Step.ANSWER_MERGED, Step.MEDIATION_AGREED, Step.MEDIATION_FAILED}
"""Steps whose text was written for the customer."""


class ComplaintWords:
    """Plain words for states, days and steps."""

    def complaint_received(
        self, complaint: Complaint, linked: Sequence[str], files: int, left_out: int
    ) -> Reply:
        """Number, due date, and what the customer can do from here.

        `linked`: the related ones that the customer may hear of.
        """
        text = [
            f"您的投诉已经登记，编号 {complaint.number}。",
            f"我们最迟在{day_in(complaint.due, year=True)}答复您。",
            *_linked(linked),
            *_files(files, left_out),
            *_nameless(complaint),
            "查进度、补充、撤回，点下面的按钮，或者直接跟我说。对答复不满意，"
            "可以申请核查，也可以打12378。",
        ]
        spoken = (
            f"您的投诉已经登记，编号是{grouped(complaint.number)}。"
            f"我们最迟在{day_in(complaint.due)}答复您。"
        )
        buttons = (_PROGRESS, *step_buttons(complaint.number, (Step.SUPPLEMENT, Step.WITHDRAW)))
        return Reply("\n\n".join(text), spoken=spoken, buttons=buttons, complaint=note(complaint))

    def progress(
        self,
        standing: Standing,
        entries: Sequence[Entry],
        day: Callable[[dt.datetime], dt.date],
    ) -> Reply:
        """State, last day, the last step in plain words, and an extension with its reason.

        `day`: the bank's day at a moment.
        """
        one = standing.complaint
        lines = [f"编号 {one.number}：{LABELS[one.state]}{_owed(one)}。"]
        told = [entry for entry in entries if entry.step in _LAST_STEP]
        if told:
            lines.append(f"最近一步：{day_in(day(told[-1].at))}，{_LAST_STEP[told[-1].step]}。")
        lines += _extension(one, entries)
        lines += [
            f"{_LAST_STEP[entry.step]}：{entry.why}"
            for entry in told[-1:]
            if entry.step in _SAYS_WHY
        ]
        if one.merged_into:
            lines.append(f"请以编号 {one.merged_into} 的投诉为准。")
        return Reply(
            "\n\n".join(lines),
            spoken=f"编号{grouped(one.number)}，{LABELS[one.state]}{_owed(one)}。",
            buttons=step_buttons(one.number, standing.can),
            complaint=note(one),
        )

    def no_complaints(self) -> Reply:
        """Nothing is registered in this conversation; whoever has a number elsewhere is helped."""
        return Reply(
            "这次对话里没有查到您的投诉。为了保护您的信息，别处登记的投诉请点“转人工”查询。",
            buttons=(HUMAN_BUTTON, COMPLAIN_BUTTON),
        )

    def step_taken(self, step: Step, complaint: Complaint, files: int, left_out: int) -> Reply:
        """The customer has withdrawn, supplemented or disputed."""
        number = complaint.number
        text = {
            Step.WITHDRAW: f"编号 {number} 的投诉已经撤回，今天就结束了。"
            "以后有新情况，可以再投诉。",
            Step.SUPPLEMENT: f"已补充到编号 {number} 的投诉{_owed(complaint)}。",
            Step.DISPUTE: f"已收到您的核查申请，编号 {number}。"
            f"我们会另派人员核查，最迟{day_in(complaint.due)}答复您。",
        }[step]
        more = [text, *_files(files, left_out)]
        spoken = text.replace(number, grouped(number))
        return Reply(
            "\n\n".join(more), spoken=spoken, buttons=(_PROGRESS,), complaint=note(complaint)
        )

    def refused(self, refusal: NotAllowed) -> Reply:
        """A step that the complaint's state does not allow, in the register's own words."""
        return Reply(str(refusal), buttons=(_PROGRESS,))


def step_buttons(number: str, can: Sequence[Step]) -> tuple[Button, ...]:
    """Buttons for what the customer of complaint `number` can do."""
    return tuple(Button(title, f"/{step}:{number}") for step, title in _CAN.items() if step in can)


def note(complaint: Complaint) -> ComplaintNote:
    """A complaint as a reply carries it."""
    due = complaint.due.isoformat() if complaint.state in RUNNING else ""
    return ComplaintNote(complaint.number, LABELS[complaint.state], due)


def _owed(complaint: Complaint) -> str:
    return f"，最迟{day_in(complaint.due)}答复您" if complaint.state in RUNNING else ""


def _extension(complaint: Complaint, entries: Sequence[Entry]) -> list[str]:
    """The reason stands where the extension was asked for."""
    if not complaint.extension or complaint.state not in RUNNING - {State.DISPUTED}:
        return []
    reasons = [entry.why for entry in entries if entry.step is Step.ASK_EXTENSION]
    granted = reasons[:-1] if complaint.extension_asked_by is not None else reasons
    because = f"，原因：{granted[-1]}" if granted else ""
    return [f"处理时间已延长到{day_in(complaint.due)}{because}。"]


def _linked(numbers: Sequence[str]) -> list[str]:
    if not numbers:
        return []
    return [
        f"您之前也投诉过类似的事，已和编号 {'、'.join(numbers)} 关联，我们一起处理，编号都保留。"
    ]


def _files(joined: int, left_out: int) -> list[str]:
    lines = [f"您发来的{joined}个附件已经放进这件投诉。"] if joined else []
    if left_out:
        lines.append(f"附件已满，有{left_out}个没有放进去，请交给处理您投诉的工作人员。")
    return lines


def _nameless(complaint: Complaint) -> list[str]:
    if not complaint.draft.anonymous:
        return []
    return ["您是匿名投诉，请记好编号，以后在这里查进度。"]
