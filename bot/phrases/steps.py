"""What a customer is told of each step of their complaint, in the chat."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from actions.complaints import Complaint, Step
from audio.numerals import grouped
from bot.phrases.common import Words, day_in
from bot.phrases.complaints import note, step_buttons
from bot.turn import Button, Reply

_PROGRESS = Button("查投诉进度", "/progress")

_OPEN_TO = dict.fromkeys((Step.ANSWER, Step.MEDIATION_FAILED, Step.CLOSE), (Step.DISPUTE,))
"""What a customer can do next, by a button."""


@dataclass(frozen=True, slots=True)
class Happened:
    """A step, and what its customer should know about it."""

    step: Step
    complaint: Complaint
    """As it stands after the step."""
    why: str = ""
    """The answer, the result or the reason, word for word."""
    until: dt.date | None = None
    """The last day for a 核查, where one is still open; after a merger, the day of the answer."""


class StepWords(Words):
    """Number, what happened, the new day, and what can be done next."""

    def told(self, happened: Happened) -> Reply:
        """The message about one step of TELLS. Raises KeyError for any other."""
        complaint = happened.complaint
        before, after = self._around(happened)
        text = "\n\n".join(part for part in (before, happened.why.strip(), after) if part)
        spoken = text.replace(complaint.number, grouped(complaint.number))
        open_to = _OPEN_TO if happened.until else {}
        buttons = (*step_buttons(complaint.number, open_to.get(happened.step, ())), _PROGRESS)
        return Reply(text, spoken=spoken, buttons=buttons, complaint=note(complaint))

    def _around(self, happened: Happened) -> tuple[str, str]:
        """What stands before and after the officer's own words, where the customer sees these."""
        one, until = happened.complaint, happened.until
        your, due = f"您的投诉（编号 {one.number}）", f"最迟{day_in(one.due, year=True)}前答复您"
        together = day_in(until or one.due, year=True)
        words = {
            Step.ACCEPT: (f"{your}我们已经受理，{due}。", _MORE),
            Step.EXTEND: (
                f"{your}还没有查清楚，经过审批，答复时间延长，{due}。让您久等了。原因是：",
                _MORE,
            ),
            Step.ANSWER: (
                f"{your}{'核查结果' if one.reviewed else '答复'}如下：",
                self._disagree(until),
            ),
            Step.ANSWER_MERGED: (
                f"{your}和同一件事的另一件投诉合并处理，现在答复如下：",
                f"对答复不满意，请打{self.hotline}说明，也可以打12378向监管部门反映。",
            ),
            Step.DISPUTE: (
                f"您对投诉（编号 {one.number}）的答复不满意，我们会请别的同事重新核查，{due}。",
                "",
            ),
            Step.MEDIATE: (
                f"{your}已经转调解：{one.mediation_case}。原因是：",
                "调解组织会和您联系。调解不收费，您也可以不参加。",
            ),
            Step.MEDIATION_AGREED: (f"{your}调解成功，已经办结。结果是：", ""),
            Step.MEDIATION_FAILED: (f"{your}没有调解成功。结果是：", self._disagree(until)),
            Step.CLOSE: (f"{your}已经办结。", self._disagree(until)),
            Step.WITHDRAW: (
                f"{your}已经按您的意思撤回，不再处理。",
                "以后还想反映，随时可以重新投诉。",
            ),
            Step.MERGE: (
                f"{your}和同一件事的另一件投诉合并处理，最迟{together}前一起答复您。",
                "您还用手上的编号查进度就可以。",
            ),
            Step.TRANSFER: (f"{your}已经转给{one.branch}办理，{due}，期限不变。原因是：", _MORE),
        }
        return words[happened.step]

    def _disagree(self, until: dt.date | None) -> str:
        """What can be done against an answer."""
        elsewhere = "也可以打12378向监管部门反映"
        if until is None:
            return f"还有不同意见，可以打{self.hotline}申请调解，{elsewhere}。"
        how = f"可以在{day_in(until, year=True)}前申请核查，在这里说“对答复不满意”就行"
        return f"对答复不满意，{how}；{elsewhere}。"


_MORE = "想知道进度，在这里说“查投诉进度”；想补充或者撤回，也可以在这里说。"
