"""消保之声, the articles to listen to: how an episode is told, and where it is found."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.phrases.common import Words
from bot.phrases.knowledge import quiz_options
from bot.turn import Button, Reply
from knowledge.article import Article

TITLE = "消保之声"
ABOUT = "银行卡、存款、转账、防诈骗……每篇一分钟左右，慢慢讲给您听。内容都经过审核，并说明依据。"
TOPICS = {
    "telecom-fraud": "防范电信诈骗",
    "illegal-fundraising": "防范非法集资",
    "elders-services": "长辈服务",
    "bank-cards": "银行卡",
    "deposits": "存款",
    "transfers": "转账汇款",
    "cash": "现金和零钱",
    "self-service": "自助机具",
    "digital-banking": "手机银行和网银",
    "credit-cards": "信用卡",
    "loans": "贷款",
    "credit-report": "征信",
    "wealth": "理财和保险",
    "foreign-exchange": "外汇",
    "life-events": "人生大事",
    "personal-information": "个人信息保护",
    "consumer-rights": "消费者权益",
    "complaints": "投诉和建议",
}
"""The chapters in the order in which they are told."""
OTHERS = "其他"
_REMINDER = re.compile(r"^提醒[：:]\s*(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Part:
    """Something said in an episode."""

    text: str
    pause_s: float = 0.7
    """How long to wait after it."""


class AlbumWords(Words):
    """Reviewed text only: an episode adds nothing to its article but where one is."""

    def episode(self, article: Article) -> list[Part]:
        """Title, answer, reminder, a question with time to think, its answer, and the source."""
        quiz, source = article.quiz, article.sources[0]
        options = "\n".join(
            f"{letter}. {quiz.options[letter]}" for letter in quiz_options(article, elder=False)
        )
        reminder = _REMINDER.search(article.answer)
        return [
            Part(f"{TITLE}。\n{article.title}。", 1.0),
            Part(article.spoken),
            *([Part(f"提醒您：\n{reminder[1]}")] if reminder else []),
            Part(f"消保小课堂：{quiz.question}\n{options}", 4.0),
            Part(f"正确答案是 {quiz.answer}。\n{quiz.explanation}", 1.0),
            Part(f"依据是{source.issuer}的《{source.title}》。"),
        ]

    def where_to_listen(self) -> Reply:
        """After 听课."""
        if self.album:
            where = f"点这里就能听：{self.album}"
        else:
            where = "请打开网页版的小宝，点最上面的“听课”。"
        return Reply(
            f"{TITLE}：把防诈骗、银行卡、存款这些事，一篇一篇讲给您听，每篇一分钟左右。\n\n{where}",
            spoken=f"{TITLE}，一篇一篇讲给您听。请打开网页版的小宝，点最上面的听课。",
            buttons=(Button("做一道题", "/quiz"),),
        )
