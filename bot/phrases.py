"""Every sentence of the bot that is not an article: here reviewers read and change them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from actions import intake
from actions.complaints import LABELS, Complaint
from actions.handoff import QueuePlace
from actions.intake import Progress
from bot.turn import HUMAN_BUTTON, Button, Citation, ComplaintNote, Reply
from knowledge.article import Article, Letter
from knowledge.search import Match

COMPLAIN_BUTTON = Button("我要投诉", "/complain")
CANCEL_BUTTON = Button("取消", "/cancel")
_YES_NO = (Button("没问题，提交", "/submit"), Button("要修改", "/correct"))


@dataclass(frozen=True, slots=True)
class Phrases:
    """The bot's words for one bank."""

    bank: str
    hotline: str

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

    def article(self, article: Article) -> Reply:
        """An answer from the reviewed knowledge, with its source and its date."""
        sources = tuple(source.cite() for source in article.sources)
        return Reply(
            article.answer.strip(),
            spoken=article.spoken,
            buttons=(),
            article=Citation(article.id, article.title, sources, article.effective.isoformat()),
        )

    def which(self, matches: Sequence[Match]) -> Reply:
        """Two articles fit about equally."""
        titles = [match.article.title for match in matches[:2]]
        return Reply(
            "您想问的是哪一个？",
            spoken=f"您想问的是，{titles[0]}，还是，{titles[1]}？",
            buttons=tuple(_article_button(match.article) for match in matches[:2]),
        )

    def unknown(self, matches: Sequence[Match], misses: int) -> Reply:
        """Nothing is good enough: say so, offer the nearest titles, and a human."""
        text = "这个问题我没有把握回答，不想误导您。"
        if misses >= 3:
            text = "对不起，我几次都没听明白。点“转人工”，马上有真人来帮您。"
        elif matches:
            text += "您看看是不是下面的问题？也可以点“转人工”，让真人来帮您。"
        else:
            text += "您可以换个说法再问一次，也可以点“转人工”，让真人来帮您。"
        buttons = tuple(_article_button(match.article) for match in matches[:3])
        if misses >= 3:
            buttons = (HUMAN_BUTTON, *buttons)
        return Reply(text, buttons=buttons)

    def expired(self) -> Reply:
        """An article that was there, and may no longer be quoted."""
        return Reply(
            "这条内容正在更新，我现在不能准确回答您。请点“转人工”，让真人来帮您。",
            buttons=(HUMAN_BUTTON,),
        )

    # --- intakes

    def ask(self, progress: Progress, before: str = "") -> Reply:
        """The present question of an intake, `before` being said first."""
        if progress.asking == intake.CONFIRM:
            text = f"请您看看对不对：\n\n{intake.summary(progress)}\n\n没问题就提交，我马上登记。"
            return Reply(
                _join(before, text),
                spoken=_join(before, "请您看看对不对，没问题就提交。"),
                buttons=(*_YES_NO, CANCEL_BUTTON),
            )
        if progress.asking == intake.CORRECT:
            buttons = tuple(
                Button(question.label, f"/correct:{question.slot}")
                for question in progress.plan.questions
                if question.slot in progress.answers
            )
            return Reply(_join(before, "您想改哪一项？"), buttons=buttons)
        question = progress.plan.question(progress.asking)
        options = tuple(Button(option, f"/answer:{option}") for option in question.options)
        return Reply(_join(before, question.ask), buttons=(*options, CANCEL_BUTTON))

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

    # --- a human

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

    def secret_warning(self) -> Reply:
        """A password or code was sent; it has not been stored."""
        return Reply(
            "请不要把密码、验证码告诉任何人，包括银行的人。您刚才发的数字我已隐去，没有保存。"
        )

    def agent_joined(self, name: str) -> str:
        """A notice in the conversation."""
        return f"客服{name}来了，现在由真人和您对话。"

    def agent_left(self, name: str) -> str:
        """A notice in the conversation."""
        return f"客服{name}已结束这次服务。有事可以继续问小宝，或再转人工。"

    def resume(self, progress: Progress) -> Reply:
        """An intake that was under way when the human came."""
        return self.ask(progress, f"刚才的{progress.plan.title}登记还没有完成，我们接着来。")

    # --- small things

    def elder_on(self) -> Reply:
        """Elder mode begins."""
        return Reply("已为您换成长辈版，字大一些，说得短一些。您想问什么，慢慢说。")

    def elder_off(self) -> Reply:
        """Elder mode ends."""
        return Reply("已换回标准版。需要时说“长辈版”就可以换回来。")

    def thank(self) -> Reply:
        """After 谢谢."""
        return Reply("不客气。还有什么想问的，随时说。")

    def bye(self) -> Reply:
        """After 再见."""
        return Reply("再见，祝您平安。遇到可疑的电话，先挂断，再打96110问一问。")

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

    def quiz(self, article: Article, *, elder: bool) -> Reply:
        """One question of 消保小课堂; two choices for elders."""
        shown = quiz_options(article, elder=elder)
        lines = "\n".join(f"{letter}. {article.quiz.options[letter]}" for letter in shown)
        return Reply(
            f"消保小课堂：{article.quiz.question}\n\n{lines}",
            buttons=tuple(Button(letter, f"/quiz:{letter}") for letter in shown),
        )

    def quiz_result(self, article: Article, letter: str) -> Reply:
        """Right or wrong, and why."""
        right = letter == article.quiz.answer
        verdict = "答对了！" if right else f"正确答案是 {article.quiz.answer}。"
        return Reply(
            f"{verdict}{article.quiz.explanation}",
            buttons=(Button("再来一题", "/quiz"), _article_button(article)),
        )

    def apology(self) -> Reply:
        """Something of ours broke."""
        return Reply(
            f"对不起，我这里出了点问题。请点“转人工”，或者打{self.hotline}。",
            buttons=(HUMAN_BUTTON,),
        )

    def unavailable(self) -> str:
        """Nothing can be stored now; said instead of an answer."""
        return f"系统现在没能记下您的话，请过一会儿再发一次。急事请直接打{self.hotline}。"


def quiz_options(article: Article, *, elder: bool) -> list[Letter]:
    """The letters offered: all three, or for elders the right one and one other."""
    letters = sorted(article.quiz.options)
    if not elder:
        return letters
    wrong = next(letter for letter in letters if letter != article.quiz.answer)
    return sorted([wrong, article.quiz.answer])


def note(complaint: Complaint) -> ComplaintNote:
    """A complaint as a reply carries it."""
    return ComplaintNote(complaint.number, LABELS[complaint.state], complaint.due.isoformat())


_SPOKEN_DIGITS = str.maketrans("0123456789", "零幺二三四五六七八九")


def read_out(number: str) -> str:
    """A number as one reads it out: digit by digit, in groups of four."""
    groups = [number[start : start + 4] for start in range(0, len(number), 4)]
    return "，".join(groups).translate(_SPOKEN_DIGITS)


def _wait(eta_s: int | None) -> str:
    if eta_s is None:
        return ""
    minutes = max(1, round(eta_s / 60))
    return f"，大约等{minutes}分钟"


def _join(before: str, text: str) -> str:
    return f"{before}\n\n{text}" if before else text


def _article_button(article: Article) -> Button:
    return Button(article.title, f"/article:{article.id}")
