from __future__ import annotations

import pytest

from bot.rules import fraud_in_progress, is_elder, keyword_intent, link_command
from bot.wish import wants_human


@pytest.mark.parametrize(
    "text",
    [
        "人工",
        "转人工",
        "我要人工",
        "人工！！！",
        "转仁工",
        "人公",
        "帮我转一下人工客服",
        "找个活人",
        "我要跟人说话",
        "别给我机器人",
        "客服",
        "人工人工人工",
        "请转人工谢谢",
        "转人公",
        "我要仁工",
        "认工服务",
        "转 人 工",
        "转人工。。。",
        "转入工",
        "专人工",
        "zrg",
        "zhuan ren gong",
        "ＨＵＭＡＮ",
        "别废话了转人工",
        "人工智能我不要，转人工",
        "怎么还不转人工",
        "不转人工我就投诉",
    ],
)
def test_asking_for_a_person_is_heard(text: str) -> None:
    assert wants_human(text)


@pytest.mark.parametrize(
    "text",
    [
        "人工智能理财靠谱吗",
        "人工费怎么收",
        "人工客服几点上班",
        "客服电话是多少",
        "你好",
        "银行卡丢了",
        "人工智能是什么",
        "人工智能",
        "人工费",
        "人工费多少",
        "转人工费",
        "不用转人工",
        "不要人工",
        "别找客服",
        "不转人工了",
        "点错了，我没要人工",
        "认购",
        "人",
        "0",
        "",
    ],
)
def test_words_that_only_sound_like_it_are_not(text: str) -> None:
    assert not wants_human(text)


@pytest.mark.parametrize(
    "text",
    [
        "有个警察让我把钱转到安全账户",
        "我刚被骗了两万",
        "我妈正在给骗子汇款",
        "他让我共享屏幕",
        "被骗了",
        "客服让我转账",
    ],
)
def test_fraud_in_progress_is_heard(text: str) -> None:
    assert fraud_in_progress(text)


@pytest.mark.parametrize(
    "text",
    ["怎么防电信诈骗", "安全账户是真的吗", "刷单是不是骗人的", "怎样防止老人被骗", "转账限额"],
)
def test_a_general_question_on_fraud_is_not_a_fraud_in_progress(text: str) -> None:
    assert not fraud_in_progress(text)


@pytest.mark.parametrize("text", ["我七十三了", "我今年80岁", "我都六十八了", "俺72岁"])
def test_an_elder_is_recognised_by_what_they_say_of_themselves(text: str) -> None:
    assert is_elder(text)


@pytest.mark.parametrize("text", ["我三十了", "转了70块", "我妈八十了", "尾号8073", "我今年45岁"])
def test_others_are_not_taken_for_elders(text: str) -> None:
    assert not is_elder(text)


@pytest.mark.parametrize("text", ["取消", "算了吧", "不投诉了", "我不想投诉了，取消", "先不弄了"])
def test_cancelling_is_heard(text: str) -> None:
    assert keyword_intent(text) == "cancel"


@pytest.mark.parametrize("text", ["退还费用", "取消我的年费", "停机了没人管", "赔礼道歉"])
def test_what_a_customer_wants_done_does_not_cancel_the_intake(text: str) -> None:
    assert keyword_intent(text) != "cancel"


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("绑定", "offer"),
        ("“绑定”。", "offer"),
        ("绑定12345678", "12345678"),
        ("绑定 1234 5678", "12345678"),
        ("绑定：１２３４５６７８", "12345678"),
        ("绑定码12345678。", "12345678"),
        ("解除绑定", "leave"),
        ("取消绑定！", "leave"),
        ("12345678", None),
        ("绑定1234567", None),
        ("绑定123456789", None),
        ("手机银行怎么绑定银行卡", None),
        ("绑定信用卡要收费吗", None),
        ("怎么解除绑定", None),
    ],
)
def test_channels_are_linked_by_exact_words_only(text: str, command: str | None) -> None:
    assert link_command(text) == command
