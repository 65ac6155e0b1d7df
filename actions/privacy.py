"""Personal data: masked wherever it is shown, sealed where it is stored, secrets refused.

Levels after JR/T 0171-2020: C3 (passwords, CVV, one-time codes) is never stored or echoed;
cards, identity numbers and telephone numbers (C2) are masked in logs, pages and exports.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from actions.errors import WrongKey

_ID_NUMBER = re.compile(r"(?<![\dA-Za-z])(\d{6})\d{8}(\d{3}[\dXx])(?![\dA-Za-z])")
_CARD = re.compile(r"(?<!\d)\d(?:[ -]?\d){14,18}(?!\d)")
_MOBILE = re.compile(r"(?<!\d)(1[3-9]\d)[ -]?\d{4}[ -]?(\d{4})(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3})[ -]?(\d{3,4})(\d{4})(?!\d)")
_EMAIL = re.compile(r"([\w.+-])[\w.+-]*(@[\w-]+(?:\.[\w-]+)+)", re.ASCII)

_SECRET = re.compile(
    r"((?:密码|动态码|验证码|校验码|口令|安全码|CVV2?|后三码)"
    r"[\s:：=，,]*(?:就?是|为|叫|给你|发你)?[\s:：=，,]*)"
    r"([A-Za-z]{0,6}\d(?:[ -]?\d){2,11})(?![\d年元块月])",
    re.IGNORECASE,
)
HIDDEN = "〔已隐去〕"


def mask(text: str) -> str:
    """`text` with card, identity, telephone numbers and e-mail addresses masked in the middle."""
    text = _ID_NUMBER.sub(r"\1********\2", text)
    text = _CARD.sub(_hide_middle, text)
    text = _MOBILE.sub(r"\1****\2", text)
    text = _LANDLINE.sub(r"\1-****\3", text)
    return _EMAIL.sub(r"\1***\2", text)


def without_secrets(text: str) -> str:
    """`text` with the digits of passwords and one-time codes taken out, before it is stored."""
    return _SECRET.sub(rf"\1{HIDDEN}", text)


def _hide_middle(card: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", card.group())
    return f"{digits[:4]} **** **** {digits[-4:]}"


class Cipher:
    """Seals text and files for storage (Fernet: AES-128-CBC with HMAC-SHA256)."""

    def __init__(self, keys: list[str]) -> None:
        """`keys`: Fernet keys, the newest first; older ones can still open.

        Raises ValueError when one of them is not 32 bytes in URL-safe base64.
        """
        fernets = [Fernet(key) for key in keys]
        self._newest = fernets[0]
        self._fernet = MultiFernet(fernets)
        self._first = keys[0].encode()

    def seal(self, text: str) -> bytes:
        """The sealed form of `text`."""
        return self.seal_bytes(text.encode())

    def open(self, sealed: bytes) -> str:
        """What `seal` was given. Raises WrongKey when no present key fits."""
        return self.open_bytes(sealed).decode()

    def seal_bytes(self, content: bytes) -> bytes:
        """The sealed form of a file's content, a third longer."""
        return self._fernet.encrypt(content)

    def open_bytes(self, sealed: bytes) -> bytes:
        """What `seal_bytes` was given. Raises WrongKey when no present key fits."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as error:
            raise WrongKey("这些数据是用另一把密钥加密的") from error

    def is_current(self, sealed: bytes) -> bool:
        """Whether the newest key opens `sealed`."""
        try:
            self._newest.decrypt(sealed)
        except InvalidToken:
            return False
        return True

    def reseal(self, sealed: bytes) -> bytes:
        """`sealed` under the newest key. Raises WrongKey when no present key fits."""
        return self.seal_bytes(self.open_bytes(sealed))

    def derive(self, purpose: str) -> str:
        """A secret of its own for `purpose`, the same at each start with the same newest key."""
        digest = hmac.digest(self._first, purpose.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def new_key() -> str:
    """A fresh key, fit for BOT__SECURITY__KEY."""
    return Fernet.generate_key().decode()
