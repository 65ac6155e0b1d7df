"""What may be quoted of a complaint where many read it: short, and without what leads to a person.

Pure. Numbers are masked as everywhere; a name is taken out where the words beside it show it. Other
names cannot be told from words, so whoever passes a pack on reads its examples first.
"""

from __future__ import annotations

import re

from actions.privacy import mask

LONGEST = 120
"""Characters of a quotation."""
_SURNAME = (
    "[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蔡蒋余杜叶程苏魏吕丁任沈姚卢姜"
    "崔钟谭陆汪范廖石金韦贾夏付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔汤]"
)
_TITLE = "(?:先生|女士|小姐|经理|行长|主任|主管|柜员|师傅|阿姨|叔叔|大爷|大妈|奶奶|爷爷|老师|科长)"
_TITLED = re.compile(rf"{_SURNAME}[\u4e00-\u9fff]{{0,2}}?(?={_TITLE})")
_NAMED = re.compile(rf"(我叫|名叫|叫做|姓名|户名)([是为:：\s]*){_SURNAME}[\u4e00-\u9fff]{{1,2}}")
_NUMBER = re.compile(r"\d{5,}")


def excerpt(text: str) -> str:
    """The beginning of `text`, in one line."""
    quoted = _NUMBER.sub("****", mask(" ".join(text.split())))
    quoted = _NAMED.sub(r"\1\2某某", _TITLED.sub("某", quoted))
    return quoted if len(quoted) <= LONGEST else f"{quoted[: LONGEST - 1]}…"
