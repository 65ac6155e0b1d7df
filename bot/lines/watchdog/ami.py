"""Asterisk's manager interface (AMI): who calls, and how a caller is moved to a human."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from bot.lines.calling_number import calling_number

LONGEST_LINE = 16_384
MOST_LINES = 500
"""Of one message."""
MOST_CHANNELS = 20_000

Message = dict[str, str]


class AmiError(Exception):
    """Asterisk is not there, does not let us in, or does not do what it is asked."""


@dataclass(frozen=True, slots=True)
class Access:
    """How Asterisk is reached."""

    host: str
    port: int
    user: str
    secret: str


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel and what it does now."""

    name: str
    application: str
    """For example Dial."""
    data: str
    """What the application was given."""
    number: str = ""
    """The calling number; "" where it is not shown."""


class Ami:
    """One connection, signed in."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._numbers = itertools.count(1)

    async def sign_in(self, access: Access) -> None:
        """Raises AmiError where the user or the secret is wrong."""
        await self._line()
        await self._ask(Action="Login", Username=access.user, Secret=access.secret, Events="off")

    async def channels(self) -> list[Channel]:
        """All channels. It needs the right `reporting`."""
        number = await self._ask(Action="CoreShowChannels")
        found: list[Channel] = []
        while True:
            message = await self._message()
            if message.get("ActionID") != number:
                continue
            if message.get("Event") == "CoreShowChannelsComplete":
                return found
            if len(found) >= MOST_CHANNELS:
                raise AmiError("more channels than any exchange of ours has")
            found.append(
                Channel(
                    message.get("Channel", ""),
                    message.get("Application", ""),
                    message.get("ApplicationData", ""),
                    calling_number(message.get("CallerIDNum", "")),
                )
            )

    async def redirect(self, channel: str, context: str, extension: str) -> None:
        """Let the dialplan go on there with this channel. It needs the right `call`."""
        await self._ask(
            Action="Redirect", Channel=channel, Context=context, Exten=extension, Priority="1"
        )

    async def _ask(self, **fields: str) -> str:
        """Do an action; its number. Raises AmiError where the answer is no success."""
        number = str(next(self._numbers))
        lines = [f"{name}: {value}" for name, value in {**fields, "ActionID": number}.items()]
        if any("\r" in line or "\n" in line for line in lines):
            raise AmiError("a line break within a value")
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        while True:
            message = await self._message()
            if message.get("ActionID") == number and "Response" in message:
                if message["Response"] != "Success":
                    raise AmiError(f"{fields['Action']}: {message.get('Message', '')[:200]}")
                return number

    async def _message(self) -> Message:
        message: Message = {}
        for _ in range(MOST_LINES):
            line = await self._line()
            if not line:
                return message
            name, _colon, value = line.partition(":")
            message[name] = value.strip()
        raise AmiError("a message without an end")

    async def _line(self) -> str:
        try:
            raw = await self._reader.readuntil(b"\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise AmiError("the connection ended, or is none of Asterisk's") from error
        return raw.decode("utf-8", "replace").rstrip("\r\n")


@asynccontextmanager
async def signed_in(access: Access, within_s: float = 3.0) -> AsyncIterator[Ami]:
    """A connection for all that is done `within_s` seconds. Raises AmiError."""
    writer = None
    try:
        async with asyncio.timeout(within_s):
            reader, writer = await asyncio.open_connection(
                access.host, access.port, limit=LONGEST_LINE
            )
            ami = Ami(reader, writer)
            await ami.sign_in(access)
            yield ami
    except TimeoutError as error:
        raise AmiError(f"Asterisk did not answer within {within_s:g} s") from error
    except OSError as error:
        raise AmiError(f"{access.host}:{access.port}: {error.strerror or error}") from error
    finally:
        if writer:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
