"""What a customer's own sentences say without being asked, so that it need not be. Pure.

Each reader gives back the customer's words, or "" where they say nothing about it. A reader that
is in doubt says nothing: a question too many costs less than a complaint that is wrong.
"""

from __future__ import annotations

import re

_KIN = (
    r"(?:老?(?:妈|爸)妈?爸?|母亲|父亲|娘|爹|爷爷|奶奶|外公|外婆|姥姥|姥爷|老伴|老公|老婆|丈夫|妻子|爱人|"
    r"儿子|女儿|孩子|孙子|孙女|儿媳|女婿|公公|婆婆|岳父|岳母|家人|家里人|家属|老人|亲戚|哥哥?|姐姐?|弟弟?|妹妹?|"
    r"叔叔?|伯伯?|姑姑?|姨妈?|舅舅?|邻居|街坊|朋友|同事|同学|客户|别人|人家|他|她)"
)
_FOR_ANOTHER = re.compile(
    rf"(?:替|代替|代|帮|为)(?:我|俺|咱|我们)?(?:家|的|家的)?{_KIN}(?:们)?(?:来|过来)?"
    rf"(?:[，,。\s]|$|.{{0,8}}(?:投诉|反映|举报|登记|讨个?说法|问个?说法))"
    rf"|我是(?:他|她|老人|客户|当事人|卡主|持卡人|机主|本人)的?(?:代理人|律师|监护人|亲属|{_KIN})"
    r"|受[^，。,]{1,12}(?:的)?委托|代理人|代为投诉"
)
_MANY = re.compile(
    r"(?:我们|咱们|俺们|这里|一共|总共|小区|村里)[^，。,]{0,6}?"
    r"(?:[几二三四五六七八九数两]?十[几多来一二三四五六七八九]?|[几数上]百|[6-9]|[1-9]\d+|[六七八九])"
    r"(?:多|来|几)?(?:户|个人|人|位|家|名|个)"
    r"|大家(?:伙儿?)?一起|(?:我们|咱们)(?:大家|全体|几十|好多人)|集体投诉|联名|共同投诉|一起(?:来)?投诉"
)
_ANONYMOUS = re.compile(
    r"匿名|(?:不想?|不愿意?|不要|别|不方便)(?:留|写|说|透露|公开|暴露)(?:我的?)?(?:名字?|姓名|身份|真名|名)"
)
_NAMED = re.compile(r"不(?:用|要|想|必)?匿名|实名|留(?:我的?)?(?:名字?|姓名)就行")

_TIME = re.compile(
    r"(?:\d{4}年)?(?:[01]?\d|[一二三四五六七八九十]{1,2})月(?:份|初|中|底)?"
    r"(?:(?:[0-3]?\d|[一二三四五六七八九十]{1,3})[日号])?"
    r"|(?<!\d)[0-3]?\d[日号](?![码卡\d])"
    r"|(?:大前|前|昨|今|当)(?:天|日|晚|儿个?|早)"
    r"|(?:上上|上|这|本)(?:个)?(?:周|星期|礼拜)(?:[一二三四五六日天末])?"
    r"|(?:周|星期|礼拜)[一二三四五六日天末]"
    r"|(?:上|这|本)个?月(?:初|中|底)?|(?:去|前|今)年(?:春节|年初|年底|\d{1,2}月)?"
    r"|刚才|刚刚|[几两二三四五六七八九十\d]+(?:个)?(?:天|周|星期|礼拜|月|年|小时)(?:之?前|以前)"
)
_PART_OF_DAY = (
    r"(?:的)?(?:一大早|早上|清早|上午|中午|下午|傍晚|晚上|夜里|半夜)?"
    r"(?:[\d一二三四五六七八九十两]{1,3}点(?:半|多|左右)?)?"
)
_WHEN = re.compile(f"(?:{_TIME.pattern}){_PART_OF_DAY}")
_PLACE = re.compile(
    r"(?:在|到|去|从)?((?:(?![在到去从，。,、；;\s的给被把])[\u4e00-\u9fff\d]){0,10}?"
    r"(?:支行|分行|营业部|营业厅|营业所|分理处|网点|储蓄所)"
    r"|手机银行|网上银行|掌上银行|自助(?:机|终端)|取款机|ATM机?)"
)

