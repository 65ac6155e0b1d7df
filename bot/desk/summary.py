"""What a conversation is about, in its customer's own sentences. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.turn import Author, Message

SENTENCES = 3
_LONGEST = 60
_BREAK = re.compile(r"[。！？!?；;\n]+")
_NOISE = re.compile(
    r"^(?:转?人[工公]|你好|您好|在吗|谢谢|好的?|是的?|嗯+|对|取消|提交|我要投诉|长辈版|标准版|"
    r"［.*］|要修改|再说一遍|绑定[\d\s]*|不等了，问小宝|（没有听到说话）)[了吧啊呀的。！!]*$"
)
_TELLING = (
    (re.compile(r"\d|[一二两三四五六七八九十百千万]+(?:元|块|万|天|次|年|个月)"), 2.0),
    (re.compile(r"元|块|万|钱|卡|存|贷|转账|理财|保险|密码|扣|利息|手续费|退"), 2.0),
    (re.compile(r"骗|盗|丢|吞|错|没到|不到账|投诉|冻结|锁"), 3.0),
    (re.compile(r"昨天|今天|上周|上个月|刚才|[一二三四五六七八九十\d]+月"), 1.0),
    (re.compile(r"要求|希望|想|怎么|为什么|能不能|什么时候"), 1.0),
)


def summarise(messages: Sequence[Message]) -> list[str]:
    """At most three sentences of the customer that tell most, in their order; none repeated."""
    sentences: list[tuple[float, int, str]] = []
    seen: set[str] = set()
    for message in messages:
        if message.author is not Author.CUSTOMER:
            continue
        for part in _BREAK.split(message.text):
            sentence = part.strip(" ，,")
            if len(sentence) < 4 or _NOISE.match(sentence) or sentence in seen:
                continue
            seen.add(sentence)
            sentences.append((_weight(sentence), len(sentences), sentence))
    best = sorted(sentences, key=lambda one: (-one[0], one[1]))[:SENTENCES]
    return [_cut(sentence) for _, _, sentence in sorted(best, key=lambda one: one[1])]


def _weight(sentence: str) -> float:
    """More for what it tells; a little for length, which stops to count at forty characters."""
    telling = sum(weight for pattern, weight in _TELLING if pattern.search(sentence))
    return telling + min(len(sentence), 40) / 20


def _cut(sentence: str) -> str:
    return sentence if len(sentence) <= _LONGEST else f"{sentence[:_LONGEST]}……"
