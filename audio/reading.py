"""Written text as it is read aloud: no digits, no symbols, no Markdown. Pure.

What comes out holds Chinese characters, Latin letters, spaces and ，。！？；：、 only, so that
every voice reads the same words, and nobody hears 星号 or "dash".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from audio.numerals import counted, dialled, grouped, measured, spelled

Match = re.Match[str]
_Step = tuple[re.Pattern[str], Callable[[Match], str]]

_UNITS = "万亿元块角分个位天日月年岁次种项张份件条周时小秒名部笔倍步公千米克人户页章家期层楼号%％‰"
_COUNTED_BY_TWO = "个位天次种项张份件条周年小家名部笔倍步千万亿元人户页层块"
"""Before these 2 is 两."""


def readable(text: str) -> str:
    """`text` as it is said. What is readable already stays as it is."""
    for pattern, said in _STEPS:
        text = pattern.sub(said, text)
    text = _ABBREVIATION.sub(lambda match: " ".join(match[0]), "".join(map(_plain, text)))
    return _punctuated(text)


def _narrow(match: Match) -> str:
    """Full-width letters and digits, and digits of other scripts, as ASCII; ① as 第一."""
    character = match[0]
    if "CIRCLED" in unicodedata.name(character, ""):
        number = unicodedata.numeric(character, 0)
        return f"第{counted(str(int(number)))}，" if number else ""
    digit = unicodedata.decimal(character, None)
    return unicodedata.normalize("NFKC", character) if digit is None else str(digit)


def _date(match: Match) -> str:
    year, month, day = match["year"], match["month"], match["day"]
    return f"{spelled(year) + '年' if year else ''}{counted(month)}月{counted(day)}日"


def _time(match: Match) -> str:
    hour, minute = match["hour"], match["minute"]
    if minute == "00":
        return f"{counted(hour)}点"
    return f"{counted(hour)}点{'零' if minute[0] == '0' else ''}{counted(minute)}分"


def _quantity(match: Match) -> str:
    number, unit = match["number"], match["unit"] or ""
    whole = number.partition(".")[0]
    if not unit and (len(whole) >= 6 or (whole[0] == "0" and len(whole) > 1)):
        return grouped(whole) if number == whole else spelled(whole) + _rest(number)
    if number == "2" and unit and unit in _COUNTED_BY_TWO:
        return f"两{unit}"
    return measured(number) + unit


def _rest(number: str) -> str:
    return "点" + spelled(number.partition(".")[2])


def _step(pattern: str, said: str | Callable[[Match], str], flags: int = 0) -> _Step:
    plain = said if callable(said) else (lambda match: match.expand(said))
    return re.compile(pattern, flags), plain


_LINE = re.MULTILINE
_STEPS: tuple[_Step, ...] = (
    _step(r"[^\W_]", lambda m: _narrow(m) if not m[0].isascii() else m[0]),
    _step(r"[％﹪]", "%"),
    _step(r"(?<=\d)．(?=\d)", "."),
    # Markdown, and addresses that nobody can follow by ear.
    _step(r"!?\[([^\]\n]*)\]\([^)\n]*\)", r"\1"),
    _step(r"(?:https?://|www\.)[A-Za-z0-9_~:/?#@!$&'()*+,;=%.\-\[\]]+", "网址"),
    _step(r"^[ \t]*(?:#{1,6}|>+|[-*+•·])[ \t]+", "", _LINE),
    _step(r"^[ \t]*(\d{1,2})[.、)）．](?!\d)[ \t]*", lambda m: f"第{counted(m[1])}，", _LINE),
    _step(r"(?<![A-Za-z])([A-Z])[.．](?!\w*\d)", r"\1，"),
    # Numbers, the most particular first.
    _step(r"(?<=\d),(?=\d{3}(?!\d))", ""),
    _step(
        r"(?<!\d)(?P<year>(?:19|20)\d\d)[-/.年](?P<month>0?[1-9]|1[0-2])[-/.月]"
        r"(?P<day>0?[1-9]|[12]\d|3[01])(?!\d)[日号]?",
        _date,
    ),
    _step(
        r"(?<!\d)(?P<year>)(?P<month>0?[1-9]|1[0-2])月(?P<day>0?[1-9]|[12]\d|3[01])[日号]",
        _date,
    ),
    _step(r"(?<!\d)((?:19|20)\d\d)(?=年)", lambda m: spelled(m[1])),
    _step(r"(?<=\d)[ \t]*[-–—~～至][ \t]*(?=\d{1,2}:\d\d)", "到"),
    _step(r"(?<![\d:])(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::\d\d)?(?![\d:])", _time),
    _step(
        r"(?<![\d-])(?:400|800)-?\d{3}-?\d{4}(?!\d)"
        r"|(?<![\d-])0\d{2,3}[- ]\d{7,8}(?!\d)"
        r"|(?<![\d-])1\d{2}[- ]\d{4}[- ]\d{4}(?!\d)",
        lambda m: grouped(m[0]),
    ),
    _step(
        r"(?<![\d.])(?:11[0-9]|12[0-4]|95\d{3}|96\d{3,4}|12\d{3})"
        rf"(?![\d.]*\d|[ \t]?[{_UNITS}])",
        lambda m: dialled(m[0]),
    ),
    _step(
        r"((?:号码?|编号|尾号|代码|验证码|密码|绑定码|工号)[是为：: ]*)(\d+)(?![\d.]*\d)",
        lambda m: m[1] + grouped(m[2]),
    ),
    _step(r"[¥￥]\s*(\d+(?:\.\d+)?)(?![\d.]|[ \t]?[万亿元])", r"\1元"),
    _step(r"[¥￥]", ""),
    _step(r"(?<=[\d%‰万亿])[ \t]*[-–—~～][ \t]*(?=\d)", "到"),
    _step(r"(?<![\w.])-(?=\d)", "负"),
    _step(r"(\d+(?:\.\d+)?)[ \t]*%", lambda m: f"百分之{measured(m[1])}"),
    _step(r"(\d+(?:\.\d+)?)[ \t]*‰", lambda m: f"千分之{measured(m[1])}"),
    _step(r"第[ \t]*(\d{1,6})", lambda m: f"第{counted(m[1])}"),
    _step(rf"(?P<number>\d+(?:\.\d+)?)(?:[ \t]*(?P<unit>[{_UNITS}]))?", _quantity),
    # Alternatives.
    _step(r"[/／](?=或)", ""),
    _step(r"(?<=[A-Za-z])[ \t]*[/／][ \t]*(?=[A-Za-z])", "、"),
    _step(r"(?<=\w)[ \t]*[/／][ \t]*(?=\w)", "或"),
)
_SAID = {
    "〇": "零", "&": "和", "＆": "和", "+": "加", "＋": "加", "=": "等于", "＝": "等于", "×": "乘",
    "÷": "除以", "℃": "摄氏度", "°": "度", "@": "艾特", "≤": "不超过", "≥": "不少于", "<": "小于",
    ">": "大于",
}  # fmt: skip
_MARKS = "，。！？；：、"
_AS_MARK: dict[str, str] = {
    **dict.fromkeys("…—–-|（）()【】[]{}｛｝〔〕", "，"),
    **dict(zip(",.!?;:\t\r", "，。！？；：  ", strict=True)),
}


def _plain(character: str) -> str:
    """What a voice may be given for one character."""
    if character in _SAID:
        return _SAID[character]
    character = _AS_MARK.get(character, character)
    if character in _MARKS or character in " \n" or (character.isascii() and character.isalpha()):
        return character
    is_chinese = "CJK UNIFIED IDEOGRAPH" in unicodedata.name(character, "")
    return character if is_chinese else ""


_ABBREVIATION = re.compile(r"(?<![A-Za-z])[A-Z]{2,6}(?![A-Za-z])")
_RUN = re.compile(rf"[{_MARKS}\s]*[{_MARKS}\n][{_MARKS}\s]*")
_BESIDE_CHINESE = re.compile(r"(?<![A-Za-z]) +| +(?![A-Za-z])")


def _punctuated(text: str) -> str:
    """One mark where several met, the strongest; a line that has none ends with 。"""
    text = _RUN.sub(_strongest, text.strip())
    text = _BESIDE_CHINESE.sub("", text).lstrip(_MARKS)
    return text if not text or text[-1] in "。！？" else text.rstrip(_MARKS) + "。"


def _strongest(match: Match) -> str:
    run = match[0]
    ends = [mark for mark in run if mark in "！？。"]
    if ends:
        return next((mark for mark in ends if mark != "。"), "。")
    inner = [mark for mark in run if mark in _MARKS]
    if "\n" in run:
        return "：" if "：" in inner else "。"
    return next((mark for mark in "：；，" if mark in inner), "、")
