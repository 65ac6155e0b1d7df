"""Around a quoted article: which of two, none at all, and 消保小课堂."""

from __future__ import annotations

from collections.abc import Sequence

from bot.turn import HUMAN_BUTTON, Button, Citation, Reply
from knowledge.article import Article, Letter
from knowledge.finding import Match


class KnowledgeWords:
    """Articles are quoted, never reworded."""

    def article(self, article: Article) -> Reply:
        """An answer from the reviewed knowledge, with its source and its date."""
        return Reply(article.answer.strip(), spoken=article.spoken, article=_cite(article))

    def more(self, article: Article, lines: Sequence[str], related: Sequence[Article]) -> Reply:
        """What an article that was just quoted says about one aspect, word for word."""
        buttons = tuple(_article_button(one) for one in related[:2])
        if not lines:
            text = f"“{article.title}”这篇里没有写这一点，我不想误导您。请点“转人工”问一问。"
            return Reply(text, buttons=(HUMAN_BUTTON, *buttons))
        text = f"关于“{article.title}”：\n\n" + "\n".join(lines)
        return Reply(text, buttons=buttons, article=_cite(article))

    def which(self, matches: Sequence[Match]) -> Reply:
        """Two articles fit about equally."""
        titles = [match.article.title for match in matches[:2]]
        return Reply(
            "您想问的是哪一个？",
            spoken=f"您想问的是，{titles[0]}，还是，{titles[1]}？",
            buttons=tuple(_article_button(match.article) for match in matches[:2]),
        )

    def unknown(self, matches: Sequence[Match], *, in_vain: bool) -> Reply:
        """Nothing is good enough: say so, offer the nearest titles, and a human.

        `in_vain`: again, so that a human comes first.
        """
        text = "这个问题我没有把握回答，不想误导您。"
        if in_vain:
            text = "对不起，我几次都没听明白。点“转人工”，马上有真人来帮您。"
        elif matches:
            text += "您看看是不是下面的问题？也可以点“转人工”，让真人来帮您。"
        else:
            text += "您可以换个说法再问一次，也可以点“转人工”，让真人来帮您。"
        buttons = tuple(_article_button(match.article) for match in matches[:3])
        if in_vain:
            buttons = (HUMAN_BUTTON, *buttons)
        return Reply(text, spoken=_NOT_UNDERSTOOD if in_vain else "", buttons=buttons)

    def expired(self) -> Reply:
        """An article that was there, and may no longer be quoted."""
        return Reply(
            "这条内容正在更新，我现在不能准确回答您。请点“转人工”，让真人来帮您。",
            buttons=(HUMAN_BUTTON,),
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
            buttons=(
                Button("再来一题", "/quiz"),
                _article_button(article),
                Button("听课", "/album"),
            ),
        )


_NOT_UNDERSTOOD = "对不起，我几次都没听明白。要帮您转人工吗？您说好的，马上有真人来帮您。"


def quiz_options(article: Article, *, elder: bool) -> list[Letter]:
    """The letters offered: all three, or for elders the right one and one other."""
    letters = sorted(article.quiz.options)
    if not elder:
        return letters
    wrong = next(letter for letter in letters if letter != article.quiz.answer)
    return sorted([wrong, article.quiz.answer])


def _article_button(article: Article) -> Button:
    return Button(article.title, f"/article:{article.id}")


def _cite(article: Article) -> Citation:
    sources = tuple(source.cite() for source in article.sources)
    return Citation(article.id, article.title, sources, article.effective.isoformat())
