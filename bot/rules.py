"""Keyword rules: fraud in progress, age, and the offline fallback; bot/wish.py asks for a human.

They run before or without Rasa, so they are few and exact; paraphrases are Rasa's part.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from actions.complaints import Step
from bot.wish import wants_human

_ASKS_IN_GENERAL = re.compile(
    r"怎么(?:防|识别|预防|避免|辨|看出)|如何(?:防|识别|预防|避免|辨)|怎样(?:防|识别|预防|避免|辨)"
    r"|是不是骗|是骗局吗|是真的吗|能信吗|可信吗|什么是|有哪些(?:骗|诈)|什么套路|常见"
)
_FRAUD_NOW = re.compile(
    r"(?:让|叫|要|催|逼|教)(?:我|俺|咱|老伴|我妈|我爸|他|她|我们)?.{0,12}"
    r"(?:转到|转进|转入|转去|汇到|打到|存到|打进).{0,6}(?:安全账户|指定账户|监管账户|保护账户)"
    r"|(?:公安|警察|检察|法院|公检法|客服|民警).{0,16}(?:让|叫|要|命令|催)(?:我|俺|咱|我妈|我爸).{0,8}"
    r"(?:转账|汇款|转钱|打钱|验证码|屏幕|下载)"
    r"|(?:我|俺|老伴|我妈|我爸|爸妈|妈|爸|奶奶|爷爷|孩子).{0,6}(?:刚|刚刚|刚才|正在|正|现在|在).{0,4}"
    r"(?:被骗|给骗子|被人骗|上当|跟骗子|和骗子|遭骗|受骗)"
    r"|(?:我|俺|老伴|我妈|我爸|妈|爸|奶奶|爷爷|他|她).{0,4}(?:被骗了|被人骗了|遭骗了|上当了|让人骗了|给骗了|叫人骗了)"
    r"|^(?:被骗了|被诈骗了|上当了|遇到骗子了|骗子在|救命)"
    r"|(?:钱|款|积蓄).{0,6}(?:被骗走|骗走了|骗光|被人转走|被转走)"
    r"|(?:让|叫|要)(?:我|俺|我妈|我爸).{0,8}(?:共享屏幕|屏幕共享|开共享|报验证码|念验证码|说验证码|把验证码)"
)


def fraud_in_progress(text: str) -> bool:
    """Whether a fraud is happening, or has just happened, to the customer or their family."""
    return bool(_FRAUD_NOW.search(text)) and not _ASKS_IN_GENERAL.search(text)


_TENS = {"六": 60, "七": 70, "八": 80, "九": 90}
_AGE = re.compile(
    r"(?:我|俺|咱|本人|老太太|老头子|老汉)(?:今年|都|也|已经|快)*"
    r"(?:(?P<digits>[6-9]\d|1[01]\d)|(?P<tens>[六七八九])十(?P<ones>[一二三四五六七八九多几来])?)"
    r"(?:岁|多岁|多|来岁|了|啦|咯|周岁|$|[，。,！])"
)
_OLD = re.compile(r"(?:我|俺)(?:是|这)?(?:个)?(?:老年人|老人家|老太太|老头子|老太婆|老大爷)")
_BORN = re.compile(
    r"(?:我|俺)(?:是)?(?:(?:19|一九)?[2-5二三四五][\d一二三四五六七八九零〇])年(?:生|出生|的)"
)
_ELDER_AGE = 60


def is_elder(text: str) -> bool:
    """Whether the speaker says that they are sixty or older."""
    if _OLD.search(text) or _BORN.search(text):
        return True
    found = _AGE.search(text)
    if not found:
        return False
    age = int(found["digits"]) if found["digits"] else _TENS[found["tens"]]
    return age >= _ELDER_AGE


_FOLLOW_UPS: tuple[tuple[Step, re.Pattern[str]], ...] = (
    (
        Step.WITHDRAW,
        re.compile(
            r"^(?:我|俺|那|还是|就|先|现在|想|要|请|帮我|给我|把)*"
            r"(?:(?:撤回|撤销|撤掉|取消|不要)(?:我|的|这|那|个|件|之前|刚才|上次)*投诉|撤诉|撤回|撤销)"
            r"(?:了|吧|啊|呀|\d{13,}|[。！!，,\s])*$"
            r"|不(?:想|要|再)*投诉了|投诉(?:我|就|想|要)*(?:撤回|撤销|撤了|撤掉|取消|不要了)"
        ),
    ),
    (
        Step.SUPPLEMENT,
        re.compile(
            r"^(?:我|俺|还|再|想|要|得|需要|有)*补充(?!医疗|养老|保险|缴)"
            r"|^(?:我|俺|还|再|想|要|有|新的?)*(?:加|添|情况|材料|证据)"
            r"(?:一点|几句|些|个|张)?(?:材料|证据|情况|照片|说明|要补充|要加|补充)"
        ),
    ),
    (
        Step.DISPUTE,
        re.compile(
            r"(?:答复|结果|处理|决定|回复).{0,6}(?:不满意|不服|不认可|不接受|不同意)"
            r"|(?:不满意|不服|不认可|不接受|不同意).{0,6}(?:答复|结果|处理|决定|回复)"
            r"|^(?:我|俺|还是|很|就是)*(?:不服|不满意)[气啊了呀。！!]*(?:[，,：:].*)?$"
            r"|申请核查|要求?核查"
        ),
    ),
)
_ASKS_HOW = re.compile(
    r"[?？吗呢么]$|怎么|如何|怎样|能不能|可不可以|可以.{0,8}[吗么]|是不是|以后还能"
)


def follow_up(text: str) -> Step | None:
    """What the customer wants to do about a complaint that is registered; None where nothing.

    A question how it is done (怎么撤回投诉) is left to the knowledge.
    """
    if _ASKS_HOW.search(text.strip()):
        return None
    return next((step for step, pattern in _FOLLOW_UPS if pattern.search(text)), None)


_LINK = re.compile(r"绑定(?:渠道|我的渠道|其他渠道)?")
_LINK_CODE = re.compile(r"绑定(?:码)?[\s:,]*([0-9]{4})[\s-]?([0-9]{4})")
_UNLINK = re.compile(r"(?:解除|取消)绑定")


def link_command(text: str) -> str | None:
    """Exact words about linking channels: "offer", "leave", or the eight digits of a code."""
    bare = unicodedata.normalize("NFKC", text).strip(' \t\n。!,.“”"')
    if found := _LINK_CODE.fullmatch(bare):
        return found[1] + found[2]
    if _LINK.fullmatch(bare):
        return "offer"
    return "leave" if _UNLINK.fullmatch(bare) else None


_ALBUM = re.compile(
    r"(?:我要?|我想|想|要|请|打开|播放|给我|在哪里?|怎么)*"
    r"(?:听(?:一下|听|一听)?(?:消保)?(?:课|讲课|消保之声)|消保之声)(?:吧|啊|呀|呢|了)?"
)


def wants_album(text: str) -> bool:
    """Whether the customer asks, by exact words, for the articles to listen to."""
    return bool(_ALBUM.fullmatch(text.strip(" \t\n。！!？?，,“”")))


_KEYWORDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (intent, re.compile(pattern))
    for intent, pattern in (
        (
            "cancel",
            r"^(?:我|那|还是|先|就|想|要)*(?:取消|算了|算啦|放弃|撤销|撤回|撤诉|退出|停|别弄|别登记|不(?:想|要)?"
            r"(?:弄|办|投诉|登记|填|预约|说|写))(?:投诉|登记|预约|办理)?(?:了|吧|啊|啦|不弄|不办"
            r"|取消|，|。|！|!|,)*$",
        ),
        (
            "complaint_status",
            r"(?:投诉|工单).{0,8}(?:进度|进展|到哪|结果|怎么样了|处理得|处理了)"
            r"|(?:查|看).{0,4}(?:进度|我的投诉)",
        ),
        ("ask_knowledge", r"(?:怎么|如何|怎样).{0,4}投诉|投诉.{0,6}(?:多久|几天|期限|规定|电话)"),
        ("complain", r"投诉|投拆|举报|态度.{0,4}(?:差|恶劣|不好)|乱收费|乱扣|多扣了|讨个说法"),
        ("elder_off", r"(?:关|退出|取消|不用|不要).{0,4}(?:长辈|大字|老年|老人)|标准版|普通版"),
        (
            "elder_on",
            r"长辈版|长辈模式|老年版|大字|字.{0,3}(?:太小|大一?点|大些)|看不清"
            r"|(?:说|讲).{0,2}慢|慢(?:点|一点|些)(?:说|讲)|老花|耳朵?背|眼睛?(?:花|不好)",
        ),
        ("book_visit", r"预约|上门"),
        (
            "find_branch",
            r"(?:最近|附近|哪里有|哪儿有).{0,6}(?:网点|银行|支行|取款机|ATM)"
            r"|(?:网点|支行).{0,4}(?:在哪|地址|几点|电话)",
        ),
        ("suggest", r"(?:提|有).{0,4}(?:建议|意见)|表扬"),
        ("quiz", r"小课堂|答题|考考我|做题|ABC"),
        ("repeat", r"再说一[遍次]|没听清|重复一[遍次]|^什么[？?]?$"),
        ("affirm", r"^(?:对|是|是的|对的|没错|好|好的|可以|行|嗯|提交|确认)[了吧啊呀的。！!]*$"),
        ("deny", r"^(?:不|不是|不对|不要|不行|没有|错了)[了吧啊呀的。！!]*$"),
        (
            "abuse",
            r"什么破|破银行|垃圾|气死|混蛋|王八|傻[子逼瓜]|他妈|有病吧|没用的?东西|一群骗子"
            r"|(?:太|真)(?:差劲|不像话|气人|欺负人)|滚(?:蛋|开)?[！!。]*$",
        ),
        ("greet", r"^(?:你好|您好|喂|在吗|早上好|下午好|晚上好|hi|hello)[啊呀吗。！!]*$"),
        ("thank", r"谢谢|多谢|感谢"),
        ("bye", r"再见|拜拜|没事了"),
        ("personal_data", r"(?:查|看).{0,4}(?:余额|流水|明细)|我(?:的)?(?:密码|卡号|验证码)是"),
    )
)


def keyword_intents() -> Iterable[str]:
    """The intents that the rules know, in the order in which they are tried."""
    return (intent for intent, _ in _KEYWORDS)


def keyword_intent(text: str) -> str | None:
    """The first intent whose keywords occur; None when the text is best searched for."""
    if wants_human(text):
        return "ask_human"
    if fraud_in_progress(text):
        return "report_fraud"
    return next((intent for intent, pattern in _KEYWORDS if pattern.search(text)), None)
