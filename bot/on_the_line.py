"""The dialogue's part that only telephone calls need: nothing is on a screen. No I/O."""

from __future__ import annotations

import re
from dataclasses import replace

from actions.questions import ON_RECORD
from bot.album.series import Album
from bot.answers import Answers
from bot.conversations import Conversation, State
from bot.decision import BeginCall, Decision, OfferMore, PromiseCall, SendCopy
from bot.phrases import Phrases
from bot.turn import Route

HUMAN = "/human"
_COPY = re.compile(
    r"^(?:请|帮我|给我|那|就|你|好的?|，)*发.{0,6}(?:微信|手机|短信|文字|给我|过来|到我)"
)


_DONE = re.compile(
    r"(?:好的?|嗯|那|那就|我|都|也|就|谢谢)*"
    r"(?:不用|不必|没有|没事|没别的|没什么|没问题|问完|都问完|知道)"
    r"(?:了|啦|问题|事|别的|要问的|谢谢|多谢|你|您|再见|拜拜|啊|吧|呀)*"
)
GOT_IT = re.compile(r"知道|明白|懂|清楚|记住")
"""Thanks for what was said, and no wish for more."""
_SHORT = 12
"""Characters; longer text says more than that."""
_FAREWELL = re.compile(r"谢|再见|拜拜|没事|没别的|没什么|问完")


class OnTheLine:
    """What callers want of the line itself, and what is asked in place of buttons."""

    def __init__(self, answers: Answers, album: Album, phrases: Phrases) -> None:
        self._answers = answers
        self._album = album
        self._phrases = phrases

    def called(self, conversation: Conversation) -> Decision:
        """A call begins; an intake of the last call goes on."""
        before = conversation.state
        state = State(intake=before.intake, article=before.article)
        replies = [self._phrases.call_greeting()]
        if state.intake:
            replies.append(self._phrases.resume(state.intake))
        return Decision(Route.CHAT, state, tuple(replies), (BeginCall(),))

    def unanswered(self, conversation: Conversation) -> Decision:
        """The call has come back from the exchange's queue, where nobody took it."""
        effects = (PromiseCall(conversation.number),)
        return Decision(Route.HUMAN, conversation.state, effects=effects)

    def silence(self, conversation: Conversation) -> Decision | None:
        """Nothing was heard: we ask, then offer a human; None where it is time to give one."""
        state, says = conversation.state, self._phrases
        silences = state.silences + 1
        if silences > 2:
            return None
        reply, offer = (says.still_there(), "") if silences == 1 else (says.human_offered(), HUMAN)
        return Decision(Route.CHAT, replace(state, silences=silences, offer=offer), (reply,))

    def contacts(self, conversation: Conversation) -> dict[str, str]:
        """How a caller may be reached, each answer with how it is said."""
        number = conversation.number
        return {**({number: "就打现在这个电话"} if number else {}), ON_RECORD: ON_RECORD}

    def lesson(self, state: State, wanted: str) -> Decision:
        """消保之声: an episode, or which chapter it shall be. `wanted`: a topic or an article."""
        chapters = self._album.chapters()
        told = [(chapter.topic, article) for chapter in chapters for article in chapter.articles]
        found = [at for at, (topic, one) in enumerate(told) if wanted in {topic, one.id}]
        if not found:
            titles = {chapter.topic: chapter.title for chapter in chapters}
            return Decision(Route.SERVICE, state, (self._phrases.which_chapter(titles),))
        article, following = told[found[0]][1], told[(found[0] + 1) % len(told)][1]
        reply = self._phrases.lesson(article, self._album.episode(article), following)
        state = replace(state, article=article.id, offer=reply.buttons[0].payload)
        return Decision(Route.SERVICE, state, (reply,))

    def copy(self, state: State, asked: str = "") -> Decision:
        """The article quoted last, in writing. `asked`: in which words."""
        written = self._answers.written(state.article)
        if written is None:
            return Decision(Route.CHAT, state, (self._phrases.nothing_to_repeat(),))
        return Decision(Route.KNOWLEDGE, state, effects=(SendCopy(written, "短信" in asked),))


def nothing_more(text: str, *, offered: bool) -> str:
    """What a caller means who wants nothing more: the payload of a farewell or of a nod, else "".

    `offered`: something was offered just now; a bare 不用了 or 知道了 then declines only that.
    """
    bare = re.sub(r"\W", "", text)
    is_done = _DONE.fullmatch(bare)
    if is_done and (not offered or _FAREWELL.search(bare)):
        return "/bye"
    nods = len(text) <= _SHORT and GOT_IT.search(text)
    return "/noted" if offered and (is_done or nods) else ""


def wants_copy(text: str) -> bool:
    """Whether the article just heard is wanted in writing."""
    return bool(_COPY.search(text))


def with_more(decision: Decision) -> Decision:
    """After an article, what can be done with it is asked."""
    article = decision.replies[-1].article if decision.replies else None
    if article is None or decision.effects:
        return decision
    state = replace(decision.state, article=article.id, offer="/repeat")
    return replace(decision, state=state, effects=(OfferMore(),))
