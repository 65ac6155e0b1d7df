"""What every HTTP answer has in common: JSON in, JSON out, errors as sentences, safe headers."""

from __future__ import annotations

import functools
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import jinja2
from aiohttp import BodyPartReader, web
from aiohttp.abc import AbstractAccessLogger
from aiohttp.http import HttpProcessingError
from aiohttp.typedefs import Handler, Middleware

from actions.errors import NotAllowed, StorageUnavailable, WrongKey
from actions.uploads import too_large
from bot.errors import BadField, BadRequest, RateLimited, TooLong
from bot.phrases import Phrases
from bot.turn import Json
from bot.wire import failure

logger = logging.getLogger(__name__)

MAX_BODY = 64 * 1024
"""Bytes. A turn is at most 2,000 characters; this is room for JSON around it."""

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=()",
}
_STATUS = {
    "wrong_password": 401,
    "signed_out": 401,
    "locked": 429,
    "already_taken": 409,
    "not_yours": 409,
    "reserved": 409,
    "stale": 409,
    "recused": 403,
    "forbidden": 403,
    "not_found": 404,
    "too_long": 413,
    "too_large": 413,
}


def render(page: Path, values: Mapping[str, object]) -> str:
    """A page with `values` filled in and escaped."""
    return template(page).render(values)


@functools.cache
def template(page: Path) -> jinja2.Template:
    """A page whose values change; it escapes them."""
    pages = jinja2.Environment(loader=jinja2.FileSystemLoader(page.parent), autoescape=True)
    return pages.get_template(page.name)


async def read_object(request: web.Request) -> Json:
    """The body as a JSON object. Raises BadRequest and TooLong in words for the sender."""
    try:
        raw = await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise TooLong(f"内容太长，最多 {MAX_BODY // 1024} KB，请分几次发送。") from error
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadRequest("请求内容不是有效的 JSON，请检查格式和 UTF-8 编码。") from error
    if not isinstance(body, dict):
        raise BadRequest('请求内容要是一个 JSON 对象，例如 {"text": "你好"}。')
    return body


@dataclass(frozen=True, slots=True)
class Form:
    """What a form with one file brought."""

    fields: Json
    name: str
    """The file's, as the sender calls it."""
    content: bytes


async def read_form(request: web.Request, limit: int) -> Form:
    """A multipart body with a `file` of at most `limit` bytes.

    Reads no further than the limit. Raises BadRequest, and NotAllowed: too_large.
    """
    if (request.content_length or 0) > limit + MAX_BODY:
        raise too_large()
    fields: Json = {}
    name, content = "", b""
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                raise BadRequest("表单里不能再套表单。")
            if part.name == "file":
                name, content = part.filename or "", await _read_part(part, limit)
            elif part.name in _FIELDS:
                fields[part.name] = (await _read_part(part, MAX_BODY)).decode()
    except (ValueError, AssertionError, RuntimeError, HttpProcessingError) as error:
        raise BadRequest("没有收到完整的文件，请再发一次（multipart，字段名 file）。") from error
    return Form(fields, name, content)


_FIELDS = {"conversation", "id"}


async def _read_part(part: BodyPartReader, limit: int) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk():
        content += chunk
        if len(content) > limit:
            raise too_large()
    return bytes(content)


def text_field(body: Json, name: str, limit: int) -> str:
    """A field of text, "" when absent, without control characters. Raises BadRequest, TooLong."""
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadRequest(f"{name} 要是文字（字符串）。")
    value = printable(value)
    if len(value) > limit:
        raise TooLong(f"{name} 有 {len(value)} 个字，最多 {limit} 个，请分几次发送。")
    return value


def printable(text: str) -> str:
    """`text` without control characters and the blanks around it."""
    return _CONTROL.sub("", text).strip()


# Control characters but line feed and tab, lone surrogates, and marks that reorder text.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def errors(phrases: Phrases) -> Middleware:
    """A middleware by which no customer ever sees a traceback."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except RateLimited as error:
            headers = {"Retry-After": str(error.retry_after)}
            return _refuse(error.status, error.code, str(error), headers)
        except BadField as error:
            return web.json_response(
                failure(error.code, str(error), error.field), status=error.status
            )
        except BadRequest as error:
            return _refuse(error.status, error.code, str(error))
        except NotAllowed as error:
            return _refuse(_STATUS.get(error.code, 400), error.code, str(error))
        except (StorageUnavailable, WrongKey) as error:
            logger.error("storage: %s", error)  # noqa: TRY400 - the trace says nothing more
            return _refuse(503, "unavailable", phrases.unavailable())
        except web.HTTPException as error:
            if error.status < 400:
                raise
            return _refuse(error.status, "http", _HTTP.get(error.status, error.reason))
        except Exception:
            logger.exception("%s %s failed", request.method, request.path)
            return _refuse(500, "internal", phrases.apology().text)

    return middleware


_HTTP = {
    404: "没有这个页面或接口。",
    405: "这个接口不支持这种请求方法。",
    413: "内容太长，请分几次发送。",
    416: "没有这一段内容。",
}


def _refuse(
    status: int, code: str, message: str, headers: dict[str, str] | None = None
) -> web.Response:
    return web.json_response(failure(code, message), status=status, headers=headers)


async def safe_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Added to every answer."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


class AccessLogger(AbstractAccessLogger):
    """One line a request, without its query: that holds the key to a conversation."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """Write the line."""
        self.logger.info(
            "%s %s %s %.1f ms", request.method, request.path, response.status, time * 1e3
        )
