"""A reply as it is said on the telephone, where nothing can be seen or tapped. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.turn import HUMAN_BUTTON, Button, Reply

_ON_SCREEN = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"也可以点“转人工”，让真人来帮您", "找真人请按零"),
        (r"，?点下面的按钮，或者直接(?:跟我)?说", "，直接跟我说就行"),
        (r"请?您看看是不是下面的问题？?", "您想问的是不是这些："),
        (r"请?您看看(?:对不对|下面的[^，。？]*)", "您听听对不对"),
        (r"(?:请在这里|在这里)(?:留下|回复|说|补充)", "请说"),
        (r"请?点(?:一下)?“转人工”(?:查询|问一问|就可以)?", "找真人请按零"),
        (r"点“([^”]+)”", r"说\1"),
        (r"点(?:一下)?编号，或者", ""),
        (r"打字(?:告诉我)?", "说给我听"),
        (r"点一下就好，不点也没关系", "您说一声就好"),
    )
)
_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;]*")
_NOT_CHOICES = frozenset({HUMAN_BUTTON.payload, "/cancel"})
_MOST = 4
"""Choices said at once."""


def choices(reply: Reply) -> tuple[Button, ...]:
    """What the caller can choose, in the order of the keys 1 to 9."""
    return tuple(button for button in reply.buttons if button.payload not in _NOT_CHOICES)


def aloud(reply: Reply) -> tuple[str, ...]:
    """The sentences in which a reply is said."""
    text = reply.spoken or reply.text
    for pattern, words in _ON_SCREEN:
        text = pattern.sub(words, text)
    return (*_sentences(text), *_offered(text, choices(reply)))


def _sentences(text: str) -> Iterator[str]:
    for found in _SENTENCE.finditer(text):
        if sentence := found.group().strip():
            yield sentence


def _offered(text: str, buttons: Sequence[Button]) -> tuple[str, ...]:
    """The choices, unless the text itself names them."""
    titles = [button.title for button in buttons[:_MOST]]
    if not titles or all(title in text for title in titles):
        return ()
    return (f"可以说，{'，或者，'.join(titles)}。",)
