"""Short questions that lean on what was just quoted: 那要多少钱, 要带什么, 多久能好."""

from __future__ import annotations

import re
from dataclasses import dataclass

from knowledge.article import Article


@dataclass(frozen=True, slots=True)
class Aspect:
    """One thing that customers ask about an answer they have just read."""

    asked: re.Pattern[str]
    """The whole of a short question; it names no topic of its own."""
    told: re.Pattern[str]
    """What a sentence holds that answers it."""


_LEAD = (
    r"(?:那|那么|这个|那个|这|它|然后|哦|嗯|好的|请问|还有|具体|大概|一般|我|到底)*[，,\s]*"
    r"(?:又|还|都|得|要|需要|应该|该)*"
)
_END = r"(?:呢|呀|啊|吗|吧|嘛|的|了)*[？?。！!\s]*"


def _aspect(asked: str, told: str) -> Aspect:
    return Aspect(re.compile(f"{_LEAD}(?:{asked}){_END}"), re.compile(told))


_ASPECTS = (
    _aspect(
        r"(?:收|花|交)?(?:多少|几多|什么|啥)(?:钱|费用?|手续费)|(?:怎么)?(?:收费|收钱|要钱)|免费|贵不贵|(?:收不收|要不要)(?:钱|费|手续费)",
        r"元|收费|免费|手续费|工本费|费用|年费|不要钱|不收",
    ),
    _aspect(
        r"多久|多长时间|几天|什么时候|啥时候|几点(?:到账|能好|开始)?|多久(?:能|可以|才)?(?:好|办好|到账|拿到|处理完?)|(?:几天|什么时候|啥时候)(?:能|可以|才能?)?(?:好|办好|到账|拿到|处理完?)",
        r"\d+\s*(?:天|日|个月|年|小时|分钟|个工作日)|当天|马上|次日|工作日|小时内",
    ),
    _aspect(
        r"带(?:什么|啥|哪些)(?:东西|材料|证件|去)?|(?:什么|啥|哪些)(?:材料|证件|手续|资料)|准备(?:什么|啥|哪些)(?:材料|东西)?|(?:用|拿)(?:什么|啥)(?:证件|材料)?",
        r"身份证|材料|证明|凭证|户口|合同|带上|带好",
    ),
    _aspect(
        r"(?:去|在|到|上)?(?:哪|哪里|哪儿|什么地方|啥地方)(?:办理?|弄|去|申请|查|能办|可以办)?|(?:在)?(?:手机|网上)(?:上)?(?:能不能|能|可以)办|(?:能|可以)在(?:手机|网)上办",
        r"网点|柜台|手机银行|网上|打\d+|自助机|开户",
    ),
    _aspect(
        r"(?:怎么|咋|如何|怎样)(?:办理?|弄|做|操作|申请|开始|搞)|(?:怎么|咋)办|第一步(?:做什么|干啥|是什么)?|步骤(?:是什么)?|流程(?:是什么)?",
        r"^\d+\. ",
    ),
    _aspect(
        r"(?:能|可以|可不可以|能不能)?(?:别人|家人|孩子|子女|儿女|儿子|女儿|老伴|代理人)?(?:能|可以)?(?:代办|代替办|替我办?|帮我办?)",
        r"代办|代理|委托|家人|子女|本人|上门",
    ),
    _aspect(
        r"(?:有)?(?:什么|啥)(?:风险|危险|要注意|注意事项)|(?:要)?注意(?:什么|啥)|有没有风险|安全",
        r"^提醒|风险|小心|不要|别",
    ),
)


def follows_up(text: str, article: Article) -> list[str] | None:
    """The lines of `article` that tell what `text` asks; None where `text` asks by itself."""
    for aspect in _ASPECTS:
        if aspect.asked.fullmatch(text.strip()):
            lines = [line.strip() for line in article.answer.splitlines() if line.strip()]
            return [line for line in lines if aspect.told.search(line)]
    return None


_BREAK = re.compile(
    r"[？?；;\n]+|[，。,](?=(?:还有|另外|再问|顺便|还想问|对了))|(?:另外|还有|再)(?:再)?问(?:一下|个|您)"
)
_MOST = 3
"""Questions of one message that are answered; more would bury the first."""


def questions_in(text: str) -> list[str]:
    """The questions of one message, each by itself."""
    parts = [part.strip(" ，。,！!") for part in _BREAK.split(text)]
    return [part for part in parts if len(part) >= 4][:_MOST]
