"""The platform's encrypted envelope: AES-256-CBC over random, length, message and receiver.

16 random bytes, the message's length in 4 bytes (big endian), the message, the AppID or CorpID;
padded after PKCS#7 to 32 bytes (公众号开发文档, 消息加解密说明).
"""

from __future__ import annotations

import base64
import binascii
import secrets

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from actions.errors import XiaobaoError

MAX_MESSAGE = 256 * 1024
"""Bytes of one message; far above what the platform sends."""
_BLOCK = 32
_HEAD = 20
"""The random bytes and the length."""


class NotSealed(XiaobaoError):
    """What was given is no envelope for us. The message says nothing of its content."""


class Envelope:
    """Seals and opens for one receiver."""

    def __init__(self, key: str, receiver: str) -> None:
        """`key`: the 43 characters of EncodingAESKey; `receiver`: AppID or CorpID.

        Raises ValueError for another key.
        """
        self._key = key_bytes(key)
        self._receiver = receiver.encode()

    def seal(self, message: str, random: bytes | None = None) -> str:
        """`message` in base64. `random`: 16 bytes, for tests."""
        content = message.encode()
        head = (random or secrets.token_bytes(16)) + len(content).to_bytes(4, "big")
        plain = head + content + self._receiver
        missing = _BLOCK - len(plain) % _BLOCK
        encryptor = self._cipher().encryptor()
        sealed = encryptor.update(plain + bytes([missing]) * missing) + encryptor.finalize()
        return base64.b64encode(sealed).decode()

    def open(self, sealed: str) -> str:
        """What `seal` was given. Raises NotSealed."""
        if len(sealed) > 2 * MAX_MESSAGE:
            raise NotSealed("too long")
        try:
            encrypted = base64.b64decode(sealed, validate=True)
        except (binascii.Error, ValueError) as error:
            raise NotSealed("not base64") from error
        if not encrypted or len(encrypted) % _BLOCK:
            raise NotSealed("not whole blocks")
        decryptor = self._cipher().decryptor()
        padded = decryptor.update(encrypted) + decryptor.finalize()
        return self._content(padded[: -padded[-1]] if 1 <= padded[-1] <= _BLOCK else b"")

    def _content(self, plain: bytes) -> str:
        length = int.from_bytes(plain[16:_HEAD], "big")
        end = _HEAD + length
        if len(plain) < _HEAD or end > len(plain) or plain[end:] != self._receiver:
            raise NotSealed("another key or another receiver")
        try:
            return plain[_HEAD:end].decode()
        except UnicodeDecodeError as error:
            raise NotSealed("not UTF-8") from error

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))


def key_bytes(key: str) -> bytes:
    """The 32 bytes of an EncodingAESKey. Raises ValueError unless it has 43 fitting characters."""
    if len(key) != 43:
        raise ValueError("43 characters")
    raw = base64.b64decode(f"{key}=", validate=True)
    if len(raw) != 32:
        raise ValueError("32 bytes")
    return raw
