"""The one-step wish for a human, as written, mistyped or misheard. Pure, and needs nothing else.

Only what asks for a person counts: never 人工智能 or 人工费, never 不用人工, never a question about
the human service. Paraphrases beyond these are Rasa's part.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from pypinyin import lazy_pinyin

_HUMAN_WORD = (
    r"(?:人工|人公|仁工|人功|人宫)"
    r"(?!智能|智障|费|成本|湖|岛|降雨|合成|关节|耳蜗|晶体|呼吸|授精|养殖)"
)
_ABOUT_HUMANS = re.compile(
    r"(?:几点|什么时候|多久|收费|多少钱|电话是|号码是|为什么|是什么|怎么老|有没有用|好不好)"
)
_BARE_HUMAN = re.compile(
    rf"^(?:请|我要|我想|给我|帮我|快|马上|直接|麻烦|找|接|转|换|叫|来个|有没有|要|的|一下|"
    rf"[\s，。！？,.!?])*(?:{_HUMAN_WORD})+(?:客服|服务|坐席|座席|接听|台|吧|啊|呀|呢|吗|在吗|"
    rf"谢谢|一下|[\s，。！？,.!?])*$"
)
_WANTS_HUMAN = re.compile(
    rf"(?:转|接|找|换|要|叫|给我|请|呼叫|联系)(?:到|个|一下|一个|你们的?|真的?)*{_HUMAN_WORD}"
    r"|(?:转|接|找|换|叫)(?:个|一下|一个|你们的?)*(?:真人|活人|客服|坐席|座席)"
    r"|(?:我要|我想|让我|能不能|可以)(?:和|跟|同|找|要|直接|个)*(?:真人|活人|人说话|人讲话|客服说)"
    r"|(?:不要|不想要?|别给我|不跟|不和)(?:和|跟|同)?(?:机器人|机器|智能客服)"
    r"|^(?:真人|活人|客服|找人)[\s！。!.]*$"
)
_NOT_WANTED = re.compile(
    r"(?:不用|不要|不想|不需要|不必|别|甭|无需)(?:再|帮我|给我|麻烦)?(?:要|转接?|接|找|换|叫)?(?:到)?"
    rf"(?:{_HUMAN_WORD}|真人|客服)(?:客服|服务)?"
    # Who was mistaken says so at once; 怎么还不转人工 is still a wish.
    rf"|(?:^|(?<=[\s，,。！!]))我?(?:不|没有?)(?:转|接|找|换|叫|要)(?:{_HUMAN_WORD}|真人|客服)"
    r"(?=了|啦|[\s，,。！!]|$)"
)

_LONGEST = 14
"""Characters; by its sound only a short message is taken for the wish."""
_SOUND = re.compile(
    r"(?:(?:qing|wo|yao|xiang|gei|bang|kuai|ma|shang|zhi|jie|fan|zhao|huan|jiao|ni|nin|hao|yi|xia|"
    r"zhuang?|zuang?) )*"
    r"(?:reng? gong? )+"
    r"(?:(?:ke|fu|wu|zuo|xi|tai|ba|a|ya|ne|ma|xie|yi|xia|kuai|dian) )*"
)
_LOOKS = re.compile(
    r"(?:请|我要|帮我|给我|快)*(?:转(?:接|到)?[人入][工土士干]?|入工|人エ|转工)(?:客服|服务)?"
)
_LATIN = re.compile(
    r"z?rg(?:kf)?|(?:zhuan)?rengong(?:kefu|fuwu)?|human|agent|operator|a?realperson|liveagent"
)
_BETWEEN = re.compile(r"[\W_]+")


def wants_human(text: str) -> bool:
    """Whether the words alone ask for a person."""
    if _BARE_HUMAN.match(text) or _mistyped(text):
        return True
    if _ABOUT_HUMANS.search(text):
        return False
    return bool(_WANTS_HUMAN.search(_NOT_WANTED.sub("", text)))


def _mistyped(text: str) -> bool:
    """The bare wish with other characters of the same sound or look, or in Latin letters."""
    bare = _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).lower()
    if not 2 <= len(bare) <= _LONGEST + 6:
        return False
    if _LATIN.fullmatch(bare) or _LOOKS.fullmatch(bare):
        return True
    return len(bare) <= _LONGEST and bool(
        _SOUND.fullmatch("".join(f"{_sound(character)} " for character in bare))
    )


@lru_cache(maxsize=8_192)
def _sound(character: str) -> str:
    """Its commonest reading; the words of the wish have no other."""
    return "".join(lazy_pinyin(character))