_WISH = re.compile(
    r"^(?:我们?|俺|本人|现在?|特此|只|就|强烈|也|还|并且?|另外|所以|因此)*"
    r"(?:要求(?!我|他|她|客户|提供)|希望|请求|想要(?!投诉)|请(?:你们|银行|贵行|尽快|马上|立即)|要你们|你们(?:得|必须|应该|要(?!我|他|她|求))"
    r"|给我(?:一?个(?:说法|解释|交代)|退|赔|道歉|解释|说明)"
    r"|要(?:退(?!休)|赔|道歉|说法|解释)|赔偿?我|退(?:还|回|给)?我|把.{1,12}(?:退|还)(?:给我|回来|回))"
)
_CLAUSE = re.compile(r"[，。,；;！!\n]+")

_NUMBER = (
    r"(1[3-9]\d[ -]?\d{4}[ -]?\d{4}|0\d{2,3}[ -]?\d{7,8}"
    r"|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+)"
)
_OWN_CONTACT = re.compile(
    r"(?:(?:我的?|本人)(?:的)?(?:联系)?(?:电话|手机|号码|邮箱)|联系(?:电话|方式)"
    r"|(?:电话|手机|邮箱)|打我(?:电话)?|联系我|打给我)"
    rf"(?:号码?)?(?:是|为|[:：])?\s*{_NUMBER}(?!\d)|(?:^|[，。,；;\s]){_NUMBER}[。！!\s]*$",
    re.ASCII,
)
_SOMEBODY_ELSES = re.compile(r"(?:对方|骗子|他们?|她|催收|客服|来电|打来)[^，。,]{0,8}$")

_PRODUCTS = (
    ("信用卡", re.compile(r"信用卡|贷记卡|分期|最低还款")),
    ("贷款", re.compile(r"贷款|房贷|车贷|利率|催收")),
    ("理财、基金或保险", re.compile(r"理财|基金|保险|黄金|贵金属")),
    ("转账支付", re.compile(r"转账|汇款|扣款|支付|转错|手机银行|网银")),
    (
        "银行卡或存款",
        re.compile(
            r"银行卡|借记卡|储蓄卡|存款|存钱|取钱|取款|存折|存单|吞卡|ATM|我的卡|年费|社保卡",
            re.IGNORECASE,
        ),
    ),
    ("网点服务", re.compile(r"柜台|柜员|大堂|网点|支行|排队|态度|保安|营业员|服务差")),
)


def for_another(text: str) -> bool:
    """Whether somebody complains in another's place (Art. 14)."""
    return bool(_FOR_ANOTHER.search(text))


def for_many(text: str) -> bool:
    """Whether a group complains together (Art. 12)."""
    return bool(_MANY.search(text))


def anonymous(text: str) -> str:
    """是 where they will not give their name, 否 where they say that they will."""
    if _NAMED.search(text):
        return "否"
    return "是" if _ANONYMOUS.search(text) else ""


def when_where(text: str) -> str:
    """When it happened, with the place where that is named too; a place alone is not enough."""
    when = _WHEN.search(text)
    if not when:
        return ""
    place = _PLACE.search(text, when.end()) or _PLACE.search(text)
    return f"{when.group()}，{place.group(1)}" if place and place.group(1) else when.group()


def wish(text: str) -> str:
    """The clauses that say what the bank should do."""
    clauses = [clause.strip() for clause in _CLAUSE.split(text)]
    return "，".join(clause for clause in clauses if _WISH.match(clause))


def contact(text: str) -> str:
    """The customer's own number or address, where it is called so or stands by itself."""
    for found in _OWN_CONTACT.finditer(text):
        if not _SOMEBODY_ELSES.search(text[: found.start()]):
            return re.sub(r"(?<=\d)[ -](?=\d)", "", found.group(1) or found.group(2))
    return ""


def product(text: str) -> str:
    """Which business the story is about; "" where no word of it tells."""
    return next((name for name, pattern in _PRODUCTS if pattern.search(text)), "")


def without_framing(text: str) -> str:
    """`text` without who complains for whom: what is left is the wish and the story."""
    for pattern in (_FOR_ANOTHER, _MANY, _ANONYMOUS):
        text = pattern.sub("", text)
    return text
