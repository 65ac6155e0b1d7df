"""Servers on loopback, as strict as the platforms whose place they take."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "xiaobao", "mail-password-1"


class MailServer:
    """Takes letters as RFC 5322 wants them; `answers` come first, one for each letter."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.answers: list[str] = []
        self.arrived = asyncio.Event()
        self.stall = asyncio.Event()
        self.stall.set()
        self.port = 0

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        for name in ("From", "To", "Date", "Subject", "Message-ID"):
            if len(letter.get_all(name, [])) != 1:
                return f"550 exactly one {name} is needed"
        self.arrived.set()
        await self.stall.wait()
        if self.answers:
            return self.answers.pop(0)
        self.letters.append(letter)
        self.recipients += envelope.rcpt_tos
        return "250 OK"

    def text(self, number: int = -1) -> str:
        return str(self.letters[number].get_content())

    def ids(self) -> list[str]:
        return [str(letter["Message-ID"]) for letter in self.letters]


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate of 127.0.0.1, and the context of a server that has it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "mail.pem", folder / "mail.key"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(public, private)
    return public, context


def _authenticate(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
) -> AuthResult:
    assert isinstance(data, LoginPassword)
    fits = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=fits, handled=False)


@asynccontextmanager
async def mail_server(
    context: ssl.SSLContext | None = None, *, implicit: bool = False
) -> AsyncIterator[MailServer]:
    """With a `context` it takes nothing before TLS and a password."""
    handler = MailServer()

    def connected() -> SMTP:
        options: dict[str, Any] = {"hostname": "mail.test", "timeout": 20}
        if context:
            options |= {"authenticator": _authenticate, "auth_required": True}
            options |= {"auth_require_tls": not implicit}
            options |= {} if implicit else {"tls_context": context, "require_starttls": True}
        with warnings.catch_warnings():
            # It does not know that the connection is encrypted from the start.
            warnings.filterwarnings("ignore", "Requiring AUTH while not requiring TLS")
            return SMTP(handler, loop=asyncio.get_running_loop(), **options)

    server = await asyncio.get_running_loop().create_server(
        connected, "127.0.0.1", 0, ssl=context if implicit else None
    )
    handler.port = server.sockets[0].getsockname()[1]
    try:
        yield handler
    finally:
        handler.stall.set()
        server.close()


class Platform:
    """What a platform got; `answers` (status, body) come first, one for each message."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.answers: list[tuple[int, Any]] = []
        self.silent = False
        self.url = ""

    async def _next(self) -> web.Response | None:
        if self.silent:
            await asyncio.Event().wait()
        if not self.answers:
            return None
        status, body = self.answers.pop(0)
        if isinstance(body, str):
            return web.Response(status=status, text=body, headers={"Retry-After": "9"})
        return web.json_response(body, status=status)

    @asynccontextmanager
    async def _serve(self, path: str, handler: Any) -> AsyncIterator[Platform]:
        app = web.Application()
        app.router.add_post(path, handler)
        async with TestServer(app) as server:
            self.url = str(server.make_url("")).rstrip("/")
            yield self


class TelegramServer(Platform):
    """sendMessage and getMe, with the real API's refusals."""

    token = "123456:secret-telegram-token"

    def serve(self) -> Any:
        return self._serve("/bot{token}/{method}", self._handle)

    async def _handle(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != self.token:
            return self._refuse(401, "Unauthorized")
        if request.match_info["method"] == "getMe":
            bot = {"id": 123456, "is_bot": True, "first_name": "x", "username": "x_bot"}
            return web.json_response({"ok": True, "result": bot})
        if (answer := await self._next()) is not None:
            return answer
        body = await request.json()
        text = body.get("text")
        if not isinstance(text, str) or not 1 <= len(text) <= 4096:
            return self._refuse(400, "Bad Request: message text is empty or too long")
        if not str(body.get("chat_id", "")).lstrip("-").isdigit():
            return self._refuse(400, "Bad Request: chat not found")
        self.taken.append(body)
        return web.json_response({"ok": True, "result": {"message_id": len(self.taken)}})

    def _refuse(self, status: int, description: str) -> web.Response:
        said = {"ok": False, "error_code": status, "description": description}
        return web.json_response(said, status=status)


class WeComServer(Platform):
    """A group robot's address; it answers 200 also where it refuses."""

    key = "693a91f6-secret-robot-key"

    def serve(self) -> Any:
        return self._serve("/cgi-bin/webhook/send", self._handle)

    @property
    def webhook(self) -> str:
        return f"{self.url}/cgi-bin/webhook/send?key={self.key}"

    async def _handle(self, request: web.Request) -> web.Response:
        if (answer := await self._next()) is not None:
            return answer
        if request.query.get("key") != self.key:
            return web.json_response({"errcode": 93000, "errmsg": "invalid webhook url"})
        body = await request.json()
        content = body.get("text", {}).get("content") if body.get("msgtype") == "text" else None
        if not isinstance(content, str) or not content:
            return web.json_response({"errcode": 40008, "errmsg": "invalid message type"})
        if len(content.encode()) > 2048:
            return web.json_response({"errcode": 40058, "errmsg": "content exceeds 2048 bytes"})
        self.taken.append(body)
        return web.json_response({"errcode": 0, "errmsg": "ok"})
