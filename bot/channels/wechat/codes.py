"""What the platforms' error codes mean for a message, as tables.

公众号 全局返回码说明; 微信客服 全局错误码. A code that stands in no table is tried again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Meaning(StrEnum):
    """What follows from a code."""

    BUSY = "busy"
    """Try again, after the usual pause."""
    TOO_OFTEN = "too_often"
    """Everybody waits."""
    TOKEN = "token"  # noqa: S105 - a kind of error
    """The access token is no longer taken: fetch another and try at once."""
    SETUP = "setup"
    """An operator must change something; everybody waits."""
    USED_UP = "used_up"
    """This customer must write first."""
    GONE = "gone"
    """Nothing reaches this customer any more."""
    REFUSED = "refused"
    """This message will never be taken; others may."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One code."""

    meaning: Meaning
    words: str
    """In Chinese, for the agent or the operator."""


_SECRET = Refusal(Meaning.SETUP, "平台不认 AppSecret 或 Secret，请核对")
_TOKEN = Refusal(Meaning.TOKEN, "访问令牌已失效")
_BUSY = Refusal(Meaning.BUSY, "微信平台繁忙")
_OFTEN = Refusal(Meaning.TOO_OFTEN, "调用微信接口太频繁")
_IP = Refusal(Meaning.SETUP, "这台服务器的 IP 不在平台的白名单里，请到后台添加")
_TOO_LONG = Refusal(Meaning.REFUSED, "微信说内容太长")
_RIGHTS = Refusal(Meaning.SETUP, "账号没有这个接口的权限，请到平台后台查看")
_LATE = Refusal(Meaning.USED_UP, "客户已超过 48 小时没有说话，微信不让再发")
_COUNT = Refusal(Meaning.USED_UP, "客户这次说话后，微信允许发的条数已用完")

OFFICIAL = {
    -1: _BUSY,
    40001: _TOKEN,
    40013: Refusal(Meaning.SETUP, "AppID 无效，请核对"),
    40014: _TOKEN,
    40125: _SECRET,
    40164: _IP,
    41001: _TOKEN,
    42001: _TOKEN,
    42007: _TOKEN,
    40003: Refusal(Meaning.GONE, "微信上找不到这位客户"),
    43004: Refusal(Meaning.GONE, "客户没有关注公众号"),
    43019: Refusal(Meaning.GONE, "客户在公众号的黑名单里"),
    45002: _TOO_LONG,
    45009: _OFTEN,
    45011: _OFTEN,
    45015: _LATE,
    45047: _COUNT,
    48001: _RIGHTS,
    48002: Refusal(Meaning.GONE, "客户拒收公众号的消息"),
    48004: Refusal(Meaning.SETUP, "接口被平台封禁，请登录公众平台查看"),
    50002: Refusal(Meaning.SETUP, "账号被平台限制，请登录公众平台查看"),
    87014: Refusal(Meaning.REFUSED, "微信说内容有风险"),
}

WECOM = {
    -1: _BUSY,
    40001: _SECRET,
    40013: Refusal(Meaning.SETUP, "企业 ID 无效，请核对"),
    40014: _TOKEN,
    41001: _TOKEN,
    42001: _TOKEN,
    45002: _TOO_LONG,
    45009: _OFTEN,
    45033: _OFTEN,
    48002: _RIGHTS,
    60020: _IP,
    95000: Refusal(Meaning.SETUP, "客服账号无效，请到企业微信后台查看"),
    95001: _COUNT,
    95002: _LATE,
    95013: Refusal(Meaning.USED_UP, "这次会话已经结束，要等客户再说话"),
    95016: Refusal(Meaning.REFUSED, "会话现在的状态不允许这样做"),
}

SEND_FAILURES = {
    0: "原因不明",
    1: "客服账号已删除",
    2: "应用已关闭",
    4: "会话已过期，超过 48 小时",
    5: "会话已关闭",
    6: "超过 5 条的限制",
    7: "未绑定视频号",
    8: "主体未验证",
    9: "未绑定视频号且主体未验证",
    10: "客户拒收",
}
"""fail_type of WeCom's msg_send_fail."""
