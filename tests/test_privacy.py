from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.errors import WrongKey
from actions.privacy import HIDDEN, Cipher, mask, new_key, without_secrets


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("卡号6228480402564890018", "卡号6228 **** **** 0018"),
        ("卡号6228 4804 0256 4890 018丢了", "卡号6228 **** **** 0018丢了"),
        ("身份证11010519491231002X", "身份证110105********002X"),
        ("打我手机13812345678", "打我手机138****5678"),
        ("座机010-62345678", "座机010-****5678"),
        ("邮箱wangwu@example.com", "邮箱w***@example.com"),
        ("打95599或12378", "打95599或12378"),
        ("编号 2026112400017", "编号 2026112400017"),
        ("转了50000元", "转了50000元"),
    ],
)
def test_personal_data_is_masked_and_the_rest_stays(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("我的密码是123456", f"我的密码是{HIDDEN}"),
        ("验证码 8842 你看对不对", f"验证码 {HIDDEN} 你看对不对"),
        ("CVV 123", f"CVV {HIDDEN}"),
        ("他让我报验证码", "他让我报验证码"),
        ("取款密码忘了，2024年办的卡", "取款密码忘了，2024年办的卡"),
    ],
)
def test_secrets_are_taken_out_before_anything_is_stored(text: str, hidden: str) -> None:
    assert without_secrets(text) == hidden


@given(st.text(max_size=200))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_what_is_sealed_opens_to_the_same_and_hides_the_text(text: str) -> None:
    cipher = Cipher([new_key()])
    sealed = cipher.seal(text)
    assert cipher.open(sealed) == text
    assert len(text) < 8 or text.encode() not in sealed


def test_data_of_an_older_key_opens_after_the_keys_were_rotated() -> None:
    old, new = new_key(), new_key()
    sealed = Cipher([old]).seal("投诉")
    assert Cipher([new, old]).open(sealed) == "投诉"


def test_data_of_a_foreign_key_is_refused_and_not_garbled() -> None:
    sealed = Cipher([new_key()]).seal("投诉")
    with pytest.raises(WrongKey):
        Cipher([new_key()]).open(sealed)
